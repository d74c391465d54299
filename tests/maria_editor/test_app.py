"""Starting the editor where no window can be shown, and what its command line refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import maria_model
from maria_editor import __version__, display
from maria_editor.app import main
from maria_editor.display import display_problem
from maria_editor.options import LaunchOptions, parse_options, welcome_path

ROOT = Path(__file__).parents[2]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="displays of Linux")


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    import fake_engine

    # Not `setattr`: looking up the real one first would import torch.
    monkeypatch.setitem(vars(maria_model), "MariaEngine", fake_engine)


def test_options() -> None:
    assert parse_options([]) == LaunchOptions()
    options = parse_options(["--model", "small", "--device", "cpu", "--engine", "thread", "a.txt"])
    assert options == LaunchOptions(
        file=Path("a.txt"), model="small", device="cpu", engine="thread"
    )


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv", [["--device", "abacus"], ["--welcome", "a.txt"], ["--nonsense"], ["a.txt", "b.txt"]]
)
def test_usage_errors_leave_with_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(argv)
    assert left.value.code == 2


@pytest.mark.usefixtures("no_display", "_fake_model")
def test_without_a_display_the_terminal_shows_before_and_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"A cup of [MASK].\r\nMore [MASK].")
    assert main([str(path)]) == 0
    out, err = capsys.readouterr()
    before, after = out.split("After\n")
    assert "A cup of [MASK].\nMore [MASK]." in before
    assert "A cup of tea.\nMore tea." in after
    assert err.strip().count("\n") == 0
    assert "No display" in err


@pytest.mark.usefixtures("no_display", "_fake_model")
@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "does not exist"), (b"\0", "binary"), (b"no blank", "Mark a word")],
)
def test_bad_files_end_in_one_line_and_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, words: str
) -> None:
    path = tmp_path / "a.txt"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)]) == 1
    *_, last = capsys.readouterr().err.strip().splitlines()
    assert words in last


PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import fake_engine
import maria_model
maria_model.MariaEngine = fake_engine
from maria_editor.app import main
assert main(["--welcome"]) == 0
assert not {{"PySide6", "shiboken6"}} & set(sys.modules), "Qt was imported"
"""


@linux_only
def test_the_terminal_needs_no_qt(
    monkeypatch: pytest.MonkeyPatch, no_display: None, tmp_path: Path
) -> None:
    program = PROGRAM.format(tests=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "# Welcome" in done.stdout


@linux_only
def test_a_missing_library_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display_problem() is None
    monkeypatch.setattr(display.ctypes, "CDLL", refuse)
    problem = display_problem()
    assert problem is not None
    assert "libEGL.so.1" in problem
    assert "apt-get install libegl1" in problem
    assert "\n" not in problem


@linux_only
@pytest.mark.usefixtures("no_display")
def test_a_display_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    problem = display_problem()
    assert problem is not None
    assert ":4711" in problem or "apt-get install" in problem


def test_the_welcome_document_has_blanks_of_one_and_of_two_words() -> None:
    from maria_model.blanks import find_blanks

    text = welcome_path().read_text(encoding="utf-8")
    assert 3 <= len(find_blanks(text)) <= 6
    assert "[MASK:2]" in text
    for keys in ("Ctrl+Enter", "Ctrl+Shift+B", "Refine paragraph"):
        assert keys in text
