"""Refining: a proposal changes nothing; Apply is one undo step."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.window.main_window import MainWindow
from maria_model.api import Change, RefineRequest, RefineResult

TEXT = "🙂 First one.\n\nShe walked to the side of the sea.\n\nLast one."


def propose(window: MainWindow, scripted: ScriptedEngine, *pairs: tuple[str, str]) -> None:
    """Put the caret into the second paragraph, ask, and answer with these changes."""
    window.page.load(TEXT)
    at = TEXT.index("walked")
    window.page.select_span(at, at)
    window.top_row.refine.click()
    changes = tuple(
        Change(start=TEXT.index(old), end=TEXT.index(old) + len(old), before=old, after=new)
        for old, new in pairs
    )
    assert scripted.info is not None
    result = RefineResult(
        text="",
        original=TEXT,
        changes=changes,
        sweeps=3,
        seed=0,
        model=scripted.info,
        stats=STATS,
        revision=window.page.revision,
    )
    scripted.refined.emit(scripted.job, result)


def test_the_paragraph_at_the_caret_is_asked_for(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    propose(window, scripted, ("side", "edge"))
    request = scripted.requests[-1]
    assert isinstance(request, RefineRequest)
    assert TEXT[request.start : request.end] == "She walked to the side of the sea."


def test_nothing_changes_before_apply_and_apply_is_one_step(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    propose(window, scripted, ("walked", "went"), ("side", "edge 🙂"))
    assert window.page.text() == TEXT
    assert not window.panel.isHidden()
    assert window.top_row.refine.isChecked()
    window.panel._apply.click()
    assert window.page.text() == TEXT.replace("walked", "went").replace("side", "edge 🙂")
    assert window.panel.isHidden()
    window.page.undo()
    assert window.page.text() == TEXT
    assert not window.page.document().isUndoAvailable()


def test_discard_and_escape_leave_the_text(window: MainWindow, scripted: ScriptedEngine) -> None:
    propose(window, scripted, ("side", "edge"))
    window.panel._discard.click()
    assert window.panel.isHidden()
    propose(window, scripted, ("side", "edge"))
    window.commands["stop"].trigger()
    assert window.panel.isHidden()
    assert not window.top_row.refine.isChecked()
    assert window.page.text() == TEXT


def test_an_edit_puts_the_proposal_away(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    propose(window, scripted, ("side", "edge"))
    qtbot.keyClicks(window.page, "x")
    assert window.panel.isHidden()
    assert "side" in window.page.text()


def test_nothing_to_improve_is_said(window: MainWindow, scripted: ScriptedEngine) -> None:
    propose(window, scripted)
    notice = window.notices.notice
    assert notice.news == "Nothing to improve at this strength."
    assert notice.rest == "That is a good sign."
    assert window.panel.isHidden()
    assert not window.top_row.refine.isChecked()


def test_an_empty_line_is_no_paragraph(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load("one\n\ntwo")
    window.page.select_span(4, 4)
    window.refining.refine()
    assert not scripted.requests
    assert window.notices.notice.news == "There is no paragraph here."
