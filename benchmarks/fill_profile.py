"""Where the time of one fill goes, by operation, on the processor and on the graphics card.

Takes what `benchmarks.infilling` takes, of it the first length and rate and the methods.

    python -m benchmarks.fill_profile --lengths 512 --rates 0.5 --methods engine algorithm-1
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from torch.profiler import ProfilerActivity, profile

from benchmarks.infilling import build_parser, load
from benchmarks.measuring import Run, run
from benchmarks.methods import METHODS, Method
from benchmarks.texts import evenly_spaced, masked_window, random_pieces, read_pieces
from maria_model.api import SamplingOptions
from maria_model.engine import FRAME_TOKENS
from maria_model.errors import MariaError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.windows import Window

# Before the fill that is looked at: shapes are compiled, graphs recorded, costs measured.
_WARM_UPS = 3
_ROWS = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill one window by each method, and print the operations that took longest."""
    options = build_parser().parse_args(arguments)
    try:
        model = load(options)
        window = draw_window(model, options)
    except MariaError as error:
        sys.exit(str(error))
    for name in options.methods:
        taken, tables = profile_fill(model, window, METHODS[name])
        said = f"{model.config.name}, {METHODS[name].title}, {len(window.slots)} slots"
        print(f"{said}: {1e3 * taken.seconds:.1f} ms, {taken.counts.ar} passes")
        print("\n".join(tables), flush=True)


def profile_fill(
    model: MariaForMaskedInfilling, window: Window, method: Method
) -> tuple[Run, list[str]]:
    """Return a fill that nobody watched, and tables of one under the profiler."""
    sampling = SamplingOptions()
    for _ in range(_WARM_UPS):
        taken = run(model, window, method, sampling)
    sides = {"cpu": ProfilerActivity.CPU}
    if model.device.type == "cuda":
        sides["cuda"] = ProfilerActivity.CUDA
    with profile(activities=list(sides.values())) as profiler:
        run(model, window, method, sampling)
    averages = profiler.key_averages()
    return taken, [
        averages.table(sort_by=f"self_{side}_time_total", row_limit=_ROWS) for side in sides
    ]


def draw_window(model: MariaForMaskedInfilling, options: argparse.Namespace) -> Window:
    """Return a window of the first length and rate that the command line names."""
    size, vocabulary = options.lengths[0] - FRAME_TOKENS, model.vocabulary
    if options.random:
        pieces = random_pieces(size, vocabulary, seed=options.seed)
    else:
        pieces = read_pieces(options.text, vocabulary)
    stretch = evenly_spaced(pieces, size=size, count=1)[0]
    return masked_window(stretch, vocabulary, mask_rate=options.rates[0], seed=str(options.seed))


if __name__ == "__main__":
    main()
