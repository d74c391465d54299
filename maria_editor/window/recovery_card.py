"""The dialog after a crash: what was kept, each with its first or last words, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from maria_editor.document.file_stamp import DiskState, FileStamp
from maria_editor.document.recovery import RecoveredText
from maria_editor.document.storage import TextFile
from maria_editor.errors import OpenError
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font, text_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.theme import Theme
from maria_editor.window.card import PADDING, Card
from maria_editor.window.comparison import ComparisonCard, Sides
from maria_editor.window.moments import day_and_time
from maria_editor.window.question import Answer, Choice, ask

_WIDTH = 640
_ROW = 72
_MOST_ROWS = 4
_BOX = 18
_SIDE = 17
_TEXT_LEFT = 48
_ICON_ROOM = 40


class RecoveryCard(Card):
    """Lists the texts that earlier editors left unsaved.

    Signals:
        restore_requested(tuple[RecoveredText, ...]): show these; the others stay where they are.
        delete_requested(tuple[RecoveredText, ...]): delete these for good.
    """

    restore_requested = Signal(object)
    delete_requested = Signal(object)

    def __init__(self, theme: Theme, window: QWidget, texts: tuple[RecoveredText, ...]) -> None:
        super().__init__(theme, window, width=_WIDTH)
        self.rows = [_Row(theme, text) for text in texts]
        self.title.setText(self.tr("We kept your writing"))
        before = self.tr("The editor closed before these were saved.")
        self.subtitle.setText(f"{before} {self._on_disk()}".rstrip())
        self.indent_header(_ICON_ROOM)
        self.body.addWidget(self._list())
        self.compare = Button(theme, self.tr("Compare first"), icon="eye", height=36)
        self.delete = Button(
            theme, self.tr("Delete these copies…"), kind=ButtonKind.DANGER, height=36
        )
        self.not_now = Button(theme, self.tr("Not now"), height=36)
        self.restore = Button(theme, "", kind=ButtonKind.PRIMARY, height=36)
        for button in (self.compare, self.delete):
            self.buttons.addWidget(button)
        self.buttons.addStretch()
        for button in (self.not_now, self.restore):
            self.buttons.addWidget(button)
        self._connect()
        self._on_toggled()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shield beside the title."""
        super().paintEvent(event)
        card = self.card_rect()
        box = QRectF(card.left() + PADDING, card.top() + 38, 24, 24)
        draw_icon(QPainter(self), "shield", box, self._theme.tokens.accent)

    def _chosen(self) -> tuple[RecoveredText, ...]:
        return tuple(row.recovered for row in self.rows if row.isChecked())

    def _on_disk(self) -> str:
        """Say what has become of the files; nothing where that is not known of each."""
        states = [row.file.state for row in self.rows]
        others = [row for row in self.rows if row.file.state in (DiskState.CHANGED, DiskState.GONE)]
        if len(others) > 1:
            words = self.tr("On disk, {n} of their files have changed since or are gone.")
            return words.format(n=len(others))
        if others:
            is_gone = others[0].file.state is DiskState.GONE
            words = self.tr("“{name}” is gone.") if is_gone else self.tr("“{name}” has changed.")
            return self.tr("Since then, {what}").format(what=words.format(name=others[0].name))
        return self.tr("Nothing on disk has changed.") if None not in states else ""

    def _list(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for row in self.rows:
            column.addWidget(row)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        shown = min(len(self.rows), _MOST_ROWS)
        area.setFixedHeight(shown * _ROW + (shown - 1) * 8)
        return area

    def _connect(self) -> None:
        for row in self.rows:
            row.toggled.connect(self._on_toggled)
        self.compare.clicked.connect(self._on_compare)
        self.delete.clicked.connect(self._on_delete)
        self.not_now.clicked.connect(self.close_card)
        self.restore.clicked.connect(self._on_restore)

    @Slot()
    def _on_toggled(self) -> None:
        count = len(self._chosen())
        if count < 2:
            words = self.tr("Restore")
        elif count == 2 == len(self.rows):
            words = self.tr("Restore both")
        else:
            words = self.tr("Restore {n}").format(n=count)
        self.restore.set_face(words, "", ButtonKind.PRIMARY)
        for button in (self.restore, self.delete, self.compare):
            button.setEnabled(count > 0)

    @Slot()
    def _on_restore(self) -> None:
        chosen = self._chosen()
        self.close_card()
        self.restore_requested.emit(chosen)

    @Slot()
    def _on_delete(self) -> None:
        answer = ask(
            self._theme,
            self._window,
            self.tr("Delete these recovery copies?"),
            self.tr("This cannot be undone."),
            Choice(Answer.DELETE, self.tr("Delete"), ButtonKind.DANGER),
            Choice(Answer.STAY, self.tr("Keep"), ButtonKind.PRIMARY),
        )
        if answer is Answer.DELETE:
            chosen = self._chosen()
            self.close_card()
            self.delete_requested.emit(chosen)

    @Slot()
    def _on_compare(self) -> None:
        focused = self._window.focusWidget()
        row = next((row for row in self.rows if row is focused and row.isChecked()), None)
        row = row or next(row for row in self.rows if row.isChecked())
        sides = Sides(
            old=text_on_disk(row.recovered) or "",
            new=row.recovered.text,
            old_name=self.tr("the file on disk"),
            new_name=self.tr("the recovery copy"),
        )
        ComparisonCard(self._theme, self._window, sides).open()


@dataclass(frozen=True, slots=True)
class FileSince:
    """What the file of a recovered text is now: its text, if any, and what has become of it.

    `state` is None where nobody knows what it was like before.
    """

    text: str | None
    state: DiskState | None

    @classmethod
    def of(cls, recovered: RecoveredText) -> FileSince:
        """Look at the file."""
        text = text_on_disk(recovered)
        if recovered.path is None or text == recovered.text:
            # Its own last save got there, and nobody came after it.
            return cls(text, DiskState.SAME)
        if not recovered.digest:
            return cls(text, None)
        return cls(text, FileStamp(digest=recovered.digest).compare(recovered.path))


class _Row(QAbstractButton):
    """One text that was kept; checked if it is to be restored."""

    def __init__(self, theme: Theme, recovered: RecoveredText) -> None:
        super().__init__()
        self._theme = theme
        self.recovered = recovered
        self.name = recovered.path.name if recovered.path else self.tr("Untitled")
        self.file = FileSince.of(recovered)
        self._facts = _facts(recovered, self.file, when=day_and_time(recovered.kept_at))
        words = " ".join(recovered.text.split())
        self._sample = words[-200:] if recovered.path else words[:200]
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{self.name}, {self._facts}")
        self.setAccessibleDescription(self._sample)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the room for two lines."""
        return QSize(400, _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, the name, the facts and some words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("chrome"))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        self._draw_box(painter)
        self._draw_words(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)

    def _draw_box(self, painter: QPainter) -> None:
        box = QRectF(_SIDE, 15, _BOX, _BOX)
        if self.isChecked():
            painter.setBrush(self._theme.color("accent"))
            painter.drawRoundedRect(box, 4, 4)
            draw_icon(painter, "check", box.adjusted(1, 1, -1, -1), self._theme.tokens.on_accent)
        else:
            painter.setPen(QPen(self._theme.color("edge"), 1.5))
            painter.setBrush(self._theme.color("raised"))
            painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)

    def _draw_words(self, painter: QPainter) -> None:
        right = self.width() - _SIDE
        facts = interface_font(12, tabular=True)
        facts_width = QFontMetricsF(facts).horizontalAdvance(self._facts)
        painter.setFont(facts)
        painter.setPen(self._theme.color("ink2"))
        painter.drawText(QPointF(right - facts_width, 28), self._facts)
        name = interface_font(14, weight=QFont.Weight.DemiBold)
        painter.setPen(self._theme.color("ink"))
        room = right - facts_width - 16 - _TEXT_LEFT
        _draw_elided(painter, name, QPointF(_TEXT_LEFT, 28), self.name, room)
        sample = text_font(15, italic=True)
        painter.setPen(self._theme.color("ink2"))
        is_end = self.recovered.path is not None
        place = QPointF(_TEXT_LEFT, 53)
        _draw_elided(painter, sample, place, self._sample, right - _TEXT_LEFT, from_left=is_end)


def text_on_disk(recovered: RecoveredText) -> str | None:
    """Return the text of the file that a recovered text belongs to; None if it has none."""
    try:
        return TextFile.load(recovered.path).text if recovered.path is not None else None
    except OpenError:
        return None


def _facts(recovered: RecoveredText, file: FileSince, *, when: str) -> str:
    """Return when a text was kept and how it compares with its file."""
    words = len(recovered.text.split())
    if file.text is None:
        return f"{when}, {words:,} words, {_without_text(file.state)}"
    if file.text == recovered.text:
        return f"{when}, the same as in its file"
    if file.state is DiskState.CHANGED:
        return f"{when}, {words:,} words, its file has changed"
    newer = words - len(file.text.split())
    if newer == 0:
        return f"{when}, changed"
    return f"{when}, {abs(newer):,} words {'newer' if newer > 0 else 'fewer'}"


def _without_text(state: DiskState | None) -> str:
    if state is DiskState.GONE:
        return "its file is gone"
    return "its file cannot be read" if state is DiskState.CHANGED else "never saved"


def _draw_elided(
    painter: QPainter,
    font: QFont,
    place: QPointF,
    words: str,
    room: float,
    *,
    from_left: bool = False,
) -> None:
    side = Qt.TextElideMode.ElideLeft if from_left else Qt.TextElideMode.ElideRight
    shown = QFontMetricsF(font).elidedText(words, side, room)
    if from_left and shown != words:
        # Begin with a whole word.
        shown = f"…{shown.partition(' ')[2]}"
    painter.setFont(font)
    painter.drawText(place, shown)
