"""The settings as the writer meets them: everything takes effect at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from maria_editor.document.snapshots import SnapshotRing
from maria_editor.editor.page import Page
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.command_keys import CommandKeys
from maria_editor.window.notice import NoticeStrip
from maria_editor.window.settings_card import SettingsCard
from maria_editor.window.settings_flow import SettingsFlow
from maria_editor.window.settings_keys import KeysRoom
from maria_editor.window.settings_rooms import LookRoom, ModelRoom, SafetyRoom
from maria_editor.window.spelling_flow import SpellingFlow
from maria_editor.window.view_flow import ViewFlow


class Editor(QMainWindow):
    """As much of the window as the settings know."""

    def __init__(self, settings: Settings, theme: Theme, versions: Path) -> None:
        super().__init__()
        self.page = Page(theme)
        self.setCentralWidget(self.page)
        self.commands = Actions(self)
        self.ring = SnapshotRing(versions)
        self.view = ViewFlow(
            self, self.commands, page=self.page, theme=theme, settings=settings, bars=()
        )
        notices = NoticeStrip(theme)
        notices.setParent(self)
        self.flow = SettingsFlow(
            self.commands,
            settings,
            theme=theme,
            view=self.view,
            spelling=SpellingFlow(self.page, self.commands, settings, theme, notices),
            ring=self.ring,
            window=self,
        )

    def card(self) -> SettingsCard:
        self.commands["settings"].trigger()
        (card,) = self.findChildren(SettingsCard)
        return card


@pytest.fixture
def editor(qtbot: QtBot, settings: Settings, theme: Theme, tmp_path: Path) -> Editor:
    editor = Editor(settings, theme, tmp_path / "versions")
    qtbot.addWidget(editor)
    editor.show()
    return editor


def room(editor: Editor, kind: type[QWidget]) -> QWidget:
    return next(room for room in editor.card().rooms if isinstance(room, kind))


def test_every_control_has_a_name(editor: Editor) -> None:
    controls = [
        widget
        for widget in editor.card().findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isEnabled()
    ]
    assert len(controls) > 20
    assert [widget for widget in controls if not widget.accessibleName()] == []


def test_the_keyboard_goes_from_room_to_room_and_closes(editor: Editor, qtbot: QtBot) -> None:
    card = editor.card()
    editor.activateWindow()
    assert editor.focusWidget() is card.list
    for number in range(1, len(card.rooms)):
        qtbot.keyClick(card.list, Qt.Key.Key_Down)
        assert card.stack.currentIndex() == number
    with qtbot.waitSignal(card.closed):
        qtbot.keyClick(card.list, Qt.Key.Key_Escape)


def test_tab_stops_once_at_a_choice_of_several(editor: Editor, qtbot: QtBot) -> None:
    card = editor.card()
    editor.activateWindow()
    look = card.rooms[0]
    assert isinstance(look, LookRoom)
    qtbot.keyClick(card.list, Qt.Key.Key_Tab)
    assert look.theme_choice.isAncestorOf(editor.focusWidget())
    qtbot.keyClick(editor.focusWidget(), Qt.Key.Key_Tab)
    assert editor.focusWidget() is look.font_button


def test_the_look_changes_at_once_and_stays(
    editor: Editor, settings: Settings, theme: Theme
) -> None:
    look = room(editor, LookRoom)
    assert isinstance(look, LookRoom)
    look.theme_choice.chosen.emit(2)
    assert (theme.is_dark, settings.theme) == (True, "dark")
    look.theme_choice.chosen.emit(1)
    assert (theme.is_dark, settings.theme) == (False, "light")
    look.zoom.more.click()
    assert (editor.page.zoom, settings.zoom) == (110, 110)
    editor.commands["reduce_motion"].trigger()
    assert theme.reduces_motion
    assert settings.reduce_motion
    editor.commands["reduce_motion"].trigger()
    assert not theme.reduces_motion


def test_the_font_of_the_text_and_its_headings(editor: Editor, settings: Settings) -> None:
    editor.page.load("# A heading\n\nText.")
    editor.view.choose_family("Courier Prime")
    assert settings.text_font == "Courier Prime"
    block = editor.page.document().begin()
    QApplication.processEvents()
    fonts = [editor.page.document().defaultFont()]
    fonts += [found.format.font() for found in block.layout().formats()]
    assert len(fonts) > 1
    assert {font.families()[0] for font in fonts} == {"Courier Prime"}
    editor.view.choose_family("")
    assert editor.page.document().defaultFont().families()[0] == "Literata"


def test_the_fonts_that_are_here_are_offered(editor: Editor) -> None:
    look = room(editor, LookRoom)
    assert isinstance(look, LookRoom)
    actions = look.fonts().actions()
    assert actions[0].text() == "Literata"
    assert actions[0].isChecked()


def test_the_model_and_the_versions(editor: Editor, settings: Settings) -> None:
    model = room(editor, ModelRoom)
    assert isinstance(model, ModelRoom)
    assert settings.candidates == 9
    for _ in range(20):
        model.candidates.less.click()
    assert settings.candidates == 3
    model.strength.chosen.emit(4)
    model.device.chosen.emit(1)
    model.engine.chosen.emit(1)
    assert (settings.strength, settings.device, settings.engine) == ("bold", "cpu", "thread")
    safety = next(room for room in editor.findChildren(SafetyRoom))
    safety.versions.chosen.emit(0)
    assert (settings.versions, editor.ring.most) == ("10", 10)
    safety.provenance.click()
    assert editor.commands["provenance"].isChecked()


def press(widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    QApplication.sendEvent(widget, QKeyEvent(QEvent.Type.KeyPress, key, modifiers))


CTRL = Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier


def test_other_keys_for_a_command(editor: Editor, settings: Settings) -> None:
    keys = room(editor, KeysRoom)
    assert isinstance(keys, KeysRoom)
    keys.list.setCurrentItem(keys.row("save"))
    keys.change.click()
    press(keys.list, Qt.Key.Key_Control, CTRL)
    press(keys.list, Qt.Key.Key_O, CTRL)
    assert keys.said.text() == "Ctrl+O belongs to “Open”. Press other keys."
    press(keys.list, Qt.Key.Key_J, PLAIN)
    assert "for writing" in keys.said.text()
    press(keys.list, Qt.Key.Key_J, CTRL)
    assert editor.commands["save"].shortcut().toString() == "Ctrl+J"
    assert keys.row("save").text(1) == "Ctrl+J *"
    assert settings.keys("save") == "Ctrl+J"
    # The next start has them.
    assert CommandKeys(Actions(editor), settings).keys("save").toString() == "Ctrl+J"
    keys.usual.click()
    assert editor.commands["save"].shortcut().toString() == "Ctrl+S"
    assert settings.keys("save") is None


def test_esc_leaves_the_keys_as_they_are(editor: Editor) -> None:
    keys = room(editor, KeysRoom)
    assert isinstance(keys, KeysRoom)
    keys.list.setCurrentItem(keys.row("save"))
    keys.change.click()
    assert "“Save”" in keys.said.text()
    press(keys.list, Qt.Key.Key_Escape, PLAIN)
    assert not keys.list.is_listening
    assert editor.commands["save"].shortcut().toString() == "Ctrl+S"


def test_no_keys_and_all_usual_ones(editor: Editor, settings: Settings) -> None:
    keys = room(editor, KeysRoom)
    assert isinstance(keys, KeysRoom)
    keys.list.setCurrentItem(keys.row("save"))
    keys.none.click()
    assert editor.commands["save"].shortcut().isEmpty()
    assert CommandKeys(Actions(editor), settings).keys("save").isEmpty()
    keys.all_usual.click()
    assert editor.commands["save"].shortcut().toString() == "Ctrl+S"
    assert settings.keys("save") is None


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("Alt+F", "opens the menu File"),
        ("Tab", "from control to control"),
        ("Ctrl+Alt+E", "type letters on some keyboards"),
        ("Shift+A", "for writing"),
        ("Ctrl+K, Ctrl+C", "One press at a time"),
    ],
)
def test_keys_that_cannot_be_given(editor: Editor, keys: str, words: str) -> None:
    assert words in editor.flow.keys.give("about", QKeySequence(keys))
    assert editor.commands["about"].shortcut().isEmpty()


def test_a_review_has_single_letters(editor: Editor) -> None:
    assert editor.flow.keys.give("review_keep", QKeySequence("K")) == ""


@pytest.mark.parametrize("stored", ["nonsense+", "Ctrl+O", "Tab", "@Invalid()"])
def test_keys_in_a_damaged_file_are_the_usual_ones(
    editor: Editor, settings: Settings, stored: str
) -> None:
    settings.set_keys("save", stored)
    assert CommandKeys(Actions(editor), settings).keys("save").toString() == "Ctrl+S"
