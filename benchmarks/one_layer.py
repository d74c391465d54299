"""A linear layer of a large backbone at one token, by the precision of its weights.

What a word costs on a processor is reading the weights once; quantized ones are fewer bytes and
more work. Prints the median time and the error of the output against float32.

    python -m benchmarks.one_layer --inputs 2048 --outputs 8192 --threads 1
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time

import torch
from torch import Tensor, nn

from maria_model.quantization import QUANTIZED, quantize

_REPEATS = 30


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=2048)
    parser.add_argument("--outputs", type=int, default=8192)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    whole = nn.Sequential(nn.Linear(options.inputs, options.outputs, bias=False)).requires_grad_(
        requires_grad=False
    )
    token = torch.randn(1, options.inputs)
    print("| weights | ms a token | relative error |\n|---|---|---|")
    for name, layer, given in _layers(whole, token):
        said = layer(given).float()
        error = (said - whole(token)).norm() / whole(token).norm()
        print(f"| {name} | {_median_ms(layer, given):.2f} | {error:.1%} |")


def _layers(whole: nn.Module, token: Tensor) -> list[tuple[str, nn.Module, Tensor]]:
    """Return name, layer and what it reads, for each precision."""
    layers = [("float32", whole, token)]
    half = token.bfloat16()
    layers.append(("bfloat16", copy.deepcopy(whole).bfloat16(), half))
    for precision in QUANTIZED:
        layer = copy.deepcopy(whole).bfloat16()
        quantize(layer, precision, keep=())
        layers.append((precision, layer, half))
    return layers


@torch.inference_mode()
def _median_ms(layer: nn.Module, given: Tensor) -> float:
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        layer(given)
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times[_REPEATS // 5 :])


if __name__ == "__main__":
    main()
