"""The experiments on a toy pair: what is measured is what is meant, and the scripts run through."""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from maria_model.blanks import find_blanks
from maria_model.configuration import Calibration, InferenceConstants
from maria_model.errors import ConfigurationError
from maria_model.gate import Gate
from maria_model.lengths import infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.tokenization import BlankedText
from training.backbones import build_causal_lm, build_masked_lm
from training.build_data import build_data
from training.card_sections import kinds_section
from training.evaluate import Window, read_windows
from training.experiments import (
    blanked_words,
    calibration,
    exact_words,
    fit_gate,
    fitted_constants,
    lengths,
    perplexity,
)
from training.experiments.masked_states import (
    causal_states,
    draw_window_mask,
    evenly_spaced,
    masked_states,
    reader_losses,
    refreshed_states,
)
from training.tokenizer_files import save_tokenizer_files
from training.toy_corpus import write_toy_corpus
from training.train_tokenizer import train_tokenizer

GATE = Gate(causal=(0.8, 0.4, 0.3), masked=(1.2, -0.1, -0.5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random toy pair as `model` and held-out text as `data`."""
    folder = tmp_path_factory.mktemp("experiments")
    corpus = write_toy_corpus(folder / "corpus", documents=900)
    tokenizer = train_tokenizer(iter([corpus.read_text()]), vocab_size=380)
    build_data(corpus.parent, tokenizer=tokenizer, output_dir=folder / "data")
    save_toy_model(tokenizer, folder)
    return folder


def save_toy_model(tokenizer: Tokenizer, folder: Path) -> None:
    torch.manual_seed(0)
    causal_lm = build_causal_lm(
        tokenizer,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=96,
    )
    with torch.no_grad():
        for parameter in causal_lm.parameters():
            if parameter.ndim == 2:
                parameter.mul_(4.0)
    for role, model in (
        ("causal", causal_lm),
        ("masked", build_masked_lm(tokenizer, causal_lm)),
    ):
        model.save_pretrained(folder / role)
        save_tokenizer_files(tokenizer, role, folder / role)
    pair = MariaForMaskedInfilling.from_backbones_pretrained(folder / "causal", folder / "masked")
    pair.save_pretrained(folder / "model", self_contained=True)


@pytest.fixture(scope="module")
def model(folder: Path) -> MariaForMaskedInfilling:
    return MariaForMaskedInfilling.from_pretrained(folder / "model")


@pytest.fixture(scope="module")
def windows(folder: Path, model: MariaForMaskedInfilling) -> list[Window]:
    return read_windows(folder / "data" / "test.jsonl", model.vocabulary, length=94)


def test_refreshed_never_is_read_once_and_refreshed_always_has_read_all_before(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    window = windows[0]
    mask = draw_window_mask(window, 0.4, seed=1)
    causal = causal_states(model, window)
    once = masked_states(model, window, mask, causal)
    order = [0, 3, 7]
    never = refreshed_states(model, window, mask, causal, order=order, every=int(mask.sum()))
    torch.testing.assert_close(never.masked, once.masked[order], atol=1e-4, rtol=1e-4)
    assert torch.equal(never.density, once.density[order])
    always = refreshed_states(model, window, mask, causal, order=order, every=1)
    for row, number in enumerate(order):
        known = mask.clone()
        known[mask.nonzero()[:number, 0]] = False
        alone = masked_states(model, window, known, causal).take(torch.tensor([0]))
        torch.testing.assert_close(always.masked[row : row + 1], alone.masked, atol=1e-4, rtol=1e-4)
        assert torch.equal(always.density[row : row + 1], alone.density)
        assert torch.equal(always.labels[row : row + 1], alone.labels)


def test_readers_losses_are_the_models(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    window = windows[0]
    mask = draw_window_mask(window, 0.5, seed=2)
    states = masked_states(model, window, mask, causal_states(model, window))
    losses = reader_losses(model, states, gate=GATE)
    assert list(losses) == ["causal", "masked", "product", "maria", "gated"]
    with torch.no_grad():
        plain = model(window.pieces[None], mask[None]).loss
        model.config.inference = InferenceConstants(gate=GATE).to_dict()
        gated = model(window.pieces[None], mask[None]).loss
        model.config.inference = None
    torch.testing.assert_close(losses["maria"].mean(), plain, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(losses["gated"].mean(), gated, atol=1e-4, rtol=1e-4)
    # The toy's head is the product start.
    torch.testing.assert_close(losses["maria"], losses["product"], atol=1e-4, rtol=1e-4)


def test_the_gate_is_fitted_to_the_bottom(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    sample = fit_gate.sample_masked_pieces(model, windows[:3], pieces=30, seed=0)
    gate = fit_gate.fit_gate(model, sample.states)
    losses = reader_losses(model, sample.states, gate=gate)
    assert losses["gated"].mean() < losses["maria"].mean()
    # No small step from there leads further down.
    for name in ("causal", "masked"):
        for place in range(3):
            for step in (-0.02, 0.02):
                weights = list(getattr(gate, name))
                weights[place] += step
                other = Gate(**{"causal": gate.causal, "masked": gate.masked, name: tuple(weights)})
                nearby = reader_losses(model, sample.states, gate=other)
                assert nearby["gated"].mean() >= losses["gated"].mean() - 1e-4


def test_windows_come_from_all_over_the_file(windows: list[Window]) -> None:
    chosen = evenly_spaced(windows, 3)
    assert [any(w is c for w in windows) for c in chosen] == [True] * 3
    assert chosen[0] is windows[0]
    assert evenly_spaced(windows, len(windows) + 5) == windows


def run(monkeypatch: pytest.MonkeyPatch, script: object, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["script", *map(str, arguments)])
    script.main()  # type: ignore[attr-defined]


def test_the_diffusion_bound_is_the_mean_over_orders_of_unmasking(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    window = windows[0]
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
    samples = [
        3.0 * float(perplexity.diffusion_losses(model, window, mask, causal, generator).mean())
        for _ in range(400)
    ]
    spread = statistics.stdev(samples) / len(samples) ** 0.5
    assert abs(statistics.mean(samples) - statistics.mean(orders)) < 4.0 * spread


def test_every_reader_reads_every_window_however_few_its_masks(
    model: MariaForMaskedInfilling, windows: list[Window]
) -> None:
    short = Window(pieces=windows[0].pieces[:9], sizes=windows[0].sizes[:9])
    for rate in perplexity.measure_refreshes(
        model, [short, windows[0]], pieces=2, gate=GATE, seed=0
    ):
        assert {len(nats) for nats in rate.nats.values()} == {2}
        assert {f"gated k={k}" for k in perplexity.REFRESHES} <= rate.nats.keys()


def test_gate_and_perplexity_run_through(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = ("--model", folder / "model")
    data, gate = folder / "data", tmp_path / "gate.json"
    run(
        monkeypatch,
        fit_gate,
        *(*model, "--data", data, "--windows", 2, "--pieces", 6, "--output", gate),
    )
    fitted = json.loads(gate.read_text())
    assert not InferenceConstants.from_dict(fitted["inference"]).gate.is_neutral
    output = tmp_path / "perplexity.json"
    counts = ("--windows", 2, "--refresh-windows", 1, "--refresh-pieces", 2)
    text = ("--data", data / "test.jsonl", "--gate", gate, "--output", output)
    drawing = tmp_path / "perplexity.svg"
    run(monkeypatch, perplexity, *model, *counts, *text, "--plot", drawing)
    assert "MARIA with its gate" in drawing.read_text()
    assert "| test | MARIA with its gate | " in kinds_section(tmp_path)
    samples = json.loads(output.read_text())["files"]["test"]
    row = samples["all_masks"][2]
    assert row["mask_rate"] == 0.5
    assert len(row["windows"]["nats"]["gated"]) == 2
    total = sum(row["windows"]["nats"]["causal"]) / row["tokens"]
    assert row["nats_per_token"]["causal"] == pytest.approx(total)
    assert {"masked k=1", "gated k=16"} <= samples["sampled_masks"][0]["nats_per_token"].keys()
    printed = capsys.readouterr().out
    assert "| test | masked diffusion | " in printed
    assert "| test | the same, read again every 16 | " in printed


def test_fitted_constants_move_into_the_model(folder: Path, tmp_path: Path) -> None:
    gate, other = tmp_path / "gate.json", tmp_path / "lengths.json"
    gate.write_text(json.dumps({"inference": {"gate": asdict(GATE)}, "test": []}))
    other.write_text(json.dumps({"inference": {"calibration": {"one_piece_share": 0.9}}}))
    copy = Path(shutil.copytree(folder / "model", tmp_path / "model"))
    fitted_constants.adopt(copy, fitted_constants.read_fitted([gate]))
    fitted_constants.adopt(copy, {"calibration": {"temperature": 1.5}})
    fitted_constants.adopt(copy, fitted_constants.read_fitted([other]))
    constants = MariaForMaskedInfilling.from_pretrained(copy).config.inference_constants
    assert constants == InferenceConstants(
        gate=GATE, calibration=Calibration(temperature=1.5, one_piece_share=0.9)
    )


def test_a_file_without_constants_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="holds no fitted constants"):
        fitted_constants.read_fitted([tmp_path / "gate.json"])
    with pytest.raises(ConfigurationError, match="holds no model"):
        fitted_constants.adopt(tmp_path, {})


def test_blanked_words_lengths_and_calibration_run_through(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits: list[object] = []
    for split in ("validation", "test"):
        records = tmp_path / f"{split}.json"
        counts = ("--lone", 12, "--crowded", 2)
        text = ("--data", folder / "data" / f"{split}.jsonl", "--output", records)
        run(monkeypatch, blanked_words, "--model", folder / "model", *counts, *text)
        splits += [f"--{split}", records]
    fits = [tmp_path / "lengths.json", tmp_path / "calibration.json"]
    run(monkeypatch, lengths, *splits, "--output", fits[0])
    fills = ("--fills", folder / "data" / "test.jsonl", "--lone", 12, "--crowded", 1)
    model = ("--model", folder / "model", "--fits", fits[0])
    run(monkeypatch, calibration, *splits, *fills, *model, "--output", fits[1])
    constants = InferenceConstants.from_dict(fitted_constants.read_fitted(fits))
    assert constants.suffix_pieces in lengths.SUFFIXES
    engine = json.loads(fits[1].read_text())["engine"]
    assert engine["one blank"]["blanks"] == 12
    assert engine["many blanks"]["blanks"] > 12


def test_a_record_holds_what_the_engine_would_say(
    folder: Path, model: MariaForMaskedInfilling
) -> None:
    records = blanked_words.record_passages(
        model, folder / "data" / "test.jsonl", lone=3, crowded=1
    )
    lone = [record for record in records if record.crowd == 1]
    assert len(lone) == 3
    crowd = len(records) - 3
    # The toy reads 94 pieces at a time: not every blank of the passage fits.
    assert all(record.crowd >= crowd > 1 for record in records[3:])
    for record in lone:
        assert record.candidates[0][0] == record.proposals[0].text
        # At temperature 1 the chances of all words sum to one.
        assert record.partitions[blanked_words.TEMPERATURES.index(1.0)] == pytest.approx(0.0)
        assert {p.parts for p in record.proposals if p.is_greedy} == {2, 3}
        for proposal in record.proposals:
            # Every further piece costs something.
            steps = zip(proposal.string, proposal.string[1:], strict=False)
            assert all(more <= less for less, more in steps)


def test_a_record_scores_words_as_the_engine_does(
    folder: Path, model: MariaForMaskedInfilling
) -> None:
    path, compared = folder / "data" / "test.jsonl", 0
    passages = blanked_words.draw_passages(path, 6)
    records = blanked_words.record_passages(model, path, lone=6, crowded=1)
    for record in (record for record in records if record.proposals):
        text = passages[record.passage].text
        blanked = BlankedText(
            text=text,
            blanks=find_blanks(text),
            vocabulary=model.vocabulary,
            limit=model.context_length - 2,
        )
        (filled,) = infill_words(model, blanked.excerpt([0]))
        recorded = {
            (word.text, word.parts): lengths.PRESENT.score(word) for word in record.proposals
        }
        for word in filled.proposals:
            key = (model.vocabulary.decode(word.pieces).strip(), len(word.pieces))
            assert recorded[key] == pytest.approx(word.score, abs=1e-3)
            compared += 1
    assert compared > 0


def test_exact_words_run_through(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "words.json"
    text = ("--data", tmp_path / "words.jsonl")
    text[1].write_text(json.dumps({"text": "The old lamp stood by the gate. " * 80}))
    counts = ("--passages", 2, "--pages", 1, "--readers", "maria", "causal LM")
    run(monkeypatch, exact_words, "--model", folder / "model", *text, *counts, "--output", output)
    report = json.loads(output.read_text())
    assert report["fifty on a page"]["all words"]["causal LM"]["blanks"] == 50
    assert report["two words"]["all words"]["maria"]["blanks"] == 2
    assert "maria, read again every 4" in report["fifty on a page"]["all words"]
    assert exact_words.CAUSAL_ALONE in report["one word"]["content words"]
    assert "| three words | all words | causal LM | 2 | " in capsys.readouterr().out
