"""The `maria` program: reads the arguments, runs one command, says what went wrong in one line.

Exit codes: 0 done, 1 it could not be done, 2 it was asked for wrongly, 130 stopped with Ctrl-C,
141 nobody reads the output any more.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, cast

import maria_model
from maria_model.api import Cancelled
from maria_model.command_line import fill, generate, models, refine, score
from maria_model.command_line.engine_loading import EngineLoader, load_engine
from maria_model.errors import ConfigurationError, MariaError

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141

Command = Callable[[argparse.Namespace, EngineLoader], None]

_DESCRIPTION = """\
Fill the blanks of a text, rework a passage, or find the words that fit least, with a model on
this computer.

A blank is written [MASK] for one word, [MASK:3] for three. The model reads what stands before
the blank and what stands after it. Nothing leaves this computer.
"""

_EXAMPLES = """\
examples:
  maria fill letter.txt                     print the letter with its blanks filled
  maria fill letter.txt -o letter-2.txt     write it to a file instead
  echo 'A cup of [MASK].' | maria fill -    read from another program
  maria refine letter.txt --paragraph 2     rework the second paragraph
  maria score letter.txt                    list the words that fit least
  maria generate "It was a dark"            write on from a beginning
  maria models list                         show the models on this computer
  maria models download ettin-150m          get a pair of models to fill with
"""


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that reports a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake and where help is, then exit with 2."""
        message = f"{message[:1].upper()}{message[1:]}".rstrip(".")
        self.exit(EXIT_USAGE, f"maria: {message}. See {self.prog} --help.\n")


def main(argv: Sequence[str] | None = None, *, load_engine: EngineLoader = load_engine) -> int:
    """Run the command line and return its exit code.

    Args:
        argv: the arguments after the program's name; None takes the process's own.
        load_engine: how a command gets its engine; tests give a fake.
    """
    try:
        arguments = build_parser().parse_args(argv)
        command = cast(Command, arguments.run)
        command(arguments, load_engine)
        sys.stdout.flush()
    except SystemExit as stop:  # argparse's own: --help, --version and mistakes
        return int(stop.code or 0)
    except (KeyboardInterrupt, Cancelled):
        return _report("Stopped. Nothing was changed.", EXIT_INTERRUPTED)
    except BrokenPipeError:
        return _abandon_output()
    except ConfigurationError as error:
        return _report(str(error), EXIT_USAGE)
    except MariaError as error:
        return _report(str(error), EXIT_FAILURE)
    except OSError as error:
        return _report(_describe(error), EXIT_FAILURE)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = OneLineParser(
        prog="maria",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"maria {maria_model.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in (fill, refine, score, generate, models):
        module.add_parser(commands)
    return parser


def _report(message: str, code: int) -> int:
    print(f"maria: {' '.join(message.split())}", file=sys.stderr)
    return code


def _describe(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


def _abandon_output() -> int:
    # The interpreter flushes stdout once more at exit; it must not find the broken pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_BROKEN_PIPE
