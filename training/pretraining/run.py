"""The training of one backbone: model, optimisers, data, the place on the schedule; one step.

CPU or CUDA, compiled, bf16 products where the hardware has them. The same step of the same run is
the same whenever it is taken. Knows nothing of files that a run leaves, nor of the MARIA head.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import ModernBertForMaskedLM, OlmoForCausalLM

from maria_model.errors import MariaError
from training.backbones import build_causal_lm, start_from
from training.batches import SpecialIds, TokenStream, causal_batch, masked_batch
from training.fast_forward import (
    Rotary,
    causal_hidden_states,
    chunked_cross_entropy,
    masked_head,
    masked_hidden_states,
    rotary_tables,
)
from training.masking import word_starts
from training.muon import Muon
from training.precision import has_fast_bfloat16
from training.pretraining.configuration import PretrainConfig
from training.token_files import check_token_files
from training.tokenizer_files import read_tokenizer
from training.train_tokenizer import CLS_TOKEN, MASK_TOKEN, SEP_TOKEN, special_token_id

# Steps a validation loss is averaged over; its windows lie at the head of a stream of their own.
VALIDATION_BATCHES = 8


class Pretraining:
    """One run: model, optimisers, data and the place on the schedule."""

    def __init__(self, config: PretrainConfig) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = torch.bfloat16 if has_fast_bfloat16(self.device) else torch.float32
        self.tokenizer = read_tokenizer(config.tokenizer)
        check_token_files(config.data_dir, self.tokenizer)
        self.special = SpecialIds(
            cls_token_id=special_token_id(self.tokenizer, CLS_TOKEN),
            sep_token_id=special_token_id(self.tokenizer, SEP_TOKEN),
            mask_token_id=special_token_id(self.tokenizer, MASK_TOKEN),
        )
        self.word_starts = word_starts(self.tokenizer).to(self.device)
        self.model = self._build_model().to(self.device).train()
        self.optimizers = self._build_optimizers()
        self.train_stream = self.stream("train.bin")
        self.step = 0
        self.elapsed = 0.0
        loss = self._causal_loss if config.objective == "causal" else self._masked_loss
        # dynamic=False: the second sequence length deserves static shapes too.
        self.loss: Callable[..., Tensor] = (
            torch.compile(loss, dynamic=False) if config.compile else loss
        )

    def _build_model(self) -> OlmoForCausalLM | ModernBertForMaskedLM:
        config = self.config
        if config.init_from is not None:
            return start_from(config.init_from, config.objective, self.tokenizer)
        return build_causal_lm(
            self.tokenizer,
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_hidden_layers,
            num_attention_heads=config.num_attention_heads,
            max_position_embeddings=config.sequence_length,
        )

    def _build_optimizers(self) -> list[torch.optim.Optimizer]:
        matrices, others = [], []
        for name, parameter in self.model.named_parameters():
            hidden = parameter.ndim == 2 and "embed" not in name and "decoder" not in name
            if not hidden:
                others.append(parameter)
                continue
            # ModernBERT stacks q, k, v and gate, up: each is a matrix of its own to Muon.
            parameter.matrices = 3 if "Wqkv" in name else 2 if "Wi" in name else 1
            matrices.append(parameter)
        config = self.config
        muon = Muon(matrices, lr=config.matrix_learning_rate, weight_decay=config.weight_decay)
        adamw = torch.optim.AdamW(
            others, lr=config.other_learning_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
        )
        return [muon, adamw]

    def stream(self, name: str) -> TokenStream:
        """Return the windows of a token file, in this run's order."""
        config = self.config
        return TokenStream(
            config.data_dir / name,
            window=config.sequence_length,
            windows_per_batch=config.tokens_per_step // config.sequence_length,
            seed=config.seed if config.objective == "causal" else config.seed + 1,
            # A GPU does not wait for the disk, nor for masks to be drawn elsewhere.
            device=self.device if self.device.type == "cuda" else None,
        )

    def _causal_loss(self, rotary: Rotary, inputs: Tensor, labels: Tensor) -> Tensor:
        states = causal_hidden_states(self.model, inputs, rotary, self.dtype).flatten(0, 1)
        weight = self.model.lm_head.weight
        return chunked_cross_entropy(states, weight, None, labels.flatten(), self.dtype)

    def _masked_loss(
        self, rotary: Rotary, inputs: Tensor, positions: Tensor, labels: Tensor
    ) -> Tensor:
        hidden = masked_hidden_states(self.model, inputs, rotary, self.dtype).flatten(0, 1)
        states = masked_head(self.model, hidden[positions], self.dtype)
        decoder = self.model.decoder
        return chunked_cross_entropy(states, decoder.weight, decoder.bias, labels, self.dtype)

    @property
    def progress(self) -> float:
        """How much of the run is over, 0 to 1, by steps or minutes, whichever is further."""
        config = self.config
        by_time = self.elapsed / (config.max_minutes * 60)
        return min(1.0, max(self.step / config.max_steps, by_time))

    @property
    def sequence_length(self) -> int:
        """Tokens per sequence at this point of the run."""
        config = self.config
        early = self.progress < config.lengthen_at
        return config.initial_sequence_length if early else config.sequence_length

    def learning_rate_share(self) -> float:
        """Warm-up, flat, then linear to `final_learning_rate_share`."""
        config = self.config
        warm = min(1.0, (self.step + 1) / config.warmup_steps)
        left = min(1.0, (1.0 - self.progress) / config.decay_share)
        end = config.final_learning_rate_share
        return warm * (end + (1.0 - end) * left)

    def inputs(self, stream: TokenStream, index: int, *, curriculum: float) -> tuple[Any, ...]:
        """Return the arguments of the loss for one step, on the device."""
        windows = stream.batch(index)
        if self.config.objective == "causal":
            batch: tuple[Tensor, ...] = causal_batch(windows, self.sequence_length)
        else:
            seed = self.config.seed * 1_000_003 + index
            batch = masked_batch(
                windows,
                self.sequence_length,
                self.special,
                curriculum=curriculum,
                seed=seed,
                word_starts=self.word_starts,
                word_share=self.config.word_share,
            )
        parts = (part.to(self.device, non_blocking=True) for part in batch)
        return (rotary_tables(self.model, self.sequence_length, self.device), *parts)

    def train_step(self) -> float:
        """Run one optimiser step and return its loss in nats per predicted token.

        Raises:
            MariaError: the loss or its gradient is not finite; the run is not to be saved then.
        """
        curriculum = min(1.0, self.progress / max(self.config.curriculum_share, 1e-9))
        batch = self.inputs(self.train_stream, self.step, curriculum=curriculum)
        loss = self.loss(*batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.max_grad_norm)
        share = self.learning_rate_share()
        rates = (self.config.matrix_learning_rate, self.config.other_learning_rate)
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * share
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        # Read together and last: a device is waited for once a step.
        value, norm_value = torch.stack([loss.detach(), norm.detach()]).tolist()
        self._check_finite("loss", value)
        self._check_finite("gradient's norm", norm_value)
        self.step += 1
        return value

    def check_weights(self) -> None:
        """Refuse weights that must not be saved.

        Raises:
            MariaError: one of them is not finite.
        """
        largest = [parameter.detach().abs().max() for parameter in self.model.parameters()]
        self._check_finite("largest weight", float(torch.stack(largest).max()))

    def _check_finite(self, what: str, value: float) -> None:
        if not math.isfinite(value):
            raise MariaError(
                f"The {what} is {value} at step {self.step} of {self.config.output_dir}: lower the "
                "learning rates and start again; the run goes on from its last checkpoint."
            )

    @torch.no_grad()
    def validate(self, stream: TokenStream) -> float:
        """Return the mean validation loss in nats per predicted token."""
        # Uncompiled: a second graph without gradients costs more than it saves.
        loss = self._causal_loss if self.config.objective == "causal" else self._masked_loss
        losses = [
            float(loss(*self.inputs(stream, index, curriculum=1.0)))
            for index in range(VALIDATION_BATCHES)
        ]
        return sum(losses) / len(losses)

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "elapsed": self.elapsed,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.elapsed = state["step"], state["elapsed"]
