"""The text under review, in the place of the page: inline, side by side, or the result alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from maria_editor.editor.page import Page
from maria_editor.editor.review_buttons import ReviewButtons
from maria_editor.editor.review_page import ReviewPage
from maria_editor.editor.review_place import PassagePlace
from maria_editor.editor.review_text import PassageChanges, ReviewView, ShownText
from maria_editor.theme.theme import Theme
from maria_editor.window.review_session import Review

# The text around the passage that is shown with it, in characters each side: some five screens.
_AROUND = 10_000
_SIDE_BY_SIDE_MEASURE = 52
# Between a passage and the edges of the window; the buttons of its last line stand there.
_MARGIN = 56


class ReviewPages(QWidget):
    """Stands in for one page while a review is open.

    Signals:
        change_chosen(int): the change with this number was clicked.
        decided(Decision): what the writer says of the current change.
        pressed: the pointer was pressed in the text.
        written(QEvent): a key, or composed words, that would write in the page.
    """

    change_chosen = Signal(int)
    decided = Signal(object)
    pressed = Signal()
    written = Signal(object)

    def __init__(self, page: Page, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._theme = theme
        self._view: ReviewView = "inline"
        self._is_aligning = False
        # The change that is looked at.
        self._current: int | None = None
        self._row = QHBoxLayout(self)
        self.main = ReviewPage(theme)
        self.other = ReviewPage(theme)
        self.buttons = ReviewButtons(self.main, theme)
        self._set_up()
        self.hide()

    @property
    def view(self) -> ReviewView:
        """How both versions are shown."""
        return self._view

    @property
    def is_new(self) -> bool:
        """Whether no key that writes was meant for the review: it has only just come."""
        return self.main.is_new

    def set_new(self, is_new: bool) -> None:
        """Say whether it has only just come, and by itself."""
        for page in (self.main, self.other):
            page.set_new(is_new)

    def choose(self, view: ReviewView) -> None:
        """Show both versions otherwise; takes effect when a review is shown next."""
        self._view = view

    def open(self, place: PassagePlace) -> float | None:
        """Take the page's place; return where the passage stood in it, if it was in view."""
        top = self._page.origin(place.block()).y()
        in_view = 0 <= top <= self._page.viewport().height()
        self.match_page()
        self._page.hide()
        self.show()
        return top if in_view else None

    def settle(self, top: float | None) -> None:
        """Put the passage where it stood in the page, or higher where more of it shows then.

        Call it once a review is shown.
        """
        if top is None:
            return
        bar = self.main.verticalScrollBar()
        bar.setValue(bar.value() + round(self.main.passage_top() - top))
        hidden = self.main.passage_bottom() + _MARGIN - self.main.viewport().height()
        room = self.main.passage_top() - _MARGIN
        bar.setValue(bar.value() + round(max(0, min(hidden, room))))
        if self._current is not None:
            self.bring_into_view(self._current)

    def close_pages(self) -> None:
        """Give the page its place back."""
        self.hide()
        self._page.show()
        self.main.forget()
        self.other.forget()

    def show_review(self, review: Review, locked: Sequence[tuple[int, int]]) -> None:
        """Show a passage with the changes of the sweep that is looked at, and its locked words."""
        before = review.text[max(0, review.start - _AROUND) : review.start]
        if review.start > _AROUND:
            before = before[before.find("\n") + 1 :]
        after = review.text[review.end : review.end + _AROUND]
        if review.end + _AROUND < len(review.text):
            after = after[: max(after.rfind("\n"), 0)]
        changes = review.changes
        decisions = [review.decision(change) for change in changes]
        passage = PassageChanges(
            review.text[review.start : review.end], review.start, changes, decisions
        )
        two = self._view == "side_by_side"
        if self.other.isHidden() is two:
            self.other.setVisible(two)
            # The text is laid out in its new width before it is scrolled.
            self._row.activate()
        self._current = review.current if changes else None
        shown = passage.inline() if self._view == "inline" else passage.result()
        self.main.show_passage(before, shown, after, current=review.current, locked=locked)
        other = passage.original() if two else ShownText("", ())
        if two:
            self.other.show_passage(before, other, after, current=review.current, locked=locked)
        if changes:
            self.buttons.show_for(decisions[review.current])
        else:
            self.buttons.hide()

    def bring_into_view(self, number: int) -> None:
        """Scroll so that a change shows."""
        self.main.bring_into_view(number)
        self.buttons.place()

    @Slot()
    def match_page(self) -> None:
        """Show the text as large and as wide as the page does."""
        measure = _SIDE_BY_SIDE_MEASURE if self._view == "side_by_side" else None
        for page in (self.main, self.other):
            page.look_like(self._page, measure=measure)
        self.buttons.place()

    @Slot()
    def _align(self) -> None:
        """Scroll the other column as far as the main one."""
        self._is_aligning = True
        self.other.verticalScrollBar().setValue(self.main.verticalScrollBar().value())
        self._is_aligning = False

    @Slot(int)
    def _on_other_scrolled(self, value: int) -> None:
        if self._is_aligning:
            return
        # A new width moves it too: then the main column stays and it comes back.
        if self.other.hasFocus():
            self.main.verticalScrollBar().setValue(value)
        else:
            self._align()

    @Slot()
    def _on_other_wheeled(self) -> None:
        self.main.verticalScrollBar().setValue(self.other.verticalScrollBar().sliderPosition())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the hairline between the columns."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("paper"))
        x = self.main.geometry().left() - 1
        painter.fillRect(QRectF(x, 0, 1, self.height()), self._theme.color("line"))

    def _set_up(self) -> None:
        self.setFocusProxy(self.main)
        row = self._row
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        row.addWidget(self.other, 1)
        row.addWidget(self.main, 1)
        self.other.hide()
        self.other.setAccessibleName(self.tr("Text as it is"))
        for page in (self.main, self.other):
            page.change_chosen.connect(self.change_chosen)
            page.pressed.connect(self.pressed)
            page.written.connect(self.written)
        self.main.verticalScrollBar().valueChanged.connect(self._align)
        # What has just been laid out beside the text may scroll as far only now.
        self.other.verticalScrollBar().rangeChanged.connect(self._align)
        self.other.verticalScrollBar().valueChanged.connect(self._on_other_scrolled)
        self.other.verticalScrollBar().actionTriggered.connect(self._on_other_wheeled)
        self.other.resized.connect(self._align)
        self.buttons.decided.connect(self.decided)
