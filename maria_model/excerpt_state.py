"""How far the search in an excerpt has come: the shapes chosen, and the pieces settled.

The masked LM reads the excerpt once for every choice of shapes that is tried, and once more after
each refresh. Knows nothing of how a shape or a piece is chosen.
"""

from __future__ import annotations

from maria_model.api import CancelCheck
from maria_model.causal_reader import PassCounts
from maria_model.infilling import MaskedReading, check, read_masked
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.proposals import FilledBlank, Shapes
from maria_model.rules import window_rules
from maria_model.windows import Excerpt, OpenBlank, Window


class ExcerptState:
    """An excerpt that is being filled from left to right.

    Attributes:
        shapes: of the blanks that have other than one piece a word.
        layout: the excerpt at these shapes.
        filled: its pieces; those before the slot to be settled next are settled.
        counts: the masked LM's passes are added here.

    Args:
        refresh: after so many pieces the masked LM reads the text again, with what was settled;
            0 is the paper's way, in which it reads once.
        cancelled: polled before each pass of the masked LM.
    """

    def __init__(
        self,
        model: MariaForMaskedInfilling,
        excerpt: Excerpt,
        counts: PassCounts,
        *,
        refresh: int = 0,
        cancelled: CancelCheck | None = None,
    ) -> None:
        self._model = model
        self._excerpt = excerpt
        self._refresh = refresh
        self._cancelled = cancelled
        self.counts = counts
        # Pieces that the masked LM has read for good, and those settled since.
        self._known, self._settled_since = 0, 0
        self._layouts: dict[tuple[tuple[int, tuple[int, ...]], ...], MaskedReading] = {}
        self.shapes: Shapes = {}
        self.filled: list[int] = []
        self.layout = self.lay_out(self.shapes)
        self.filled = list(self.layout.window.pieces)

    def lay_out(self, shapes: Shapes) -> MaskedReading:
        """Return the excerpt at some shapes; the masked LM reads each once.

        Raises:
            Cancelled: `cancelled` said so.
        """
        key = tuple(sorted(shapes.items()))
        if key not in self._layouts:
            check(self._cancelled)
            rules = window_rules(self._model.vocabulary, self._excerpt.open_blanks, shapes)
            window = self._excerpt.lay_out(shapes, rules)
            self._layouts[key] = read_masked(
                self._model, window, self.counts, known=self.filled[: self._known]
            )
        return self._layouts[key]

    def shapes_with(self, blank: OpenBlank, word: int, parts: int) -> Shapes:
        """Return the shapes with other pieces for one word of a blank."""
        shape = list(self.shapes.get(blank.index, (1,) * blank.words))
        shape[word] = parts
        return {**self.shapes, blank.index: tuple(shape)}

    def carried(self, window: Window, begin: int) -> list[int]:
        """Return a window's pieces with what is settled before `begin`."""
        return [*self.filled[:begin], *window.pieces[begin:]]

    def move_to(self, shapes: Shapes, begin: int) -> None:
        """Go on with other shapes; what stands before `begin` is settled and stays."""
        self.shapes = shapes
        self.layout = self.lay_out(shapes)
        self.filled = self.carried(self.layout.window, begin)

    def reread_if_due(self, filled: FilledBlank) -> bool:
        """Let the masked LM read what was settled, where that is due; say whether it did."""
        self._settled_since += len(filled.pieces)
        if not self._refresh or self._settled_since < self._refresh:
            return False
        self._known = self.layout.window.slots_of(filled.blank.index)[-1].position + 1
        self._settled_since = 0
        self._layouts.clear()
        self.move_to(self.shapes, self._known)
        return True
