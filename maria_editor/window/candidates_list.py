"""The rows of the candidates popup: rank, words, a bar relative to the best row, a share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from maria_editor.theme.fonts import interface_font, text_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.key_cap import KeyCaps
from maria_editor.theme.theme import Theme
from maria_editor.window.candidates_rows import Row, percent

ROW = 36
WORDS_LEFT = 42
_RADIUS = 6.0
_CAP_LEFT = 8
_BAR = QSize(72, 6)
_BAR_RIGHT, _SHARE_RIGHT = 52, 8
_GAP = 12
_ICON = 16

Index = QModelIndex | QPersistentModelIndex


class CandidateModel(QAbstractListModel):
    """The rows that are shown; the last may be `More`."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._has_more = False
        self._has_shares = True

    def show_rows(self, rows: Sequence[Row], *, has_more: bool, has_shares: bool = True) -> None:
        """Show other rows; without shares where they say nothing yet."""
        self.beginResetModel()
        self._rows = list(rows)
        self._has_more, self._has_shares = has_more, has_shares
        self.endResetModel()

    @property
    def rows(self) -> list[Row]:
        """The rows that are words."""
        return self._rows

    @property
    def has_shares(self) -> bool:
        """Whether rows show their shares."""
        return self._has_shares

    @property
    def best(self) -> float:
        """The share of the best row."""
        return max((row.share for row in self._rows), default=0.0)

    def row(self, index: int) -> Row | None:
        """Return the words of a row; None for `More`."""
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows there are, `More` included."""
        if parent is not None and parent.isValid():
            return 0
        return len(self._rows) + self._has_more

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return the words, or what a screen reader says."""
        row = self.row(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr("More") if row is None else row.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if row is None:
                return self.tr("More suggestions")
            place = self.tr("{i} of {n}").format(i=index.row() + 1, n=len(self._rows))
            if not self._has_shares:
                return f"{row.words}, {place}"
            share = (
                percent(row.share)
                .replace("<", self.tr("under "))
                .replace(" %", self.tr(" percent"))
            )
            return f"{row.words}, {share}, {place}"
        return None


class CandidateDelegate(QStyledItemDelegate):
    """Draws a row."""

    def __init__(self, theme: Theme, model: CandidateModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._caps = [KeyCaps(theme, (str(rank),), parent) for rank in range(1, 10)]
        for cap in self._caps:
            cap.hide()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw rank, words, bar and share."""
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_soft"))
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        row = self._model.row(index.row())
        if row is None:
            self._draw_more(painter, rect)
        else:
            cap = self._caps[index.row()]
            top = round(rect.center().y() - cap.sizeHint().height() / 2)
            cap.draw(painter, rect.left() + _CAP_LEFT, top)
            self._draw_words(painter, rect, row)
            if self._model.has_shares:
                self._draw_share(painter, rect, row)
        painter.restore()

    def _draw_words(self, painter: QPainter, rect: QRectF, row: Row) -> None:
        font = text_font(17)
        left = rect.left() + WORDS_LEFT
        room = rect.right() - _BAR_RIGHT - _BAR.width() - _GAP - left
        words = QFontMetricsF(font).elidedText(row.words, Qt.TextElideMode.ElideRight, room)
        painter.setFont(font)
        painter.setPen(self._theme.color("ink"))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(left, rect.top(), room, rect.height()), middle, words)

    def _draw_share(self, painter: QPainter, rect: QRectF, row: Row) -> None:
        track = QRectF(
            rect.right() - _BAR_RIGHT - _BAR.width(),
            rect.center().y() - _BAR.height() / 2,
            _BAR.width(),
            _BAR.height(),
        )
        radius = _BAR.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("well"))
        painter.drawRoundedRect(track, radius, radius)
        best = self._model.best
        if best > 0:
            track.setWidth(max(_BAR.height(), _BAR.width() * row.share / best))
            painter.setBrush(self._theme.color("accent"))
            painter.drawRoundedRect(track, radius, radius)
        painter.setFont(interface_font(12, tabular=True))
        painter.setPen(self._theme.color("ink2"))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(rect.adjusted(0, 0, -_SHARE_RIGHT, 0), middle, percent(row.share))

    def _draw_more(self, painter: QPainter, rect: QRectF) -> None:
        box = QRectF(rect.left() + _CAP_LEFT + 1, rect.center().y() - _ICON / 2, _ICON, _ICON)
        draw_icon(painter, "down", box, self._theme.tokens.ink2)
        painter.setFont(interface_font(13))
        painter.setPen(self._theme.color("ink2"))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect.adjusted(WORDS_LEFT, 0, 0, 0), middle, self.tr("More"))
