"""The list of the words that stand out, strongest first; also the screen reader's way to them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from maria_editor.editor.likelihood_painter import draw_level
from maria_editor.editor.likelihood_words import OddWord
from maria_editor.theme.fonts import interface_font, text_font
from maria_editor.theme.theme import Theme
from maria_model.oddness import Level

ROW = 67
# The same with a scroll bar beside it and without.
WIDTH = 328
_RADIUS = 8.0
_INSET = 12
_WORD = 15
_WORD_TOP, _WORD_HEIGHT, _WORD_SPREAD = 9, 21, 4
_LIFT = 0.5
_SECOND_LINE = 48
_GAP = 7

Index = QModelIndex | QPersistentModelIndex


def level_name(level: Level) -> str:
    """Return what a level is called."""
    return {
        Level.EXPECTED: _translate("as expected"),
        Level.A_LITTLE_UNUSUAL: _translate("a little unusual"),
        Level.UNUSUAL: _translate("unusual"),
        Level.UNLIKELY: _translate("unlikely"),
        Level.VERY_UNLIKELY: _translate("very unlikely"),
    }[level]


def judgement(word: OddWord) -> str:
    """Return what is said of a word."""
    name = level_name(word.level)
    return _translate("{level}, perhaps a slip").format(level=name) if word.is_slip else name


def spoken(word: OddWord) -> str:
    """Return a word as a screen reader says it."""
    words = f"{word.text}, {judgement(word)}"
    if word.likelier:
        words += ". " + _translate("Likelier here: {words}").format(words=", ".join(word.likelier))
    return words


class OddWordModel(QAbstractListModel):
    """The words that stand out, strongest first."""

    def __init__(self) -> None:
        super().__init__()
        self.words: tuple[OddWord, ...] = ()

    def show(self, words: Sequence[OddWord]) -> None:
        """Take other words."""
        self.beginResetModel()
        self.words = tuple(words)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many there are."""
        return 0 if parent is not None and parent.isValid() else len(self.words)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return a word, or what a screen reader says of it."""
        word = self.words[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return word.text
        return spoken(word) if role == Qt.ItemDataRole.AccessibleTextRole else None


class OddWordDelegate(QStyledItemDelegate):
    """Draws a row: the word as on the page, its level, and what would be likelier."""

    def __init__(self, theme: Theme, model: OddWordModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        # What the button on the chosen row leaves of it.
        self.button_width = 0

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        word = self._model.words[index.row()]
        rect = QRectF(option.rect)
        rect.setWidth(WIDTH)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_chosen:
            has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
            self._draw_card(painter, rect, has_focus=has_focus)
        inside = rect.adjusted(_INSET, 0, -_INSET, 0)
        self._draw_first_line(painter, word, inside)
        if word.likelier:
            self._draw_likelier(painter, word, inside, is_chosen=is_chosen)

    def _draw_card(self, painter: QPainter, rect: QRectF, *, has_focus: bool) -> None:
        width = 2 if has_focus else 1
        painter.setPen(QPen(self._theme.color("accent" if has_focus else "accent_line"), width))
        painter.setBrush(self._theme.color("raised"))
        out = width / 2
        painter.drawRoundedRect(rect.adjusted(out, out, -out, -out), _RADIUS, _RADIUS)

    def _draw_first_line(self, painter: QPainter, word: OddWord, inside: QRectF) -> None:
        said = judgement(word)
        small, font = interface_font(12), text_font(_WORD)
        said_width = QFontMetricsF(small).horizontalAdvance(said)
        metrics = QFontMetricsF(font)
        room = inside.width() - said_width - 2 * _WORD_SPREAD - _GAP
        shown = metrics.elidedText(word.text, Qt.TextElideMode.ElideMiddle, room)
        width = metrics.horizontalAdvance(shown) + 2 * _WORD_SPREAD
        mark = QRectF(inside.left() + 1, inside.top() + _WORD_TOP, width, _WORD_HEIGHT)
        draw_level(painter, mark, word.level, self._theme, lift=_LIFT)
        painter.setFont(font)
        painter.setPen(self._theme.color("ink"))
        baseline = mark.top() + 15
        painter.drawText(QPointF(mark.left() + _WORD_SPREAD, baseline), shown)
        painter.setFont(small)
        painter.setPen(self._theme.color("ink2"))
        painter.drawText(QPointF(inside.right() - said_width, baseline), said)

    def _draw_likelier(
        self, painter: QPainter, word: OddWord, inside: QRectF, *, is_chosen: bool
    ) -> None:
        small, font = interface_font(12), text_font(_WORD)
        baseline = inside.top() + _SECOND_LINE + 4
        left = inside.left() + 1 + _WORD_SPREAD
        label = _translate("likelier here")
        painter.setFont(small)
        painter.setPen(self._theme.color("ink3"))
        painter.drawText(QPointF(left, baseline), label)
        left += QFontMetricsF(small).horizontalAdvance(label) + _GAP
        room = inside.right() - left - (self.button_width + _GAP if is_chosen else 0)
        words = QFontMetricsF(font).elidedText(
            ", ".join(word.likelier), Qt.TextElideMode.ElideRight, room
        )
        painter.setFont(font)
        painter.setPen(self._theme.color("accent"))
        painter.drawText(QPointF(left, baseline + 0.5), words)


def _translate(text: str) -> str:
    return QCoreApplication.translate("Likelihood", text)
