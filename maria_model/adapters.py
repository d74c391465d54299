"""One small adapter per backbone family: the states its decoder multiplies, and that decoder.

MARIA concatenates the states *right before* the vocabulary projection of each model: only there
is [W1/2 ; W2/2] the product of the two experts (paper, eq. 6-8). Where that point lies differs
from family to family, and this file is the only one that knows.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from transformers import (
    ModernBertDecoderForCausalLM,
    ModernBertForMaskedLM,
    OlmoForCausalLM,
    PreTrainedModel,
)
from transformers.cache_utils import Cache

from maria_model.errors import NotSupportedError


class CausalAdapter(Protocol):
    """What MARIA needs of a causal LM."""

    decoder: nn.Linear

    def states(
        self,
        input_ids: Tensor,
        *,
        attention_mask: Tensor | None,
        position_ids: Tensor | None,
        past_key_values: Cache | None,
    ) -> Tensor:
        """Return h_AR (B, T, D): state t has read token t and all before it."""
        ...


class MaskedAdapter(Protocol):
    """What MARIA needs of a masked LM."""

    decoder: nn.Linear

    def states(self, input_ids: Tensor, *, attention_mask: Tensor | None) -> Tensor:
        """Return h_MLM (B, T, D): state t has read all tokens but itself where it is a mask."""
        ...


class OlmoAdapter:
    """OLMo: the model's last state goes straight into `lm_head`, which has no bias."""

    def __init__(self, model: OlmoForCausalLM) -> None:
        self._model = model.model
        self.decoder: nn.Linear = model.lm_head

    def states(
        self,
        input_ids: Tensor,
        *,
        attention_mask: Tensor | None,
        position_ids: Tensor | None,
        past_key_values: Cache | None,
    ) -> Tensor:
        """Return h_AR (B, T, D)."""
        return _causal_states(self._model, input_ids, attention_mask, position_ids, past_key_values)


class ModernBertDecoderAdapter:
    """Ettin's decoder: `lm_head` is a transform of the states; `decoder`, with a bias, projects."""

    def __init__(self, model: ModernBertDecoderForCausalLM) -> None:
        self._model = model.model
        self._transform = model.lm_head
        self.decoder: nn.Linear = model.decoder

    def states(
        self,
        input_ids: Tensor,
        *,
        attention_mask: Tensor | None,
        position_ids: Tensor | None,
        past_key_values: Cache | None,
    ) -> Tensor:
        """Return h_AR (B, T, D), after the transform."""
        hidden = _causal_states(
            self._model, input_ids, attention_mask, position_ids, past_key_values
        )
        return torch.as_tensor(self._transform(hidden))


class ModernBertAdapter:
    """ModernBERT and Ettin's encoder: `head` is a transform; `decoder`, with a bias, projects."""

    def __init__(self, model: ModernBertForMaskedLM) -> None:
        self._model = model.model
        self._transform = model.head
        self.decoder: nn.Linear = model.decoder

    def states(self, input_ids: Tensor, *, attention_mask: Tensor | None) -> Tensor:
        """Return h_MLM (B, T, D), after the transform."""
        hidden = self._model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return torch.as_tensor(self._transform(hidden))


def causal_adapter(model: PreTrainedModel) -> CausalAdapter:
    """Return the adapter of a causal LM.

    Raises:
        NotSupportedError: no adapter knows this architecture.
    """
    if isinstance(model, OlmoForCausalLM):
        return OlmoAdapter(model)
    if isinstance(model, ModernBertDecoderForCausalLM):
        return ModernBertDecoderAdapter(model)
    raise NotSupportedError(
        f"{type(model).__name__} cannot be the causal LM yet. "
        "Choose an OLMo or a ModernBERT decoder (Ettin)."
    )


def masked_adapter(model: PreTrainedModel) -> MaskedAdapter:
    """Return the adapter of a masked LM.

    Raises:
        NotSupportedError: no adapter knows this architecture.
    """
    if isinstance(model, ModernBertForMaskedLM):
        return ModernBertAdapter(model)
    raise NotSupportedError(
        f"{type(model).__name__} cannot be the masked LM yet. Choose a ModernBERT."
    )


def _causal_states(
    model: nn.Module,
    input_ids: Tensor,
    attention_mask: Tensor | None,
    position_ids: Tensor | None,
    past_key_values: Cache | None,
) -> Tensor:
    output = model(
        input_ids=input_ids,
        attention_mask=attention_mask,
        position_ids=position_ids,
        past_key_values=past_key_values,
        use_cache=past_key_values is not None,
    )
    return torch.as_tensor(output.last_hidden_state)
