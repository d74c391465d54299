"""Files that cannot be opened or saved: one line that says why, and the text as it was."""

from __future__ import annotations

import codecs
import os
import tempfile
from pathlib import Path

import pytest

from maria_editor.document.recovery import RecoveryStore
from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, QuestionCard

TEXT = "what the writer is at"
HUNDRED_MEGABYTES = 100 * 1024 * 1024


def a_picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\2")


def broken_utf16(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF16_LE + b"a")


def a_hundred_megabytes(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(HUNDRED_MEGABYTES)


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def nothing(path: Path) -> None:
    assert not path.exists()


@pytest.fixture
def busy(window: MainWindow) -> MainWindow:
    """Return the window with an unsaved text."""
    window.page.insertPlainText(TEXT)
    return window


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (a_picture, "It is a binary file or damaged, not text"),
        (broken_utf16, "is not valid UTF-16"),
        (a_hundred_megabytes, "has 100 MB; the editor opens up to"),
        pytest.param(
            a_pipe, "is not a file", marks=pytest.mark.skipif(os.name != "posix", reason="no pipes")
        ),
        (Path.mkdir, "is a folder"),
        (nothing, "does not exist"),
    ],
)
def test_what_cannot_be_opened_is_refused_and_the_text_stays(
    busy: MainWindow, tmp_path: Path, make, words: str
) -> None:
    path = tmp_path / "thing.txt"
    make(path)
    assert not busy.open_path(path)
    said = f"{busy.notices.notice.news} {busy.notices.notice.rest}"
    assert words in said
    assert "\n" not in said
    assert busy.notices.isVisible()
    assert busy.page.text() == TEXT
    assert busy.files.path is None
    assert busy.files.is_modified
    busy.page.undo()
    assert busy.page.text() == ""


@pytest.mark.parametrize(
    ("data", "offered", "text"),
    [
        ("Grüße".encode("latin-1"), "Western European, Latin-1: “Grüße”", "Grüße"),
        (b"two words\0 and more of them here", "NUL", "two words and more of them here"),
        ("Grüße an euch alle".encode("utf-16-le"), "UTF-16", "Grüße an euch alle"),
    ],
)
def test_another_encoding_is_offered_as_a_copy_and_the_file_stays_as_it_is(
    busy: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    offered: str,
    text: str,
) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes(data)
    assert not busy.open_path(path)
    assert busy.page.text() == TEXT
    notice = busy.notices.notice
    assert offered in f"{notice.news} {notice.rest}"
    open_copy = next(step.action for step in notice.steps if step.label == "Open a copy")
    answers = [Answer.DISCARD, Answer.STAY]
    monkeypatch.setattr(QuestionCard, "ask", lambda card: answers.pop())
    open_copy()
    # The writer was asked about the unsaved text, and kept it.
    assert busy.page.text() == TEXT
    open_copy()
    assert (busy.page.text(), busy.files.path) == (text, None)
    assert path.read_bytes() == data


def test_a_folder_that_may_not_be_written(
    window: MainWindow,
    recovery: RecoveryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "fixed"
    folder.mkdir()
    path = folder / "a.md"
    path.write_bytes(b"first\n")
    window.open_path(path)
    window.page.replace([(0, 5, "second")])
    make = tempfile.mkstemp

    def refuse(*args: object, dir: str | Path | None = None, **options: object) -> object:
        # What the system says; whoever runs the tests as root may write everywhere.
        if dir is not None and Path(dir) == folder:
            raise PermissionError(13, "Permission denied")
        return make(*args, dir=dir, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    assert not window.files.save()
    notice = window.notices.notice
    said = f"{notice.news} {notice.rest}"
    assert str(path) in said
    assert "permission denied" in said
    assert "kept in recovery" in said
    assert [step.label for step in notice.steps] == ["Save elsewhere…"]
    assert path.read_bytes() == b"first\n"
    assert list(folder.iterdir()) == [path]
    assert window.page.text() == "second\n"
    assert window.files.is_modified
    assert window.files.save_path(tmp_path / "b.md")
    assert (tmp_path / "b.md").read_bytes() == b"second\n"


def test_writing_that_cannot_be_kept_is_told_once_until_it_is_saved(
    window: MainWindow, recovery: RecoveryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = "Your unsaved writing could not be kept aside: no space left on device. Save it soon."
    window.page.insertPlainText(TEXT)
    recovery.failed.emit(full)
    notice = window.notices.notice
    assert "no space left on device" in notice.news
    assert [step.label for step in notice.steps] == ["Save"]
    assert window.status.recovery.text() == "Recovery off"
    window.notices.dismiss()
    recovery.failed.emit(full)
    assert not window.notices.isVisible()
    assert not window.files.save_path(tmp_path / "no folder" / "a.md")
    assert window.notices.notice.rest == "It is only here."
    assert window.files.save_path(tmp_path / "a.md")
    window.page.insertPlainText(TEXT)
    recovery.failed.emit(full)
    assert window.notices.isVisible()
