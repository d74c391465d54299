"""Which commands the palette lists, and what it shows where the menus show less.

A menu gives its commands company and may leave icons out; here each row stands alone.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from maria_editor.window.actions import COMMANDS, MENUS, Actions, commands_in
from maria_editor.window.palette_list import Entry

# Rows that need more words than beside the others of their menu.
_LABELS = {
    "blank_rules": "Blank length and rules",
    "link_blanks": "Link blanks together",
}
# Rows whose commands have no icon in the menus.
_ICONS = {
    "save_as": "saved",
    "print": "doc",
    "provenance": "shield",
    "quit": "cross",
    "cut": "doc",
    "copy": "doc",
    "paste": "doc",
    "select_all": "doc",
    "replace": "search",
    "check_spelling": "book",
    "smart_quotes": "tune",
    "blank_nth": "blank",
    "blank_odd": "blank",
    "unlink_blanks": "link",
    "next_suggestion": "down",
    "previous_suggestion": "up",
    "review_inline": "eye",
    "review_side_by_side": "eye",
    "review_result": "eye",
    "theme_light": "contrast",
    "theme_dark": "contrast",
    "theme_system": "contrast",
    "zoom_out": "search",
    "zoom_reset": "search",
    "spacing_1.4": "tune",
    "spacing_1.6": "tune",
    "spacing_1.8": "tune",
    "measure_60": "tune",
    "measure_70": "tune",
    "measure_80": "tune",
    "typewriter": "keyboard",
    "reduce_motion": "pause",
    "full_screen": "panel",
    "focus_mode": "eye",
}


def palette_entries(actions: Actions) -> list[Entry]:
    """Return a row for each command that can be carried out now, in the order of the menus."""
    return [
        Entry(actions[name], icon_of(name), _translate(title), _translate(_LABELS.get(name, "")))
        for title, entries in MENUS
        for name in commands_in(entries)
        if name != "palette" and actions[name].isEnabled()
    ]


def icon_of(name: str) -> str:
    """Return the icon of a command's row."""
    shown = next(command.icon for command in COMMANDS if command.name == name)
    return shown or _ICONS[name]


def _translate(text: str) -> str:
    return QCoreApplication.translate("CommandPalette", text)
