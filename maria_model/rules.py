"""The writer's rules for a blank, as the infilling wants them: shapes, and masks slot by slot.

Binds the automaton of a blank's constraints to the blank's place in a text. Knows nothing of
models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from torch import Tensor

from maria_model.fill_automaton import ConstraintAutomaton, FillAutomaton
from maria_model.fill_shapes import reachable_shapes
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import FillRules, OpenBlank


class ShapedRules:
    """The rules of one blank at one shape."""

    def __init__(self, automaton: FillAutomaton) -> None:
        self._automaton = automaton

    def allowed(self, pieces: Sequence[int]) -> Tensor:
        """Return (V,) the pieces with which the fill can still obey, after `pieces` of it."""
        state = self._automaton.start
        for piece in pieces:
            state = self._automaton.advance(state, piece)
        return self._automaton.allowed(state, len(pieces))


def shapes_of(vocabulary: SharedVocabulary, blank: OpenBlank, most: int) -> list[tuple[int, ...]]:
    """Return the first shapes of a blank's words that can obey its rules, fewest pieces first.

    Raises:
        NotSupportedError: a rule that no blank can follow, or that is too complicated.
    """
    automaton = _automaton(vocabulary, blank)
    extra = None if blank.is_searched else 0
    shapes = (
        shape
        for words in blank.word_counts
        for shape in islice(reachable_shapes(automaton, words, extra=extra), most)
    )
    return sorted(shapes, key=sum)[:most]


def window_rules(
    vocabulary: SharedVocabulary,
    blanks: Sequence[OpenBlank],
    shapes: Mapping[int, Sequence[int]],
) -> dict[int, FillRules]:
    """Return what the fills of the blanks with rules must obey, at the shapes they have.

    The entries of a list are judged whole (`listed`), and not piece by piece.
    """
    return {
        blank.index: ShapedRules(_automaton(vocabulary, blank).at(shapes[blank.index]))
        for blank in blanks
        if blank.constraints and not blank.is_listed and blank.index in shapes
    }


def _automaton(vocabulary: SharedVocabulary, blank: OpenBlank) -> ConstraintAutomaton:
    return ConstraintAutomaton.of(
        vocabulary,
        blank.constraints,
        spaced=blank.spaced,
        begins_sentence=blank.case == "upper",
    )
