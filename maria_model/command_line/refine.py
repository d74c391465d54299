"""`maria refine`: rework a text, or one of its paragraphs."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any

from maria_model.api import (
    USUAL_SWEEPS,
    Change,
    PassageScore,
    Reading,
    RefineRequest,
    RefineResult,
)
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

A word is changed only where another fits clearly better, read from both sides. The changes are
listed below the text, to the error output, each with its gain: the higher, the surer the model
is. Names, numbers, quotations and code stay.
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
    _add_passage_options(parser)
    _add_sweep_options(parser)
    parser.set_defaults(run=run)


def _add_passage_options(parser: argparse.ArgumentParser) -> None:
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
        help="from 0, only what is plainly wrong, to 1, a free hand (default: 0.5)",
    )
    passage.add_argument(
        "--budget",
        type=positive,
        metavar="N",
        help="change at most so many words, those that gain most (default: any number)",
    )
    passage.add_argument(
        "--keep",
        nargs="+",
        action="extend",
        default=[],
        metavar="WORD",
        help="words that must stay wherever they stand",
    )
    passage.add_argument(
        "--lock",
        action="append",
        default=[],
        metavar="PHRASE",
        help="a phrase that must stay, written as it stands in the text; may be given repeatedly",
    )
    passage.add_argument(
        "--preset",
        choices=("edit", "paper"),
        default="edit",
        help="edit keeps what is good (default); paper rewrites nearly everything",
    )


def _add_sweep_options(parser: argparse.ArgumentParser) -> None:
    sweeps = parser.add_argument_group("sweeps")
    sweeps.add_argument(
        "--sweeps", type=positive, metavar="N", help="how often to go over it (default: by preset)"
    )
    sweeps.add_argument(
        "--sweep",
        type=positive,
        metavar="K",
        help="take the text as the K-th sweep left it (default: the last one)",
    )
    sweeps.add_argument(
        "--show-sweeps",
        action="store_true",
        help="list what every sweep changed and how the passage scores after it",
    )


def run(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Rework the passage and write the answer.

    Raises:
        MariaError: one line for the user.
    """
    check_output(arguments.output)
    source = read_text(arguments.file)
    request = read_request(arguments, source)
    with ProgressLine() as on_progress:
        engine = load_engine(model_choice(arguments), on_progress=on_progress)
        with naming(source):
            result = engine.refine(request, on_progress=on_progress)
    chosen = find_reading(result, arguments.sweep)
    text = refined_text(source, chosen.changes)
    answer = as_json(refine_as_json(source, result, chosen)) if arguments.json else text
    write_output(answer, arguments.output)
    if not arguments.json:
        for line in remarks(source, result, chosen, show_sweeps=arguments.show_sweeps):
            print(line, file=sys.stderr)


def read_request(arguments: argparse.Namespace, source: SourceText) -> RefineRequest:
    """Return what the arguments ask for.

    Raises:
        ConfigurationError: a paragraph or a phrase is not there, or a value is out of range.
    """
    start, end = find_passage(source, arguments.paragraph)
    sweeps = arguments.sweeps or USUAL_SWEEPS[arguments.preset]
    if arguments.sweep and arguments.sweep > sweeps:
        raise ConfigurationError(
            f"--sweep {arguments.sweep}: take 1 to {sweeps}, or ask for more of them by --sweeps."
        )
    return RefineRequest(
        text=source.reading,
        start=start,
        end=end,
        strength=arguments.strength,
        sweeps=arguments.sweeps,
        keep=tuple(arguments.keep),
        locks=find_locks(source, arguments.lock),
        budget=arguments.budget,
        preset=arguments.preset,
        seed=arguments.seed,
    )


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


def find_locks(source: SourceText, phrases: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return the bounds in `source.reading` of every place where one of the phrases stands.

    Raises:
        ConfigurationError: a phrase stands nowhere.
    """
    locks: list[tuple[int, int]] = []
    for phrase in phrases:
        # A phrase may run over a line's end.
        words = [re.escape(word) for word in phrase.split()]
        found = re.finditer(r"\s+".join(words), source.reading) if words else ()
        places = [match.span() for match in found]
        if not places:
            raise ConfigurationError(
                f"{source.name}: --lock {phrase!r}: it is not in the text. "
                "Write it just as it stands there."
            )
        locks += places
    return tuple(locks)


def find_reading(result: RefineResult, sweep: int | None) -> Reading:
    """Return what a sweep left, or the answer itself for None."""
    if sweep is None:
        return Reading(sweep=result.sweeps, text=result.text, changes=result.changes)
    return result.readings[sweep - 1]


def refined_text(source: SourceText, changes: Sequence[Change]) -> str:
    """Return the text as it was written, with changes made."""
    return source.with_edits(
        source.edit(change.start, change.end, change.after) for change in changes
    )


def remarks(
    source: SourceText, result: RefineResult, chosen: Reading, *, show_sweeps: bool = False
) -> list[str]:
    """Return what a writer should hear besides the text: the changes, or that there are none."""
    if result.open_words == 0:
        return ["Nothing to change: every word there is locked or kept."]
    lines: list[str] = []
    if show_sweeps:
        lines.append(f"As it was: {_score_in_words(result.score)}")
        for reading in result.readings:
            count = _count(len(reading.changes), "change")
            lines.append(f"Sweep {reading.sweep}: {count}; {_score_in_words(reading.score)}")
            lines += _change_lines(source, reading.changes)
    elif chosen.changes:
        lines += [f"{_count(len(chosen.changes), 'change')}:"]
        lines += _change_lines(source, chosen.changes)
    if not chosen.changes:
        lines.append("Nothing to improve at this strength.")
    return lines


def _change_lines(source: SourceText, changes: Sequence[Change]) -> list[str]:
    lines = []
    for change in changes:
        line = source.reading.count("\n", 0, change.start) + 1
        gain = "" if change.gain is None else f" (gain {change.gain:.1f})"
        lines.append(f"  line {line}: {_quoted(change.before)} -> {_quoted(change.after)}{gain}")
    return lines


def _quoted(words: str) -> str:
    return " ".join(words.split())


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _score_in_words(score: PassageScore | None) -> str:
    if score is None:
        return "nothing to score"
    fit = "" if score.fit is None else f", fit {score.fit:.2f} a word"
    return f"flow {score.flow:.1f}{fit}"


def refine_as_json(source: SourceText, result: RefineResult, chosen: Reading) -> dict[str, Any]:
    """Return the answer with offsets in code points of the input."""
    return {
        "text": refined_text(source, chosen.changes),
        "original": source.original,
        "changes": [_change_as_json(source, change) for change in chosen.changes],
        "score": _score_as_json(result.score),
        "readings": [
            {
                "sweep": reading.sweep,
                "changes": [_change_as_json(source, change) for change in reading.changes],
                "score": _score_as_json(reading.score),
            }
            for reading in result.readings
        ],
        "open_words": result.open_words,
        "sweep": chosen.sweep,
        "sweeps": result.sweeps,
        "seed": result.seed,
        "model": model_as_json(result.model),
        "stats": stats_as_json(result.stats),
    }


def _score_as_json(score: PassageScore | None) -> dict[str, float | None] | None:
    return None if score is None else {"flow": score.flow, "fit": score.fit}


def _change_as_json(source: SourceText, change: Change) -> dict[str, Any]:
    edit = source.edit(change.start, change.end, change.after)
    return {
        "start": edit.start,
        "end": edit.end,
        "before": source.original[edit.start : edit.end],
        "after": edit.text,
        "gain": change.gain,
    }
