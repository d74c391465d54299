"""The list view of the words that stand out, with a button on the chosen row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QWidget

from maria_editor.editor.likelihood_words import OddWord
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.theme import Theme
from maria_editor.window.likelihood_list import WIDTH, OddWordDelegate, OddWordModel

_BUTTON = 28
_BUTTON_TOP = 34
_BUTTON_RIGHT = 12
_LONGEST_LABEL = 16


class OddWordList(QListView):
    """The words, one of them chosen or none.

    Signals:
        chosen(OddWord): the writer looks at this word.
        entered(OddWord): the writer wants to go to it in the text.
        use_requested(OddWord): its first likelier word shall stand in its place.
    """

    chosen = Signal(object)
    entered = Signal(object)
    use_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = OddWordModel()
        self._delegate = OddWordDelegate(theme, self._model, self)
        self.use = Button(
            theme, self.tr("Use"), kind=ButtonKind.SOFT, height=_BUTTON, parent=self.viewport()
        )
        # True while the selection follows the page instead of the writer.
        self._is_following = False
        self._set_up()
        theme.changed.connect(self.viewport().update)

    @property
    def word(self) -> OddWord | None:
        """The chosen word."""
        # Qt makes a row current when the focus comes, chosen or not.
        chosen = self.selectedIndexes()
        return self._model.words[chosen[0].row()] if chosen else None

    @property
    def words(self) -> tuple[OddWord, ...]:
        """The words, strongest first."""
        return self._model.words

    def show_words(self, words: Sequence[OddWord], chosen: OddWord | None) -> None:
        """Show these words and choose one of them, if it is there; nothing is emitted."""
        self._is_following = True
        if list(words) != list(self._model.words):
            place = self.verticalScrollBar().value()
            self._model.show(words)
            self.verticalScrollBar().setValue(place)
        row = next((row for row, word in enumerate(words) if word is chosen), -1)
        if row < 0:
            self.clearSelection()
        elif self.word is not chosen:
            self.setCurrentIndex(self._model.index(row))
        self._is_following = False
        self._place_button()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the word with Enter."""
        word = self.word
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and word is not None:
            self.entered.emit(word)
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose the strongest word for a keyboard that comes here for the first time."""
        super().focusInEvent(event)
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if self.word is None and self._model.words and event.reason() in keys:
            self.setCurrentIndex(self._model.index(0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button in its place."""
        super().resizeEvent(event)
        self._place_button()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell which word is chosen."""
        super().selectionChanged(selected, deselected)
        self._place_button()
        word = self.word
        if word is not None and not self._is_following:
            self.chosen.emit(word)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Take the button along."""
        super().scrollContentsBy(dx, dy)
        self._place_button()

    def _set_up(self) -> None:
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(self.tr("Unlikely words"))
        self.use.clicked.connect(self._on_use_clicked)
        self.use.hide()

    def _place_button(self) -> None:
        word = self.word
        is_shown = word is not None and bool(word.likelier)
        if is_shown:
            assert word is not None
            other = word.likelier[0]
            if len(other) > _LONGEST_LABEL:
                other = other[: _LONGEST_LABEL - 1] + "…"
            self.use.set_face(self.tr("Use “{word}”").format(word=other), "", ButtonKind.SOFT)
            width = self.use.sizeHint().width()
            row = self.visualRect(self.selectedIndexes()[0])
            left = WIDTH - width - _BUTTON_RIGHT
            self.use.setGeometry(left, row.top() + _BUTTON_TOP, width, _BUTTON)
            self._delegate.button_width = width
        self.use.setVisible(is_shown)

    @Slot()
    def _on_use_clicked(self) -> None:
        if self.word is not None:
            self.use_requested.emit(self.word)
