"""Whole trainings of a backbone: stopped at any point, on bad input, on a full disk."""

from __future__ import annotations

import errno
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
import torch
from safetensors import SafetensorError
from toy_pretraining import tiny_config, write_toy_data
from transformers import AutoModelForCausalLM, OlmoForCausalLM

from maria_model.errors import MariaError
from training import pretrain as command
from training.backbones import build_causal_lm
from training.pretrain import PretrainConfig, Pretraining, pretrain
from training.pretraining import loop
from training.pretraining.costs import PretrainingCost
from training.train_tokenizer import train_tokenizer

OFTEN = {"log_steps": 1, "checkpoint_minutes": 0.0, "validation_steps": 4}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a toy tokenizer, its token files, and a finished causal LM over them."""
    folder = write_toy_data(tmp_path_factory.mktemp("toy"))
    pretrain(tiny_config(folder, folder / "causal", **OFTEN))
    return folder


def config_of(
    toy: Path, output: Path, objective: str = "causal", **changes: object
) -> PretrainConfig:
    start = toy / "causal" / "model" if objective == "masked" else None
    changes = {"objective": objective, "init_from": start} | OFTEN | changes
    return tiny_config(toy, output, **changes)


def losses(output: Path) -> list[tuple[int, float, float | None]]:
    """Return step, loss and held-out loss of every row."""
    rows = map(json.loads, (output / "metrics.jsonl").read_text().splitlines())
    return [(row["step"], row["loss"], row.get("validation_loss")) for row in rows]


def before_step(patch: pytest.MonkeyPatch, step: int, act: Callable[[Pretraining], object]) -> None:
    """Do something to a run before a step of it."""
    train_step = Pretraining.train_step

    def stepped(run: Pretraining) -> float:
        if run.step == step:
            act(run)
        return train_step(run)

    patch.setattr(Pretraining, "train_step", stepped)


def stop(run: Pretraining) -> None:
    raise KeyboardInterrupt


def pretrain_until(patches: pytest.MonkeyPatch, step: int, config: PretrainConfig) -> None:
    """Train, and stop before a step as ctrl-C does."""
    with patches.context() as patch:
        before_step(patch, step, stop)
        with pytest.raises(KeyboardInterrupt):
            pretrain(config)


@pytest.mark.parametrize("objective", ["causal", "masked"])
def test_a_stopped_run_goes_on_to_the_same_losses(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, objective: str
) -> None:
    pretrain(config_of(toy, tmp_path / "whole", objective))
    stopped = config_of(toy, tmp_path / "stopped", objective, checkpoint_minutes=1e-9)
    for step in (3, 7):
        pretrain_until(monkeypatch, step, stopped)
        # Rows later than the checkpoint, and what a kill may leave of one.
        with (tmp_path / "stopped" / "metrics.jsonl").open("a") as metrics:
            metrics.write('{"step": 11, "loss": 0.0}\n{"step": 12, "lo')
    folder = pretrain(stopped)
    assert losses(tmp_path / "stopped") == losses(tmp_path / "whole")
    assert [row[0] for row in losses(tmp_path / "stopped")] == list(range(1, 13))
    whole = (tmp_path / "whole" / "model" / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == whole
    assert not (tmp_path / "stopped" / "checkpoint.pt").exists()


def test_a_finished_run_is_left_as_it_is(toy: Path, tmp_path: Path) -> None:
    shutil.copytree(toy / "causal", tmp_path / "causal")
    files = [path for path in (tmp_path / "causal").rglob("*") if path.is_file()]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    config = config_of(toy, tmp_path / "causal", export_dir=tmp_path / "export")
    assert pretrain(config) == tmp_path / "causal" / "model"
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files} == before
    # A job that starts with an empty folder for what comes back has its model there all the same.
    exported = AutoModelForCausalLM.from_pretrained(tmp_path / "export")
    finished = AutoModelForCausalLM.from_pretrained(tmp_path / "causal" / "model")
    weight = finished.lm_head.weight.to(torch.bfloat16)
    assert torch.equal(exported.lm_head.weight, weight)


@pytest.mark.parametrize("change", [{"max_steps": 20}, {"seed": 4}, {"weight_decay": 0.2}])
def test_another_runs_model_is_not_written_over(
    toy: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    shutil.copytree(toy / "causal", tmp_path / "causal")
    with pytest.raises(MariaError, match=rf"made with {next(iter(change))}=.*another output_dir"):
        pretrain(config_of(toy, tmp_path / "causal", **change))
    (tmp_path / "causal" / "model" / "pretraining.json").unlink()
    with pytest.raises(MariaError, match="does not say what run it came of"):
        pretrain(config_of(toy, tmp_path / "causal"))


def test_a_run_goes_on_at_lower_rates_and_for_longer_but_not_on_another_seed(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretrain_until(monkeypatch, 5, config_of(toy, tmp_path))
    with pytest.raises(MariaError, match=r"checkpoint\.pt: made with seed=0, this run has 1"):
        pretrain(config_of(toy, tmp_path, seed=1))
    pretrain(config_of(toy, tmp_path, matrix_learning_rate=1e-3, max_steps=14))
    assert [row[0] for row in losses(tmp_path)] == list(range(1, 15))


def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(toy, tmp_path / "full")
    part = tmp_path / "full" / "checkpoint.pt.part"
    with monkeypatch.context() as patch:
        before_step(patch, 7, lambda run: part.symlink_to("/dev/full"))
        with pytest.raises(MariaError, match=r"checkpoint\.pt could not be written: the disk is"):
            pretrain(config)
    assert not part.is_symlink()
    assert torch.load(tmp_path / "full" / "checkpoint.pt", weights_only=True)["step"] == 7
    pretrain(config)
    assert losses(tmp_path / "full") == losses(toy / "causal")


def test_a_disk_that_fills_within_a_checkpoint_leaves_the_last_one(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(state: dict[str, object], file: BinaryIO) -> None:
        # What torch.save does where the disk fills within a tensor.
        file.write(b"half")
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        finally:
            raise RuntimeError("unexpected pos 2049280 vs 2049172")

    config = config_of(toy, tmp_path)
    with monkeypatch.context() as patch:
        before_step(patch, 7, lambda run: patch.setattr(torch, "save", full))
        with pytest.raises(MariaError, match=r"checkpoint\.pt could not be written: the disk is"):
            pretrain(config)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 7
    assert not (tmp_path / "checkpoint.pt.part").exists()


def test_a_disk_that_fills_with_the_model_leaves_the_checkpoint(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(toy, tmp_path)

    def full(model: OlmoForCausalLM, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr(OlmoForCausalLM, "save_pretrained", full)
        with pytest.raises(MariaError, match="model could not be written: the disk is full"):
            pretrain(config)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"checkpoint.pt", "config.yaml", "metrics.jsonl"}
    pretrain(config)
    assert losses(tmp_path) == losses(toy / "causal")


def spoil_loss(run: Pretraining) -> None:
    with torch.no_grad():
        run.model.model.layers[0].mlp.up_proj.weight.fill_(float("nan"))


def spoil_gradient(run: Pretraining) -> None:
    run.model.model.layers[0].mlp.up_proj.weight.register_hook(lambda grad: grad * float("inf"))


def spoil_update(run: Pretraining) -> None:
    step = run.optimizers[0].step

    def burst() -> None:
        step()
        spoil_loss(run)

    run.optimizers[0].step = burst  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [(spoil_loss, "loss"), (spoil_gradient, "gradient's norm"), (spoil_update, "largest weight")],
)
def test_what_is_not_finite_never_reaches_a_checkpoint(
    toy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Pretraining], None],
    what: str,
) -> None:
    config = config_of(toy, tmp_path)
    with monkeypatch.context() as patch:
        before_step(patch, 7, spoil)
        with pytest.raises(MariaError, match=rf"{what} is (nan|inf) at step .*lower the learning"):
            pretrain(config)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert state["step"] == 7
    assert all(tensor.isfinite().all() for tensor in state["model"].values())
    pretrain(config)
    assert losses(tmp_path) == losses(toy / "causal")


def odd(folder: Path) -> None:
    path = folder / "data" / "train.bin"
    path.write_bytes(path.read_bytes()[:-1])


def cut(folder: Path) -> None:
    path = folder / "data" / "train.bin"
    path.write_bytes(path.read_bytes()[:20_000])


def smaller_tokenizer(folder: Path) -> None:
    text = (folder / "corpus" / "toy.txt").read_text()
    train_tokenizer(iter([text]), vocab_size=300).save(str(folder / "tokenizer.json"))


def smaller_tokenizer_unknown_to_the_data(folder: Path) -> None:
    smaller_tokenizer(folder)
    path = folder / "data" / "data.json"
    summary = json.loads(path.read_text())
    del summary["tokenizer"]
    path.write_text(json.dumps(summary))


def half_a_tokenizer(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(path.read_text()[:500])


def other_vocabulary(folder: Path) -> None:
    text = (folder / "corpus" / "toy.txt").read_text()
    model = build_causal_lm(
        train_tokenizer(iter([text]), vocab_size=300),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
    )
    model.save_pretrained(folder / "causal" / "model")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (odd, r"train\.bin is damaged: .* bytes.*Run training\.build_data again"),
        (cut, r"train\.bin is damaged: 20,000 bytes.*Run training\.build_data again"),
        (lambda folder: (folder / "data" / "train.bin").unlink(), r"No token file .*train\.bin"),
        (lambda folder: (folder / "data" / "data.json").unlink(), r"No data\.json .*build_data"),
        (smaller_tokenizer, r"its tokens are of another tokenizer"),
        (smaller_tokenizer_unknown_to_the_data, r"holds token 3\d\d, and the tokenizer has 300"),
        (half_a_tokenizer, r"tokenizer\.json is damaged .*train_tokenizer again"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "No tokenizer at .*train_tokenizer"),
        (lambda folder: shutil.rmtree(folder / "causal"), r"init_from: no model at .*Train it"),
        (
            lambda folder: (folder / "causal" / "model" / "model.safetensors").write_bytes(b"half"),
            r"init_from: .*is damaged .*Train it again",
        ),
        (other_vocabulary, r"init_from: .* reads 300 pieces, the tokenizer has 400"),
    ],
)
def test_bad_input_stops_the_command_in_one_line(
    toy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], object],
    message: str,
) -> None:
    folder = tmp_path / "toy"
    shutil.copytree(toy, folder)
    spoil(folder)
    config = config_of(folder, tmp_path / "output", "masked")
    with pytest.raises(MariaError, match=message):
        pretrain(config)
    monkeypatch.setattr(sys, "argv", ["pretrain"])
    monkeypatch.setattr(command, "load_config", lambda *arguments: config)
    assert command.main() == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("pretrain: ")
    assert not (tmp_path / "output" / "model").exists()


def test_a_damaged_checkpoint_is_named(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretrain_until(monkeypatch, 5, config_of(toy, tmp_path))
    path = tmp_path / "checkpoint.pt"
    for damaged in (path.read_bytes()[:5000], b"nothing of the kind", b""):
        path.write_bytes(damaged)
        with pytest.raises(MariaError, match=r"checkpoint\.pt is damaged .*Remove it"):
            pretrain(config_of(toy, tmp_path))


def test_rows_say_how_fast_and_how_much_of_what_the_machine_can(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "measured_ceiling", lambda device, dtype: 1e6)
    config = config_of(toy, tmp_path, log_steps=3, max_steps=6, lengthen_at=1.0)
    flop = PretrainingCost.of(Pretraining(config).model).flop_per_token(32)
    pretrain(config)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["tokens"] for row in rows] == [768, 1536]
    for row in rows:
        assert row["sequence_length"] == 32
        share = row["tokens_per_second"] * flop / 1e6
        assert row["share_of_ceiling"] == pytest.approx(share, rel=0.02)


@pytest.mark.parametrize(
    "change", [{"log_steps": 0}, {"max_minutes": 0.0}, {"matrix_learning_rate": -1e-3}]
)
def test_settings_out_of_range_are_named(change: dict[str, object]) -> None:
    with pytest.raises(MariaError, match=f"^{next(iter(change))}="):
        PretrainConfig(objective="causal", **change)  # type: ignore[arg-type]
