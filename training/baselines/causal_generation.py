"""The causal LM writing as many tokens as a window has masks: plain generation, no masked half.

It reads the window's known pieces in one pass and goes on from there, one cached pass a token. What
it writes fills nothing: the figure is a price, the least that any left-to-right decoding of that
many tokens costs without drafts.
"""

from __future__ import annotations

from collections.abc import Iterator

from maria_model.api import SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import GREEDY
from maria_model.windows import Window
from training.baselines.decoding import FilledSlot, choose_pieces, restrict


def generate_continuation(
    model: MariaForMaskedInfilling,
    window: Window,
    *,
    options: SamplingOptions = GREEDY,
    counts: PassCounts | None = None,
) -> Iterator[FilledSlot]:
    """Write one piece per slot after the window's known pieces.

    Args:
        model: only its causal LM is read.
        window: its slots say how many pieces, and of which kind.
        options: greedy by default.
        counts: passes are added here.
    """
    reader = CausalReader(model, PassCounts() if counts is None else counts)
    masked = {slot.position for slot in window.slots}
    unread = [piece for place, piece in enumerate(window.pieces) if place not in masked]
    for slot in window.slots:
        state = reader.read(unread)[-1]
        logits = restrict(model.causal_lm_logits(state)[None], [slot], model.vocabulary)
        [piece] = choose_pieces(logits, [slot], options)
        unread = [piece]
        yield FilledSlot(slot, piece)
