"""Windows of pieces with mask slots, and the open blanks that they are laid out from.

Plain shapes: knows nothing of texts, of tokenizers or of models' states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from maria_model.blanks import Constraint

if TYPE_CHECKING:
    from torch import Tensor

# More pieces than this in one word are never proposed.
MAXIMUM_PIECES_PER_WORD = 3
# Words of several pieces are looked for in blanks of up to so many words.
MAXIMUM_SEARCHED_WORDS = 8
# Numbers of words that are tried for one blank of open length.
MAXIMUM_WORD_COUNTS = 6
# `[MASK:auto]` holds one word to so many.
AUTO_WORDS = 6
Case = Literal["any", "upper", "lower"]
SlotKind = Literal["word", "continuation", "token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBlank:
    """A blank as the models meet it.

    Attributes:
        index: its number in the text, in reading order.
        words: how many words it holds at least.
        most_words: how many it holds at most.
        constraints: the writer's rules for its fill.
        spaced: its first piece begins with a space; otherwise it stands at a line's start, after
            an opening quote or bracket, or within a word.
        keeps_space: no space of the writer's stands before it, so the fill's own stays.
        case: what its first letter may be.
    """

    index: int
    words: int = 1
    most_words: int = 1
    spaced: bool = True
    keeps_space: bool = False
    case: Case = "any"
    constraints: tuple[Constraint, ...] = ()

    @property
    def word_counts(self) -> tuple[int, ...]:
        """The numbers of words to try: all of a short range, some of a long one, both its ends."""
        span = self.most_words - self.words
        steps = min(span, MAXIMUM_WORD_COUNTS - 1)
        counts = (self.words + round(span * step / max(steps, 1)) for step in range(steps + 1))
        return tuple(dict.fromkeys(counts))

    @property
    def is_searched(self) -> bool:
        """Whether the number of pieces of each word is looked for, and not just one a word."""
        return self.most_words <= MAXIMUM_SEARCHED_WORDS

    @property
    def room(self) -> int:
        """The most pieces that its fill may have."""
        parts = MAXIMUM_PIECES_PER_WORD if self.is_searched else 1
        # A piece has a character at least.
        listed = (len(word) for rule in self.constraints for word in rule.words)
        return max(self.most_words * parts, *listed) if self.is_listed else self.most_words * parts

    @property
    def is_listed(self) -> bool:
        """Whether its fill is chosen from a list of the writer's."""
        return any(rule.key == "allowed" for rule in self.constraints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One mask: the piece at `position` of a window.

    Attributes:
        blank: number of its blank in the text.
        piece: its number within the blank; with `blank` the key of its noise.
        kind: "word" begins a word, "continuation" goes on with one, "token" may be anything.
        parts: pieces in its word.
    """

    position: int
    blank: int
    piece: int
    kind: SlotKind = "word"
    parts: int = 1
    spaced: bool = True
    case: Case = "any"


class FillRules(Protocol):
    """What the pieces of one blank must obey together, at its number of pieces."""

    def allowed(self, pieces: Sequence[int]) -> Tensor:
        """Return (V,) the pieces with which the fill can still obey, after `pieces` of it."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces in reading order with slots among them; a piece at a slot means nothing.

    `rules` holds what the fills of some blanks must obey, by number of the blank.
    """

    pieces: tuple[int, ...]
    slots: tuple[Slot, ...]
    rules: Mapping[int, FillRules] = field(default_factory=dict)

    def slots_of(self, blank: int) -> tuple[Slot, ...]:
        """Return the slots of one blank."""
        return tuple(slot for slot in self.slots if slot.blank == blank)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The text around some blanks: known pieces and open blanks, and which blanks to answer."""

    items: tuple[int | OpenBlank, ...]
    targets: tuple[int, ...]

    @property
    def open_blanks(self) -> tuple[OpenBlank, ...]:
        """The open blanks up to the last target: those behind it stay masks."""
        blanks = [item for item in self.items if isinstance(item, OpenBlank)]
        return tuple(blank for blank in blanks if blank.index <= self.targets[-1])

    def lay_out(
        self,
        shapes: Mapping[int, Sequence[int]] | None = None,
        rules: Mapping[int, FillRules] | None = None,
    ) -> Window:
        """Return the window with one slot per piece.

        `shapes` gives the pieces of each word of a blank; one piece per word where it says nothing.
        `rules` are what the fills must obey at those shapes.
        """
        pieces: list[int] = []
        slots: list[Slot] = []
        for item in self.items:
            if isinstance(item, OpenBlank):
                shape = (shapes or {}).get(item.index, (1,) * item.words)
                slots += _slots(item, shape, position=len(pieces))
                pieces += [0] * sum(shape)
            else:
                pieces.append(item)
        return Window(tuple(pieces), tuple(slots), rules or {})


def _slots(blank: OpenBlank, shape: Sequence[int], *, position: int) -> list[Slot]:
    slots: list[Slot] = []
    for word, parts in enumerate(shape):
        for part in range(parts):
            slot = Slot(
                position=position + len(slots),
                blank=blank.index,
                piece=len(slots),
                kind="continuation" if part else "word",
                parts=parts,
                spaced=(blank.spaced or word > 0) and not part,
            )
            slots.append(slot)
    if slots:
        slots[0] = replace(slots[0], case=blank.case)
    return slots
