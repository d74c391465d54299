"""Perplexities on a toy pair: stacked readings say what plain ones do; estimates are unbiased."""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from toy_experiments import make_toy_folder, run

from maria_model.gate import Gate
from maria_model.modeling import MariaForMaskedInfilling
from training import evaluate, model_card
from training.card_sections import kinds_section
from training.evaluate import Window, read_windows
from training.experiments import perplexity
from training.experiments.masked_states import (
    causal_states,
    masked_states,
    reader_losses,
    refreshed_states,
)
from training.experiments.perplexity_verdicts import ends, middle, verdicts
from training.experiments.window_losses import (
    REFRESHES,
    RateDraw,
    RateReading,
    draw_rate,
    draw_unmasking,
    read_window,
)

GATE = Gate(causal=(0.8, 0.4, 0.3), masked=(1.2, -0.1, -0.5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_toy_folder(tmp_path_factory.mktemp("perplexity"))


@pytest.fixture(scope="module")
def model(folder: Path) -> MariaForMaskedInfilling:
    model = MariaForMaskedInfilling.from_pretrained(folder / "model")
    # Off the product start, so that MARIA is a reader of its own.
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.1)
    return model


@pytest.fixture(scope="module")
def windows(folder: Path, model: MariaForMaskedInfilling) -> list[Window]:
    return read_windows(folder / "data" / "test.jsonl", model.vocabulary, length=94)


def draw(window: Window, rate: float, *, pieces: int = 6, stages: int = 3) -> RateDraw:
    orders, unmaskings = (torch.Generator().manual_seed(seed) for seed in (3, 4))
    return draw_rate(
        window, rate, seed=2, pieces=pieces, stages=stages, orders=orders, unmaskings=unmaskings
    )


def test_stacked_readings_lose_what_plain_ones_do(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    window = windows[0]
    causal = causal_states(model, window)
    draws = [draw(window, rate) for rate in (0.1, 0.5, 0.9)]
    for drawn, reading in zip(draws, read_window(model, window, draws, gate=GATE), strict=True):
        plain = reader_losses(model, masked_states(model, window, drawn.mask, causal), gate=GATE)
        torch.testing.assert_close(reading.every, plain, atol=2e-5, rtol=1e-5)
        for row, still in enumerate(drawn.unmasking):
            stage = reader_losses(model, masked_states(model, window, still, causal))["masked"]
            assert float(reading.diffusion[row]) == pytest.approx(float(stage.mean()), abs=2e-5)
        order = drawn.asked.tolist()
        for every in REFRESHES:
            states = refreshed_states(model, window, drawn.mask, causal, order=order, every=every)
            plain = reader_losses(model, states, gate=GATE)
            for name in ("masked", "maria", "gated"):
                torch.testing.assert_close(
                    reading.asked[f"{name} k={every}"], plain[name], atol=2e-5, rtol=1e-5
                )


def test_every_number_of_masks_left_is_as_likely() -> None:
    generator = torch.Generator().manual_seed(0)
    mask = torch.tensor([True, False, True, True, False, True, True])
    counts = torch.zeros(6)
    rounds, stages = 600, 4
    for _ in range(rounds):
        stacked = draw_unmasking(mask, stages, generator)
        assert not (stacked & ~mask).any()
        left = stacked.sum(dim=1)
        # A number from each quarter of 1..5.
        assert left.tolist() == sorted(left.tolist())
        counts += torch.bincount(left, minlength=6)
    assert counts[0] == 0
    shares = counts[1:] / (rounds * stages)
    # Four standard errors of independent draws; strata vary less.
    torch.testing.assert_close(shares, torch.full((5,), 0.2), atol=0.033, rtol=0.0)


def test_the_diffusion_bound_is_the_mean_over_orders_of_unmasking(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    window = Window(pieces=windows[0].pieces[:16], sizes=windows[0].sizes[:16])
    mask = torch.zeros(len(window.pieces), dtype=torch.bool)
    mask[[4, 9, 10]] = True
    causal = causal_states(model, window)
    orders = []
    for order in itertools.permutations([4, 9, 10]):
        still, nats = mask.clone(), 0.0
        for place in order:
            losses = reader_losses(model, masked_states(model, window, still, causal))["masked"]
            nats += float(losses[still.nonzero()[:, 0].tolist().index(place)])
            still[place] = False
        orders.append(nats)
    generator = torch.Generator().manual_seed(0)
    samples: list[float] = []
    for _ in range(25):
        drawn = [
            RateDraw(
                mask=mask, unmasking=draw_unmasking(mask, 4, generator), asked=torch.tensor([0])
            )
            for _ in range(8)
        ]
        for reading in read_window(model, window, drawn, gate=GATE):
            added = perplexity.RateLosses(mask_rate=0.2)
            added.add(reading, window.sizes[mask])
            samples += added.nats["diffusion"]
    spread = statistics.stdev(samples) / len(samples) ** 0.5
    assert abs(statistics.mean(samples) - statistics.mean(orders)) < 4.0 * spread


def test_what_few_pieces_say_stands_for_all_of_them(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    window = Window(pieces=windows[0].pieces[:40], sizes=windows[0].sizes[:40])
    whole = draw(window, 0.5, pieces=len(window.pieces))
    (reading,) = read_window(model, window, [whole], gate=GATE)
    truth = float(reading.asked["masked k=1"].sum())
    every = perplexity.RateLosses(mask_rate=0.5)
    every.add(reading, window.sizes[whole.mask])
    assert every.nats["masked k=1"] == [pytest.approx(truth, rel=1e-6)]
    masks = int(whole.mask.sum())
    generator = torch.Generator().manual_seed(5)
    samples: list[float] = []
    for _ in range(300):
        asked = torch.randperm(masks, generator=generator)[:3]
        some = RateReading(
            every=reading.every,
            diffusion=reading.diffusion,
            asked={name: nats[asked] for name, nats in reading.asked.items()},
        )
        losses = perplexity.RateLosses(mask_rate=0.5)
        losses.add(some, window.sizes[whole.mask])
        samples += losses.nats["masked k=1"]
    spread = statistics.stdev(samples) / len(samples) ** 0.5
    assert abs(statistics.mean(samples) - truth) < 4.0 * spread


def test_every_reader_reads_every_window_however_few_its_masks(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    short = Window(pieces=windows[0].pieces[:9], sizes=windows[0].sizes[:9])
    for rate in perplexity.measure(
        model, [short, windows[0]], gate=GATE, pieces=2, stages=2, seed=0
    ):
        assert {len(nats) for nats in rate.nats.values()} == {2}
        assert {f"gated k={k}" for k in REFRESHES} | {"diffusion"} <= rate.nats.keys()


def test_perplexity_runs_through(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gate = tmp_path / "gate.json"
    gate.write_text(json.dumps({"inference": {"gate": asdict(GATE)}}))
    output, drawing = tmp_path / "perplexity.json", tmp_path / "perplexity.svg"
    counts = ("--windows", 2, "--refresh-pieces", 2, "--diffusion-stages", 2)
    text = ("--data", folder / "data" / "test.jsonl", "--gate", gate)
    model = ("--model", folder / "model")
    run(monkeypatch, perplexity, *model, *counts, *text, "--output", output, "--plot", drawing)
    assert "MARIA with its gate" in drawing.read_text()
    section = kinds_section(tmp_path)
    assert "| test | MARIA with its gate | " in section
    assert "| test | masked LM, left to right | " in section
    assert "--windows 2 --refresh-pieces 2 --diffusion-stages 2 --seed 0" in section
    row = json.loads(output.read_text())["files"]["test"][2]
    assert row["mask_rate"] == 0.5
    total = sum(row["windows"]["nats"]["causal"]) / row["tokens"]
    assert row["nats_per_token"]["causal"] == pytest.approx(total)
    printed = capsys.readouterr().out
    assert "| test | masked diffusion | " in printed
    assert "| test | the same, read again every 16 | " in printed


def figures(mask_rate: float, **bounds: float) -> dict[str, object]:
    """A row in which MARIA with its gate differs from every rival alike."""
    rivals = ("product", "diffusion", "causal", "masked", "masked k=1")
    nats = {"gated": 3.0, "maria": 3.0} | dict.fromkeys(rivals, 4.0) | {"causal": 3.1}
    differences = {f"{one} - {rival}": bounds for one in ("gated", "maria") for rival in rivals}
    return {"mask_rate": mask_rate, "nats_per_token": nats, "differences": differences}


def test_a_verdict_names_what_is_not_better() -> None:
    good = {"mean": -0.2, "low": -0.3, "high": -0.1}
    unsure = {"mean": -0.01, "low": -0.03, "high": 0.004}
    rows = [figures(0.1, **unsure), figures(0.3, **good), figures(0.5, **unsure)]
    bad = figures(0.9, mean=0.0, low=-0.01, high=0.0051)
    files = {"tales": [*rows, figures(0.7, **good), bad]}
    assert [c.is_better for c in middle(files, "gated")] == [True] * 5 + [False] * 5 + [True] * 5
    # The better part, and half a percent of its perplexity.
    assert [(c.rival, c.is_tolerable) for c in ends(files, "gated")] == [
        ("causal", True),
        ("causal", False),
    ]
    told = verdicts(files)
    assert "10 of 15; not tales at 0.5, product start: -1.0% [-3.0%, +0.4%]" in told
    assert "1 of 2; not tales at 0.9, causal LM: +0.0% [-1.0%, +0.5%]" in told
    assert (
        "| tales | MARIA with its gate | causal LM | **-0.010 [-0.030, +0.004]** | -0.200" in told
    )


def test_the_card_prints_the_commands_that_make_it_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(folder / "model", tmp_path / "model"))
    build = tmp_path / "build"
    shutil.copytree(folder / "data", build / "data")
    model, text = ("--model", copy), ("--data", folder / "data" / "test.jsonl")
    evaluation = build / "evaluation.json"
    run(monkeypatch, evaluate, *model, *text, "--windows", 2, "--output", evaluation)
    few = ("--windows", 1, "--refresh-pieces", 1, "--diffusion-stages", 1)
    run(monkeypatch, perplexity, *model, *text, *few, "--output", build / "perplexity.json")
    run(monkeypatch, model_card, *model, "--build", build, "--evaluation", evaluation)
    card = (copy / "README.md").read_text()
    for command in (
        f"python -m training.evaluate --model {copy} --data {text[1]} --windows 2 --seed 0",
        f"python -m training.experiments.perplexity --model {copy} --data {text[1]} --windows 1",
    ):
        assert command in card
    assert "![Perplexity by mask rate](perplexity.svg)" in card
    assert "MARIA" in (copy / "perplexity.svg").read_text()
    # The toy has no gate: it is judged as it is.
    assert "- **MARIA.** At 0.3, 0.5 and 0.7 better than each rival: " in card
    assert "$" not in card
