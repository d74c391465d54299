"""`maria refine`: rework a text, or one of its paragraphs."""

from __future__ import annotations

import argparse
import re
from typing import Any

from maria_model.api import Change, RefineRequest, RefineResult
from maria_model.command_line.engine_loading import EngineLoader
from maria_model.command_line.options import (
    add_common_options,
    model_choice,
    number,
    positive,
)
from maria_model.command_line.output import (
    as_json,
    check_output,
    model_as_json,
    stats_as_json,
    write_output,
)
from maria_model.command_line.progress import ProgressLine
from maria_model.command_line.text_input import SourceText, naming, read_text
from maria_model.errors import ConfigurationError

_DESCRIPTION = """\
Rework a text word by word and print it. The original file stays as it is.

Words that are changed must fit better on both sides; --keep names those that must stay.
"""

# Lines with something on them, up to an empty line or the end.
_PARAGRAPH = re.compile(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "refine",
        help="rework a text or one paragraph",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_common_options(parser)
    passage = parser.add_argument_group("what to change")
    passage.add_argument(
        "--paragraph",
        type=positive,
        metavar="N",
        help="only this paragraph, from 1 on; an empty line ends one (default: all of them)",
    )
    passage.add_argument(
        "--strength",
        type=number,
        default=0.5,
        metavar="S",
        help="from 0, a light touch, to 1, a free hand (default: 0.5)",
    )
    passage.add_argument(
        "--sweeps", type=positive, metavar="N", help="how often to go over it (default: by preset)"
    )
    passage.add_argument(
        "--keep",
        nargs="+",
        action="extend",
        default=[],
        metavar="WORD",
        help="words that must stay",
    )
    passage.add_argument(
        "--preset",
        choices=("edit", "paper"),
        default="edit",
        help="edit keeps what is good (default); paper rewrites nearly everything",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Rework the passage and write the answer.

    Raises:
        MariaError: one line for the user.
    """
    check_output(arguments.output)
    source = read_text(arguments.file)
    start, end = find_passage(source, arguments.paragraph)
    request = RefineRequest(
        text=source.reading,
        start=start,
        end=end,
        strength=arguments.strength,
        sweeps=arguments.sweeps,
        keep=tuple(arguments.keep),
        preset=arguments.preset,
        seed=arguments.seed,
    )
    with ProgressLine() as on_progress:
        engine = load_engine(model_choice(arguments), on_progress=on_progress)
        with naming(source):
            result = engine.refine(request, on_progress=on_progress)
    text = refined_text(source, result)
    answer = as_json(refine_as_json(source, result)) if arguments.json else text
    write_output(answer, arguments.output)


def find_passage(source: SourceText, paragraph: int | None) -> tuple[int, int]:
    """Return the bounds in `source.reading` of a paragraph, or of the whole text for None.

    Raises:
        ConfigurationError: the text has fewer paragraphs.
    """
    if paragraph is None:
        return 0, len(source.reading)
    paragraphs = [found.span() for found in _PARAGRAPH.finditer(source.reading)]
    if paragraph > len(paragraphs):
        raise ConfigurationError(
            f"{source.name}: there is no paragraph {paragraph}. "
            f"Take --paragraph 1 to {len(paragraphs)}."
            if paragraphs
            else f"{source.name}: there is no paragraph in it. Write something first."
        )
    return paragraphs[paragraph - 1]


def refined_text(source: SourceText, result: RefineResult) -> str:
    """Return the text as it was written, with every change made."""
    return source.with_edits(
        source.edit(change.start, change.end, change.after) for change in result.changes
    )


def refine_as_json(source: SourceText, result: RefineResult) -> dict[str, Any]:
    """Return the answer with offsets in code points of the input."""
    return {
        "text": refined_text(source, result),
        "original": source.original,
        "changes": [_change_as_json(source, change) for change in result.changes],
        "sweeps": result.sweeps,
        "seed": result.seed,
        "model": model_as_json(result.model),
        "stats": stats_as_json(result.stats),
    }


def _change_as_json(source: SourceText, change: Change) -> dict[str, Any]:
    edit = source.edit(change.start, change.end, change.after)
    return {
        "start": edit.start,
        "end": edit.end,
        "before": source.original[edit.start : edit.end],
        "after": edit.text,
    }
