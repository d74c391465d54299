"""Memory of the head's loss: what whole logits would take, and what the peak grows by.

    python -m training.head.loss_memory --pieces 50000 --width 64 512 2048 8192

One line for each number of masked pieces, each in a process of its own: a peak never falls.
The growth holds the gradient, a copy of the weights for the product and one chunk of logits.
"""

from __future__ import annotations

import argparse
import multiprocessing

import torch

from training.head.metrics import peak_memory
from training.head.objective import chunked_nll

_MEBIBYTE = 1 << 20


def peak_growth(masked: int, pieces: int, width: int) -> int:
    """Return the bytes that the peak of this process grows by in one loss with its gradient."""
    torch.manual_seed(0)
    weights = [torch.randn(pieces, width).requires_grad_() for _ in range(2)]
    states = [torch.randn(masked, width) for _ in range(2)]
    labels = torch.randint(pieces, (masked,))
    # What a first product loads and allocates for good.
    _loss(labels[:1], [part[:1] for part in states], [part[:8].detach() for part in weights])
    before = peak_memory(torch.device("cpu"))
    _loss(labels, states, weights).backward()
    return peak_memory(torch.device("cpu")) - before


def _loss(
    labels: torch.Tensor, states: list[torch.Tensor], weights: list[torch.Tensor]
) -> torch.Tensor:
    pairs = list(zip(states, weights, strict=True))
    return chunked_nll(labels % len(weights[0]), pairs, dtype=torch.float32)[0]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("masked", type=int, nargs="+", help="masked pieces of a pass")
    parser.add_argument("--pieces", type=int, default=50_000, help="of the shared vocabulary")
    parser.add_argument("--width", type=int, default=64, help="of both models' states")
    options = parser.parse_args()
    print("| masked pieces | whole logits, MiB | peak grows by, MiB |\n|---|---|---|")
    for masked in options.masked:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            grown = pool.apply(peak_growth, (masked, options.pieces, options.width))
        logits = 4 * masked * options.pieces
        print(f"| {masked:,} | {logits / _MEBIBYTE:,.0f} | {grown / _MEBIBYTE:,.0f} |")


if __name__ == "__main__":
    main()
