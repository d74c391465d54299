"""The ways of filling masks that `benchmarks.infilling` runs side by side, behind one signature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from maria_model.api import SamplingOptions
from maria_model.causal_reader import PassCounts
from maria_model.device import CacheKind
from maria_model.infilling import infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.speculation import infill_speculatively
from maria_model.windows import Slot, Window
from training.baselines.causal_generation import generate_continuation
from training.baselines.masked_diffusion import decode_masked_diffusion
from training.baselines.masked_lm_autoregressive import decode_masked_lm

Fill = Callable[
    [MariaForMaskedInfilling, Window, SamplingOptions, PassCounts], Iterator[tuple[Slot, int]]
]

REFERENCE = "algorithm-1"
# Wider than any window: all that is left goes into one pass.
UNLIMITED = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way of filling masks.

    Attributes:
        name: in JSON and on the command line.
        title: in tables and plots.
        fill: yields each slot and its piece as it is settled, and counts passes.
        is_lossless: it promises Algorithm 1's own pieces.
        fills_masks: its pieces are guesses at what stood under the masks.
    """

    name: str
    title: str
    fill: Fill
    is_lossless: bool = False
    fills_masks: bool = True


def _algorithm_1(
    model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
) -> Iterator[tuple[Slot, int]]:
    for settled in infill(model, window, options=options, counts=counts):
        yield settled.slot, settled.choice.piece


def _speculation(block: int | None) -> Fill:
    def fill(
        model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
    ) -> Iterator[tuple[Slot, int]]:
        for settled in infill_speculatively(
            model, window, options=options, counts=counts, block=block
        ):
            yield settled.slot, settled.choice.piece

    return fill


def _diffusion(steps: int) -> Fill:
    def fill(
        model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
    ) -> Iterator[tuple[Slot, int]]:
        for filled in decode_masked_diffusion(
            model, window, steps=steps, options=options, counts=counts
        ):
            yield filled.slot, filled.piece

    return fill


def _masked_lm(
    model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
) -> Iterator[tuple[Slot, int]]:
    for filled in decode_masked_lm(model, window, options=options, counts=counts):
        yield filled.slot, filled.piece


def _generation(
    model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
) -> Iterator[tuple[Slot, int]]:
    for filled in generate_continuation(model, window, options=options, counts=counts):
        yield filled.slot, filled.piece


def _on(cache: CacheKind, fill: Fill) -> Fill:
    def fill_on(
        model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
    ) -> Iterator[tuple[Slot, int]]:
        usual, model.cache_kind = model.cache_kind, cache
        try:
            yield from fill(model, window, options, counts)
        finally:
            model.cache_kind = usual

    return fill_on


METHODS = {
    method.name: method
    for method in (
        Method(name="engine", title="this engine", fill=_speculation(None), is_lossless=True),
        Method(name="engine-32", title="blocks of 32", fill=_speculation(32), is_lossless=True),
        Method(name="engine-64", title="blocks of 64", fill=_speculation(64), is_lossless=True),
        Method(
            name="engine-all", title="all at once", fill=_speculation(UNLIMITED), is_lossless=True
        ),
        Method(name=REFERENCE, title="Algorithm 1", fill=_algorithm_1),
        Method(name="masked-lm", title="masked LM, left to right", fill=_masked_lm),
        Method(name="diffusion-256", title="masked diffusion, 256 steps", fill=_diffusion(256)),
        Method(name="diffusion-16", title="masked diffusion, 16 steps", fill=_diffusion(16)),
        Method(name="generation", title="plain generation", fill=_generation, fills_masks=False),
        Method(
            name="engine-dynamic",
            title="this engine, dynamic cache",
            fill=_on("dynamic", _speculation(None)),
            is_lossless=True,
        ),
        Method(
            name="algorithm-1-dynamic",
            title="Algorithm 1, dynamic cache",
            fill=_on("dynamic", _algorithm_1),
            is_lossless=True,
        ),
    )
}
# On a CPU the dynamic cache is the usual one, and the last two would be run twice.
USUAL_METHODS = tuple(name for name in METHODS if not name.endswith("-dynamic"))
