"""Whether an answer belongs to its request: its kind, its revision, and every place it names.

A worker is another program. What it says is looked at here once, so that nothing behind it has to:
no answer whose offsets lie outside the text or whose blanks nobody asked for goes further. Plain
data; knows nothing of Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import assert_never

from maria_editor.engine.messages import Request, Result
from maria_model.api import (
    BlankResult,
    Change,
    FillRequest,
    FillResult,
    Progress,
    RefineRequest,
    RefineResult,
    RescoreRequest,
    RescoreResult,
    ScoreRequest,
    ScoreResult,
    UnfilledBlank,
)
from maria_model.blanks import find_blanks


class AnswerCheck:
    """Looks at what a worker says to one request."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def accepts(self, result: Result) -> bool:
        """Return whether a result is an answer to the request."""
        request = self._request
        if result.revision != request.revision:
            return False
        match request:
            case FillRequest():
                return isinstance(result, FillResult) and self._fills(result)
            case RefineRequest():
                return isinstance(result, RefineResult) and _refines(request, result)
            case RescoreRequest():
                return isinstance(result, RescoreResult) and _rescores(request, result)
            case ScoreRequest():
                return isinstance(result, ScoreResult) and _scores(request, result)
            case _:
                assert_never(request)

    def accepts_update(self, update: Progress) -> bool:
        """Return whether what is shown of an answer on its way belongs to the request."""
        if update.blank is not None:
            return self._names(update.blank)
        if update.reading is not None:
            request = self._request
            return isinstance(request, RefineRequest) and _fit(request, update.reading.changes)
        return True

    def blanks_of(self, blanks: Iterable[BlankResult]) -> tuple[BlankResult, ...]:
        """Return those of the filled blanks that the request asks for."""
        return tuple(blank for blank in blanks if self._names(blank))

    @cached_property
    def _places(self) -> frozenset[tuple[int, int, int]]:
        """The number and the place of each blank that the request asks for."""
        request = self._request
        if not isinstance(request, FillRequest):
            return frozenset()
        places = (
            (number, blank.start, blank.end)
            for number, blank in enumerate(find_blanks(request.text, strict=False))
        )
        wanted = request.blanks
        return frozenset(place for place in places if wanted is None or place[0] in wanted)

    def _names(self, blank: BlankResult | UnfilledBlank) -> bool:
        return (blank.index, blank.start, blank.end) in self._places

    def _fills(self, result: FillResult) -> bool:
        named: list[BlankResult | UnfilledBlank] = [*result.blanks, *result.unfilled]
        is_once = len({blank.index for blank in named}) == len(named)
        return is_once and all(map(self._names, named))


def _refines(request: RefineRequest, result: RefineResult) -> bool:
    proposed = [result.changes, *(reading.changes for reading in result.readings)]
    return result.original == request.text and all(_fit(request, changes) for changes in proposed)


def _fit(request: RefineRequest, changes: Sequence[Change]) -> bool:
    """Return whether changes stand in the passage, one after the other, on the words they name."""
    position, text = request.start, request.text
    end = len(text) if request.end is None else request.end
    for change in changes:
        is_inside = position <= change.start <= change.end <= end
        if not is_inside or text[change.start : change.end] != change.before:
            return False
        position = change.end
    return True


def _rescores(request: RescoreRequest, result: RescoreResult) -> bool:
    asked = {number: set(words) for number, words in request.candidates}
    ranked = dict(result.candidates)
    return asked.keys() == ranked.keys() and all(
        {candidate.text for candidate in ranked[number]} <= words for number, words in asked.items()
    )


def _scores(request: ScoreRequest, result: ScoreResult) -> bool:
    position, text = request.start, request.text
    for word in result.words:
        if not position <= word.start < word.end or text[word.start : word.end] != word.text:
            return False
        position = word.start
    return True
