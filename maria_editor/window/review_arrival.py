"""A review that opens by itself takes the keyboard; what is typed unawares belongs to the text.

For a moment every key that writes is the text's. After it the review's own keys are heard, and
other letters are the text's still, until the writer has turned to the review.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot

from maria_editor.window.review_view import ReviewPages
from maria_editor.window.waiting import MOMENT_MS


class ReviewArrival(QObject):
    """Tells what is written unawares from what is typed in a review that the writer knows of.

    Signals:
        written(QEvent): this was meant for the text.
        refused: letters were typed where nothing is written; once for each review.
    """

    written = Signal(object)
    refused = Signal()

    def __init__(self, pages: ReviewPages) -> None:
        super().__init__(pages)
        self._pages = pages
        self._is_known = True
        self._is_told = False
        self._moment = QTimer(self, interval=MOMENT_MS, singleShot=True)
        self._moment.timeout.connect(self._on_moment_over)
        pages.written.connect(self._on_written)
        pages.pressed.connect(self.end)

    def begin(self, *, is_asked_for: bool) -> None:
        """Take it that a review has opened: by itself, or as the writer asked just now."""
        self._is_known, self._is_told = is_asked_for, False
        self._pages.set_new(not is_asked_for)
        if not is_asked_for:
            self._moment.start()

    @Slot()
    def end(self) -> None:
        """Take it that the writer has turned to the review, or that it is gone."""
        self._is_known = True
        self._moment.stop()
        self._pages.set_new(False)

    @Slot()
    def _on_moment_over(self) -> None:
        self._pages.set_new(False)

    @Slot(object)
    def _on_written(self, event: QEvent) -> None:
        if not self._is_known:
            self.end()
            self.written.emit(event)
        elif not self._is_told:
            self._is_told = True
            self.refused.emit()
