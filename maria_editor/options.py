"""What can be said to the editor on its command line. Knows nothing of Qt."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maria_editor import __version__
from maria_editor.resources import resource_path


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions:
    """One start of the editor. None leaves a choice to the writer's settings."""

    file: Path | None = None
    welcome: bool = False
    model: str | None = None
    device: str | None = None
    engine: str | None = None
    theme: str | None = None
    restore: str | None = None
    selftest: bool = False


def parse_options(argv: Sequence[str] | None = None) -> LaunchOptions:
    """Read the command line; leave with code 2 and one line where it is wrong."""
    options = LaunchOptions(**vars(_parser().parse_args(argv)))
    if options.welcome and options.file is not None:
        _parser().error("--welcome opens the welcome document: leave FILE out.")
    if options.selftest and (options.welcome or options.file is not None):
        _parser().error("--selftest brings its own text: leave FILE and --welcome out.")
    return options


def welcome_path() -> Path:
    """Return where the welcome document lies; it is shown as a copy, never written to."""
    return resource_path("welcome.md")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="maria-editor",
        description="A text editor that fills blanks, reading both sides of the gap. "
        "Without a display it fills the blanks of FILE in the terminal.",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="text to open, or to begin"
    )
    parser.add_argument("--welcome", action="store_true", help="open the welcome document")
    parser.add_argument("--model", metavar="NAME|DIR", help="model to fill with")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where it runs")
    parser.add_argument(
        "--engine", choices=("process", "thread"), help="give the model a process, or a thread"
    )
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="colours")
    parser.add_argument(
        "--selftest", action="store_true", help="open, fill, save, quit, and say how that went"
    )
    # For the editor itself: a window for one text that another editor left unsaved.
    parser.add_argument("--restore", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"Maria Editor {__version__}")
    return parser
