"""The menu of the page: about the blank under the pointer, or about the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from maria_editor.editor.blanking import Blanking
from maria_editor.theme.menu import Menu, set_menu_icon
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_model.blanks import Blank

# Blanks without a name that are offered to link with: those nearest in the text.
_MOST_OTHERS = 6
_LETTERS_BEFORE, _LETTERS_AFTER = 20, 14


def text_menu(
    theme: Theme, actions: Actions, parent: QWidget, *, has_words: bool = False, blanks: int = 0
) -> Menu:
    """Return the menu for a place without a blank, or for a selection with several."""
    menu = Menu(theme, parent=parent)
    names: list[str | None] = ["blank_out"]
    if has_words:
        names.append("blank_each")
    names += ["fill", "refine", None]
    if has_words and blanks > 1:
        names += ["link_blanks", "unlink_blanks", "put_back", "remove_blank", None]
    names += ["undo", "redo", None, "cut", "copy", "paste", None, "select_all"]
    for name in names:
        menu.addSeparator() if name is None else menu.addAction(actions[name])
    return menu


def blank_menu(
    theme: Theme,
    actions: Actions,
    blanking: Blanking,
    index: int,
    *,
    fill_this: Callable[[], object],
    open_rules: Callable[[], object],
    parent: QWidget,
) -> Menu:
    """Return the menu for the blank with this index."""
    blanks = blanking.all()
    blank = blanks[index]
    menu = Menu(theme, parent=parent)
    keys = actions["fill"].shortcut()
    _add(menu, "Fill this blank", fill_this, icon="fill", keys=keys)
    menu.addAction(actions["fill_all"])
    menu.addSeparator()
    keys = actions["blank_rules"].shortcut()
    _add(menu, "Length and rules…", open_rules, icon="tune", keys=keys)
    menu.addMenu(_link_menu(theme, blanking, blanks, index, menu))
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


def _link_menu(
    theme: Theme, blanking: Blanking, blanks: Sequence[Blank], index: int, parent: Menu
) -> Menu:
    menu = Menu(theme, _translate("Link with…"), parent)
    set_menu_icon(menu.menuAction(), "link")
    blank, text = blanks[index], blanking.text()
    for name in blanking.names():
        if name != blank.name:
            partner = next(other for other in blanks if other.name == name)
            _add(menu, name, partial(blanking.join, blank, partner), icon="link")
    others = [
        i for i, other in enumerate(blanks) if i != index and not other.name and other.error is None
    ]
    nearest = sorted(others, key=lambda i: abs(blanks[i].start - blank.start))[:_MOST_OTHERS]
    for i in sorted(nearest):
        label = _translate("Blank {i}: {around}").format(i=i + 1, around=_around(text, blanks[i]))
        _add(menu, label, partial(blanking.join, blanks[i], blank))
    if blank.name:
        menu.addSeparator()
        _add(menu, "Unlink", lambda: blanking.unlink([blank]))
    menu.setEnabled(bool(menu.actions()))
    return menu


def _around(text: str, blank: Blank) -> str:
    """Return a blank as one can tell it from others: by the words beside it."""
    before = text[max(0, blank.start - _LETTERS_BEFORE) : blank.start].rpartition("\n")[2]
    after = text[blank.end : blank.end + _LETTERS_AFTER].partition("\n")[0]
    # Whole words, unless there is but one.
    if blank.start > _LETTERS_BEFORE:
        before = before.partition(" ")[2] or before
    if blank.end + _LETTERS_AFTER < len(text):
        after = after.rpartition(" ")[0] or after
    return f"{before}___{after}"


def _add(
    menu: Menu,
    label: str,
    slot: Callable[[], object],
    *,
    icon: str = "",
    keys: QKeySequence | str = "",
) -> QAction:
    action = menu.addAction(_translate(label).replace("&", "&&"))
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
