"""The popup stands in the text area, and over its chip only where there is no room at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize

from maria_editor.window.candidates_placing import Side, height_for, popup_corner, side_of
from maria_editor.window.candidates_popup import Shown
from maria_editor.window.candidates_rows import Row
from maria_editor.window.main_window import MainWindow

AREA = QRect(0, 48, 1280, 740)
SIZE = QSize(368, 330)


def test_below_the_chip_with_left_edges_aligned() -> None:
    corner = popup_corner(QRect(680, 370, 100, 27), SIZE, AREA, indent=16)
    assert corner == QPoint(664, 407)


def test_above_where_there_is_no_room_below() -> None:
    corner = popup_corner(QRect(680, 700, 100, 27), SIZE, AREA, indent=16)
    assert corner.y() + SIZE.height() == 690


def test_beside_where_there_is_room_neither_below_nor_above() -> None:
    low = QRect(0, 48, 1280, 360)
    corner = popup_corner(QRect(200, 200, 100, 27), SIZE, low, indent=16)
    assert corner.x() == 310


def test_it_stays_on_its_side_when_rows_come() -> None:
    chip = QRect(680, 370, 100, 27)
    corner = popup_corner(chip, QSize(368, 310), AREA, indent=16, kept=Side.ABOVE)
    assert side_of(chip, QRect(corner, QSize(368, 310))) is Side.ABOVE
    # Where there is no room it goes where there is.
    corner = popup_corner(chip, SIZE, AREA, indent=16, kept=Side.ABOVE)
    assert side_of(chip, QRect(corner, SIZE)) is Side.BELOW
    assert height_for(chip, AREA, Side.ABOVE, least=200) == 312
    assert height_for(chip, AREA, Side.ABOVE, least=320) == 381


def test_the_popup_keeps_the_room_of_rows_that_may_come(
    window: MainWindow,
) -> None:
    popup, alone = window.candidates.popup, Shown(title="", length="", is_growing=True)
    popup.open_at(alone, rows_from("tea"), None, limit=9)
    five = popup.panel_size(5, 5).height()
    chip, off = QRect(300, 400, 100, 27), QRect()
    low = QRect(0, 0, 1280, chip.bottom() + five)
    popup.place(chip, low, keep_off=off)
    room = popup.panel_rect()
    assert (room.bottom() < chip.top(), room.height()) == (True, five)
    popup.update_rows(Shown(title="", length=""), rows_from("tea", "milk"), None)
    popup.place(chip, low, keep_off=off)
    assert popup.panel_rect() == room
    popup.open_at(Shown(title="", length=""), rows_from("tea", "milk"), None, limit=9)
    popup.place(chip, low, keep_off=off)
    assert popup.panel_rect().top() > chip.bottom()


def rows_from(*words: str) -> list[Row]:
    return [Row(word, 0.5 / (i + 1)) for i, word in enumerate(words)]


def test_off_the_line_that_is_written() -> None:
    chip, line = QRect(680, 200, 100, 27), QRect(300, 300, 680, 27)
    assert popup_corner(chip, SIZE, AREA, indent=16).y() < 300
    panel = QRect(popup_corner(chip, SIZE, AREA, indent=16, keep_off=line), SIZE)
    assert AREA.contains(panel)
    assert not panel.intersects(line)
    assert not panel.intersects(chip)


@given(st.integers(0, 1200), st.integers(48, 740), st.integers(20, 300), st.integers(60, 400))
def test_in_the_area_and_never_over_the_chip(x: int, y: int, width: int, height: int) -> None:
    chip = QRect(x, y, width, 27)
    size = QSize(368, height)
    panel = QRect(popup_corner(chip, size, AREA, indent=16), size)
    assert not panel.intersects(chip)
    assert AREA.left() <= panel.left()
    assert panel.right() <= AREA.right()
    # Chips of this size always leave room above or below in an area this high.
    if height <= 330:
        assert AREA.contains(panel)
