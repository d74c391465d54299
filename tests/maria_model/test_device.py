"""Where a model runs, in which precision, and whether it fits."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from maria_model import device as device_module
from maria_model.checkpoint import count_weights
from maria_model.device import (
    cache_kind,
    check_memory,
    compile_options,
    free_memory,
    inference_dtype,
    leave_a_core,
    resolve_device,
)
from maria_model.errors import (
    CheckpointError,
    ConfigurationError,
    DeviceUnavailableError,
    OutOfMemoryError,
)
from maria_model.models import load_model

CPU = torch.device("cpu")


def set_free_memory(monkeypatch: pytest.MonkeyPatch, folder: Path, kilobytes: int) -> None:
    file = folder / "meminfo"
    file.write_text(f"MemTotal:  99 kB\nMemFree:  1 kB\nMemAvailable:    {kilobytes} kB\n")
    monkeypatch.setattr(device_module, "_MEMORY_FILE", file)


def test_what_does_not_fit_is_refused_with_both_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_free_memory(monkeypatch, tmp_path, 4_000_000)
    with pytest.raises(OutOfMemoryError) as caught:
        check_memory(CPU, 1_000_000_000, torch.float32)
    assert str(caught.value) == (
        "This model needs about 4.8 GB and the computer has 4.1 GB free. Choose a smaller model."
    )
    check_memory(CPU, 1_000_000_000, torch.bfloat16)


@pytest.mark.parametrize(
    ("capability", "has_triton", "kind"),
    [((9, 0), True, "compiled"), ((6, 1), True, "dynamic"), ((9, 0), False, "dynamic")],
)
def test_passes_are_compiled_where_kernels_can_be_written_for_the_card(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], has_triton: bool, kind: str
) -> None:
    card = torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(
        device_module.importlib.util, "find_spec", lambda name: object() if has_triton else None
    )
    assert cache_kind(card) == kind
    assert cache_kind(card, exact=True) == cache_kind(CPU, exact=True) == "dynamic"
    assert cache_kind(CPU) == "direct"
    assert compile_options(card) == {"mode": "reduce-overhead"}


def test_where_the_system_does_not_say_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(device_module, "_MEMORY_FILE", tmp_path / "nowhere")
    assert free_memory(CPU) is None
    check_memory(CPU, 10**15, torch.float32)


def test_a_model_too_large_is_refused_before_it_is_loaded(
    tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_free_memory(monkeypatch, tmp_path, 1)
    with pytest.raises(OutOfMemoryError, match="free"):
        load_model(tiny_model_dir)


def test_weights_are_counted_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    save_file({"a": torch.zeros(3, 4), "b": torch.zeros(5)}, tmp_path / "one.safetensors")
    save_file({"c": torch.zeros(7)}, tmp_path / "sub" / "two.safetensors")
    assert count_weights(tmp_path) == 24
    (tmp_path / "one.safetensors").write_bytes(b"\xff" * 20)
    with pytest.raises(CheckpointError, match=r"one\.safetensors is damaged"):
        count_weights(tmp_path)


def test_exact_is_full_precision_everywhere() -> None:
    assert inference_dtype(CPU) == torch.float32
    assert inference_dtype(torch.device("cuda"), exact=True) == torch.float32


def test_devices_are_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == resolve_device("cpu") == CPU
    with pytest.raises(DeviceUnavailableError, match="--device cpu"):
        resolve_device("cuda")
    with pytest.raises(ConfigurationError, match="tpu"):
        resolve_device("tpu")


@pytest.mark.parametrize(
    ("cores", "threads", "expected"), [(4, 4, 3), (4, 2, 2), (2, 2, 1), (1, 1, 1)]
)
def test_a_core_is_left_where_there_is_more_than_one(
    monkeypatch: pytest.MonkeyPatch, cores: int, threads: int, expected: int
) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(device_module, "_cores", lambda: cores)
    try:
        torch.set_num_threads(threads)
        leave_a_core()
        # Loading again, after the graphics card was full, takes no further core.
        leave_a_core()
        assert torch.get_num_threads() == expected
    finally:
        torch.set_num_threads(before)
