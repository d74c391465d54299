"""The processes of a run, seen from one of them: sums over all, and what is said where one is gone.

Knows nothing of models, data or checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor

from maria_model.errors import MariaError, first_line
from training.head.launching import Launcher


class Ranks:
    """All processes that train together.

    Args:
        accelerator: of this one.
        output_dir: where a run that lost a process goes on from.
    """

    def __init__(self, accelerator: Accelerator, output_dir: Path) -> None:
        self._accelerator = accelerator
        self._launcher = Launcher()
        self._go_on = f"Start again: the run goes on from the last checkpoint in {output_dir}."

    @property
    def has_launcher(self) -> bool:
        """Whether what started this process still watches over it."""
        return not self._launcher.is_gone

    def sum(self, values: Tensor) -> Tensor:
        """Return the sum over all processes."""
        return torch.as_tensor(self._accelerator.reduce(values, reduction="sum"))

    def on_main(self, action: Callable[[], None], *, step: int) -> None:
        """Let the main process alone do something; the others wait, and stop where it fails.

        Args:
            action: what it does.
            step: for the message about a lost process.

        Raises:
            MariaError: the action's own in the main process; the others point at that one.
        """
        failure = None
        if self._accelerator.is_main_process:
            try:
                action()
            except MariaError as error:
                failure = error
        failed = torch.tensor([float(failure is not None)], device=self._accelerator.device)
        with self.naming_lost(step):
            failed = self.sum(failed)
        if failure is not None:
            raise failure
        if float(failed[0]):
            raise MariaError("The main process could not go on; see its message.")

    def stop_without_launcher(self, orphans: int, *, step: int) -> None:
        """Stop where processes have nobody left who would stop them when one is lost.

        Args:
            orphans: how many, summed over all, so that all stop at the same step.
            step: for the message.

        Raises:
            MariaError: there are some.
        """
        if orphans:
            raise MariaError(f"What started this training is gone at step {step}. {self._go_on}")

    @contextmanager
    def naming_lost(self, step: int) -> Iterator[None]:
        """Tell of a lost process in one line.

        Raises:
            MariaError: a connection to another process broke or timed out.
        """
        try:
            yield
        except RuntimeError as error:
            if self._accelerator.num_processes == 1 or not _is_lost_rank(error):
                raise
            raise MariaError(
                f"Process {self._accelerator.process_index} lost another one at step {step} "
                f"({first_line(error)}). {self._go_on}"
            ) from error


def _is_lost_rank(error: RuntimeError) -> bool:
    words = ("onnection", "imed out", "NCCL", "gloo", "ocket")
    return any(word in str(error) for word in words)
