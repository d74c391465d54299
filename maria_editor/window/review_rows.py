"""The list of changes: old word, new word, gain, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from maria_editor.editor.review_text import Decision
from maria_editor.theme.fonts import interface_font, text_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.pressable import Pressable
from maria_editor.theme.theme import Theme
from maria_model.api import Change

_ROW = 32
_LEFT, _WORDS_END, _GAIN_END = 12.0, 190.0, 246.0
_ICON, _SMALL_ICON = 20.0, 16.0
_ARROW = 26.0
_RADIUS = 6.0
# What gains less would read as nothing gained, or lost.
_LEAST_SHOWN = 0.05


class ReviewRows(QWidget):
    """One row a change; the current one stands out.

    Signals:
        chosen(int): this change is to be the current one.
        decided(int, Decision): what the writer says of a change.
    """

    chosen = Signal(int)
    decided = Signal(int, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: list[ReviewRow] = []
        self.setAccessibleName(self.tr("List of changes"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_changes(
        self, changes: Sequence[Change], decisions: Sequence[Decision], current: int
    ) -> None:
        """Show these changes in place of the last ones."""
        while len(self.rows) > len(changes):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(changes):
            self.rows.append(self._row(len(self.rows)))
        for number, row in enumerate(self.rows):
            row.show_change(changes[number], decisions[number], is_current=number == current)
            row.show()

    def _row(self, number: int) -> ReviewRow:
        row = ReviewRow(self._theme, self)
        row.chosen.connect(lambda: self.chosen.emit(number))
        row.decided.connect(lambda said: self.decided.emit(number, said))
        self._column.addWidget(row)
        return row


class ReviewRow(QWidget):
    """One change.

    Signals:
        chosen: it was clicked.
        decided(Decision): what the writer says of it.
    """

    chosen = Signal()
    decided = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._change = Change(start=0, end=0, before="", after="")
        self._decision = Decision.PROPOSED
        self.is_current = False
        self.first = RowButton(theme, self)
        self.second = RowButton(theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(6)
        row.addStretch()
        row.addWidget(self.first)
        row.addWidget(self.second)
        self.setFixedHeight(_ROW)
        self.first.clicked.connect(self._on_first_clicked)
        self.second.clicked.connect(self._on_second_clicked)
        theme.changed.connect(self.update)

    def show_change(self, change: Change, decision: Decision, *, is_current: bool) -> None:
        """Show a change and what was said of it."""
        self._change, self._decision, self.is_current = change, decision, is_current
        words = self.tr("{old} becomes {new}").format(
            old=change.before.strip() or self.tr("nothing"),
            new=change.after.strip() or self.tr("nothing"),
        )
        said = {
            Decision.PROPOSED: self.tr("proposed"),
            Decision.KEPT: self.tr("kept"),
            Decision.LEFT_OUT: self.tr("left out"),
        }[decision]
        self.setAccessibleName(f"{words}, {said}")
        self.setToolTip(f"{change.before.strip()} → {change.after.strip()}")
        if decision is Decision.PROPOSED:
            self.first.show_face("check", "accent", self.tr("Keep: {words}").format(words=words))
            self.second.show_face(
                "cross", "warm", self.tr("Leave out: {words}").format(words=words)
            )
        else:
            icon = "check" if decision is Decision.KEPT else "cross"
            self.first.show_face(icon, "ink3", f"{words}, {said}")
            self.second.show_face("undo", "ink2", self.tr("Undecide: {words}").format(words=words))
        # What was decided stands there to be read; the other button takes it back.
        self.first.setEnabled(decision is Decision.PROPOSED)
        self.update()

    def gain(self) -> str:
        """Return in figures what the change gains; nothing where that is nothing to go by.

        A bold refining proposes changes whose gain is below 0. They lose nothing: a gain is
        reckoned against all that would have to speak for a change.
        """
        gain = self._change.gain
        return f"+{gain:.1f}" if gain is not None and gain >= _LEAST_SHOWN else ""

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        return QSize(240, _ROW)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Become the current change."""
        self.chosen.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words, the gain and the frame of the current row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.is_current:
            painter.setBrush(self._theme.color("raised"))
            painter.setPen(QPen(self._theme.color("accent_line"), 1))
            frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        self._draw_words(painter)
        painter.setFont(interface_font(12, tabular=True))
        painter.setPen(self._theme.color("ink2"))
        box = QRectF(0, 0, _GAIN_END, self.height())
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, side, self.gain())

    def _draw_words(self, painter: QPainter) -> None:
        font = text_font(15)
        metrics = QFontMetricsF(font)
        old, new = self._change.before.strip(), self._change.after.strip()
        room = _WORDS_END - _LEFT + 20 - _ARROW
        old_width, new_width = map(metrics.horizontalAdvance, (old, new))
        if old_width + new_width > room:
            old_room = max(room / 2, room - new_width)
            old = metrics.elidedText(old, Qt.TextElideMode.ElideRight, old_room)
            old_width = metrics.horizontalAdvance(old)
            new = metrics.elidedText(new, Qt.TextElideMode.ElideRight, room - old_width)
        baseline = (self.height() - metrics.height()) / 2 + metrics.ascent()
        left_out, kept = self._decision is Decision.LEFT_OUT, self._decision is Decision.KEPT
        painter.setFont(font)
        token = "ink" if left_out else "ink3" if kept else "warm"
        self._draw_word(painter, old, QPointF(_LEFT, baseline), token, struck=not left_out)
        x = _LEFT + old_width
        arrow = QRectF(x + (_ARROW - 14) / 2, self.height() / 2 - 7, 14, 14)
        self._draw_arrow(painter, arrow)
        token = "ink3" if left_out else "accent"
        self._draw_word(painter, new, QPointF(x + _ARROW, baseline), token, struck=left_out)

    def _draw_word(
        self, painter: QPainter, word: str, at: QPointF, token: str, *, struck: bool
    ) -> None:
        color = self._theme.color(token)
        painter.setPen(color)
        painter.drawText(at, word)
        width = QFontMetricsF(painter.font()).horizontalAdvance(word)
        is_plain = token == "ink"
        if not is_plain:
            y = at.y() - 4.4 if struck else at.y() + 3
            painter.fillRect(QRectF(at.x(), y, width, 1.2), color)

    def _draw_arrow(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(self._theme.color("ink2"), 1.2))
        y, right = box.center().y(), box.right() - 2
        painter.drawLine(QPointF(box.left() + 2, y), QPointF(right, y))
        for side in (-3.5, 3.5):
            painter.drawLine(QPointF(right, y), QPointF(right - 3.5, y + side))

    @Slot()
    def _on_first_clicked(self) -> None:
        self.decided.emit(Decision.KEPT)

    @Slot()
    def _on_second_clicked(self) -> None:
        proposed = self._decision is Decision.PROPOSED
        self.decided.emit(Decision.LEFT_OUT if proposed else Decision.PROPOSED)


class RowButton(Pressable):
    """An icon in a token's colour."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon, self._token = "check", "accent"
        self.setFixedSize(28, 28)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_face(self, icon: str, token: str, name: str) -> None:
        """Become another button in the same place."""
        self._icon, self._token = icon, token
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon, and the ring while focused."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            painter.setBrush(self._theme.color("well"))
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        size = _ICON if self.isEnabled() else _SMALL_ICON
        box = QRectF(rect.center().x() - size / 2, rect.center().y() - size / 2, size, size)
        draw_icon(painter, self._icon, box, getattr(self._theme.tokens, self._token))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)
