"""`maria generate`: write from nothing, or on from a beginning."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from maria_model.api import GenerateRequest, GenerateResult
from maria_model.command_line.engine_loading import EngineLoader
from maria_model.command_line.options import (
    add_model_options,
    add_output_options,
    add_seed_option,
    model_choice,
    positive,
    whole,
)
from maria_model.command_line.output import (
    as_json,
    check_output,
    model_as_json,
    stats_as_json,
    write_output,
)
from maria_model.command_line.progress import ProgressLine
from maria_model.command_line.text_input import STANDARD_INPUT, TextInputError, read_text
from maria_model.errors import ConfigurationError

_DESCRIPTION = """\
Write a passage, from nothing or on from a beginning, and print both.

The passage is drafted from left to right; then words are reconsidered with both sides in view.
"""


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What the model goes on from, and how it was written.

    Attributes:
        prompt: as the model reads it.
        original: as it is printed, without its last line end.
        line_end: what ends a line in it.
    """

    prompt: str = ""
    original: str = ""
    line_end: str = "\n"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "generate",
        help="write from nothing, or on from a beginning",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "prompt",
        nargs="?",
        metavar="TEXT",
        help="the beginning, in quotes; - reads it from standard input (default: from nothing)",
    )
    parser.add_argument("--file", metavar="FILE", help="read the beginning from a file")
    add_output_options(parser)
    add_seed_option(parser)
    passage = parser.add_argument_group("what to write")
    passage.add_argument(
        "--tokens",
        type=positive,
        default=64,
        metavar="N",
        help="how much to write; a word is one or two tokens (default: 64)",
    )
    passage.add_argument(
        "--sweeps",
        type=whole,
        default=8,
        metavar="N",
        help="how often to go over it; 0 leaves the draft as it is (default: 8)",
    )
    add_model_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Write on from the beginning and print the answer.

    Raises:
        MariaError: one line for the user.
    """
    check_output(arguments.output)
    beginning = _read_beginning(arguments.prompt, arguments.file)
    request = GenerateRequest(
        prompt=beginning.prompt,
        num_tokens=arguments.tokens,
        sweeps=arguments.sweeps,
        seed=arguments.seed,
    )
    with ProgressLine() as on_progress:
        engine = load_engine(model_choice(arguments), on_progress=on_progress)
        result = engine.generate(request, on_progress=on_progress)
    text = _text(beginning, result)
    answer = as_json(_as_json(text, result)) if arguments.json else text + beginning.line_end
    write_output(answer, arguments.output)


def _read_beginning(prompt: str | None, file: str | None) -> _Beginning:
    if prompt is not None and file is not None:
        raise ConfigurationError("The beginning is given twice. Give a text or --file, not both.")
    if prompt == STANDARD_INPUT or file is not None:
        source = read_text(file or STANDARD_INPUT)
        line_end = "\r\n" if "\r\n" in source.original else "\n"
        # An editor ends the last line; the model goes on in it.
        original = source.original.removesuffix(line_end)
        return _Beginning(source.reading.removesuffix("\n"), original, line_end)
    prompt = prompt or ""
    if not prompt.isascii() and not _is_text(prompt):
        raise TextInputError("The beginning is not UTF-8 text. Put it in a file, see --file.")
    return _Beginning(prompt, prompt)


def _is_text(prompt: str) -> bool:
    """Whether the argument's bytes were UTF-8."""
    try:
        prompt.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(beginning: _Beginning, result: GenerateResult) -> str:
    written = result.text.removeprefix(beginning.prompt)
    return beginning.original + written.replace("\n", beginning.line_end)


def _as_json(text: str, result: GenerateResult) -> dict[str, Any]:
    return {
        "text": text,
        "sweeps": result.sweeps,
        "seed": result.seed,
        "model": model_as_json(result.model),
        "stats": stats_as_json(result.stats),
    }
