"""`maria fill --fix N=WORD`: the writer's word for one blank; the others rank again beside it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace

from maria_model.api import BlankResult, Engine, FillResult, RescoreRequest
from maria_model.errors import ConfigurationError


def fixed_word(value: str) -> tuple[int, str]:
    """Read N=WORD of a command line: the blank's number from 1 on, and its word."""
    number, _, word = value.partition("=")
    if not number.strip().isdigit() or int(number) < 1 or not word.strip():
        raise argparse.ArgumentTypeError(
            f"{value!r}: write the number of a blank, =, and its word, for instance 2=tea"
        )
    return int(number), word.strip()


def check_fixed(fixed: Mapping[int, str], blanks: int) -> None:
    """Refuse a number that no blank has.

    Raises:
        ConfigurationError: there are fewer blanks.
    """
    for number, word in fixed.items():
        if number > blanks:
            counted = "1 blank" if blanks == 1 else f"{blanks} blanks"
            raise ConfigurationError(f"--fix {number}={word}: the text has {counted}.")


def with_fixed(
    engine: Engine, text: str, result: FillResult, fixed: Mapping[int, str]
) -> FillResult:
    """Return an answer with some words fixed and the other blanks' best given those.

    Joint answers are left out: they were found without the fixed words.

    Raises:
        MariaError: as for `Engine.rescore`.
    """
    words = {number - 1: word for number, word in fixed.items()}
    others = [blank for blank in result.blanks if blank.index not in words]
    asked = tuple((b.index, tuple(c.text for c in b.candidates)) for b in others)
    ranked = {}
    if asked:
        request = RescoreRequest(text=text, fixed=tuple(words.items()), candidates=asked)
        ranked = dict(engine.rescore(request).candidates)

    def settled(blank: BlankResult) -> BlankResult:
        if blank.index in words:
            return replace(blank, fill=words[blank.index], candidates=())
        candidates = ranked[blank.index]
        best = candidates[0]
        return replace(blank, fill=best.text, logprob=best.logprob, candidates=candidates)

    return replace(result, blanks=tuple(map(settled, result.blanks)), hypotheses=())
