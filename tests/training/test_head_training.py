"""Whole head trainings at toy size: processes, interruptions, refusals, bad input."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from filelock import FileLock
from tiny_pairs import save_tiny_pair
from tokenizers import Tokenizer
from toy_heads import DEBUG, ROOT, kill_all, launch

from maria_model.configuration import InferenceConstants
from maria_model.errors import (
    CheckpointError,
    ConfigurationError,
    MariaError,
    TokenizerMismatchError,
)
from maria_model.modeling import MariaForMaskedInfilling
from training.build_data import build_data
from training.configuration import load_config
from training.head import loading, loss_watch
from training.head import run as run_module
from training.head.checkpoints import check_same, comparable_config
from training.head.configuration import HeadConfig
from training.head.launching import Launcher
from training.head.loop import train_head
from training.head.run import HeadTraining
from training.head.starting import LOCK_FILE
from training.head.toy_pair import make_toy_pair
from training.train_tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    make_toy_pair(folder, documents=150, steps=60)
    return folder


@pytest.fixture(autouse=True)
def _fresh_accelerator() -> Iterator[None]:
    """Accelerate keeps its state for the life of a process; a run is one process."""
    yield
    AcceleratorState._reset_state()
    PartialState._reset_state()


def config_of(toy: Path, output: Path, **changes: object) -> HeadConfig:
    config = HeadConfig(
        causal_lm=str(toy / "causal"),
        masked_lm=str(toy / "masked"),
        text=str(toy / "text.jsonl"),
        output_dir=output,
        sequence_length=94,
        layout="packed",
        batch_size=4,
        learning_rate=3e-3,
        max_steps=12,
        warmup_steps=2,
        shuffle_documents=32,
        held_out_share=0.1,
        validation_examples=8,
        precision="float32",
        log_steps=1,
        validation_steps=6,
        checkpoint_steps=4,
    )
    return dataclasses.replace(config, **changes)  # type: ignore[arg-type]


def rows_of(output: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]


def losses_of(output: Path) -> list[float]:
    return [row["loss"] for row in rows_of(output)]


@pytest.fixture(scope="module")
def whole(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of an uninterrupted run in one process."""
    output = tmp_path_factory.mktemp("whole") / "head"
    train_head(config_of(toy, output))
    AcceleratorState._reset_state()
    PartialState._reset_state()
    return output


def interrupt(config: HeadConfig, monkeypatch: pytest.MonkeyPatch, *, step: int) -> None:
    """Run until `step`, then stop as a kill would: nothing more is written."""

    class Killed(BaseException):
        pass

    take = HeadTraining.train_step

    def train_step(run: HeadTraining) -> object:
        if run.progress.step == step:
            raise Killed
        return take(run)

    with monkeypatch.context() as patch:
        patch.setattr(HeadTraining, "train_step", train_step)
        with pytest.raises(Killed):
            train_head(config)
    AcceleratorState._reset_state()
    PartialState._reset_state()


def test_a_run_learns_and_says_what_it_did(whole: Path) -> None:
    rows = rows_of(whole)
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert rows[-1]["validation_loss"] < rows[5]["validation_loss"]
    assert rows[0]["distance_from_start"] < rows[-1]["distance_from_start"]
    assert rows[-1]["learning_rate"] < rows[4]["learning_rate"]
    needed = {
        *("tokens", "masked_tokens", "tokens_per_second", "gradient_norm", "peak_memory"),
        *("share_of_ceiling", "loss_by_mask_rate", "elapsed"),
    }
    assert needed <= rows[0].keys()
    assert 0.3 < rows[-1]["masked_tokens"] / rows[-1]["tokens"] < 0.7
    names = sorted(path.name for path in (whole / "checkpoints").iterdir())
    assert names == ["step-00000008", "step-00000012"]


def test_the_folders_are_models(whole: Path) -> None:
    for folder in (whole / "model", whole / "checkpoints" / "step-00000012"):
        maria = MariaForMaskedInfilling.from_pretrained(folder)
        assert maria.config.trained_head
        assert "steps | 12" in (folder / "README.md").read_text()
    last = MariaForMaskedInfilling.from_pretrained(whole / "model").head.causal
    torch.testing.assert_close(last, maria.head.causal)


@pytest.mark.parametrize("step", [5, 8, 11])
def test_interrupted_equals_uninterrupted(
    toy: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    config = config_of(toy, tmp_path)
    interrupt(config, monkeypatch, step=step)
    # What a kill in the middle of a checkpoint leaves.
    half = tmp_path / "checkpoints" / "step-00000006.part"
    half.mkdir()
    (half / "config.json").write_text("{")
    train_head(config)
    assert not half.exists()
    assert losses_of(tmp_path) == losses_of(whole)
    mine, theirs = (path / "model" / "head.safetensors" for path in (tmp_path, whole))
    assert mine.read_bytes() == theirs.read_bytes()


def test_layouts_passes_and_a_worker_change_no_loss(toy: Path, whole: Path, tmp_path: Path) -> None:
    config = config_of(
        toy, tmp_path, layout="padded", batch_size=2, gradient_accumulation_steps=2, data_workers=1
    )
    train_head(config)
    assert losses_of(tmp_path) == pytest.approx(losses_of(whole), abs=1e-4)
    held_out = [rows_of(output)[-1]["validation_loss"] for output in (tmp_path, whole)]
    assert held_out[0] == pytest.approx(held_out[1], abs=1e-4)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_processes_and_computers_train_as_one_and_outlive_a_kill(
    toy: Path, whole: Path, tmp_path: Path
) -> None:
    settings = [
        *(f"causal_lm={toy / 'causal'}", f"masked_lm={toy / 'masked'}", "max_steps=12"),
        *(f"text={toy / 'text.jsonl'}", f"output_dir={tmp_path}", "warmup_steps=2"),
        *("batch_size=2", "shuffle_documents=32", "held_out_share=0.1", "validation_examples=8"),
        *("validation_steps=6", "checkpoint_steps=4", "self_contained=false"),
    ]
    first = launch(["--num_processes", "2"], settings)
    metrics = tmp_path / "metrics.jsonl"
    while first.poll() is None and (not metrics.is_file() or metrics.read_text().count("\n") < 5):
        with contextlib.suppress(subprocess.TimeoutExpired):
            first.wait(0.02)
    kill_all(first.pid)
    first.communicate()
    # It goes on as one process on each of two computers.
    meeting = ["--main_process_ip", "127.0.0.1", "--main_process_port", str(free_port())]
    nodes = [
        launch(
            ["--num_processes", "2", "--num_machines", "2", "--machine_rank", rank, *meeting],
            settings,
        )
        for rank in ("0", "1")
    ]
    said = [node.communicate() for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], said[0][1][-3000:]
    assert said[0][0].strip().endswith(str(tmp_path / "model"))
    assert losses_of(tmp_path) == pytest.approx(losses_of(whole), abs=1e-4)
    assert [row["tokens"] for row in rows_of(tmp_path)] == [r["tokens"] for r in rows_of(whole)]


def test_processes_stop_together_when_their_launcher_is_gone(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(toy, tmp_path)
    monkeypatch.setattr(Launcher, "is_gone", property(lambda launcher: metrics_rows() == 5))

    def metrics_rows() -> int:
        path = tmp_path / "metrics.jsonl"
        return len(losses_of(tmp_path)) if path.is_file() else 0

    with pytest.raises(MariaError, match="What started this training is gone at step 5"):
        train_head(config)
    assert max((tmp_path / "checkpoints").iterdir()).name == "step-00000004"


def test_a_low_rank_head_with_a_gate_resumes_and_is_published_whole(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(toy, tmp_path / "a", head_rank=4, train_gate=True)
    train_head(config)
    AcceleratorState._reset_state()
    PartialState._reset_state()
    again = dataclasses.replace(config, output_dir=tmp_path / "b")
    interrupt(again, monkeypatch, step=6)
    train_head(again)
    assert losses_of(tmp_path / "b") == losses_of(tmp_path / "a")
    maria = MariaForMaskedInfilling.from_pretrained(tmp_path / "b" / "model")
    gate = InferenceConstants.from_dict(maria.config.inference or {}).gate
    assert not gate.is_neutral
    trained = maria.head.causal.detach().clone()
    maria.reset_to_product_of_experts()
    assert torch.linalg.matrix_rank(trained - maria.head.causal, rtol=1e-3) <= 4


def test_patience_ends_a_run_and_the_best_head_is_published(toy: Path, tmp_path: Path) -> None:
    config = config_of(
        toy, tmp_path, learning_rate=1.0, validation_steps=1, patience=2, max_steps=50
    )
    train_head(config)
    rows = rows_of(tmp_path)
    losses = [row["validation_loss"] for row in rows]
    best = losses.index(min(losses))
    assert len(rows) == best + 3
    kept = tmp_path / "checkpoints" / f"step-{best + 1:08d}"
    for folder in (kept, tmp_path / "model"):
        assert (folder / "head.safetensors").is_file()
    assert (kept / "head.safetensors").read_bytes() == (
        tmp_path / "model" / "head.safetensors"
    ).read_bytes()
    card = (tmp_path / "model" / "README.md").read_text()
    assert f"| steps | {best + 1} |" in card
    assert f"| {rows[best]['tokens']:,} / {rows[best]['masked_tokens']:,} |" in card
    assert f"{losses[best]:.4f} nats" in card


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"learning_rate": 1e-4}, "learning_rate"),
        ({"seed": 3}, "seed"),
        ({"max_minutes": 60.0}, "max_minutes"),
        ({"max_steps": 24}, "max_steps"),
        ({"batch_size": 8}, "rows_per_step"),
        ({"mask_kind": "spans"}, "mask_kind"),
        ({"text": str(ROOT / "benchmarks" / "prose.txt")}, "text"),
        ({"text_column": "key"}, "text_column"),
        ({"held_out_share": 0.2}, "held_out_share"),
    ],
)
def test_a_checkpoint_of_another_configuration_is_refused(
    toy: Path, whole: Path, changes: dict[str, object], field: str
) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    with pytest.raises(CheckpointError, match=rf"made with {field}=.*another output_dir"):
        train_head(config_of(toy, whole, **changes))
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


def test_text_that_is_not_what_it_was_is_refused(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shutil.copytree(toy, tmp_path / "toy") / "text.jsonl"
    config = config_of(toy, tmp_path / "head", text=str(text), checkpoint_steps=1)
    interrupt(config, monkeypatch, step=2)
    content = text.read_text()
    text.write_text(content.replace("keeper", "keeqer", 1))
    with pytest.raises(
        CheckpointError, match=r"made with other text, though text=.*text\.jsonl as"
    ):
        train_head(config)
    assert not (config.output_dir / "model").exists()
    text.write_text(content)
    run = HeadTraining(config)
    assert run.resume()
    assert run.progress.step == 2


def test_a_data_set_that_has_moved_on_names_the_commit_to_go_on_with(tmp_path: Path) -> None:
    """Its name stands for whatever is there now; the commit can be said when a run goes on."""
    first, now = "a" * 40, "b" * 40
    config = HeadConfig(dataset="someone/prose", output_dir=tmp_path)
    pinned = dataclasses.replace(config, dataset_revision=first)
    asked, said = (comparable_config(each, processes=1) for each in (config, pinned))
    before = {"text_fingerprint": first}
    check_same(tmp_path, before, before, asked, said)
    message = f"dataset=someone/prose at dataset_revision={first}, this run reads {now}"
    with pytest.raises(CheckpointError, match=message):
        check_same(tmp_path, before, {"text_fingerprint": now}, asked, asked)


def test_a_head_on_other_backbones_is_refused(toy: Path, whole: Path, tmp_path: Path) -> None:
    with torch.no_grad():
        causal = MariaForMaskedInfilling.from_backbones_pretrained(toy / "causal", toy / "masked")
        causal.model.causal_lm.model.layers[0].mlp.up_proj.weight.mul_(1.5)
    causal.model.causal_lm.save_pretrained(tmp_path / "causal")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "causal" / name).write_bytes((toy / "causal" / name).read_bytes())
    with pytest.raises(CheckpointError, match="another model \\(causal_fingerprint is"):
        train_head(config_of(toy, whole, causal_lm=str(tmp_path / "causal")))


def test_vocabularies_that_do_not_match_are_refused(toy: Path, tmp_path: Path) -> None:
    causal, _ = save_tiny_pair(tmp_path, seed=0)
    with pytest.raises(TokenizerMismatchError, match="differ in their normalizer"):
        train_head(config_of(toy, tmp_path / "head", causal_lm=str(causal)))
    assert not (tmp_path / "head" / "checkpoints").exists()


def test_token_files_of_another_tokenizer_are_refused(toy: Path, tmp_path: Path) -> None:
    own = Tokenizer.from_file(str(toy / "causal" / "tokenizer.json"))
    build_data(toy / "corpus", tokenizer=own, output_dir=tmp_path / "own")
    train_head(config_of(toy, tmp_path / "a", text=None, data_dir=tmp_path / "own", max_steps=1))
    other = train_tokenizer(iter(["Zebras zigzag through zinnias. " * 9]), vocab_size=300)
    build_data(toy / "corpus", tokenizer=other, output_dir=tmp_path / "other")
    config = config_of(toy, tmp_path / "b", text=None, data_dir=tmp_path / "other")
    with pytest.raises(ConfigurationError, match=r"data_dir=.*other: its tokens are of another"):
        train_head(config)
    # A folder from before fingerprints were kept still shows ids that the model has not.
    (tmp_path / "other" / "data.json").unlink()
    (tmp_path / "other" / "validation.bin").write_bytes(b"\xff\xff")
    with pytest.raises(ConfigurationError, match=r"validation\.bin holds token 65535, and the"):
        train_head(config)


def test_held_out_text_is_looked_at_before_the_first_step(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=r"held_out_share=1e-06: no document of .* is he"):
        train_head(config_of(toy, tmp_path, held_out_share=1e-6))
    assert not (tmp_path / "metrics.jsonl").exists()
    monkeypatch.setattr(
        loading, "Encoder", lambda vocabulary: lambda document: np.empty(0, np.int64)
    )
    with pytest.raises(ConfigurationError, match=r"text\.jsonl: no held-out document has words"):
        train_head(config_of(toy, tmp_path))
    assert not (tmp_path / "metrics.jsonl").exists()


def flip_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("training_state.pt", cut),
        ("training_state.pt", flip_last_byte),
        ("head.safetensors", flip_last_byte),
        ("config.json", flip_last_byte),
        ("checkpoint.json", flip_last_byte),
        ("checksums.json", Path.unlink),
        ("checksums.json", lambda path: path.write_text("[]")),
    ],
)
def test_a_damaged_checkpoint_is_named_and_without_it_the_one_before_is_used(
    toy: Path,
    whole: Path,
    tmp_path: Path,
    file: str,
    damage: Callable[[Path], None],
) -> None:
    output = shutil.copytree(whole, tmp_path / "head")
    latest = output / "checkpoints" / "step-00000012"
    damage(latest / file)
    with pytest.raises(CheckpointError, match=f"damaged .*{file}.*Remove that folder") as caught:
        HeadTraining(config_of(toy, output)).resume()
    assert str(caught.value).startswith(str(latest))
    assert str(caught.value).count(". ") == 1
    shutil.rmtree(latest)
    run = HeadTraining(config_of(toy, output))
    assert run.resume()
    assert run.progress.step == 8


@pytest.mark.parametrize("content", ["", "{", "[]", '{"progress": {"stop": 1}}'])
def test_a_damaged_record_of_an_older_checkpoint_is_named_before_the_first_step(
    toy: Path, whole: Path, tmp_path: Path, content: str
) -> None:
    output = shutil.copytree(whole, tmp_path / "head")
    older = output / "checkpoints" / "step-00000008"
    (older / "checkpoint.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"damaged .*Remove that folder") as caught:
        HeadTraining(config_of(toy, output)).resume()
    assert str(caught.value).startswith(str(older))
    shutil.rmtree(older)
    assert HeadTraining(config_of(toy, output)).resume()


def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(toy, tmp_path)
    save = torch.save

    def full(state: object, file: BinaryIO) -> None:
        if "00000008" in file.name:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(state, file)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(
            MariaError, match=r"step-00000008 could not be written: the disk is full"
        ):
            train_head(config)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-00000004", "step-00000006"]


def test_a_loss_that_is_not_finite_stops_the_run(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(toy, tmp_path)
    states = run_module.masked_rows

    def broken(*arguments: object, **options: object) -> tuple[torch.Tensor, torch.Tensor]:
        causal, masked = states(*arguments, **options)  # type: ignore[arg-type]
        return (causal * float("nan") if runs[0].progress.step == 5 else causal), masked

    runs: list[HeadTraining] = []
    take = HeadTraining.train_step

    def train_step(run: HeadTraining) -> object:
        runs.append(run)
        return take(run)

    monkeypatch.setattr(run_module, "masked_rows", broken)
    monkeypatch.setattr(HeadTraining, "train_step", train_step)
    with pytest.raises(MariaError, match="Loss is nan at step 5: lower learning_rate"):
        train_head(config)
    latest = max((tmp_path / "checkpoints").glob("step-*"))
    assert latest.name == "step-00000004"
    head = MariaForMaskedInfilling.from_pretrained(latest).head
    assert all(torch.isfinite(parameter).all() for parameter in head.parameters())


def test_a_loss_far_off_stops_the_run_and_leaves_good_checkpoints(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(toy, tmp_path, checkpoint_steps=1, validation_steps=1, max_steps=40)
    update = HeadTraining._update

    def ruinous(run: HeadTraining, rate: float) -> float:
        norm = update(run, rate)
        if run.progress.step == 5:
            with torch.no_grad():
                run.maria.head.causal.mul_(-1000.0)
        return norm

    monkeypatch.setattr(HeadTraining, "_update", ruinous)
    monkeypatch.setattr(loss_watch, "STEPS", 4)
    # Nothing is learnt any more, so that the losses do not fall.
    monkeypatch.setattr(HeadTraining, "learning_rate", lambda run: 0.0)
    with pytest.raises(MariaError, match=r"Loss is .* at step \d+, above 1.* for 4 steps, where"):
        train_head(config)
    steps = sorted(int(path.name[-8:]) for path in (tmp_path / "checkpoints").iterdir())
    assert 5 in steps
    assert max(steps) == 6
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("layuot=packed", "unknown key 'layuot'"),
        ("layout=pakced", "layout='pakced': take packed or padded"),
        ("mask_kind=token", "mask_kind"),
        ("held_out_share=1.5", "held_out_share"),
        ("held_out_share=0", "held_out_share=0: take more than 0"),
        ("learning_rate=0", "learning_rate"),
        ("learning_rate=1e30", r"learning_rate=1e\+30: take 1 or less; AdamW moves every weight"),
        ("learning_rate=.inf", "learning_rate=inf: take 1 or less"),
        ("patience=-1", "patience=-1"),
        ("seed=-1", "seed=-1: take 0 or more"),
        ("data_workers=4", "data_workers"),
    ],
)
def test_a_bad_setting_of_a_head_training_is_named(override: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_config(HeadConfig, DEBUG, [override])


def test_an_output_dir_that_is_a_file_is_named(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "head").write_text("a letter")
    with pytest.raises(ConfigurationError, match=r"output_dir=.*head: no folder can be made"):
        train_head(config_of(toy, tmp_path / "head"))
    assert (tmp_path / "head").read_text() == "a letter"


def test_a_folder_that_another_training_writes_is_refused_and_not_touched(
    toy: Path, tmp_path: Path
) -> None:
    output = tmp_path / "head"
    output.mkdir()
    (output / "held_out.jsonl").write_text("the other training's")
    program = (
        "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); "
        "print(flush=True); sys.stdin.readline()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(output / LOCK_FILE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout is not None
    other.stdout.readline()
    with pytest.raises(MariaError, match=r"head is being written by another training\. Wait"):
        train_head(config_of(toy, output))
    assert {path.name for path in output.iterdir()} == {"held_out.jsonl", LOCK_FILE}
    assert (output / "held_out.jsonl").read_text() == "the other training's"
    other.kill()
    other.communicate()
    model = train_head(config_of(toy, output, max_steps=1))
    assert not list(model.rglob(LOCK_FILE))
    # A training that has ended has let go of it.
    assert train_head(config_of(toy, output, max_steps=1)) == model


def test_every_process_ends_where_another_training_writes(toy: Path, tmp_path: Path) -> None:
    settings = [
        *(f"causal_lm={toy / 'causal'}", f"masked_lm={toy / 'masked'}", "max_steps=1"),
        *(f"text={toy / 'text.jsonl'}", f"output_dir={tmp_path}"),
    ]
    with FileLock(tmp_path / LOCK_FILE):
        launcher = launch(["--num_processes", "2"], settings)
        # Returns when the last process has ended.
        said = launcher.communicate()[1]
    assert launcher.returncode != 0
    assert f"{tmp_path} is being written by another training. Wait until it ends" in said
    assert {path.name for path in tmp_path.iterdir()} == {LOCK_FILE}


@pytest.mark.parametrize("content", ['{"epoch": 1}\n', "a letter\n", "[1]\n", "\xff\n"])
def test_metrics_of_something_else_are_not_overwritten(
    toy: Path, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"metrics\.jsonl, line 1 is no row of a head"):
        train_head(config_of(toy, tmp_path))
    assert path.read_bytes() == content.encode("latin-1")
    assert not (tmp_path / "config.yaml").exists()


def test_held_out_documents_that_were_altered_are_named(
    toy: Path, whole: Path, tmp_path: Path
) -> None:
    output = shutil.copytree(whole, tmp_path / "head")
    (output / "held_out.jsonl").write_text('{"key": 1}\n')
    with pytest.raises(ConfigurationError, match=r"held_out\.jsonl was altered .*Remove it"):
        train_head(config_of(toy, output))


def test_a_tracker_that_is_not_there_is_named(toy: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tracker=nonsense"):
        train_head(config_of(toy, tmp_path, tracker="nonsense"))


def test_rows_longer_than_the_pair_reads_are_refused(toy: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="sequence_length=500: this pair reads 126"):
        train_head(config_of(toy, tmp_path, sequence_length=500))
