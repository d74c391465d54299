"""The loop around the training of a backbone: what is logged, validated and saved, and when."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from maria_model.checkpoint import save_backbone
from training.backbones import start_from
from training.batches import TokenStream
from training.configuration import save_config
from training.head.costs import measured_ceiling
from training.head.metrics import MetricsFile
from training.pretraining.checkpoints import (
    MODEL_FOLDER,
    RESUMED,
    finish,
    is_finished,
    resume,
    save_checkpoint,
)
from training.pretraining.configuration import PretrainConfig
from training.pretraining.costs import PretrainingCost
from training.pretraining.run import Pretraining
from training.whole_writes import disk_errors

METRICS_FILE = "metrics.jsonl"


def pretrain(config: PretrainConfig) -> Path:
    """Train until minutes or steps are used up, from the last checkpoint if there is one.

    Returns:
        The folder of the finished model; where the same run left it before, as it is there.

    Raises:
        MariaError: something that the run needs is missing or damaged, the disk is full, or a loss
            is not finite; what was saved before is intact.
    """
    output = config.output_dir
    run = Pretraining(config)
    with disk_errors(output, then=RESUMED):
        output.mkdir(parents=True, exist_ok=True)
        if is_finished(run):
            run.model = start_from(output / MODEL_FOLDER, config.objective, run.tokenizer)
            _export(run)
            return output / MODEL_FOLDER
        resume(run)
        save_config(config, output / "config.yaml")
        with contextlib.ExitStack() as stack:
            log = StepLog(run, stack.enter_context(tqdm(unit="step", initial=run.step)))
            stack.callback(log.close)
            _train(run, log)
        save_checkpoint(run)
        _export(run)
        return finish(run, log.last)


class StepLog:
    """Rows of `metrics.jsonl`, and the progress bar's last line."""

    def __init__(self, run: Pretraining, bar: tqdm) -> None:
        self._run, self._bar = run, bar
        self._file = MetricsFile(run.config.output_dir / METRICS_FILE, step=run.step)
        self._cost = PretrainingCost.of(run.model)
        self._ceiling = measured_ceiling(run.device, run.dtype)
        self._step, self._since, self._flop = run.step, run.elapsed, 0.0
        self.last: dict[str, Any] = {"step": run.step, "elapsed": round(run.elapsed, 1)}

    def count(self, sequence_length: int) -> None:
        """Add one step's operations to the current interval."""
        self._bar.update(1)
        tokens = self._run.config.tokens_per_step
        self._flop += tokens * self._cost.flop_per_token(sequence_length)

    def write(self, loss: float, sequence_length: int, extra: dict[str, float]) -> None:
        """Write the row of the step just taken; the interval begins anew."""
        run = self._run
        tokens = run.config.tokens_per_step
        seconds = max(run.elapsed - self._since, 1e-9)
        self.last = {
            "step": run.step,
            "loss": loss,
            "tokens": run.step * tokens,
            "tokens_per_second": round((run.step - self._step) * tokens / seconds),
            "share_of_ceiling": round(self._flop / seconds / self._ceiling, 4),
            "learning_rate_share": round(run.learning_rate_share(), 4),
            "sequence_length": sequence_length,
            "elapsed": round(run.elapsed, 1),
            "progress": round(run.progress, 4),
            **extra,
        }
        self._file.write(self.last)
        self._bar.set_postfix(
            loss=f"{loss:.3f}",
            tok_s=self.last["tokens_per_second"],
            of_ceiling=f"{100 * self.last['share_of_ceiling']:.0f}%",
        )
        self._step, self._since, self._flop = run.step, run.elapsed, 0.0

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _train(run: Pretraining, log: StepLog) -> None:
    config = run.config
    validation = run.stream("validation.bin")
    clock, saved_at = time.monotonic(), run.elapsed
    while run.progress < 1.0:
        length = run.sequence_length
        loss = run.train_step()
        now = time.monotonic()
        run.elapsed, clock = run.elapsed + now - clock, now
        log.count(length)
        if run.step % config.log_steps == 0 or run.progress >= 1.0:
            log.write(loss, length, _validated(run, validation))
        if run.elapsed - saved_at > config.checkpoint_minutes * 60:
            save_checkpoint(run)
            _export(run)
            saved_at = run.elapsed


def _validated(run: Pretraining, validation: TokenStream) -> dict[str, float]:
    if run.step % run.config.validation_steps and run.progress < 1.0:
        return {}
    return {"validation_loss": run.validate(validation)}


def _export(run: Pretraining) -> None:
    if run.config.export_dir is not None:
        save_backbone(run.model, run.config.export_dir, dtype=torch.bfloat16)
