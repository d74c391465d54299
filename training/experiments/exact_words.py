"""How often the very word that a writer wrote comes back, by kind of blank and by reader.

One blanked word, blanks of two and of three words, and fifty blanks on a page, drawn from all over
held-out text; all words, and content words (outside the 150 most frequent) apart. Words that differ
by case alone are one. MARIA as shipped, and the same algorithm with either reader alone: the causal
LM with its words ranked by what follows, and without; on a page the masked LM may read again what
was filled. A blank of several words has five answers when five are asked for; the first is the one
given when one is. Intervals are paired, over passages.

    python -m training.experiments.exact_words --data .build/embedded/data/test.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from maria_model.api import BlankResult, Candidate, FillRequest
from maria_model.engine import MariaEngine
from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from training.experiments.bootstrap import Interval, bootstrap_mean
from training.experiments.single_readers import READERS, with_reader
from training.told_options import command_line

TOP = 5
# Of one blanked word, for a model trained on CPU: the share among five answers, and how many times
# the causal LM's own share of first ones.
TOP_5_GOAL, TOP_1_GOAL = 0.5, 1.4
COMMONEST = 150
PAGE_BLANKS = 50
# Characters on either side of a lone blank, and those of a page.
REACH = 500
PAGE = 1800
CAUSAL_ALONE = "causal LM, nothing behind read"
# How proposals are ranked by what follows, in a model's fitted constants.
RE_RANKING = ("suffix_pieces", "one_piece_proposals", "length_log_priors")

_WORD = r"[A-Za-z]+(?:['’][a-z]+)?"
_ONE_WORD = re.compile(rf"(?<= ){_WORD}(?=[ \n.,;:!?)])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of blank: `words` in each, `blanks` in a passage."""

    name: str
    words: int = 1
    blanks: int = 1


KINDS = (
    Kind(name="one word"),
    Kind(name="two words", words=2),
    Kind(name="three words", words=3),
    Kind(name="fifty on a page", blanks=PAGE_BLANKS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text with blanks, and what stood there."""

    text: str
    truths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Blanks of one passage and how many came back, first and among the first five.

    `single` are those of the blanks for which no more than one answer was asked.
    """

    blanks: int
    first: int
    among_five: int
    single: int = 0


def draw_passages(texts: Sequence[str], kind: Kind, count: int, *, seed: int) -> list[Passage]:
    """Return passages from all over some texts.

    Raises:
        ConfigurationError: the texts have too few places for them.
    """
    places = [
        (number, match)
        for number, text in enumerate(texts)
        for match in _places(kind).finditer(text)
        if kind.blanks == 1 or len(text) - match.start() >= PAGE
    ]
    if len(places) < count:
        raise ConfigurationError(
            f"{kind.name}: {len(places)} places for {count} passages. Give more text."
        )
    draw = random.Random(f"{seed}/{kind.name}")
    step = len(places) / count
    chosen = [places[int((number + draw.random()) * step)] for number in range(count)]
    return [
        _page(texts[number], match.start(), kind.blanks, draw)
        if kind.blanks > 1
        else _passage(texts[number], match)
        for number, match in chosen
    ]


def _places(kind: Kind) -> re.Pattern[str]:
    more = rf"(?: {_WORD}){{{kind.words - 1}}}"
    return re.compile(rf"(?<= ){_WORD}{more}(?=[ \n.,;:!?)])")


def _passage(text: str, place: re.Match[str]) -> Passage:
    begin = text.find(" ", max(0, place.start() - REACH)) if place.start() > REACH else 0
    words = place[0].count(" ") + 1
    mark = "[MASK]" if words == 1 else f"[MASK:{words}]"
    end = place.end() + REACH
    return Passage(
        text=f"{text[begin : place.start()]}{mark}{text[place.end() : end]}", truths=(place[0],)
    )


def _page(text: str, begin: int, blanks: int, draw: random.Random) -> Passage:
    words = list(_ONE_WORD.finditer(text, begin, begin + PAGE))
    chosen = sorted(draw.sample(words, min(blanks, len(words))), key=lambda match: match.start())
    parts, position = [], begin
    for match in chosen:
        parts += [text[position : match.start()], "[MASK]"]
        position = match.end()
    parts.append(text[position : begin + PAGE])
    return Passage(text="".join(parts), truths=tuple(match[0] for match in chosen))


def count_right(
    passage: Passage,
    blanks: Sequence[BlankResult],
    *,
    commonest: frozenset[str],
    own: bool,
    is_single: bool = False,
) -> dict[str, Count]:
    """Return the counts of a passage's answers, of all words and of content words.

    `own` ranks the words of a blank by the reader's own likelihood, and not by the engine's choice.
    """
    found = {blank.index: _ranked(blank, own=own) for blank in blanks}
    counts = {}
    for name, rare in (("all words", False), ("content words", True)):
        asked = [
            (truth.casefold(), found.get(number, []))
            for number, truth in enumerate(passage.truths)
            if not rare or any(word not in commonest for word in truth.casefold().split())
        ]
        counts[name] = Count(
            blanks=len(asked),
            first=sum(truth in words[:1] for truth, words in asked),
            among_five=0 if is_single else sum(truth in words[:TOP] for truth, words in asked),
            single=len(asked) if is_single else 0,
        )
    return counts


def _ranked(blank: BlankResult, *, own: bool) -> list[str]:
    """Return the words offered for a blank, likeliest first; those that differ by case are one."""
    words = [candidate.text for candidate in blank.candidates]
    if own:
        ranked = sorted(blank.candidates, key=lambda candidate: -candidate.logprob)
        words = [candidate.text for candidate in ranked]
    return list(dict.fromkeys(word.casefold() for word in (words or [blank.fill])))


def commonest_words(texts: Sequence[str], count: int = COMMONEST) -> frozenset[str]:
    """Return the most frequent words of some texts."""
    words = Counter(word.casefold() for text in texts for word in re.findall(_WORD, text))
    return frozenset(word for word, _ in words.most_common(count))


def read_texts(path: Path) -> list[str]:
    """Return the texts of a JSONL file.

    Raises:
        ConfigurationError: there is no such file.
    """
    if not path.is_file():
        raise ConfigurationError(f"No held-out text at {path}. Run training.build_data first.")
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


def measure(
    engine: MariaEngine,
    passages: Sequence[Passage],
    *,
    commonest: frozenset[str],
    own: bool = False,
    refresh: int = 0,
    answered: int = 100,
) -> list[dict[str, Count]]:
    """Fill passages and count; the masked LM may read again every `refresh` fills.

    Of passages with a blank of several words, `answered` from all over have five answers.
    """
    counts, step = [], max(1, len(passages) // answered)
    for number, passage in enumerate(passages):
        request = FillRequest(text=passage.text, num_candidates=2 * TOP, refresh=refresh)
        blanks = engine.fill(request).blanks
        has_several_words = " " in passage.truths[0]
        is_single = has_several_words and number % step > 0
        if has_several_words and not is_single and blanks:
            blanks = (_with_answers(engine, request, blanks[0]),)
        counts.append(
            count_right(passage, blanks, commonest=commonest, own=own, is_single=is_single)
        )
    return counts


def _with_answers(engine: MariaEngine, request: FillRequest, blank: BlankResult) -> BlankResult:
    """Return a blank of several words with the other answers it has, in place of its candidates."""
    answers = engine.fill(replace(request, num_hypotheses=TOP)).hypotheses
    found = {blank.fill: blank.logprob}
    for answer in answers:
        found.setdefault(answer.fills[0], answer.logprob)
    candidates = (Candidate(text=text, logprob=logprob) for text, logprob in found.items())
    return replace(blank, candidates=tuple(candidates))


def interval(ours: Sequence[Count], theirs: Sequence[Count]) -> Interval:
    """Return the paired difference of the first answers, as a share of the blanks."""
    gained = [float(one.first - other.first) for one, other in zip(ours, theirs, strict=True)]
    return bootstrap_mean(np.array(gained), np.array([float(one.blanks) for one in ours]))


def summary(counts: Sequence[Count]) -> dict[str, float]:
    """Return the shares that came back."""
    blanks = sum(count.blanks for count in counts)
    with_five = blanks - sum(count.single for count in counts)
    return {
        "blanks": blanks,
        "top_1": sum(count.first for count in counts) / max(blanks, 1),
        "with_five": with_five,
        "top_5": sum(count.among_five for count in counts) / max(with_five, 1),
    }


def table(report: dict[str, Any]) -> str:
    """Return a Markdown table: top-1 and top-5."""
    lines = [
        "| blank | words | reader | blanks | top-1 | top-5 | MARIA - reader |",
        "|---" * 7 + "|",
    ]
    for kind, words in report.items():
        for which, readers in words.items():
            for reader, row in readers.items():
                gain = row.get("marias_gain")
                told = (
                    ""
                    if gain is None
                    else f"{gain['mean']:+.1%} [{gain['low']:+.1%}, {gain['high']:+.1%}]"
                )
                of = "" if row["with_five"] == row["blanks"] else f" of {row['with_five']}"
                lines.append(
                    f"| {kind} | {which} | {reader} | {row['blanks']} | {row['top_1']:.1%} "
                    f"| {row['top_5']:.1%}{of} | {told} |"
                )
    return "\n".join(lines)


def goals(report: dict[str, Any]) -> str:
    """Return in words what a lone blanked word came to, beside the causal LM alone."""
    readers = report["one word"]["all words"]
    ours, alone = readers["maria"], readers[CAUSAL_ALONE]
    times = ours["top_1"] / max(alone["top_1"], 1e-9)
    return (
        f"One blanked word, all words: top-5 {ours['top_5']:.1%} (the goal is {TOP_5_GOAL:.0%}), "
        f"top-1 {times:.2f} times that of the causal LM that reads nothing behind the blank (the "
        f"goal is {TOP_1_GOAL})."
    )


def main() -> None:
    """Print the table; write it as JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--data", type=Path, default=Path(".build/embedded/data/test.jsonl"))
    parser.add_argument("--passages", type=int, default=400, help="of each kind with one blank")
    parser.add_argument(
        "--answered", type=int, default=100, help="blanks of several words given five answers"
    )
    parser.add_argument("--pages", type=int, default=16, help="with fifty blanks")
    parser.add_argument("--readers", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument(
        "--refreshes",
        type=int,
        nargs="*",
        default=[4],
        help="on a page: the masked LM reads again after so many tokens",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    model, texts = load_model(arguments.model), read_texts(arguments.data)
    commonest = commonest_words(texts)
    counts: dict[str, dict[str, list[dict[str, Count]]]] = {}
    for reader in arguments.readers:
        engine = MariaEngine(_reader_alone(model, reader))
        for kind in KINDS:
            count = arguments.pages if kind.blanks > 1 else arguments.passages
            passages = draw_passages(texts, kind, count, seed=arguments.seed)
            rows = counts.setdefault(kind.name, {})
            rows[reader] = measure(
                engine, passages, commonest=commonest, answered=arguments.answered
            )
            if kind.blanks > 1 and reader == "maria":
                for refresh in arguments.refreshes:
                    rows[f"maria, read again every {refresh}"] = measure(
                        engine, passages, commonest=commonest, refresh=refresh
                    )
            if reader == "causal LM" and kind.words == 1:
                rows[CAUSAL_ALONE] = measure(engine, passages, commonest=commonest, own=True)
    report = {kind: _report(rows) for kind, rows in counts.items()}
    print(table(report))
    if arguments.output:
        command = command_line("training.experiments.exact_words", arguments)
        arguments.output.write_text(json.dumps({"command": command, "kinds": report}) + "\n")


def _reader_alone(model: MariaForMaskedInfilling, reader: str) -> MariaForMaskedInfilling:
    """Return MARIA's algorithm with a reader; the causal LM weighs what follows as MARIA does."""
    alone = with_reader(model, reader)
    if reader == "causal LM":
        fitted = model.config.inference or {}
        alone.config.inference |= {name: fitted[name] for name in RE_RANKING if name in fitted}
    return alone


def _report(rows: dict[str, list[dict[str, Count]]]) -> dict[str, Any]:
    report: dict[str, Any] = {}
    for which in ("all words", "content words"):
        report[which] = {}
        for reader, counts in rows.items():
            row: dict[str, Any] = summary([count[which] for count in counts])
            if reader != "maria" and "maria" in rows and row["blanks"]:
                ours = [count[which] for count in rows["maria"]]
                row["marias_gain"] = asdict(interval(ours, [count[which] for count in counts]))
            report[which][reader] = row
    return report


if __name__ == "__main__":
    main()
