"""Fits the gate on validation windows, reports on test windows with paired intervals.

The loss is convex in the gate's six numbers: Newton's method over states that are kept, halves that
are made again in every pass. Nothing is written into the model: the JSON's "inference" mapping is
for its config.json.

    python -m training.experiments.fit_gate --output .build/embedded/gate.json
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from maria_model.gate import Gate
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from training.evaluate import MASK_RATES, Window, read_windows
from training.experiments.bootstrap import bootstrap_mean
from training.experiments.masked_states import (
    MaskedStates,
    causal_states,
    draw_window_mask,
    evenly_spaced,
    join,
    masked_states,
    reader_losses,
)
from training.told_options import command_line

NEWTON_STEPS = 5
# Holds the six numbers where the text says nothing of them.
RIDGE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Masked pieces of one split: states, and each one's window and mask rate."""

    states: MaskedStates
    windows: Tensor
    mask_rates: Tensor


def sample_masked_pieces(
    model: MariaForMaskedInfilling, windows: list[Window], *, pieces: int, seed: int
) -> Sample:
    """Return at most `pieces` random masked pieces of each window at each mask rate."""
    generator = torch.Generator().manual_seed(seed)
    states, numbers, rates = [], [], []
    for number, window in enumerate(windows):
        causal = causal_states(model, window)
        for rate in MASK_RATES:
            mask = draw_window_mask(window, rate, seed=seed + number)
            found = masked_states(model, window, mask, causal)
            rows = torch.randperm(len(found.labels), generator=generator)[:pieces]
            states.append(found.take(rows))
            numbers += [number] * len(rows)
            rates += [rate] * len(rows)
    return Sample(
        states=join(states), windows=torch.tensor(numbers), mask_rates=torch.tensor(rates)
    )


def fit_gate(model: MariaForMaskedInfilling, states: MaskedStates) -> Gate:
    """Return the gate of least cross-entropy on `states`."""
    weights = torch.tensor([*Gate().causal, *Gate().masked], dtype=torch.float64)
    for _ in range(NEWTON_STEPS):
        gradient, curvature = _derivatives(model, states, _gate(weights))
        weights -= torch.linalg.solve(curvature + RIDGE * torch.eye(len(weights)), gradient)
    return _gate(weights)


def _gate(weights: Tensor) -> Gate:
    causal, masked = weights.tolist()[:3], weights.tolist()[3:]
    return Gate(causal=tuple(causal), masked=tuple(masked))


@torch.no_grad()
def _derivatives(
    model: MariaForMaskedInfilling, states: MaskedStates, gate: Gate
) -> tuple[Tensor, Tensor]:
    """Return the mean loss's gradient (6,) and Hessian (6, 6) in the gate's numbers."""
    size = len(gate.causal) + len(gate.masked)
    gradient = torch.zeros(size, dtype=torch.float64)
    curvature = torch.zeros(size, size, dtype=torch.float64)
    for chunk in states.chunks():
        causal = model.causal_half_logits(chunk.causal)
        masked = model.head.masked_half(chunk.masked)
        chances = torch.softmax(gate.join(causal, masked, chunk.density), dim=-1)
        features = torch.cat([torch.ones(len(chunk.labels), 1), chunk.density], dim=1).double()
        # Of softmax(a c + b m) in (a, b): the mean errors, and the covariances of c and m.
        errors = [_mean(chances, half) - _at(half, chunk.labels) for half in (causal, masked)]
        gradient += torch.cat([features.T @ error for error in errors])
        both = _weighted(features, _covariance(chances, causal, masked))
        first = torch.cat([_weighted(features, _covariance(chances, causal, causal)), both], dim=1)
        second = torch.cat([both, _weighted(features, _covariance(chances, masked, masked))], dim=1)
        curvature += torch.cat([first, second])
    return gradient / len(states.labels), curvature / len(states.labels)


def _mean(chances: Tensor, values: Tensor) -> Tensor:
    return (chances * values).sum(dim=-1).double()


def _covariance(chances: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return _mean(chances, one * other) - _mean(chances, one) * _mean(chances, other)


def _at(values: Tensor, labels: Tensor) -> Tensor:
    return values.gather(1, labels[:, None]).squeeze(1).double()


def _weighted(features: Tensor, weights: Tensor) -> Tensor:
    return features.T @ (features * weights[:, None])


def report(model: MariaForMaskedInfilling, sample: Sample, gate: Gate) -> list[dict[str, Any]]:
    """Return nats per masked piece with and without the gate, and the paired difference."""
    losses = reader_losses(model, sample.states, gate=gate)
    rows = []
    for rate in (*MASK_RATES, None):
        chosen = torch.ones_like(sample.windows, dtype=torch.bool)
        if rate is not None:
            chosen = sample.mask_rates == torch.tensor(rate)
        counts = torch.bincount(sample.windows[chosen]).double().numpy()
        sums = {
            name: torch.bincount(sample.windows[chosen], weights=nats[chosen].double()).numpy()
            for name, nats in losses.items()
        }
        difference = bootstrap_mean(np.asarray(sums["gated"] - sums["maria"]), counts)
        rows.append(
            {
                "mask_rate": rate or "all",
                "tokens": int(counts.sum()),
                "maria": float(sums["maria"].sum() / counts.sum()),
                "gated": float(sums["gated"].sum() / counts.sum()),
                "difference": asdict(difference),
            }
        )
        print(
            f"{rows[-1]['mask_rate']}: {rows[-1]['maria']:.4f} -> {rows[-1]['gated']:.4f}, "
            f"{difference} nats a masked piece",
            flush=True,
        )
    return rows


def main() -> None:
    """Fit on validation, report on test, write both as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--data", type=Path, default=Path(".build/embedded/data"))
    parser.add_argument("--windows", type=int, default=80, help="windows of each split")
    parser.add_argument("--pieces", type=int, default=40, help="masked pieces of each and rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    samples = {}
    for split in ("validation", "test"):
        path = arguments.data / f"{split}.jsonl"
        windows = read_windows(path, model.vocabulary, length=model.context_length - 2)
        samples[split] = sample_masked_pieces(
            model,
            evenly_spaced(windows, arguments.windows),
            pieces=arguments.pieces,
            seed=arguments.seed,
        )
    gate = fit_gate(model, samples["validation"].states)
    gate = Gate(
        causal=tuple(round(value, 4) for value in gate.causal),
        masked=tuple(round(value, 4) for value in gate.masked),
    )
    print(gate)
    result: dict[str, Any] = {
        "command": command_line("training.experiments.fit_gate", arguments),
        "inference": {"gate": asdict(gate)},
    }
    for split, sample in samples.items():
        print(f"{split}:")
        result[split] = report(model, sample, gate)
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
