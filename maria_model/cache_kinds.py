"""Which of the caches a model's causal LM reads on: what was chosen, where the model allows it."""

from __future__ import annotations

from transformers.cache_utils import DynamicLayer

from maria_model import direct_passes
from maria_model.device import CacheKind
from maria_model.modeling import MariaForMaskedInfilling


def kind_of(model: MariaForMaskedInfilling) -> CacheKind:
    """Return what the causal LM reads on.

    Where a layer attends to a window, or not at all, that is the dynamic cache whatever is chosen;
    so it is where passes of our own were chosen and the model is none of those written out.
    """
    chosen = model.cache_kind
    if chosen == "direct":
        return chosen if direct_passes.suits(model) else "dynamic"
    if chosen == "dynamic":
        return chosen
    is_plain = all(type(layer) is DynamicLayer for layer in model.new_cache().layers)
    return chosen if is_plain else "dynamic"


def is_padded(kind: CacheKind) -> bool:
    """Whether passes on this cache are of a few fixed widths."""
    return kind in ("static", "compiled")
