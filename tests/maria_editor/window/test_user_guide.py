"""What the user guide says of the window is so: the lines of the list, keys, menus' commands."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from candidates_script import found
from scripted_client import ScriptedEngine

from maria_editor.theme.key_names import key_name
from maria_editor.window.actions import MENUS
from maria_editor.window.main_window import MainWindow

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "user" / "guide.md"
# Of the candidates list, and the menu key of the system.
_OTHER_KEYS = {"Shift+Enter", "F5", "Shift+F10"}


def guide() -> str:
    """Return the guide's text, its line breaks as spaces."""
    return " ".join(GUIDE.read_text(encoding="utf-8").split())


def test_the_lines_about_the_words_are_explained(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "The [MASK] barks [MASK:2]."
    window.page.load(text)
    window.filling.fill_all()
    joint = replace(found(0, text, ("dog", "sun")), fill="sun")
    scripted.answer((joint, found(1, text, ("all day",))))
    lines = [window.candidates.popup.rule.text()]
    window.candidates.popup.stepped.emit(1)
    lines.append(window.candidates.popup.others.text())
    assert all(lines)
    assert [line for line in lines if f"*{line.rstrip('.')}*" not in guide()] == []


def test_keys_are_those_of_the_commands(window: MainWindow) -> None:
    ours = {key_name(keys) for action in window.commands.all() for keys in action.shortcuts()}
    named = set(re.findall(r"(?:(?:Ctrl|Alt|Shift)\+)+(?:F\d+|\w+|,)|\bF\d+\b", guide()))
    assert {"Ctrl+Enter", "Alt+Down", "F7"} <= named
    assert named - ours - _OTHER_KEYS == set()


def test_commands_of_menus_are_there(window: MainWindow) -> None:
    titles = "|".join(title for title, _ in MENUS)
    labels = {action.text() for action in window.commands.all()}
    named = set(re.findall(rf"\*(?:{titles}), ([^*]+)\*", guide()))
    assert len(named) > 5
    assert {label.rstrip("…") for label in named} <= {label.rstrip("…") for label in labels}
