"""One small adapter per kind of backbone: the states its decoder multiplies, and that decoder.

MARIA concatenates the states *right before* the vocabulary projection of each model: only there
is [W1/2 ; W2/2] the product of the two experts (paper, eq. 6-8). Where that point lies, and how
many tokens a model can read, differs from family to family, and this file is the only one that
knows.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from transformers import (
    GPT2LMHeadModel,
    GPTNeoXForCausalLM,
    ModernBertDecoderForCausalLM,
    ModernBertForMaskedLM,
    OlmoeForCausalLM,
    OlmoForCausalLM,
    PreTrainedModel,
    RobertaForMaskedLM,
)
from transformers.cache_utils import Cache

from maria_model.errors import NotSupportedError

# Their last state, final norm included, goes straight into a projection without a bias.
_PLAIN_CAUSAL_LMS = (OlmoForCausalLM, OlmoeForCausalLM, GPTNeoXForCausalLM, GPT2LMHeadModel)


class CausalAdapter(Protocol):
    """What MARIA needs of a causal LM.

    Attributes:
        decoder: the projection on the model's own vocabulary.
        context_length: tokens that the model can read.
    """

    decoder: nn.Linear
    context_length: int

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
    """What MARIA needs of a masked LM.

    Attributes:
        decoder: the projection on the model's own vocabulary.
        context_length: tokens that the model can read.
    """

    decoder: nn.Linear
    context_length: int

    def states(self, input_ids: Tensor, *, attention_mask: Tensor | None) -> Tensor:
        """Return h_MLM (B, T, D): state t has read all tokens but itself where it is a mask."""
        ...


class PlainCausalAdapter:
    """OLMo, OLMoE, GPT-NeoX (Pythia), GPT-2: the base model's last state is what is projected."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model.base_model
        self.decoder: nn.Linear = model.get_output_embeddings()
        self.context_length = int(model.config.max_position_embeddings)

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
        self.context_length = int(model.config.max_position_embeddings)

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
        self.context_length = int(model.config.max_position_embeddings)

    def states(self, input_ids: Tensor, *, attention_mask: Tensor | None) -> Tensor:
        """Return h_MLM (B, T, D), after the transform."""
        hidden = self._model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return torch.as_tensor(self._transform(hidden))


class RobertaAdapter:
    """RoBERTa: `lm_head` holds dense, gelu, norm and the decoder; positions begin after padding's.

    The model counts positions over the ids that are not padding, from `pad_token_id` + 1 on. They
    are given here, so that no id of a text can be taken for padding; so many fewer fit.
    """

    def __init__(self, model: RobertaForMaskedLM) -> None:
        self._model = model.roberta
        self._head = model.lm_head
        self._first_position = int(model.config.pad_token_id) + 1
        self.decoder: nn.Linear = model.lm_head.decoder
        self.context_length = int(model.config.max_position_embeddings) - self._first_position

    def states(self, input_ids: Tensor, *, attention_mask: Tensor | None) -> Tensor:
        """Return h_MLM (B, T, D), after dense, gelu and norm."""
        positions = self._first_position + torch.arange(input_ids.shape[1], device=input_ids.device)
        hidden = self._model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=positions.expand_as(input_ids),
        ).last_hidden_state
        return self._head.layer_norm(nn.functional.gelu(self._head.dense(hidden)))


def causal_adapter(model: PreTrainedModel) -> CausalAdapter:
    """Return the adapter of a causal LM.

    Raises:
        NotSupportedError: no adapter knows this architecture.
    """
    if isinstance(model, _PLAIN_CAUSAL_LMS):
        return PlainCausalAdapter(model)
    if isinstance(model, ModernBertDecoderForCausalLM):
        return ModernBertDecoderAdapter(model)
    raise NotSupportedError(
        f"{type(model).__name__} cannot be the causal LM yet. Choose an OLMo, an OLMoE, a GPT-NeoX "
        "(Pythia), a GPT-2 or a ModernBERT decoder (Ettin)."
    )


def masked_adapter(model: PreTrainedModel) -> MaskedAdapter:
    """Return the adapter of a masked LM.

    Raises:
        NotSupportedError: no adapter knows this architecture.
    """
    if isinstance(model, ModernBertForMaskedLM):
        return ModernBertAdapter(model)
    if isinstance(model, RobertaForMaskedLM):
        return RobertaAdapter(model)
    raise NotSupportedError(
        f"{type(model).__name__} cannot be the masked LM yet. Choose a ModernBERT or a RoBERTa."
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
