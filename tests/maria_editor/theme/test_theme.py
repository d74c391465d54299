"""Fonts, icons and the change of theme."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QGuiApplication,
    QImage,
    QPainter,
    QPalette,
)
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.resources import resource_path
from maria_editor.theme.button import Button
from maria_editor.theme.fonts import column_width, interface_font, text_font
from maria_editor.theme.icons import app_icon, draw_icon
from maria_editor.theme.palette import tokens_from
from maria_editor.theme.theme import Theme
from maria_editor.theme.tokens import DARK, LIGHT

ICONS = """
blank fill refine heat panel search lock unlock link check cross up down left right undo redo
download pause stop folder chip saved shield warn info clock tune book plus trash eye branch
gear keyboard doc contrast
"""


@pytest.mark.usefixtures("theme")
@pytest.mark.parametrize(
    ("family", "style", "weight", "italic"),
    [
        ("Literata", "Regular", 400, False),
        ("Literata", "Italic", 400, True),
        ("Literata", "SemiBold", 600, False),
        ("Literata", "Bold", 700, False),
        ("Literata", "Bold Italic", 700, True),
        ("Inter", "Regular", 400, False),
        ("Inter", "Medium", 500, False),
        ("Inter", "SemiBold", 600, False),
    ],
)
def test_the_bundled_cuts_are_there(family: str, style: str, weight: int, italic: bool) -> None:
    assert style in QFontDatabase.styles(family)
    assert QFontDatabase.weight(family, style) == weight
    assert QFontDatabase.italic(family, style) == italic


@pytest.mark.usefixtures("theme")
def test_fonts_resolve_to_true_cuts() -> None:
    italic = QFontInfo(text_font(20, italic=True))
    assert (italic.family(), italic.italic(), italic.pixelSize()) == ("Literata", True, 20)
    medium = QFontInfo(interface_font(13, weight=QFont.Weight.Medium))
    assert (medium.family(), medium.weight()) == ("Inter", 500)


@pytest.mark.parametrize("name", ["Literata", "Inter"])
def test_licences_lie_beside_the_fonts(name: str) -> None:
    text = resource_path(f"fonts/{name}-OFL.txt").read_text(encoding="utf-8")
    assert "SIL Open Font License, Version 1.1" in text


@pytest.mark.usefixtures("theme")
def test_the_column_holds_seventy_characters() -> None:
    assert column_width(text_font(20)) == 664
    assert column_width(text_font(40)) == pytest.approx(2 * 664, abs=8)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", ICONS.split())
def test_icons_take_the_colour_they_are_given(name: str) -> None:
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    draw_icon(painter, name, QRectF(0, 0, 20, 20), "#FF0000")
    painter.end()
    pixels = [image.pixelColor(x, y) for x in range(20) for y in range(20)]
    drawn = [pixel for pixel in pixels if pixel.alpha() > 128]
    assert drawn
    assert all(pixel.red() > 240 and pixel.green() < 16 for pixel in drawn)


@pytest.mark.usefixtures("qapp")
def test_the_programs_own_icon() -> None:
    assert not app_icon().isNull()


def test_a_change_of_theme_repaints_at_once(qapp: QApplication, theme: Theme, qtbot: QtBot) -> None:
    button = Button(theme, "Fill")
    qtbot.addWidget(button)
    button.show()
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(LIGHT.paper)
    light = button.grab().toImage()
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert theme.is_dark
    assert theme.tokens is DARK
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(DARK.paper)
    assert button.grab().toImage() != light
    theme.choose("light")
    assert button.grab().toImage() == light


@pytest.mark.usefixtures("qapp")
def test_high_contrast_takes_the_platforms_colours() -> None:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, QColor("black"))
    palette.setColor(QPalette.ColorRole.Text, QColor("yellow"))
    tokens = tokens_from(palette)
    assert QColor(tokens.paper) == QColor("black")
    assert QColor(tokens.accent) == QColor("yellow")


def test_it_follows_the_system_until_the_writer_chooses(
    qapp: QApplication, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = qapp.styleHints()

    class Hints:
        scheme = Qt.ColorScheme.Dark

        def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802 - Qt's name
            return self.scheme

    system = Hints()
    monkeypatch.setattr(QGuiApplication, "styleHints", lambda: system)
    theme.choose("system")
    assert theme.is_dark
    system.scheme = Qt.ColorScheme.Light
    hints.colorSchemeChanged.emit(system.scheme)
    assert not theme.is_dark
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(LIGHT.paper)
    theme.choose("light")
    system.scheme = Qt.ColorScheme.Dark
    hints.colorSchemeChanged.emit(system.scheme)
    assert not theme.is_dark
