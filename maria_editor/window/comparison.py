"""Two texts laid over each other: what goes is struck, what comes is underlined."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QTextBrowser, QWidget

from maria_editor.document.differences import Kind, Piece, differences
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import text_font
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card
from maria_editor.window.notice import Step

_WIDTH, _HEIGHT = 760, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two texts to compare, and what the writer calls them."""

    old: str
    new: str
    old_name: str
    new_name: str


class ComparisonView(QTextBrowser):
    """Shows the differences, with a little of what is the same around them; read-only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pieces: tuple[Piece, ...] = ()
        self.setOpenLinks(False)
        self.setFont(text_font(15))
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setAccessibleName(self.tr("What differs"))
        self.document().setDocumentMargin(12)
        theme.changed.connect(self._show)

    def compare(self, old: str, new: str) -> None:
        """Show how `new` differs from `old`."""
        self._pieces = differences(old, new)
        self._show()

    @Slot()
    def _show(self) -> None:
        if not any(piece.kind in (Kind.OLD, Kind.NEW) for piece in self._pieces):
            self.setPlainText(self.tr("Both are the same, word for word."))
            return
        self.setHtml("".join(self._html(piece) for piece in self._pieces))

    def _html(self, piece: Piece) -> str:
        tokens = self._theme.tokens
        if piece.kind is Kind.GAP:
            words = self.tr("{n} paragraphs alike").format(n=f"{piece.count:,}")
            return f'<p style="color:{tokens.ink2}">· · · {words} · · ·</p>'
        text = escape(piece.text).replace("\n", "<br>")
        if piece.kind is Kind.OLD:
            style = f"color:{tokens.warm}; background-color:{tokens.warm_soft}"
            return f'<s style="{style}">{text}</s>'
        if piece.kind is Kind.NEW:
            style = f"color:{tokens.accent}; background-color:{tokens.accent_soft}"
            return f'<u style="{style}">{text}</u>'
        return text


class ComparisonCard(Card):
    """A comparison with choices under it; each choice closes it."""

    def __init__(
        self, theme: Theme, window: QWidget, sides: Sides, steps: tuple[Step, ...] = ()
    ) -> None:
        super().__init__(theme, window, width=_WIDTH, height=_HEIGHT)
        self.title.setText(self.tr("What differs"))
        legend = self.tr("Struck: only in {old}. Underlined: only in {new}.")
        self.subtitle.setText(legend.format(old=sides.old_name, new=sides.new_name))
        self.view = ComparisonView(theme)
        self.view.compare(sides.old, sides.new)
        self.body.addWidget(self.view)
        back = Button(theme, self.tr("Back"), height=36)
        back.clicked.connect(self.close_card)
        self.buttons.addWidget(back)
        self.buttons.addStretch()
        for number, step in enumerate(steps, start=1):
            is_main = number == len(steps)
            kind = ButtonKind.PRIMARY if is_main else ButtonKind.FLAT
            button = Button(theme, step.label, kind=kind, height=36)
            button.clicked.connect(lambda _=False, step=step: self._answer(step))
            self.buttons.addWidget(button)

    def _answer(self, step: Step) -> None:
        self.close_card()
        step.action()
