"""The panel of a proposal: each change as old and new words, with Apply and Discard."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font, text_font
from maria_editor.theme.theme import Theme
from maria_model.api import Change, RefineRequest, RefineResult
from maria_model.blanks import find_blanks

WIDTH = 352
_PADDING = 24
_HEADER = 48
_FOOTER = 65


class RefinePanel(QWidget):
    """Shows one proposal at the right of the page.

    Signals:
        apply_requested(RefineResult): make these changes.
        closed: the proposal was put away; nothing was changed by that.
    """

    apply_requested = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._request = RefineRequest(text="")
        self._result: RefineResult | None = None
        self._title = _label(self.tr("Refine paragraph"), 15, QFont.Weight.DemiBold)
        self._cross = Button(theme, icon="cross", height=28)
        self._count = _label("", 13, QFont.Weight.Medium)
        self._note = _label(self.tr("nothing is changed yet"), 12)
        self._passage = QLabel()
        self._rows = QLabel()
        self._apply = Button(theme, self.tr("Apply"), kind=ButtonKind.PRIMARY, height=36)
        self._discard = Button(theme, self.tr("Discard"), height=36)
        self._set_up()
        theme.changed.connect(self._tint)
        self.hide()

    def show_proposal(self, request: RefineRequest, result: RefineResult) -> None:
        """Show what would change."""
        self._request, self._result = request, result
        count = len(result.changes)
        self._count.setText(
            self.tr("1 change") if count == 1 else self.tr("{n} changes").format(n=count)
        )
        apply = (
            self.tr("Apply 1 change")
            if count == 1
            else self.tr("Apply {n} changes").format(n=count)
        )
        self._apply.set_face(apply, "", ButtonKind.PRIMARY)
        self._tint()
        self.show()
        self._apply.setFocus()

    def close_panel(self) -> None:
        """Put the proposal away."""
        if not self.isHidden():
            self._result = None
            self.hide()
            self.closed.emit()

    def sizeHint(self) -> QSize:
        """Return the panel's fixed width."""
        return QSize(WIDTH, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the panel with its hairlines."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("chrome"))
        line = self._theme.color("line")
        painter.fillRect(QRectF(0, 0, 1, self.height()), line)
        painter.fillRect(QRectF(0, _HEADER - 1, self.width(), 1), line)
        painter.fillRect(QRectF(0, self.height() - _FOOTER, self.width(), 1), line)

    def _set_up(self) -> None:
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Refine paragraph"))
        self._cross.setAccessibleName(self.tr("Close panel"))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._header())
        column.addWidget(self._body(), 1)
        column.addLayout(self._footer())
        self._cross.clicked.connect(self.close_panel)
        self._discard.clicked.connect(self.close_panel)
        self._apply.clicked.connect(self._on_apply_clicked)

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(_PADDING - 1, 9, 16, 10)
        row.addWidget(self._title, 1)
        row.addWidget(self._cross)
        return row

    def _body(self) -> QScrollArea:
        self._passage.setAccessibleName(self.tr("Passage with its changes"))
        self._rows.setAccessibleName(self.tr("List of changes"))
        for label in (self._passage, self._rows):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setFont(text_font(17))
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(_PADDING - 1, 16, _PADDING, 16)
        column.setSpacing(16)
        column.addWidget(self._passage)
        heading = QHBoxLayout()
        heading.addWidget(self._count, 1)
        heading.addWidget(self._note)
        column.addLayout(heading)
        column.addWidget(self._rows)
        column.addStretch()
        area = QScrollArea()
        area.setAccessibleName(self.tr("Proposal"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        return area

    def _footer(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(_PADDING - 1, 15, 16, 14)
        row.addWidget(self._apply)
        row.addStretch()
        row.addWidget(self._discard)
        return row

    @Slot()
    def _on_apply_clicked(self) -> None:
        if self._result is not None:
            self.apply_requested.emit(self._result)

    @Slot()
    def _tint(self) -> None:
        for label, token in ((self._title, "ink"), (self._count, "ink"), (self._note, "ink2")):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), self._theme.color(token))
            label.setPalette(palette)
        if self._result is not None:
            self._passage.setText(self._marked_passage(self._result))
            self._rows.setText("".join(self._row(change) for change in self._result.changes))
        self.update()

    def _marked_passage(self, result: RefineResult) -> str:
        """Return the passage as HTML, with old words struck and new ones underlined."""
        text, position, parts = result.original, self._request.start, []
        for change in result.changes:
            parts += [self._plain(text[position : change.start]), self._marked(change)]
            position = change.end
        end = len(text) if self._request.end is None else self._request.end
        parts.append(self._plain(text[position:end]))
        return f'<p style="margin:0">{"".join(parts)}</p>'

    def _plain(self, text: str) -> str:
        """Return unchanged words as HTML, blanks as on the page."""
        tokens, parts, position = self._theme.tokens, [], 0
        style = f"color:{tokens.accent}; background-color:{tokens.accent_soft}"
        for blank in find_blanks(text, strict=False):
            parts.append(escape(text[position : blank.start]))
            parts.append(f'<span style="{style}"><u>{"&nbsp;" * 12}</u></span>')
            position = blank.end
        return "".join(parts) + escape(text[position:])

    def _row(self, change: Change) -> str:
        arrow = f'<span style="color:{self._theme.tokens.ink2}"> → </span>'
        return f'<p style="margin:0 0 8px 0">{self._marked(change, arrow)}</p>'

    def _marked(self, change: Change, between: str = " ") -> str:
        tokens = self._theme.tokens
        old = (
            f'<span style="color:{tokens.warm}; background-color:{tokens.warm_soft}">'
            f"<s>{escape(change.before.strip())}</s></span>"
        )
        new = (
            f'<span style="color:{tokens.accent}; background-color:{tokens.accent_soft}">'
            f"<u>{escape(change.after.strip())}</u></span>"
        )
        return f"{old}{between}{new}"


def _label(text: str, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QLabel:
    label = QLabel(text)
    label.setFont(interface_font(size, weight=weight))
    return label
