"""`maria fill --fix N=WORD`: the writer's word for one blank; the others rank again beside it."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from maria_model.api import BlankResult, Engine, FillResult, RescoreRequest, UnfilledBlank
from maria_model.blanks import Blank
from maria_model.constraints import satisfies
from maria_model.errors import ConfigurationError


def fixed_word(value: str) -> tuple[int, str]:
    """Read N=WORD of a command line: the blank's number from 1 on, and its word."""
    number, _, word = value.partition("=")
    if not number.strip().isdigit() or int(number) < 1 or not word.strip():
        raise argparse.ArgumentTypeError(
            f"{value!r}: write the number of a blank, =, and its word, for instance 2=tea"
        )
    return int(number), word.strip()


def check_fixed(fixed: Sequence[tuple[int, str]], blanks: Sequence[Blank]) -> dict[int, str]:
    """Return the fixed words by index of the blank, those of linked blanks for all of a name.

    Raises:
        ConfigurationError: there is no such blank, its rules forbid the word, or it has two words.
    """
    words: dict[int, str] = {}
    for number, word in fixed:
        if number > len(blanks):
            counted = "1 blank" if len(blanks) == 1 else f"{len(blanks)} blanks"
            raise ConfigurationError(f"--fix {number}={word}: the text has {counted}.")
        name = blanks[number - 1].name
        linked = [n for n, blank in enumerate(blanks) if name is not None and blank.name == name]
        for index in linked or [number - 1]:
            if index in words:
                raise ConfigurationError(
                    f"--fix {number}={word}: blank {index + 1} has a word already. Keep one."
                )
            if not _obeys(blanks[index], word):
                raise ConfigurationError(
                    f"--fix {number}={word}: the rules of blank {index + 1} do not allow it. "
                    "Change them, or take another word."
                )
            words[index] = word
    return words


def _obeys(blank: Blank, word: str) -> bool:
    return any(
        satisfies(blank.constraints, word, begins_sentence=begins) for begins in (False, True)
    )


def with_fixed(
    engine: Engine,
    text: str,
    result: FillResult,
    words: Mapping[int, str],
    written: Collection[int],
) -> FillResult:
    """Return an answer with some words fixed, by index, and the other blanks' best given those.

    Those `written` stand as they are; in a linked blank beside them the word takes the capital
    that the place asks for.

    Joint answers are left out: they were found without the fixed words.

    Raises:
        MariaError: as for `Engine.rescore`.
    """
    # The writer may know a word where the model found none.
    left = [blank for blank in result.unfilled if blank.index not in words]
    known = [_unfilled(blank) for blank in result.unfilled if blank.index in words]
    blanks = sorted([*result.blanks, *known], key=lambda blank: blank.index)
    fixed: dict[int, str] = {}
    for blank in blanks:
        if blank.index in words:
            word = words[blank.index]
            takes_capital = blank.index not in written and blank.fill[:1].isupper()
            fixed[blank.index] = word[:1].upper() + word[1:] if takes_capital else word
    # A fixed word is weighed as the others are: what the model thinks of it is told too.
    asked = tuple(
        (b.index, (fixed[b.index],) if b.index in fixed else tuple(c.text for c in b.candidates))
        for b in blanks
    )
    request = RescoreRequest(text=text, fixed=tuple(fixed.items()), candidates=asked)
    ranked = dict(engine.rescore(request).candidates)

    def settled(blank: BlankResult) -> BlankResult:
        candidates = ranked[blank.index]
        best = candidates[0]
        return replace(blank, fill=best.text, logprob=best.logprob, candidates=candidates)

    return replace(result, blanks=tuple(map(settled, blanks)), unfilled=tuple(left), hypotheses=())


def _unfilled(blank: UnfilledBlank) -> BlankResult:
    """Return an unfilled blank as a result without a word, to be given one."""
    return BlankResult(
        index=blank.index, start=blank.start, end=blank.end, fill="", logprob=0.0, candidates=()
    )
