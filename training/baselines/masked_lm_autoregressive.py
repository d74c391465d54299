"""The masked LM decoded left to right, read anew for every token: the paper's "MLM" baseline.

A masked LM attends to both sides, so nothing of a pass outlives the next filled piece: there is no
cache to keep, and every token costs a pass over the whole window.
"""

from __future__ import annotations

from collections.abc import Iterator

from maria_model.api import SamplingOptions
from maria_model.causal_reader import PassCounts
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import GREEDY
from maria_model.windows import Window
from training.baselines.decoding import FilledSlot, MaskedReader, choose_pieces, restrict


def decode_masked_lm(
    model: MariaForMaskedInfilling,
    window: Window,
    *,
    options: SamplingOptions = GREEDY,
    counts: PassCounts | None = None,
) -> Iterator[FilledSlot]:
    """Fill a window's slots in reading order, one pass of the masked LM each.

    Args:
        model: only its masked LM is read.
        window: its slots in reading order.
        options: greedy by default.
        counts: passes are added here.
    """
    reader = MaskedReader(model, window, counts)
    for slot in window.slots:
        logits = restrict(reader.logits([slot]), [slot], model.vocabulary)
        [piece] = choose_pieces(logits, [slot], options)
        reader.fill(slot, piece)
        yield FilledSlot(slot, piece)
