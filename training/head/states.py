"""The frozen backbones' states at the masked pieces of a pass, packed or padded.

A packed row's segments must not see each other. The causal LMs take that from positions that
start again; ModernBERT does not, and gets boolean masks for both its kinds of layers. Knows
nothing of the head.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import ModernBertDecoderForCausalLM, ModernBertForMaskedLM, OlmoForCausalLM

from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaModel
from training.head.layouts import MicroBatch


def check_packing(model: MariaModel) -> None:
    """Refuse a pair whose segments would see each other in a packed row.

    Raises:
        ConfigurationError: one of the two is of another family.
    """
    known = (
        (model.causal_lm, (OlmoForCausalLM, ModernBertDecoderForCausalLM)),
        (model.masked_lm, (ModernBertForMaskedLM,)),
    )
    for backbone, families in known:
        if not isinstance(backbone, families):
            raise ConfigurationError(
                f"layout=packed: {type(backbone).__name__} cannot keep documents in one row "
                "apart. Take layout=padded."
            )


@torch.no_grad()
def masked_rows(
    model: MariaModel, batch: MicroBatch, *, autocast: torch.dtype | None = None
) -> tuple[Tensor, Tensor]:
    """Return h_AR (N, d1) and h_MLM (N, d2) at the batch's masked pieces.

    Args:
        model: both backbones.
        batch: on the model's device.
        autocast: what matrix products are cast to; None leaves them alone.
    """
    device = batch.causal_ids.device.type
    with torch.autocast(device, dtype=autocast, enabled=autocast is not None):
        causal = model.causal_states(batch.causal_ids, position_ids=batch.position_ids)
        # The adapters hand the mask on as it is, and ModernBERT takes a mapping as well.
        mask: Any = batch.attention_mask
        if batch.segment_ids is not None:
            mask = bidirectional_masks(batch.segment_ids, model.masked_lm.config.sliding_window)
        masked = model.masked_states(batch.masked_ids, attention_mask=mask)
    # h_AR at i - 1 meets h_MLM at i.
    return causal.flatten(0, 1)[batch.rows - 1], masked.flatten(0, 1)[batch.rows]


def bidirectional_masks(segment_ids: Tensor, sliding_window: int) -> dict[str, Tensor]:
    """Return ModernBERT's masks by kind of layer: (B, S) segments -> (B, 1, S, S) bool."""
    same = segment_ids[:, None, :, None] == segment_ids[:, None, None, :]
    slots = torch.arange(segment_ids.shape[1], device=segment_ids.device)
    near = (slots[:, None] - slots[None, :]).abs() <= sliding_window
    return {"full_attention": same, "sliding_attention": same & near}
