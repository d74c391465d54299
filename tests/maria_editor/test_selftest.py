"""`maria-editor --selftest` in a process of its own, with the fake engine and with the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maria_editor.app import main

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
from functools import partial
from maria_editor import selftest

if __name__ == "__main__":
    selftest.WorkerOptions = partial(selftest.WorkerOptions, factory="fake_engine:{load}")
    from maria_editor.app import main
    raise SystemExit(main(["--selftest", *sys.argv[1:]]))
"""


def run(*command: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    # Without a display it draws into memory.
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
    )


def run_fake(tmp_path: Path, load: str, *argv: str) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(tests=str(Path(__file__).parent), load=load))
    return run(str(program), *argv, tmp_path=tmp_path)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.skipif(sys.platform != "linux", reason="a display is needed elsewhere")
@pytest.mark.parametrize("engine", ["process", "thread"])
def test_all_is_well(tmp_path: Path, engine: str) -> None:
    done = run_fake(tmp_path, "load", "--engine", engine)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr, lines[-1]) == (0, "", "All is well.")
    assert [line.split()[1] for line in lines[:-1]] == [
        "window",
        "is",
        "blank",
        "text",
        "file",
        "window",
    ]
    assert "“tea”" in done.stdout
    # Neither in the writer's own folders nor beside them.
    assert files_in(Path(os.environ["HOME"])) == []
    assert list(tmp_path.glob("maria-selftest-*")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a display is needed elsewhere")
@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("load_missing", "Could not load the model: No model named None. See `maria models list`."),
        ("load_crashing", "Could not load the model: The model stopped"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, load: str, message: str) -> None:
    done = run_fake(tmp_path, load)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert "All is well." not in done.stdout
    # The logs stay where the last line says.
    (folder,) = tmp_path.glob("maria-selftest-*")
    assert str(folder) in done.stderr
    assert files_in(Path(os.environ["HOME"])) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a display is needed elsewhere")
def test_with_the_model_that_ships(tmp_path: Path) -> None:
    done = run("-m", "maria_editor", "--selftest", tmp_path=tmp_path)
    assert done.stderr == ""
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All is well.")


def test_it_takes_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--selftest", "a.txt"])
    assert left.value.code == 2
    assert "brings its own text" in capsys.readouterr().err
