"""The experiments on a toy pair: what is measured is what is meant, and the scripts run through."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from toy_experiments import make_toy_folder, run

from maria_model.blanks import find_blanks
from maria_model.configuration import Calibration, InferenceConstants
from maria_model.errors import ConfigurationError
from maria_model.gate import Gate
from maria_model.lengths import infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.tokenization import BlankedText
from training.card_sections import words_section
from training.evaluate import Window, read_windows
from training.experiments import (
    blanked_words,
    calibration,
    exact_words,
    fit_gate,
    fitted_constants,
    lengths,
)
from training.experiments.masked_states import (
    causal_states,
    draw_window_mask,
    evenly_spaced,
    masked_states,
    reader_losses,
    refreshed_states,
)

GATE = Gate(causal=(0.8, 0.4, 0.3), masked=(1.2, -0.1, -0.5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random toy pair as `model` and held-out text as `data`."""
    return make_toy_folder(tmp_path_factory.mktemp("experiments"))


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


def test_the_gate_runs_through(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate.json"
    counts = ("--windows", 2, "--pieces", 6)
    paths = ("--model", folder / "model", "--data", folder / "data", "--output", gate)
    run(monkeypatch, fit_gate, *counts, *paths)
    fitted = json.loads(gate.read_text())
    assert not InferenceConstants.from_dict(fitted["inference"]).gate.is_neutral


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
    output = tmp_path / "exact_words.json"
    text = ("--data", tmp_path / "words.jsonl")
    text[1].write_text(json.dumps({"text": "The old lamp stood by the gate. " * 80}))
    counts = ("--passages", 2, "--answered", 1, "--pages", 1, "--readers", "maria", "causal LM")
    run(monkeypatch, exact_words, "--model", folder / "model", *text, *counts, "--output", output)
    written = json.loads(output.read_text())
    assert (
        "--passages 2 --answered 1 --pages 1 --readers maria 'causal LM' --refreshes 4"
        in written["command"]
    )
    report = written["kinds"]
    assert report["fifty on a page"]["all words"]["causal LM"]["blanks"] == 50
    assert report["two words"]["all words"]["maria"]["blanks"] == 2
    assert "maria, read again every 4" in report["fifty on a page"]["all words"]
    assert exact_words.CAUSAL_ALONE in report["one word"]["content words"]
    assert "| three words | all words | causal LM | 2 | " in capsys.readouterr().out
    # One of the two was asked for five answers.
    row = report["three words"]["all words"]["maria"]
    assert (row["blanks"], row["with_five"]) == (2, 1)
    section = words_section(tmp_path)
    assert section.startswith(f"`{written['command']}`")
    assert "One blanked word, all words: top-5 " in section
