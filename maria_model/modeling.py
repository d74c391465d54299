"""MARIA on transformers: two frozen backbones and one linear head over both states.

    pi(x_i | x_<i, unmasked x_>i) = softmax(W3 [h_AR(x_<i) ; h_MLM(x with masks)_i] + b3)

`MariaModel` gives the two states, aligned; `MariaForMaskedInfilling` decodes them. W3 is kept as
its two halves, because inference wants the masked half's logits once and the causal half's again
at every step. Knows nothing of text, blanks or sampling.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import Cache
from transformers.utils import ModelOutput

from maria_model import checkpoint
from maria_model.adapters import causal_adapter, masked_adapter
from maria_model.configuration import MariaConfig
from maria_model.device import CacheKind
from maria_model.downloads_folder import local_source
from maria_model.errors import CheckpointError, ModelNotFoundError, first_line
from maria_model.gate import mask_density
from maria_model.vocabulary import SharedVocabulary, load_tokenizer

IGNORE_INDEX = -100


@dataclass
class MariaModelOutput(ModelOutput):
    """States aligned on pieces: row i of both predicts piece i.

    Attributes:
        causal_states: (B, T, d1) h_AR(x_<i).
        masked_states: (B, T, d2) h_MLM(x with masks)_i.
    """

    causal_states: Tensor | None = None
    masked_states: Tensor | None = None


@dataclass
class MariaOutput(ModelOutput):
    """Loss over masked pieces in nats, and logits (B, T, V) over the shared pieces."""

    loss: Tensor | None = None
    logits: Tensor | None = None


class MariaHead(nn.Module):
    """W3 and b3 (paper, eq. 5): (V, d1) for the causal half, (V, d2) for the masked half."""

    def __init__(self, vocab_size: int, causal_size: int, masked_size: int) -> None:
        super().__init__()
        self.causal = nn.Parameter(torch.zeros(vocab_size, causal_size))
        self.masked = nn.Parameter(torch.zeros(vocab_size, masked_size))
        self.bias = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, causal_states: Tensor, masked_states: Tensor) -> Tensor:
        """Return logits (..., V) of (..., d1) and (..., d2) states."""
        return self.causal_half(causal_states) + self.masked_half(masked_states)

    def causal_half(self, states: Tensor) -> Tensor:
        """Return what h_AR adds to the logits."""
        return F.linear(states, self.causal)

    def masked_half(self, states: Tensor) -> Tensor:
        """Return what h_MLM adds to the logits, the bias included."""
        return F.linear(states, self.masked, self.bias)


class MariaPreTrainedModel(PreTrainedModel):
    """What the two MARIA classes share: configuration class and frozen backbones."""

    config_class = MariaConfig
    base_model_prefix = "model"
    main_input_name = "pieces"
    _supports_sdpa = True


class MariaModel(MariaPreTrainedModel):
    """The two backbones, frozen and always in eval mode, read side by side."""

    def __init__(
        self, config: MariaConfig, causal_lm: PreTrainedModel, masked_lm: PreTrainedModel
    ) -> None:
        super().__init__(config)
        self.causal_lm = causal_lm.requires_grad_(False).eval()
        self.masked_lm = masked_lm.requires_grad_(False).eval()
        self._causal_adapter = causal_adapter(causal_lm)
        self._masked_adapter = masked_adapter(masked_lm)

    @property
    def causal_decoder(self) -> nn.Linear:
        """The causal LM's own projection, over its own ids."""
        return self._causal_adapter.decoder

    @property
    def masked_decoder(self) -> nn.Linear:
        """The masked LM's own projection, over its own ids."""
        return self._masked_adapter.decoder

    @property
    def context_length(self) -> int:
        """Tokens that both backbones can read, frame tokens included."""
        return min(self._causal_adapter.context_length, self._masked_adapter.context_length)

    def train(self, mode: bool = True) -> MariaModel:
        """Keep both backbones in eval mode, whatever is asked."""
        super().train(mode)
        self.causal_lm.eval()
        self.masked_lm.eval()
        return self

    def causal_states(
        self,
        causal_input_ids: Tensor,
        past_key_values: Cache | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """Return h_AR, (B, T) -> (B, T, d1); extends the cache when one is given."""
        return self._causal_adapter.states(
            causal_input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
        )

    def masked_states(
        self, masked_input_ids: Tensor, attention_mask: Tensor | None = None
    ) -> Tensor:
        """Return h_MLM, (B, T) -> (B, T, d2)."""
        return self._masked_adapter.states(masked_input_ids, attention_mask=attention_mask)

    @torch.no_grad()
    def forward(self, causal_input_ids: Tensor, masked_input_ids: Tensor) -> MariaModelOutput:
        """Return aligned states.

        Args:
            causal_input_ids: (B, T) [start] and all but the last token.
            masked_input_ids: (B, T + 2) [CLS], the tokens with masks, [SEP].
        """
        return MariaModelOutput(
            causal_states=self.causal_states(causal_input_ids),
            # The frame shifts h_MLM by one: h_AR at i - 1 meets h_MLM at i.
            masked_states=self.masked_states(masked_input_ids)[:, 1:-1],
        )


class MariaForMaskedInfilling(MariaPreTrainedModel):
    """MARIA with its head: logits over the shared vocabulary, loss over masked pieces only."""

    def __init__(
        self,
        config: MariaConfig,
        causal_lm: PreTrainedModel,
        masked_lm: PreTrainedModel,
        vocabulary: SharedVocabulary,
    ) -> None:
        super().__init__(config)
        self.vocabulary = vocabulary
        # What the causal LM reads on; `load_model` asks `maria_model.device` for it.
        self.cache_kind: CacheKind = "dynamic"
        self.model = MariaModel(config, causal_lm, masked_lm)
        vocabulary.check_rows(
            self.model.causal_decoder.out_features, self.model.masked_decoder.out_features
        )
        self.head = MariaHead(
            len(vocabulary),
            self.model.causal_decoder.in_features,
            self.model.masked_decoder.in_features,
        )

    @property
    def context_length(self) -> int:
        """Tokens that both backbones can read, frame tokens included."""
        return self.model.context_length

    def forward(self, pieces: Tensor, mask: Tensor, labels: Tensor | None = None) -> MariaOutput:
        """Return logits for every piece, and the loss over the masked ones.

        Args:
            pieces: (B, T) the whole text, also where it is masked.
            mask: (B, T) True where the masked LM sees a mask.
            labels: (B, T) pieces to predict, -100 elsewhere; the masked `pieces` by default.
        """
        states = self.model(
            self.vocabulary.causal_input(pieces), self.vocabulary.masked_input(pieces, mask)
        )
        logits = self.join_halves(
            self.head.causal_half(states.causal_states),
            self.head.masked_half(states.masked_states),
            mask_density(mask),
        )
        if labels is None:
            labels = pieces.masked_fill(~mask, IGNORE_INDEX)
        loss = F.cross_entropy(logits.flatten(0, 1).float(), labels.flatten())
        return MariaOutput(loss=loss, logits=logits)

    def new_cache(self) -> DynamicCache:
        """Return an empty key-value cache for the causal LM."""
        return DynamicCache(config=self.model.causal_lm.config)

    def causal_states(
        self,
        causal_input_ids: Tensor,
        past_key_values: Cache | None = None,
        *,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """Return h_AR, (B, T) -> (B, T, d1); extends the cache when one is given.

        Args:
            causal_input_ids: (B, T).
            past_key_values: what was read before, P tokens.
            attention_mask: (B, 1, T, P + T) bool for an order of reading that is not the plain one.
            position_ids: (B, T), with such a mask.
        """
        return self.model.causal_states(
            causal_input_ids, past_key_values, attention_mask, position_ids
        )

    def causal_half_logits(self, states: Tensor) -> Tensor:
        """Return the causal half of the logits, (..., d1) -> (..., V)."""
        return self.head.causal_half(states)

    def join_halves(self, causal_half: Tensor, masked_half: Tensor, density: Tensor) -> Tensor:
        """Return MARIA's logits (..., V): both halves, weighed by the model's gate.

        Args:
            causal_half: (..., V).
            masked_half: (..., V), bias included.
            density: (..., 2) `mask_density` of the masks that the masked LM saw, at these slots.
        """
        gate = self.config.inference_constants.gate
        return gate.join(causal_half, masked_half, density)

    def masked_half_logits(
        self, masked_input_ids: Tensor, attention_mask: Tensor | None = None
    ) -> Tensor:
        """Return the masked half of the logits, bias included, (B, T) -> (B, T, V)."""
        return self.head.masked_half(self.model.masked_states(masked_input_ids, attention_mask))

    def causal_lm_logits(self, states: Tensor) -> Tensor:
        """Return the causal LM's own logits over the shared pieces, (..., d1) -> (..., V)."""
        return self.model.causal_decoder(states)[..., self.vocabulary.causal_ids]

    def masked_lm_logits(
        self, masked_input_ids: Tensor, attention_mask: Tensor | None = None
    ) -> Tensor:
        """Return the masked LM's own logits over the shared pieces, (B, T) -> (B, T, V)."""
        return self.masked_logits_of(self.model.masked_states(masked_input_ids, attention_mask))

    def masked_logits_of(self, states: Tensor) -> Tensor:
        """Return the masked LM's own logits over the shared pieces, (..., d2) -> (..., V)."""
        return self.model.masked_decoder(states)[..., self.vocabulary.masked_ids]

    @torch.no_grad()
    def reset_to_product_of_experts(self) -> None:
        """Set W3 = [W1/2 ; W2/2] and b3 = b1/2 + b2/2 (paper, eq. 6-8), in place."""
        halves = (
            (self.model.causal_decoder, self.vocabulary.causal_ids, self.head.causal),
            (self.model.masked_decoder, self.vocabulary.masked_ids, self.head.masked),
        )
        self.head.bias.zero_()
        for decoder, ids, weight in halves:
            weight.copy_(decoder.weight[ids] / 2)
            if decoder.bias is not None:
                self.head.bias.add_(decoder.bias[ids] / 2)
        self.config.trained_head = False
        # What was fitted to another head says nothing of this one.
        self.config.inference = None

    @classmethod
    def from_backbones_pretrained(
        cls,
        causal_lm: str | Path,
        masked_lm: str | Path,
        *,
        causal_revision: str | None = None,
        masked_revision: str | None = None,
        name: str | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> MariaForMaskedInfilling:
        """Join any two backbones of one vocabulary as a product of experts, untrained.

        Args:
            causal_lm, masked_lm: folders, or repositories (owner/name) that were downloaded.
            causal_revision, masked_revision: commits they must be of; None takes what is here.
            name: how the model is called in front of a writer.
            dtype: precision of the weights.

        Raises:
            ModelNotFoundError, CheckpointError, TokenizerMismatchError, NotSupportedError.
        """
        config = MariaConfig(
            name=name or f"{Path(causal_lm).name} + {Path(masked_lm).name}",
            causal_lm=str(causal_lm),
            masked_lm=str(masked_lm),
            causal_revision=causal_revision,
            masked_revision=masked_revision,
        )
        model = cls._join(config, causal_lm, masked_lm, dtype)
        model.reset_to_product_of_experts()
        return model.eval()

    @classmethod
    def from_pretrained(
        cls, folder: str | Path, *, dtype: torch.dtype = torch.float32, **kwargs: Any
    ) -> MariaForMaskedInfilling:
        """Load a folder written by `save_pretrained`.

        Raises:
            ModelNotFoundError: the folder holds no MARIA model.
            CheckpointError: a file is missing, altered or of another vocabulary, or a backbone
                that the folder refers to has other weights than before.
        """
        folder = Path(folder)
        if not (folder / checkpoint.CONFIG_FILE).is_file():
            raise ModelNotFoundError(
                f"{folder} holds no model: {checkpoint.CONFIG_FILE} is missing. "
                "Name another folder, or a model from `maria models list`."
            )
        checkpoint.verify_checksums(folder)
        config = _read_config(folder)
        causal = config.causal_lm or folder / checkpoint.CAUSAL_FOLDER
        masked = config.masked_lm or folder / checkpoint.MASKED_FOLDER
        fingerprint = config.vocabulary_fingerprint
        model = cls._join(config, causal, masked, dtype)
        if fingerprint and fingerprint != model.config.vocabulary_fingerprint:
            raise CheckpointError(
                f"{folder}: its head was made for another vocabulary. Use the backbones it names."
            )
        model._check_backbones(folder)
        model._load_head(folder)
        return model.eval()

    def save_pretrained(
        self,
        folder: str | Path,
        *,
        self_contained: bool | None = None,
        dtype: torch.dtype | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the model.

        Args:
            folder: made when it is not there.
            self_contained: True writes the backbones too; False refers to them by name and
                revision; None keeps what the model was loaded as.
            dtype: precision on disk; None keeps each tensor's.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if self_contained is None:
            self_contained = self.config.is_self_contained
        config = MariaConfig(**self.config.to_dict())
        if self_contained:
            config.causal_lm = config.masked_lm = None
            config.causal_revision = config.masked_revision = None
            config.causal_fingerprint = config.masked_fingerprint = ""
            # Where the backbones once lay on this computer is nobody else's business.
            config.causal_config.name_or_path = config.masked_config.name_or_path = ""
            self._save_backbones(folder, dtype)
        else:
            config.causal_fingerprint = checkpoint.weights_fingerprint(self.model.causal_lm)
            config.masked_fingerprint = checkpoint.weights_fingerprint(self.model.masked_lm)
        config.save_pretrained(folder)
        head = {name: tensor.to(dtype or tensor.dtype) for name, tensor in self._head_tensors()}
        checkpoint.save_head(folder, head)
        checkpoint.write_checksums(folder)

    @classmethod
    def _join(
        cls, config: MariaConfig, causal: str | Path, masked: str | Path, dtype: torch.dtype
    ) -> MariaForMaskedInfilling:
        causal, config.causal_revision = local_source(causal, config.causal_revision)
        masked, config.masked_revision = local_source(masked, config.masked_revision)
        causal_lm = checkpoint.load_backbone(
            checkpoint.CAUSAL_FOLDER, causal, revision=config.causal_revision, dtype=dtype
        )
        masked_lm = checkpoint.load_backbone(
            checkpoint.MASKED_FOLDER, masked, revision=config.masked_revision, dtype=dtype
        )
        vocabulary = SharedVocabulary(
            load_tokenizer(causal, revision=config.causal_revision),
            load_tokenizer(masked, revision=config.masked_revision),
        )
        config.causal_config, config.masked_config = causal_lm.config, masked_lm.config
        config.vocab_size = len(vocabulary)
        config.vocabulary_fingerprint = vocabulary.fingerprint()
        model = cls(config, causal_lm, masked_lm, vocabulary)
        # The backbones came in it; casting them would round the rotary frequencies, which stay
        # float32.
        model.head.to(dtype)
        return model

    def _head_tensors(self) -> list[tuple[str, Tensor]]:
        return [(name, parameter.data) for name, parameter in self.head.named_parameters()]

    def _check_backbones(self, folder: Path) -> None:
        """Refuse backbones whose weights were replaced since the head was made for them."""
        config = self.config
        for role, source, model, expected in (
            ("causal LM", config.causal_lm, self.model.causal_lm, config.causal_fingerprint),
            ("masked LM", config.masked_lm, self.model.masked_lm, config.masked_fingerprint),
        ):
            if expected and checkpoint.weights_fingerprint(model) != expected:
                raise CheckpointError(
                    f"{folder}: its head was made for other weights than those of the {role} now "
                    f"in {source}. Bring the former ones back, or train a head for these."
                )

    def _load_head(self, folder: Path) -> None:
        tensors = checkpoint.load_head(folder)
        expected = dict(self._head_tensors())
        for name, target in expected.items():
            if name not in tensors or tensors[name].shape != target.shape:
                raise CheckpointError(
                    f"{folder / checkpoint.HEAD_FILE}: {name} is missing or has the wrong shape. "
                    "Get the model again."
                )
            target.copy_(tensors[name])

    def _save_backbones(self, folder: Path, dtype: torch.dtype | None) -> None:
        """Write both backbones and their tokenizers, in small shards."""
        for role, model, source in (
            (checkpoint.CAUSAL_FOLDER, self.model.causal_lm, self.config.causal_lm),
            (checkpoint.MASKED_FOLDER, self.model.masked_lm, self.config.masked_lm),
        ):
            checkpoint.save_backbone(model, folder / role, dtype=dtype)
            source = source or Path(self.config.name_or_path) / role
            tokenizer = load_tokenizer(local_source(source)[0])
            tokenizer.save_pretrained(folder / role)


def _read_config(folder: Path) -> MariaConfig:
    path = folder / checkpoint.CONFIG_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        kind = values.get("model_type")
        if kind != MariaConfig.model_type:
            raise CheckpointError(
                f"{folder} holds a model of type {kind}, not MARIA's. "
                "Name a folder from `maria models list`."
            )
        config = MariaConfig.from_pretrained(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = first_line(error)
        raise CheckpointError(f"{path} cannot be read: {reason}. Get the model again.") from error
    config.name_or_path = os.fspath(folder)
    return config
