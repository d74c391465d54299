from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, "light")


@pytest.fixture
def page(theme: Theme, qtbot: QtBot) -> Page:
    """Return a page that is shown and has the keyboard."""
    page = Page(theme)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    page.setFocus()
    return page
