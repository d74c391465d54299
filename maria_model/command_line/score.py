"""`maria score`: say which words of a text fit least, and what would have fitted better."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import Any

from maria_model.api import DEFAULT_STRIDE, ScoreRequest, ScoreResult, WordScore
from maria_model.command_line.engine_loading import EngineLoader
from maria_model.command_line.options import (
    add_file_argument,
    add_model_options,
    add_output_options,
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
from maria_model.command_line.text_input import SourceText, read_text
from maria_model.oddness import Level, level_of
from maria_model.scripts import WITNESSES, read_words

_DESCRIPTION = """\
List the words that fit least where they stand, oddest first: line and column, the word, and
what would have fitted better. Each word is judged by what stands before it and after it;
with --from-left by what stands before it alone, as a reader meets it.

Unlikely is not wrong: it is where a reader slows down. Names, numbers, code and addresses are
never listed, nor are words in a script that the model does not know.
"""

_JUDGEMENTS = {
    Level.EXPECTED: "as expected",
    Level.A_LITTLE_UNUSUAL: "a little unusual here",
    Level.UNUSUAL: "unusual here",
    Level.UNLIKELY: "unlikely here",
    Level.VERY_UNLIKELY: "very unlikely here",
}
_SHOWN_ALTERNATIVES = 3
_FITS = ("fits", "fit")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "score",
        help="list the words of a text that fit least",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_file_argument(parser)
    add_output_options(parser)
    listing = parser.add_argument_group("what to list")
    extent = listing.add_mutually_exclusive_group()
    extent.add_argument(
        "--top", type=positive, default=10, metavar="N", help="how many words at most (default: 10)"
    )
    extent.add_argument(
        "--all", action="store_true", help="every word, in the order of the text; names too"
    )
    listing.add_argument(
        "--alternatives",
        type=whole,
        default=_SHOWN_ALTERNATIVES,
        metavar="N",
        help=f"how many better words to name for each (default: {_SHOWN_ALTERNATIVES})",
    )
    listing.add_argument(
        "--one-by-one",
        action="store_true",
        help="judge every word by itself: a little more exact, and many times slower",
    )
    listing.add_argument(
        "--from-left",
        action="store_true",
        help="judge every word by what stands before it alone",
    )
    add_model_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Score the text's words and write the list.

    Raises:
        MariaError: one line for the user.
    """
    check_output(arguments.output)
    source = read_text(arguments.file)
    request = ScoreRequest(
        text=source.reading,
        alternatives=max(arguments.alternatives, WITNESSES),
        stride=0 if arguments.one_by_one else DEFAULT_STRIDE,
        sides="left" if arguments.from_left else "both",
    )
    with ProgressLine() as on_progress:
        engine = load_engine(model_choice(arguments), on_progress=on_progress)
        result = engine.score(request, on_progress=on_progress)
    odd, count = odd_ones(result, arguments.top), arguments.alternatives
    if arguments.json:
        answer = score_as_json(source, result, odd, count)
        write_output(as_json(answer), arguments.output)
        return
    if arguments.all:
        lines = _all_lines(source, result.words, count)
    else:
        lines = _odd_lines(source, odd, count)
    write_output("".join(f"{line}\n" for line in lines), arguments.output)
    if not lines:
        print("No word stands out.", file=sys.stderr)


def odd_ones(result: ScoreResult, count: int) -> tuple[WordScore, ...]:
    """Return the words that are at least a little unusual, oddest first."""
    read = {word.start for word in read_words(result.words)}
    words = result.odd_ones(len(result.words))
    return tuple(word for word in words if level_of(word) and word.start in read)[:count]


def score_as_json(
    source: SourceText, result: ScoreResult, odd: Sequence[WordScore], alternatives: int
) -> dict[str, Any]:
    """Return the answer with offsets in code points of the input, so many alternatives a word.

    `odd` become the numbers in `words` of the words that fit least, oddest first.
    """
    numbers = {word.start: number for number, word in enumerate(result.words)}
    return {
        "words": [_word_as_json(source, word, alternatives) for word in result.words],
        "odd": [numbers[word.start] for word in odd],
        "model": model_as_json(result.model),
        "stats": stats_as_json(result.stats),
    }


def _word_as_json(source: SourceText, word: WordScore, alternatives: int) -> dict[str, Any]:
    return {
        "start": source.offset(word.start),
        "end": source.offset(word.end),
        "text": word.text,
        "kind": word.kind,
        "logprob": word.logprob,
        "margin": word.margin,
        "oddness": word.oddness,
        "rank": word.rank,
        "alternatives": [
            {"text": candidate.text, "logprob": candidate.logprob}
            for candidate in word.alternatives[:alternatives]
        ],
    }


def _odd_lines(source: SourceText, words: Sequence[WordScore], alternatives: int) -> list[str]:
    rows = []
    for word in words:
        shown = word.alternatives[:alternatives]
        better = [found.text for found in shown if found.logprob > word.logprob]
        advice = f"; {', '.join(better)} {_FITS[len(better) > 1]} better" if better else ""
        rows.append((_place(source, word), word.text, _JUDGEMENTS[level_of(word)] + advice))
    return _table(rows)


def _all_lines(source: SourceText, words: Sequence[WordScore], alternatives: int) -> list[str]:
    read = {word.start for word in read_words(words)}
    rows = []
    for word in words:
        others = ", ".join(found.text for found in word.alternatives[:alternatives])
        judgement = _JUDGEMENTS[level_of(word)]
        if word.kind != "word":
            judgement = f"not judged, a {word.kind}"
        elif word.start not in read:
            judgement = "not judged, other script"
        rows.append((_place(source, word), word.text, _percent(word.logprob), judgement, others))
    return _table(rows)


def _place(source: SourceText, word: WordScore) -> str:
    line = source.reading.count("\n", 0, word.start) + 1
    return f"{line}:{word.start - source.reading.rfind(chr(10), 0, word.start)}"


def _percent(logprob: float) -> str:
    percent = 100 * math.exp(logprob)
    return f"{percent:4.1f} %" if percent >= 0.1 else "<0.1 %"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows with their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
