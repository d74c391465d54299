"""The fake engine on a graphics card that is full, as torch would say it; children import it."""

from __future__ import annotations

from fake_engine import FakeEngine

from maria_model import errors
from maria_model.api import CancelCheck, FillRequest, FillResult, ProgressCallback


class OutOfMemoryError(RuntimeError):
    """Has the name and the base of `torch.OutOfMemoryError`."""


class FullCardEngine(FakeEngine):
    """Answers on the CPU alone."""

    def fill(
        self,
        request: FillRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> FillResult:
        if "!hungry" in request.text:
            raise MemoryError
        if self.info.device.startswith("cuda"):
            raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return super().fill(request, on_progress=on_progress, cancelled=cancelled)


def load(model: str | None, *, device: str = "auto", **options: object) -> FullCardEngine:
    """Load on the card, which has just enough room for the model alone."""
    return FullCardEngine(model, "cpu" if device == "cpu" else "cuda:0")


def load_too_large(model: str | None, *, device: str = "auto", **options: object) -> FakeEngine:
    """Find the card too small for the model."""
    if device != "cpu":
        raise errors.OutOfMemoryError("This model needs about 9.0 GB. Choose a smaller model.")
    return FullCardEngine(model, device)


def load_far_too_large(model: str | None, **options: object) -> FakeEngine:
    """Find no room anywhere."""
    raise MemoryError
