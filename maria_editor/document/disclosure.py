"""The disclosure report: which of the model's words still stand in a text, said in plain words.

A passage is found again by its own words and the hashes of those around it. Knows nothing of Qt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from enum import Enum

from maria_editor.document.provenance import (
    AcceptedWords,
    Record,
    hash_after,
    hash_before,
    words_in,
)

# A passage that was edited may have grown by so many words and still be the same.
_GROWTH = 4
_WAYS = {
    "fill": "filling blanks",
    "refine": "refining",
    "alternatives": "alternatives",
    "likelihood": "the likelihood view",
}


class Standing(Enum):
    """What has become of a passage."""

    WHOLE = "stands"
    CHANGED = "changed since"
    GONE = "not found any more"


@dataclass(frozen=True, slots=True)
class Passage:
    """One acceptance, what has become of it, and how many of its words still stand."""

    accepted: AcceptedWords
    standing: Standing
    words: int


@dataclass(slots=True)
class _Places:
    """The words of a text, and where each hash of neighbours occurs in it."""

    words: list[str]
    before: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    after: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    # Each word of the text is counted once, for the newest acceptance it belongs to.
    taken: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for index in range(len(self.words) + 1):
            self.before[hash_before(self.words, index)].append(index)
            self.after[hash_after(self.words, index)].append(index)

    def take(self, start: int, count: int) -> int:
        fresh = set(range(start, start + count)) - self.taken
        self.taken |= fresh
        return len(fresh)


def find_passages(record: Sequence[AcceptedWords], text: str) -> list[Passage]:
    """Return what has become of each acceptance, in the order of the record."""
    places = _Places(words_in(text))
    return [_find(accepted, places) for accepted in reversed(record)][::-1]


def report(title: str, record: Record, text: str, *, is_on: bool = False) -> str:
    """Return the report as Markdown, which reads as plain text too.

    `is_on` says that the record is being kept now.
    """
    parts = [f"# The model's words in “{title}”"]
    if record.words:
        passages = find_passages(record.words, text)
        parts += [_sum(passages, text), _sources(record.words), _list(passages), _MANNER]
    elif not record.unreadable:
        parts.append(_NOTHING_SO_FAR if is_on else _NO_RECORD)
    if record.unreadable:
        parts.insert(1, _unreadable(record))
    return "\n\n".join(parts) + "\n"


def _find(accepted: AcceptedWords, places: _Places) -> Passage:
    wrote = words_in(accepted.wrote)
    before, after = places.before.get(accepted.left, []), places.after.get(accepted.right, [])
    size = len(wrote)
    if not size:
        # Words were taken out: their neighbours stand together.
        is_there = not set(before).isdisjoint(after)
        return Passage(accepted, Standing.WHOLE if is_there else Standing.GONE, 0)
    starts = [*before, *(index - size for index in after)]
    whole = [i for i in starts if i >= 0 and places.words[i : i + size] == wrote]
    if whole:
        # The place where both neighbours are the same goes first.
        best = max(whole, key=lambda start: (whole.count(start), -start))
        words = places.take(best, size)
        return Passage(accepted, Standing.WHOLE if words else Standing.GONE, words)
    for start in before:
        for end in after:
            if 0 < end - start <= 2 * size + _GROWTH and (
                words := _take_common(wrote, start, end, places)
            ):
                return Passage(accepted, Standing.CHANGED, words)
    return Passage(accepted, Standing.GONE, 0)


def _take_common(wrote: list[str], start: int, end: int, places: _Places) -> int:
    matcher = SequenceMatcher(None, wrote, places.words[start:end], autojunk=False)
    return sum(places.take(start + at, size) for _, at, size in matcher.get_matching_blocks())


def _sum(passages: Sequence[Passage], text: str) -> str:
    total, standing = len(text.split()), sum(passage.words for passage in passages)
    gone = sum(passage.standing is Standing.GONE for passage in passages)
    share = f" ({standing / total:.1%})" if total else ""
    lines = [
        f"Of the {_count(total, 'word')} of this text, {standing:,} {_were(standing)} written by "
        f"a language model and still {_stand(standing)}{share}.",
        f"The writer accepted {_count(len(passages), 'passage')} from the model"
        + (f"; {gone:,} of them {_are(gone)} not found in the text any more." if gone else "."),
    ]
    return " ".join(lines)


def _sources(record: Sequence[AcceptedWords]) -> str:
    models = dict.fromkeys(f"{words.model} ({words.device})" for words in record)
    days = sorted(words.time[:10] for words in record)
    span = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    return f"Model: {', '.join(models)}. It ran on the writer's own computer.\nAccepted: {span}."


def _list(passages: Sequence[Passage]) -> str:
    rows = ["## Passages", ""]
    for passage in passages:
        accepted = passage.accepted
        wrote = " ".join(accepted.wrote.split()) or "(nothing)"
        replaced = " ".join(accepted.replaced.split())
        instead = "" if replaced.startswith("[MASK") or not replaced else f" for “{replaced}”"
        way = _WAYS.get(accepted.way, accepted.way)
        rows.append(
            f"- “{wrote}”{instead}: {passage.standing.value}. {_moment(accepted.time)}, {way}."
        )
    return "\n".join(rows)


_MANNER = (
    "## How this was counted\n\n"
    "The editor noted each acceptance as it happened, while the record was on. A passage counts "
    "as standing where its words are found with the same words before or after them. One that was "
    "moved, or rewritten together with its neighbours, is not found; words taken over by hand are "
    "not in the record. What the model inspired, and what it wrote while the record was off, "
    "cannot be counted."
)


_NO_RECORD = (
    "No record was kept for this text, so nothing can be said about the model's part in it. A "
    "record is kept from the moment it is switched on in the File menu."
)

_NOTHING_SO_FAR = (
    "The record is on, and since it was switched on the writer has accepted no words of the model "
    "into this text. What the model wrote before that cannot be counted."
)


def _unreadable(record: Record) -> str:
    what = f"{_count(record.unreadable, 'entry', 'entries')} of the record cannot be read"
    if record.words:
        return f"{what} and {_are(record.unreadable)} left out: the model may have written more."
    return f"{what}, so nothing can be said about the model's part in this text."


def _moment(time: str) -> str:
    try:
        return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return time


def _count(number: int, noun: str, several: str = "") -> str:
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _stand(number: int) -> str:
    return "stands" if number == 1 else "stand"
