"""`maria fill`: fill the blanks of a text."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from maria_model.api import BlankResult, FillRequest, FillResult, SamplingOptions
from maria_model.blanks import Blank, find_blanks
from maria_model.command_line.engine_loading import EngineLoader
from maria_model.command_line.fixing import check_fixed, fixed_word, with_fixed
from maria_model.command_line.options import (
    add_common_options,
    model_choice,
    number,
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
from maria_model.command_line.text_input import SourceText, naming, read_text
from maria_model.errors import NoBlankError

_DESCRIPTION = """\
Fill the blanks of a text and print it. Nothing outside the blanks changes.

Write [MASK] where one word is wanted, [MASK:3] for three, [MASK:2-5] for two to five,
[MASK:auto] for as many as fit. \\[MASK] stands for itself.

Blanks of one name get the same word: [MASK:name=hero] ... [MASK:name=hero]. Rules keep a fill to
what you want, several parted by commas:

  [MASK:starts="sh"]            [MASK:ends="ing"]         [MASK:contains="ou"]
  [MASK:allowed="red|green"]    [MASK:forbidden="very"]   [MASK:max_chars=6]
  [MASK:regex="[a-z]+ed"]       [MASK:2,name=place,max_chars=12]

A pattern (regex) describes the whole fill: [a-z]+ are letters, \\d+ digits, a|b one or the other.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "fill",
        help="fill the blanks of a text",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_common_options(parser)
    words = parser.add_argument_group("choice of words")
    words.add_argument(
        "--temperature",
        type=number,
        default=0.0,
        metavar="T",
        help="0 takes the likeliest word (default), 1 draws freely, between is bolder and bolder",
    )
    words.add_argument(
        "--top-p",
        type=number,
        default=1.0,
        metavar="P",
        help="with a temperature: draw only from the likeliest words that make up P (default: 1)",
    )
    words.add_argument(
        "--method",
        choices=("auto", "sequential"),
        default="auto",
        help="auto is the fastest way (default); sequential fills word by word, same words",
    )
    words.add_argument(
        "--refresh",
        type=whole,
        default=0,
        metavar="N",
        help="let the model that reads both sides read again after every N words or parts of "
        "words it has filled; 0 reads once, as the paper does (default)",
    )
    _add_answer_options(parser)
    parser.set_defaults(run=run)


def _add_answer_options(parser: argparse.ArgumentParser) -> None:
    answers = parser.add_argument_group("answers")
    answers.add_argument(
        "--candidates",
        type=positive,
        default=5,
        metavar="N",
        help="with --json: so many words for each blank alone, with their chances (default: 5)",
    )
    answers.add_argument(
        "--answers",
        type=positive,
        default=1,
        metavar="N",
        help="find so many answers that each hang together, best first (default: 1); without "
        "--json the others are printed below the text, to the error output",
    )
    answers.add_argument(
        "--fix",
        type=fixed_word,
        action="append",
        default=[],
        metavar="N=WORD",
        help="put WORD into the N-th blank and choose again among the other blanks' candidates, "
        "given that; may be given repeatedly",
    )
    answers.add_argument(
        "--sweeps",
        type=whole,
        default=0,
        metavar="N",
        help="go over all blanks again so many times, each given all the others (default: 0)",
    )


def run(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Fill the text's blanks and write the answer.

    Raises:
        MariaError: one line for the user.
    """
    sampling = SamplingOptions(
        temperature=arguments.temperature, top_p=arguments.top_p, seed=arguments.seed
    )
    check_output(arguments.output)
    source = read_text(arguments.file)
    fixed = check_fixed(arguments.fix, check_blanks(source))
    request = FillRequest(
        text=source.reading,
        sampling=sampling,
        method=arguments.method,
        num_candidates=arguments.candidates,
        num_hypotheses=arguments.answers,
        sweeps=arguments.sweeps,
        refresh=arguments.refresh,
    )
    with ProgressLine() as on_progress:
        engine = load_engine(model_choice(arguments), on_progress=on_progress)
        with naming(source):
            result = engine.fill(request, on_progress=on_progress)
            if fixed:
                written = {number - 1 for number, _ in arguments.fix}
                result = with_fixed(engine, request.text, result, fixed, written)
    text = filled_text(source, result)
    answer = as_json(fill_as_json(source, result)) if arguments.json else text
    write_output(answer, arguments.output)
    if not arguments.json:
        for line in remarks(result):
            print(line, file=sys.stderr)


def remarks(result: FillResult) -> list[str]:
    """Return what a writer should hear besides the text: blanks left, and other answers."""
    others = [" / ".join(other.fills) for other in result.hypotheses[1:]]
    return [blank.reason for blank in result.unfilled] + [f"Or: {fills}" for fills in others]


def check_blanks(source: SourceText) -> tuple[Blank, ...]:
    """Return the blanks of a text, before the model is loaded.

    Raises:
        BlankSyntaxError: a blank is written wrong.
        NoBlankError: there is none.
    """
    with naming(source):
        blanks = find_blanks(source.reading)
        if not blanks:
            raise NoBlankError("No blank in it. Write [MASK] where a word is wanted.")
    return blanks


def filled_text(source: SourceText, result: FillResult) -> str:
    """Return the text as it was written, with the blanks filled."""
    return source.with_edits(
        source.edit(blank.start, blank.end, blank.fill) for blank in result.blanks
    )


def fill_as_json(source: SourceText, result: FillResult) -> dict[str, Any]:
    """Return the answer with offsets in code points of the input."""
    return {
        "text": filled_text(source, result),
        "blanks": [_blank_as_json(source, blank) for blank in result.blanks],
        "hypotheses": [
            {"fills": list(found.fills), "logprob": found.logprob, "score": found.score}
            for found in result.hypotheses
        ],
        "unfilled": [
            {
                "start": source.offset(blank.start),
                "end": source.offset(blank.end),
                "reason": blank.reason,
            }
            for blank in result.unfilled
        ],
        "seed": result.seed,
        "model": model_as_json(result.model),
        "stats": stats_as_json(result.stats),
    }


def _blank_as_json(source: SourceText, blank: BlankResult) -> dict[str, Any]:
    return {
        "start": source.offset(blank.start),
        "end": source.offset(blank.end),
        "fill": blank.fill,
        "logprob": blank.logprob,
        "candidates": [
            {
                "text": candidate.text,
                "logprob": candidate.logprob,
                "probability": candidate.probability,
            }
            for candidate in blank.candidates
        ],
    }
