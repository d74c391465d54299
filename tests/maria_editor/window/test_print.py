"""Printing and PDF in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, QuestionCard


def test_a_pdf_is_written_and_the_text_left_alone(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.page.load("# Title\n\n[MASK] words")
    path = tmp_path / "a.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.commands["export_pdf"].trigger()
    assert path.read_bytes().startswith(b"%PDF")
    assert window.notices.notice.news == "a.pdf is written."
    assert window.page.text() == "# Title\n\n[MASK] words"
    assert not window.page.document().isModified()


def test_a_bare_name_becomes_that_of_a_pdf(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "bare"), ""))
    window.commands["export_pdf"].trigger()
    assert [path.name for path in tmp_path.glob("bare*")] == ["bare.pdf"]
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.STAY)
    (tmp_path / "bare.pdf").write_bytes(b"a text of the writer's")
    window.commands["export_pdf"].trigger()
    assert (tmp_path / "bare.pdf").read_bytes() == b"a text of the writer's"


def test_a_folder_that_is_not_there_is_said(window: MainWindow, tmp_path: Path) -> None:
    assert not window.printing.write_pdf(tmp_path / "none" / "a.pdf")
    assert window.notices.notice.is_warning
    assert window.notices.notice.news == "Could not write a.pdf."
