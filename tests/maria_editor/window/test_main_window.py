"""The window as a whole: commands, status, menus, files, closing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.document.recovery import RecoveryStore
from maria_editor.engine.client import EngineFailure, EngineState
from maria_editor.settings import Settings
from maria_editor.theme.key_cap import KeyCaps
from maria_editor.window.actions import COMMANDS, MENUS, commands_in
from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, QuestionCard
from maria_model.api import Progress


def press(window: MainWindow, name: str) -> None:
    window.commands[name].trigger()


def test_every_command_stands_in_a_menu_and_no_key_twice(window: MainWindow) -> None:
    in_menus = [name for _, entries in MENUS for name in commands_in(entries)]
    assert sorted(in_menus) == sorted(command.name for command in COMMANDS)
    keys = [
        key.toString() for command in COMMANDS for key in window.commands[command.name].shortcuts()
    ]
    assert len(keys) == len(set(keys))
    taboo = ["Ctrl+M", "Ctrl+H", "Ctrl+Space", "Ctrl+.", "Ctrl+;", "Ctrl+Shift+U", "Tab"]
    assert not set(keys) & {QKeySequence(key).toString() for key in taboo}


def test_every_control_has_a_name(window: MainWindow) -> None:
    for button in window.findChildren(QAbstractButton):
        if button.metaObject().className() != "QToolButton":
            assert button.accessibleName(), button


def test_the_status_bar_says_how_things_stand(
    window: MainWindow, scripted: ScriptedEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    assert window.status.saved.text() == "Not saved yet"
    assert window.status.words.text() == "0 words"
    assert window.status.model.text() == "small, on this computer"
    assert window.status.device.text() == "CPU"
    path = tmp_path / "a.md"
    path.write_text("one [MASK]", encoding="utf-8")
    window.open_path(path)
    assert window.status.saved.text().startswith("Saved ")
    assert (window.status.words.text(), window.status.blanks.text()) == ("2 words", "1 blank")
    assert window.top_row.fill.count == 1
    qtbot.keyClicks(window.page, "x ")
    assert window.status.saved.text() == "Not saved yet"
    assert window.isWindowModified()
    scripted.set_state(EngineState.STARTING)
    assert window.status.progress.words() == "Waking the model. You can keep writing."


def test_typing_while_the_model_wakes_and_filling_waits(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    scripted.set_state(EngineState.STARTING)
    qtbot.keyClicks(window.page, "A cup of [MASK].")
    press(window, "fill_all")
    assert len(scripted.requests) == 1
    assert window.top_row.fill.text() == "Stop"


def test_a_model_that_wakes_again_with_nothing_to_do_cannot_be_stopped(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("A cup of [MASK].")
    press(window, "fill_all")
    (caps,) = window.status.progress.findChildren(KeyCaps)
    assert caps.isVisible()
    scripted.set_state(EngineState.STARTING)
    scripted.failed.emit(scripted.job, EngineFailure("crashed", "The model stopped. Fine."))
    assert window.status.progress.words() == "Waking the model. You can keep writing."
    assert window.status.progress.isVisible()
    assert not caps.isVisible()


def test_a_model_that_is_awake_says_what_it_does_then(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("A cup of [MASK].")
    scripted.set_state(EngineState.STARTING)
    press(window, "fill_all")
    scripted.progressed.emit(0, Progress(done=4, total=4, stage="loading"))
    assert window.status.progress.words() == "Waking the model. You can keep writing."
    scripted.become_ready()
    scripted.set_state(EngineState.WORKING)
    assert window.status.progress.words() == "Reading both sides"


def test_a_model_that_wakes_again_by_itself_is_not_to_be_tried_again(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("A cup of [MASK].")
    scripted.set_state(EngineState.STARTING)
    press(window, "fill_all")
    scripted.failed.emit(0, EngineFailure("crashed", "The model stopped and was started again."))
    assert [step.label for step in window.notices.notice.steps] == ["Details…"]
    assert window.filling.is_busy


def test_saving_and_what_is_on_disk(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\xc2\xa0[MASK]\r\n")
    before = path.read_bytes()
    window.open_path(path)
    assert window.files.save()
    assert path.read_bytes() == before
    window.page.replace([(0, 3, "ONE")])
    assert window.files.save()
    assert path.read_bytes() == before.replace(b"one", b"ONE")
    assert not window.files.is_modified


def test_a_failed_save_says_so_and_keeps_the_text(
    window: MainWindow, tmp_path: Path, recovery: RecoveryStore, qtbot: QtBot
) -> None:
    window.page.replace([(0, 0, "precious")])
    with qtbot.waitSignal(recovery.kept):
        assert not window.files.save_path(tmp_path / "no folder" / "a.md")
    assert window.status.saved.text() == "Could not save"
    assert window.notices.notice.is_warning
    assert [step.label for step in window.notices.notice.steps] == ["Save elsewhere…"]
    assert window.page.text() == "precious"


def test_a_file_that_is_no_text_is_refused_in_a_notice(window: MainWindow, tmp_path: Path) -> None:
    window.page.load("mine")
    assert not window.open_path(tmp_path / "missing.md")
    assert "does not exist" in window.notices.notice.news
    assert window.page.text() == "mine"


@pytest.mark.parametrize(
    ("answer", "leaves"),
    [
        (Answer.DISCARD, True),
        (Answer.STAY, False),
    ],
)
def test_closing_asks_about_unsaved_changes_and_ends_the_engine(
    window: MainWindow,
    scripted: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    leaves: bool,
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: answer)
    window.page.replace([(0, 0, "unsaved")])
    assert window.close() == leaves
    assert scripted.is_shut_down == leaves


def test_closing_asks_nothing_where_nothing_is_written(
    window: MainWindow, scripted: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.STAY)
    window.page.replace([(0, 0, "a word")])
    window.page.replace([(0, 6, " \n")])
    assert window.files.is_modified
    assert window.close()
    assert scripted.is_shut_down


def test_closing_a_file_that_was_emptied_asks(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.STAY)
    path = tmp_path / "a.md"
    path.write_text("words", encoding="utf-8")
    window.open_path(path)
    window.page.replace([(0, 5, "")])
    assert not window.close()


def test_closing_a_saved_text_asks_nothing(
    window: MainWindow, scripted: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: pytest.fail("asked"))
    assert window.close()
    assert scripted.is_shut_down


def test_a_click_on_stop_that_comes_too_late_fills_nothing(
    window: MainWindow, qtbot: QtBot
) -> None:
    row = window.top_row
    row.set_working(True)
    row.set_working(False)
    with qtbot.assertNotEmitted(row.fill_requested):
        row.fill.click()
    qtbot.waitUntil(lambda: not row.has_ended.isActive())
    with qtbot.waitSignal(row.fill_requested):
        row.fill.click()


def test_the_window_is_out_of_sight_while_the_engine_ends(
    window: MainWindow, scripted: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(scripted, "shutdown", lambda: seen.append(window.isVisible()))
    assert window.close()
    assert seen == [False]


def test_a_text_on_its_way_to_disk_keeps_no_window_open(
    window: MainWindow, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(window.files, "_take_written", lambda: seen.append(window.isVisible()))
    monkeypatch.setattr(type(window.files._writer), "is_busy", property(lambda _: not seen))
    qapp.aboutToQuit.emit()
    assert seen == [False]


def test_the_theme_is_taken_and_remembered(
    window: MainWindow, settings: Settings, qtbot: QtBot
) -> None:
    light = window.grab().toImage().pixelColor(5, 200)
    press(window, "theme_dark")
    assert settings.theme == "dark"
    assert window.grab().toImage().pixelColor(5, 200).lightness() < light.lightness()
    press(window, "theme_light")
    assert window.grab().toImage().pixelColor(5, 200) == light


def test_zoom_is_taken_and_remembered(window: MainWindow, settings: Settings) -> None:
    press(window, "zoom_in")
    assert window.page.zoom == settings.zoom == 110
    for _ in range(12):
        press(window, "zoom_in")
    assert window.page.zoom == 200
    press(window, "zoom_reset")
    press(window, "zoom_out")
    assert window.page.zoom == 90


def test_focus_mode_hides_the_rows_and_escape_brings_them_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    press(window, "focus_mode")
    assert window.top_row.isHidden()
    assert window.status.isHidden()
    qtbot.keyClick(window.page, Qt.Key.Key_Escape)
    assert not window.top_row.isHidden()


def test_hints_stand_on_an_empty_page_only(window: MainWindow, qtbot: QtBot) -> None:
    hints = window.empty.hints
    assert hints.isVisible()
    qtbot.keyClicks(window.page, "a")
    assert not hints.isVisible()
    window.page.undo()
    assert hints.isVisible()


def test_the_tour_is_a_copy(window: MainWindow) -> None:
    press(window, "tour")
    assert window.page.text().startswith("# Welcome")
    assert window.files.path is None
    assert not window.files.is_modified


def test_a_model_that_cannot_load_is_told_and_tried_again(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    scripted.failed.emit(0, EngineFailure("ModelNotFoundError", "No model here. Install one."))
    assert (window.notices.notice.news, window.notices.notice.rest) == (
        "No model here.",
        "Install one.",
    )
    window.notices.notice.steps[0].action()
    assert scripted.state is EngineState.STARTING


@pytest.mark.parametrize("zoom", [100, 200])
@pytest.mark.parametrize("width", [800, 1280])
def test_it_works_in_a_small_window(
    window: MainWindow, scripted: ScriptedEngine, zoom: int, width: int
) -> None:
    window.resize(width, 600)
    window.view.zoom_to(zoom)
    window.page.load("A cup of [MASK] in the garden. " * 30)
    window.filling.fill((0,))
    QApplication.processEvents()
    assert window.width() == width
    for widget in (window.top_row.likelihood, window.status.saved, window.status.words):
        assert widget.isVisible()
        right = widget.mapTo(window, widget.rect().topRight()).x()
        assert right < width
    assert window.top_row.menus.geometry().right() <= window.top_row.fill.geometry().left()


@pytest.mark.parametrize(("is_titled", "words"), [(False, "in no file yet"), (True, "a.md")])
def test_closing_asks_in_words_that_are_true_of_the_text(
    window: MainWindow,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    is_titled: bool,
    words: str,
) -> None:
    asked: list[str] = []

    def answer(card: QuestionCard) -> Answer:
        asked.append(f"{card.title.text()} {card.subtitle.text()}")
        return Answer.STAY

    monkeypatch.setattr(QuestionCard, "ask", answer)
    if is_titled:
        assert window.files.save_path(tmp_path / "a.md")
    window.page.replace([(0, 0, "words")])
    assert not window.close()
    assert words in asked[0]
