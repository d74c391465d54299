"""A head training from start to finish: steps, held-out losses, checkpoints, the finished model.

Runs in one process or in many under `accelerate launch`. The loss of a step is the mean over all
masked pieces of all processes, so that two processes train as one. The backbones stay outside
`prepare`.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from maria_model.checkpoint import load_head
from maria_model.errors import ConfigurationError
from training.head.checkpoints import (
    GOES_ON,
    Checkpoints,
    Identity,
    Progress,
    comparable_config,
    read_checkpoint,
    read_inference,
    read_progress,
    verify_checkpoint,
    versions,
)
from training.head.configuration import HeadConfig
from training.head.documents import open_source
from training.head.lanes import Place
from training.head.layouts import MicroBatch
from training.head.loading import (
    Step,
    StepDataset,
    held_out_batches,
    read_held_out,
    step_loader,
    write_held_out,
)
from training.head.loss_watch import LossWatch
from training.head.metrics import RATE_ENDS, mean_loss, rate_sums
from training.head.model_card import head_card
from training.head.objective import HeadObjective, gate_constants
from training.head.ranks import Ranks
from training.head.starting import (
    causal_tokenizer,
    choose_dtype,
    load_pair,
    open_accelerator,
)
from training.head.states import masked_rows
from training.whole_writes import whole_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What one step over all processes came to.

    Attributes:
        loss: nats per masked piece.
        sums: (2, K) `rate_sums`.
        gradient_norm: before clipping.
        learning_rate: the step's.
        slots: computed by this process, padding included.
    """

    loss: float
    sums: Tensor
    gradient_norm: float
    learning_rate: float
    slots: int


class HeadTraining:
    """One run: the frozen backbones, the head's optimiser, the data and the place in all of it.

    Args:
        config: the settings.
        accelerator: where it is open already.
    """

    def __init__(self, config: HeadConfig, accelerator: Accelerator | None = None) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.accelerator = accelerator or open_accelerator(config)
        self.ranks = Ranks(self.accelerator, config.output_dir)
        self.device = self.accelerator.device
        self.dtype = choose_dtype(config.precision, self.device)
        self.maria = load_pair(config, self.device, self.dtype)
        self.objective = HeadObjective(
            self.maria.head,
            dtype=self.dtype,
            rank=config.head_rank,
            train_gate=config.train_gate,
            seed=config.seed,
        )
        optimizer = torch.optim.AdamW(
            [parameter for parameter in self.objective.parameters() if parameter.requires_grad],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
            fused=True,
        )
        self.wrapped, self.optimizer = self.accelerator.prepare(self.objective, optimizer)
        self.progress = Progress()
        self.losses = LossWatch(pieces=self.maria.config.vocab_size, output_dir=config.output_dir)
        self.source = open_source(
            config,
            end_token_id=self.maria.vocabulary.start_token_id,
            tokenizer=causal_tokenizer(self.maria),
        )
        self.identity = Identity.of(self.maria, text=self.source.fingerprint())
        self.checkpoints = Checkpoints(
            config.output_dir / "checkpoints", keep_last=config.keep_last
        )
        self.steps: Iterator[Step] | None = None
        self._place: Place | None = None
        self._held_out: list[MicroBatch] | None = None

    @property
    def processes(self) -> int:
        """Processes that train together."""
        return int(self.accelerator.num_processes)

    @property
    def autocast(self) -> torch.dtype | None:
        """What the backbones' products are cast to; on a GPU the weights themselves are."""
        casts = self.device.type == "cpu" and self.dtype != torch.float32
        return self.dtype if casts else None

    @property
    def held_out_file(self) -> Path:
        """Where the held-out documents of a text are kept."""
        return self.config.output_dir / "held_out.jsonl"

    @property
    def share_done(self) -> float:
        """How much of the run is over, 0 to 1, by steps or minutes, whichever is further."""
        config, progress = self.config, self.progress
        by_time = 0.0
        if config.max_minutes is not None:
            by_time = progress.elapsed / max(config.max_minutes * 60, 1e-9)
        return min(1.0, max(progress.step / config.max_steps, by_time))

    @property
    def is_over(self) -> bool:
        """Whether steps, minutes or patience are used up."""
        patience = self.config.patience
        return self.share_done >= 1.0 or (0 < patience <= self.progress.stale)

    def learning_rate(self) -> float:
        """Return the rate of the next step: linear warm-up, then a cosine to zero."""
        warm = min(1.0, (self.progress.step + 1) / self.config.warmup_steps)
        cosine = 0.5 * (1.0 + math.cos(math.pi * self.share_done))
        return self.config.learning_rate * warm * cosine

    def next_step(self) -> Step:
        """Return what this process reads next."""
        if self.steps is None:
            dataset = StepDataset(
                self.config,
                self.maria.vocabulary,
                self.source,
                process=self.accelerator.process_index,
                processes=self.processes,
                place=self._place,
            )
            self.steps = step_loader(dataset, workers=self.config.data_workers)
        return next(self.steps)

    def train_step(self) -> StepResult:
        """Run one step over all processes.

        Raises:
            MariaError: the loss is not finite or far off for long, or a process or their launcher
                is gone.
        """
        began = time.monotonic()
        step = self.next_step()
        with self.ranks.naming_lost(self.progress.step):
            masked = sum(len(batch.labels) for batch in step.batches)
            own = [masked, step.pieces, not self.ranks.has_launcher]
            counts = torch.tensor(own, dtype=torch.float64, device=self.device)
            masked, pieces, orphans = (int(count) for count in self.ranks.sum(counts))
            self.ranks.stop_without_launcher(orphans, step=self.progress.step)
            sums = self._backward(step.batches, masked)
        loss, rate = mean_loss(sums), self.learning_rate()
        self._watch(loss)
        norm = self._update(rate)
        self._advance(step, began, pieces=pieces, masked=masked)
        return StepResult(
            loss=loss, sums=sums, gradient_norm=norm, learning_rate=rate, slots=step.slots
        )

    def _backward(self, batches: list[MicroBatch], masked: int) -> Tensor:
        """Fill the gradients of the mean over `masked` pieces; return the sums by mask rate."""
        # DistributedDataParallel means gradients over processes; the loss is a mean over pieces.
        scale = self.processes / max(masked, 1)
        sums = torch.zeros(2, len(RATE_ENDS), dtype=torch.float64, device=self.device)
        for index, batch in enumerate(batches):
            is_last = index == len(batches) - 1
            with contextlib.nullcontext() if is_last else self.accelerator.no_sync(self.wrapped):
                total, losses, rates = self._loss(self.wrapped, batch, scale=scale)
                total.backward()
            sums += rate_sums(losses, rates)
        return self.ranks.sum(sums)

    def _loss(
        self, objective: HeadObjective | DistributedDataParallel, batch: MicroBatch, *, scale: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scaled loss of a pass, (N,) losses and the rates they were masked at."""
        moved = batch.to(self.device)
        causal, masked = masked_rows(self.maria.model, moved, autocast=self.autocast)
        total, losses = objective(causal, masked, moved.labels, moved.densities, scale)
        return total, losses, moved.rates

    def _watch(self, loss: float) -> None:
        progress = self.progress
        if progress.start_loss is None:
            progress.start_loss = loss
        self.losses.see(loss, start=progress.start_loss, step=progress.step)

    def _update(self, rate: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        parameters = [p for p in self.objective.parameters() if p.requires_grad]
        norm = torch.nn.utils.clip_grad_norm_(parameters, self.config.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return float(norm)

    def _advance(self, step: Step, began: float, *, pieces: int, masked: int) -> None:
        progress = self.progress
        self._place = step.place
        progress.step += 1
        progress.pieces += pieces
        progress.masked += masked
        # Everybody goes by the main process's clock, or some would stop a step earlier.
        own = time.monotonic() - began if self.accelerator.is_main_process else 0.0
        clock = torch.tensor([own], dtype=torch.float64, device=self.device)
        with self.ranks.naming_lost(progress.step):
            progress.elapsed += float(self.ranks.sum(clock)[0])

    @torch.no_grad()
    def validate(self) -> float:
        """Return the mean loss over the held-out examples, the same masks every time."""
        sums = torch.zeros(2, len(RATE_ENDS), dtype=torch.float64, device=self.device)
        for batch in self.read_held_out():
            _, losses, rates = self._loss(self.objective, batch, scale=1.0)
            sums += rate_sums(losses, rates)
        with self.ranks.naming_lost(self.progress.step):
            return mean_loss(self.ranks.sum(sums))

    def read_held_out(self) -> list[MicroBatch]:
        """Return this process's share of the held-out examples, read the first time.

        Raises:
            ConfigurationError: there are none, or none that both models can read.
        """
        if self._held_out is None:
            self._held_out = self._held_out_batches()
        return self._held_out

    def _held_out_batches(self) -> list[MicroBatch]:
        path, limit = self.held_out_file, self.config.validation_examples
        self.ranks.on_main(
            lambda: write_held_out(self.source, path, limit=limit), step=self.progress.step
        )
        batches = held_out_batches(
            self.config,
            self.maria.vocabulary,
            read_held_out(self.source, path, limit=limit),
            process=self.accelerator.process_index,
            processes=self.processes,
        )
        with self.ranks.naming_lost(self.progress.step):
            count = self.ranks.sum(torch.tensor([float(len(batches))], device=self.device))
        if not float(count[0]):
            raise ConfigurationError(
                f"{self.source.where}: no held-out document has words that both models know. "
                "Give other text, or other models."
            )
        return batches

    def save(self) -> None:
        """Write a checkpoint of all processes."""
        assert self._place is not None, "a checkpoint comes after a step"
        with self.ranks.naming_lost(self.progress.step):
            places = gather_object([self._place.to_json()])
        self.ranks.on_main(lambda: self._save_on_main(places), step=self.progress.step)

    def _save_on_main(self, places: list[dict[str, Any]]) -> None:
        state = {
            "optimizer": self.optimizer.state_dict(),
            "extras": self._extras(),
            "torch_rng": torch.get_rng_state(),
            "places": places,
        }
        record = {
            "progress": asdict(self.progress),
            "identity": asdict(self.identity),
            "config": comparable_config(self.config, processes=self.processes),
            "versions": versions(),
        }
        with self.finished_model():
            card = head_card(self.maria, self.config, self.progress)
            self.checkpoints.save(self.maria, state, record, card=card)

    def resume(self) -> bool:
        """Go on from the latest checkpoint; return whether there is one.

        Raises:
            CheckpointError: it is damaged or of another run.
        """
        folder = self.checkpoints.latest()
        if folder is None:
            return False
        config = comparable_config(self.config, processes=self.processes)
        state, record, head = read_checkpoint(folder, identity=self.identity, config=config)
        # A damaged record of an older one must show now, not when the next is saved.
        self.checkpoints.best()
        self._restore(state, head)
        self.progress = Progress(**record["progress"])
        self._place = Place.merge([Place.from_json(place) for place in state["places"]])
        self.steps = None
        return True

    @torch.no_grad()
    def _restore(self, state: dict[str, Any], head: dict[str, Tensor]) -> None:
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["torch_rng"])
        extras = state["extras"]
        # Where only factors are trained, W3 itself is still the product start.
        names = ("bias",) if self.objective.change else ("causal", "masked", "bias")
        for name in names:
            getattr(self.maria.head, name).copy_(head[name])
        self.objective.load_state_dict(extras, strict=False)

    def _extras(self) -> dict[str, Tensor]:
        """Return what is trained beside the head's own tensors."""
        state = self.objective.state_dict()
        return {name: value for name, value in state.items() if not name.startswith("head.")}

    @contextlib.contextmanager
    def finished_model(self) -> Iterator[None]:
        """Let the model be what a finished training leaves: whole W3, the gate in its config."""
        config, gate = self.maria.config, self.objective.trained_gate()
        config.trained_head = True
        config.inference = gate_constants(gate) if gate else None
        with self.objective.merged():
            yield

    def publish(self) -> Path:
        """Write `model`: the best head where the run stops early, else the last."""
        target = self.config.output_dir / "model"
        if not self.accelerator.is_main_process:
            return target
        best = self.checkpoints.best() if self.config.patience else None
        progress = self.progress
        with self.finished_model(), whole_folder(target, then=GOES_ON) as part:
            if best is not None:
                self._take_head(best)
                progress = read_progress(best)
            self.maria.save_pretrained(part, self_contained=self.config.self_contained)
            card = head_card(self.maria, self.config, progress)
            (part / "README.md").write_text(card, encoding="utf-8")
        return target

    @torch.no_grad()
    def _take_head(self, folder: Path) -> None:
        """Put a checkpoint's head, its low-rank change and its gate in place of the last one."""
        verify_checkpoint(folder)
        for name, tensor in load_head(folder).items():
            getattr(self.maria.head, name).copy_(tensor)
        self.maria.config.inference = read_inference(folder)
