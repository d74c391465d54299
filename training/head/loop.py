"""The loop around a head training: what is logged, validated and saved, and when."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from maria_model.errors import ConfigurationError, first_line
from training.configuration import save_config
from training.head.configuration import HeadConfig
from training.head.costs import PairCost, measured_ceiling
from training.head.metrics import MetricsFile, loss_by_rate, peak_memory, tracked_numbers
from training.head.objective import distance_from_start
from training.head.run import HeadTraining, StepResult
from training.head.starting import only_training_in, open_accelerator


def train_head(config: HeadConfig) -> Path:
    """Train until steps, minutes or patience are used up, from the last checkpoint if there is one.

    Returns:
        The folder of the finished model.

    Raises:
        MariaError: in any process; what was saved before is intact.
    """
    try:
        config.output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"output_dir={config.output_dir}: no folder can be made there "
            f"({error.strerror or first_line(error)}). Name another."
        ) from error
    accelerator = open_accelerator(config)
    with only_training_in(config.output_dir, accelerator):
        return _train_alone(HeadTraining(config, accelerator))


def _train_alone(run: HeadTraining) -> Path:
    config = run.config
    is_main = run.accelerator.is_main_process
    if not run.resume() and is_main:
        # Of a run that never got to its first checkpoint, perhaps on other text.
        run.held_out_file.unlink(missing_ok=True)
    # What is wrong with it must show before hours of training, not after.
    run.read_held_out()
    with contextlib.ExitStack() as stack:
        log = None
        if is_main:
            log = StepLog(run)
            stack.callback(log.close)
            save_config(config, config.output_dir / "config.yaml")
        bar = stack.enter_context(
            tqdm(unit="step", total=_total(config), initial=run.progress.step, disable=not is_main)
        )
        _train(run, log, bar)
    target = run.publish()
    # Gloo's threads let go of the last tensors meanwhile. For that they need the interpreter, which
    # the group's end would hold while it waits for them, for ever.
    run.accelerator.wait_for_everyone()
    run.accelerator.end_training()
    return target


class StepLog:
    """Rows of `metrics.jsonl`, and of a tracker where one is configured."""

    def __init__(self, run: HeadTraining) -> None:
        self._run = run
        self._file = MetricsFile(run.config.output_dir / "metrics.jsonl", step=run.progress.step)
        self._cost = PairCost.of(run.maria, head_rank=run.config.head_rank)
        self._ceiling = measured_ceiling(run.device, run.dtype)
        self._since = time.monotonic()
        self._pieces, self._flop = run.progress.pieces, 0.0
        if run.config.tracker:
            run.accelerator.init_trackers("maria-head")

    def count(self, result: StepResult) -> None:
        """Add one step's operations to the current interval."""
        config, run = self._run.config, self._run
        masked = float(result.sums[1].sum()) / run.processes
        self._flop += self._cost.flop(slots=result.slots, masked=masked, row=config.row_slots)

    def write(self, result: StepResult, extra: dict[str, Any]) -> None:
        """Write the row of the step just taken; the interval begins anew."""
        run, progress = self._run, self._run.progress
        seconds = max(time.monotonic() - self._since, 1e-9)
        row = {
            "step": progress.step,
            "loss": result.loss,
            "loss_by_mask_rate": loss_by_rate(result.sums),
            "gradient_norm": result.gradient_norm,
            "learning_rate": result.learning_rate,
            "tokens": progress.pieces,
            "masked_tokens": progress.masked,
            "tokens_per_second": round((progress.pieces - self._pieces) / seconds, 1),
            "share_of_ceiling": round(self._flop / seconds / self._ceiling, 4),
            "peak_memory": peak_memory(run.device),
            "distance_from_start": self._distance(),
            "elapsed": round(progress.elapsed, 1),
            **extra,
        }
        self._file.write(row)
        if run.config.tracker:
            run.accelerator.log(tracked_numbers(row), step=progress.step)
        self._since, self._pieces, self._flop = time.monotonic(), progress.pieces, 0.0

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _distance(self) -> float:
        with self._run.objective.merged():
            return distance_from_start(self._run.maria)


def _train(run: HeadTraining, log: StepLog | None, bar: tqdm) -> None:
    config, progress = run.config, run.progress
    saved_step, saved_at = progress.step, progress.elapsed
    while not run.is_over:
        result = run.train_step()
        bar.update(1)
        bar.set_postfix(loss=f"{result.loss:.3f}")
        if log is not None:
            log.count(result)
        extra: dict[str, Any] = {}
        is_best = False
        if progress.step % config.validation_steps == 0 or run.share_done >= 1.0:
            extra["validation_loss"] = loss = run.validate()
            is_best = not run.losses.is_astray and (
                progress.best_loss is None or loss < progress.best_loss
            )
            progress.best_loss = loss if is_best else progress.best_loss
            progress.stale = 0 if is_best else progress.stale + 1
        if log is not None and (progress.step % config.log_steps == 0 or extra or run.is_over):
            log.write(result, extra)
        is_due = is_best or progress.elapsed - saved_at > config.checkpoint_minutes * 60
        is_due = is_due or progress.step % config.checkpoint_steps == 0
        if run.is_over or (is_due and not run.losses.is_astray):
            run.save()
            saved_step, saved_at = progress.step, progress.elapsed
    if saved_step != progress.step:
        run.save()


def _total(config: HeadConfig) -> int | None:
    return config.max_steps if config.max_minutes is None else None
