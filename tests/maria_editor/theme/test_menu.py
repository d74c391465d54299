"""Menus stand below their button and leave it as it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from maria_editor.theme.button import Button
from maria_editor.theme.menu import Menu
from maria_editor.theme.theme import Theme


@pytest.mark.parametrize("from_left", [True, False])
def test_a_menu_covers_nothing_of_the_button_it_came_from(
    theme: Theme, qtbot: QtBot, from_left: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(100, 100, 500, 400)
    button = Button(theme, "As the system: English", parent=window)
    button.move(200, 40)
    window.show()
    menu = Menu(theme, "Language", window)
    menu.addAction("As the system")
    menu.addAction("English")
    menu.popup_below(button, from_left=from_left)
    there = QRect(menu.mapFromGlobal(button.mapToGlobal(QPoint())), button.size())
    panel, shape = menu.panel_rect(), menu.mask()
    assert there.intersects(menu.rect())
    assert not shape.intersects(there)
    assert shape.contains(panel)
    assert shape.intersected(panel).boundingRect() == panel
    assert (panel.left() if from_left else panel.right()) == (
        there.left() if from_left else there.right()
    )
    menu.close()
    # Elsewhere it has all of its shadow.
    menu.popup(window.mapToGlobal(QPoint(0, 0)))
    assert menu.mask().isEmpty()
    menu.close()
