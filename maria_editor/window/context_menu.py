"""The menu of the page: about the blank under the pointer, or about the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from maria_editor.editor.blanking import Blanking
from maria_editor.theme.menu import Menu, set_menu_icon
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_model.blanks import Blank

_MOST_WORDS = 5


def text_menu(theme: Theme, actions: Actions, parent: QWidget) -> Menu:
    """Return the menu for a place without a blank."""
    menu = Menu(theme, parent=parent)
    for name in ("blank_out", "fill", "refine", None, "undo", "redo", None):
        menu.addSeparator() if name is None else menu.addAction(actions[name])
    for name in ("cut", "copy", "paste", None, "select_all"):
        menu.addSeparator() if name is None else menu.addAction(actions[name])
    return menu


def blank_menu(
    theme: Theme,
    actions: Actions,
    blanking: Blanking,
    blank: Blank,
    *,
    fill_this: Callable[[], object],
    parent: QWidget,
) -> Menu:
    """Return the menu for a blank."""
    menu = Menu(theme, parent=parent)
    _add(menu, "Fill this blank", fill_this, icon="fill", keys="Ctrl+Return")
    menu.addAction(actions["fill_all"])
    menu.addSeparator()
    _add(menu, "Length and rules…", lambda: _length_menu(theme, blanking, blank, menu), icon="tune")
    menu.addMenu(_link_menu(theme, menu))
    menu.addSeparator()
    original = blanking.original(blank)
    if original:
        label = _translate("Put “{words}” back").format(words=_short(original))
        _add(menu, label, lambda: blanking.put_back(blank), icon="undo")
    _add(menu, "Remove blank", lambda: blanking.remove(blank), icon="cross", keys="Del")
    menu.addSeparator()
    menu.addAction(actions["copy"])
    menu.addAction(actions["paste"])
    return menu


def _length_menu(theme: Theme, blanking: Blanking, blank: Blank, parent: Menu) -> None:
    """Ask for the length where the menu stood."""
    menu = Menu(theme, parent=parent.parentWidget())
    for count in range(1, _MOST_WORDS + 1):
        label = "One word" if count == 1 else f"{count} words"
        action = _add(menu, label, partial(blanking.set_length, blank, count))
        action.setCheckable(True)
        action.setChecked(blank.is_fixed and blank.minimum == count)
    menu.addSeparator()
    _add(menu, "Rules come with a later version", lambda: None).setEnabled(False)
    menu.popup(parent.mapToGlobal(parent.panel_rect().topLeft()))


def _link_menu(theme: Theme, parent: Menu) -> Menu:
    menu = Menu(theme, _translate("Link with…"), parent)
    set_menu_icon(menu.menuAction(), "link")
    _add(menu, "Linked blanks come with a later version", lambda: None).setEnabled(False)
    return menu


def _add(
    menu: Menu, label: str, slot: Callable[[], object], *, icon: str = "", keys: str = ""
) -> QAction:
    action = menu.addAction(_translate(label))
    action.triggered.connect(lambda: slot())
    if icon:
        set_menu_icon(action, icon)
    if keys:
        action.setShortcut(QKeySequence(keys))
        # Shown here, heard elsewhere.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    return action


def _short(words: str) -> str:
    return words if len(words) <= 24 else f"{words[:23].rstrip()}…"


def _translate(text: str) -> str:
    return QCoreApplication.translate("ContextMenu", text)
