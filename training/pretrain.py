"""Trains one small backbone: a causal LM, a masked LM that starts from one, or either further.

CPU or CUDA, compiled, bf16 products where the hardware has them. Stops by minutes or steps, and
resumes from its last checkpoint. Knows nothing of the MARIA head.

    python -m training.pretrain --config training/configs/embedded_causal.yaml max_minutes=60
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from tqdm import tqdm
from transformers import ModernBertForMaskedLM, OlmoForCausalLM

from maria_model.checkpoint import save_backbone
from maria_model.errors import ConfigurationError, MariaError
from training.backbones import build_causal_lm, start_from
from training.batches import SpecialIds, TokenStream, causal_batch, masked_batch
from training.configuration import config_parser, load_config, save_config
from training.fast_forward import (
    Rotary,
    causal_hidden_states,
    chunked_cross_entropy,
    masked_head,
    masked_hidden_states,
    rotary_tables,
)
from training.muon import Muon
from training.precision import has_fast_bfloat16
from training.tokenizer_files import save_tokenizer_files
from training.train_tokenizer import CLS_TOKEN, MASK_TOKEN, SEP_TOKEN, special_token_id

# Steps a validation loss is averaged over; its windows lie at the head of a stream of their own.
VALIDATION_BATCHES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """Everything that decides a pretraining run."""

    objective: str
    data_dir: Path = Path(".build/embedded/data")
    tokenizer: Path = Path(".build/embedded/tokenizer.json")
    output_dir: Path = Path(".build/embedded/causal")
    # The model to start from: a masked LM starts from a causal one, either continues its own kind.
    init_from: Path | None = None
    hidden_size: int = 256
    intermediate_size: int = 704
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    # Tokens per sequence: the short length first, the long one from `lengthen_at` on.
    sequence_length: int = 512
    initial_sequence_length: int = 256
    lengthen_at: float = 0.75
    tokens_per_step: int = 8192
    max_minutes: float = 60.0
    max_steps: int = 1_000_000
    matrix_learning_rate: float = 6e-3
    other_learning_rate: float = 6e-3
    warmup_steps: int = 60
    decay_share: float = 0.5
    final_learning_rate_share: float = 0.02
    weight_decay: float = 0.1
    max_grad_norm: float = 1.0
    # Share of the run over which mask rates move from easy ones to Beta(2.5, 2.5).
    curriculum_share: float = 0.4
    seed: int = 0
    log_steps: int = 20
    validation_steps: int = 500
    checkpoint_minutes: float = 10.0
    # Where a bf16 copy of the model goes at every checkpoint: what is there outlives a cut.
    export_dir: Path | None = None
    compile: bool = True

    def __post_init__(self) -> None:
        if self.objective not in ("causal", "masked"):
            raise ConfigurationError(f"objective={self.objective!r}: take causal or masked.")
        if self.objective == "masked" and self.init_from is None:
            raise ConfigurationError("init_from: the masked objective starts from a model.")
        if self.sequence_length % self.initial_sequence_length:
            raise ConfigurationError("sequence_length must be a multiple of the initial one.")
        if self.tokens_per_step % self.sequence_length:
            raise ConfigurationError("tokens_per_step must be a multiple of sequence_length.")


class Pretraining:
    """One run: model, optimisers, data and the place on the schedule."""

    def __init__(self, config: PretrainConfig) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = torch.bfloat16 if has_fast_bfloat16(self.device) else torch.float32
        self.tokenizer = Tokenizer.from_file(str(config.tokenizer))
        self.special = SpecialIds(
            cls_token_id=special_token_id(self.tokenizer, CLS_TOKEN),
            sep_token_id=special_token_id(self.tokenizer, SEP_TOKEN),
            mask_token_id=special_token_id(self.tokenizer, MASK_TOKEN),
        )
        self.model = self._build_model().to(self.device).train()
        self.optimizers = self._build_optimizers()
        self.train_stream = self._stream("train.bin")
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

    def _stream(self, name: str) -> TokenStream:
        config = self.config
        return TokenStream(
            config.data_dir / name,
            window=config.sequence_length,
            windows_per_batch=config.tokens_per_step // config.sequence_length,
            seed=config.seed if config.objective == "causal" else config.seed + 1,
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
                windows, self.sequence_length, self.special, curriculum=curriculum, seed=seed
            )
        parts = (part.to(self.device, non_blocking=True) for part in batch)
        return (rotary_tables(self.model, self.sequence_length, self.device), *parts)

    def train_step(self) -> float:
        """Run one optimiser step and return its loss in nats per predicted token.

        Raises:
            MariaError: the loss is not finite.
        """
        curriculum = min(1.0, self.progress / max(self.config.curriculum_share, 1e-9))
        batch = self.inputs(self.train_stream, self.step, curriculum=curriculum)
        loss = self.loss(*batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.max_grad_norm)
        share = self.learning_rate_share()
        rates = (self.config.matrix_learning_rate, self.config.other_learning_rate)
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * share
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise MariaError(
                f"Loss is {value} at step {self.step}: lower the learning rate and resume; "
                f"the last checkpoint in {self.config.output_dir} is intact."
            )
        self.step += 1
        return value

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


def pretrain(config: PretrainConfig) -> Path:
    """Train until minutes or steps are used up; return the folder of the finished model."""
    output = config.output_dir
    output.mkdir(parents=True, exist_ok=True)
    run = Pretraining(config)
    checkpoint = output / "checkpoint.pt"
    if checkpoint.is_file():
        run.load_state(torch.load(checkpoint, map_location=run.device, weights_only=True))
    save_config(config, output / "config.yaml")
    validation = run._stream("validation.bin")
    with (output / "metrics.jsonl").open("a") as metrics, tqdm(unit="step") as bar:
        _train(run, validation, metrics, bar, checkpoint)
    run.model.save_pretrained(output / "model")
    save_tokenizer_files(run.tokenizer, config.objective, output / "model")
    _export(run)
    checkpoint.unlink(missing_ok=True)
    return output / "model"


def _train(run: Pretraining, validation: TokenStream, metrics: Any, bar: tqdm, path: Path) -> None:
    config = run.config
    clock = time.monotonic()
    last_checkpoint, last_log = run.elapsed, (run.step, run.elapsed)
    bar.update(run.step)
    while run.progress < 1.0:
        length = run.sequence_length
        loss = run.train_step()
        now = time.monotonic()
        run.elapsed, clock = run.elapsed + now - clock, now
        bar.update(1)
        if run.step % config.log_steps == 0 or run.progress >= 1.0:
            steps, seconds = run.step - last_log[0], run.elapsed - last_log[1]
            row = {
                "step": run.step,
                "loss": loss,
                "tokens": run.step * config.tokens_per_step,
                "tokens_per_second": round(steps * config.tokens_per_step / seconds),
                "learning_rate_share": round(run.learning_rate_share(), 4),
                "sequence_length": length,
                "elapsed": round(run.elapsed, 1),
                "progress": round(run.progress, 4),
            }
            if run.step % config.validation_steps == 0 or run.progress >= 1.0:
                row["validation_loss"] = run.validate(validation)
            metrics.write(json.dumps(row) + "\n")
            metrics.flush()
            bar.set_postfix(loss=f"{loss:.3f}", tok_s=row["tokens_per_second"])
            last_log = (run.step, run.elapsed)
        if run.elapsed - last_checkpoint > config.checkpoint_minutes * 60:
            _save(run.state(), path)
            _export(run)
            last_checkpoint = run.elapsed


def _export(run: Pretraining) -> None:
    if run.config.export_dir is not None:
        save_backbone(run.model, run.config.export_dir, dtype=torch.bfloat16)


def _save(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def main() -> None:
    """Run a pretraining from the command line."""
    arguments = config_parser(__doc__).parse_args()
    config = load_config(PretrainConfig, arguments.config, arguments.overrides)
    torch.set_float32_matmul_precision("high")
    print(pretrain(config))


if __name__ == "__main__":
    main()
