"""Trains W3 over two frozen backbones (paper, section 4), from the product of experts on.

The states are made without gradients, masked rows are gathered before the head, and the logits
never exist whole. Runs on accelerate: the backbones stay outside `prepare`.

    python -m training.train_head --config training/configs/embedded_head.yaml
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm import tqdm

from maria_model.errors import ConfigurationError, MariaError
from maria_model.modeling import MariaForMaskedInfilling, MariaHead
from training.batches import TokenStream
from training.configuration import config_parser, load_config, save_config
from training.fast_forward import chunked_cross_entropy
from training.masking import IGNORE_INDEX, draw_mask, draw_mask_rates
from training.precision import has_fast_bfloat16

VALIDATION_BATCHES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """Everything that decides a head training. The paper's rate is 5e-5, cosine."""

    causal_lm: str = ".build/embedded/causal/model"
    masked_lm: str = ".build/embedded/masked/model"
    name: str = "MARIA small"
    # Token files of the causal LM's ids, by training.build_data.
    data_dir: Path = Path(".build/embedded/data")
    output_dir: Path = Path(".build/embedded/head")
    # Tokens per sequence, frame tokens excluded.
    sequence_length: int = 510
    batch_size: int = 8
    gradient_accumulation_steps: int = 1
    learning_rate: float = 5e-5
    warmup_steps: int = 20
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    max_minutes: float = 10.0
    max_steps: int = 1_000_000
    seed: int = 0
    log_steps: int = 20
    validation_steps: int = 200
    checkpoint_minutes: float = 5.0

    def __post_init__(self) -> None:
        for field in ("batch_size", "sequence_length", "max_steps", "gradient_accumulation_steps"):
            if getattr(self, field) < 1:
                raise ConfigurationError(f"{field}={getattr(self, field)}: take 1 or more.")


class HeadObjective(nn.Module):
    """The head and its loss in one module, so that accelerate wraps a forward pass."""

    def __init__(self, head: MariaHead, dtype: torch.dtype) -> None:
        super().__init__()
        self.head = head
        self.dtype = dtype

    def forward(self, causal_states: Tensor, masked_states: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss in nats of (N, d1) and (N, d2) states against (N,) pieces."""
        states = torch.cat([causal_states, masked_states], dim=-1)
        weight = torch.cat([self.head.causal, self.head.masked], dim=-1)
        return chunked_cross_entropy(states, weight, self.head.bias, labels, self.dtype)


class HeadTraining:
    """One run: the frozen model, its head's optimiser, the data and the place on the schedule."""

    def __init__(self, config: HeadConfig) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.accelerator = Accelerator(
            gradient_accumulation_steps=config.gradient_accumulation_steps
        )
        device = self.accelerator.device
        self.dtype = torch.bfloat16 if has_fast_bfloat16(device) else torch.float32
        self.maria = MariaForMaskedInfilling.from_backbones_pretrained(
            config.causal_lm, config.masked_lm, name=config.name
        ).to(device)
        objective = HeadObjective(self.maria.head, self.dtype)
        optimizer = torch.optim.AdamW(
            self.maria.head.parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
        )
        self.objective, self.optimizer = self.accelerator.prepare(objective, optimizer)
        self.piece_of_id, self.masked_of_causal = _id_tables(self.maria)
        self.start = {name: p.detach().clone() for name, p in self.maria.head.named_parameters()}
        self.step = 0
        self.elapsed = 0.0

    @property
    def progress(self) -> float:
        """How much of the run is over, 0 to 1."""
        by_time = self.elapsed / (self.config.max_minutes * 60)
        return min(1.0, max(self.step / self.config.max_steps, by_time))

    def learning_rate_share(self) -> float:
        """Linear warm-up, then a cosine to zero."""
        warm = min(1.0, (self.step + 1) / self.config.warmup_steps)
        return warm * 0.5 * (1.0 + math.cos(math.pi * self.progress))

    @torch.no_grad()
    def features(self, tokens: Tensor, *, seed: int) -> tuple[Tensor, Tensor, Tensor]:
        """Mask (B, T) causal ids and return the masked rows' states and labels.

        Returns:
            (N, d1) causal states, (N, d2) masked states, (N,) pieces.
        """
        generator = torch.Generator().manual_seed(seed)
        rates = draw_mask_rates(len(tokens), generator=generator)
        pieces = self.piece_of_id[tokens]
        mask = draw_mask(rates, tokens.shape[1], generator=generator) & (pieces != IGNORE_INDEX)
        vocabulary, device = self.maria.vocabulary, self.accelerator.device
        start = torch.full_like(tokens[:, :1], vocabulary.start_token_id)
        causal_input = torch.cat([start, tokens[:, :-1]], dim=1)
        content = self.masked_of_causal[tokens].masked_fill(mask, vocabulary.mask_token_id)
        cls, sep = (
            torch.full_like(start, id_)
            for id_ in (vocabulary.cls_token_id, vocabulary.sep_token_id)
        )
        masked_input = torch.cat([cls, content, sep], dim=1)
        with torch.autocast(device.type, dtype=self.dtype, enabled=self.dtype != torch.float32):
            states = self.maria.model(causal_input.to(device), masked_input.to(device))
        rows = mask.to(device)
        labels = pieces.to(device)[rows]
        return states.causal_states[rows].float(), states.masked_states[rows].float(), labels

    def train_step(self, tokens: Tensor) -> float:
        """Run one step; return its loss in nats per masked token.

        Raises:
            MariaError: the loss is not finite.
        """
        seed = self.config.seed * 1_000_003 + self.step
        seed = seed * self.accelerator.num_processes + self.accelerator.process_index
        features = self.features(tokens, seed=seed)
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * self.learning_rate_share()
        with self.accelerator.accumulate(self.objective):
            loss = self.objective(*features)
            self.accelerator.backward(loss)
            if self.accelerator.sync_gradients:
                self.accelerator.clip_grad_norm_(
                    self.objective.parameters(), self.config.max_grad_norm
                )
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise MariaError(
                f"Loss is {value} at step {self.step}: lower learning_rate and resume; "
                f"the last checkpoint in {self.config.output_dir} is intact."
            )
        self.step += 1
        return value

    @torch.no_grad()
    def validate(self, stream: TokenStream) -> float:
        """Return the mean loss over fixed held-out batches and masks."""
        losses = [
            float(self.objective(*self.features(stream.batch(index)[:, :-1], seed=index)))
            for index in range(VALIDATION_BATCHES)
        ]
        return sum(losses) / len(losses)

    def distance_from_start(self) -> float:
        """Return the relative distance of W3 from the product of experts."""
        moved = sum(
            float((p.detach() - self.start[name]).pow(2).sum())
            for name, p in self.maria.head.named_parameters()
        )
        size = sum(float(p.pow(2).sum()) for p in self.start.values())
        return math.sqrt(moved / size)


def train_head(config: HeadConfig) -> Path:
    """Train until minutes or steps are used up; return the folder of the model (referring to
    its backbones by name)."""
    config.output_dir.mkdir(parents=True, exist_ok=True)
    run = HeadTraining(config)
    checkpoint = config.output_dir / "checkpoint"
    if (checkpoint / "place.json").is_file():
        run.accelerator.load_state(str(checkpoint))
        place = json.loads((checkpoint / "place.json").read_text())
        run.step, run.elapsed = place["step"], place["elapsed"]
    save_config(config, config.output_dir / "config.yaml")
    is_main = run.accelerator.is_main_process
    with (
        (config.output_dir / "metrics.jsonl").open("a") as metrics,
        tqdm(unit="step", disable=not is_main) as bar,
    ):
        _train(run, metrics, bar, checkpoint)
    run.maria.config.trained_head = True
    if is_main:
        run.maria.save_pretrained(config.output_dir / "model")
    return config.output_dir / "model"


def _train(run: HeadTraining, metrics: Any, bar: tqdm, checkpoint: Path) -> None:
    config = run.config
    processes, rank = run.accelerator.num_processes, run.accelerator.process_index
    streams = [
        TokenStream(
            config.data_dir / name,
            window=config.sequence_length,
            windows_per_batch=config.batch_size,
            seed=config.seed + 2,
        )
        for name in ("train.bin", "validation.bin")
    ]
    clock, saved_at = time.monotonic(), run.elapsed
    bar.update(run.step)
    while run.progress < 1.0:
        loss = run.train_step(streams[0].batch(run.step * processes + rank)[:, :-1])
        now = time.monotonic()
        run.elapsed, clock = run.elapsed + now - clock, now
        bar.update(1)
        bar.set_postfix(loss=f"{loss:.3f}")
        is_last = run.progress >= 1.0
        if run.step % config.log_steps == 0 or is_last:
            row = {
                "step": run.step,
                "loss": loss,
                "tokens": run.step * processes * config.batch_size * config.sequence_length,
                "elapsed": round(run.elapsed, 1),
                "distance_from_start": run.distance_from_start(),
            }
            if run.step % config.validation_steps == 0 or is_last:
                row["validation_loss"] = run.validate(streams[1])
            metrics.write(json.dumps(row) + "\n")
            metrics.flush()
        if run.elapsed - saved_at > config.checkpoint_minutes * 60 and not is_last:
            run.accelerator.save_state(str(checkpoint))
            place = {"step": run.step, "elapsed": run.elapsed}
            (checkpoint / "place.json").write_text(json.dumps(place))
            saved_at = run.elapsed


def _id_tables(maria: MariaForMaskedInfilling) -> tuple[Tensor, Tensor]:
    """Return causal id -> piece (-100 for specials), and causal id -> masked id ([SEP] there)."""
    vocabulary = maria.vocabulary
    size = max(maria.model.causal_decoder.out_features, int(vocabulary.causal_ids.max()) + 1)
    pieces = torch.full((size,), IGNORE_INDEX)
    pieces[vocabulary.causal_ids] = torch.arange(len(vocabulary))
    masked = torch.full((size,), vocabulary.sep_token_id)
    masked[vocabulary.causal_ids] = vocabulary.masked_ids
    return pieces, masked


def main() -> None:
    """Run a head training from the command line."""
    arguments = config_parser(__doc__).parse_args()
    config = load_config(HeadConfig, arguments.config, arguments.overrides)
    print(train_head(config))


if __name__ == "__main__":
    main()
