"""The wait for a text on its way to a slow disk: the window lives on, and the writer may stay."""

from __future__ import annotations

from PySide6.QtCore import QEventLoop, QTimer, SignalInstance, Slot
from PySide6.QtWidgets import QWidget

from maria_editor.theme.button import Button
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card

_WIDTH = 480
# What is over sooner would only flicker.
_PATIENCE_MS = 300


class SavingCard(Card):
    """Says what is waited for."""

    def __init__(self, theme: Theme, window: QWidget, name: str) -> None:
        super().__init__(theme, window, width=_WIDTH)
        self._loop = QEventLoop(self)
        self._is_settled = False
        self.title.setText(self.tr("Saving “{name}”…").format(name=name))
        self.title.setWordWrap(True)
        self.subtitle.setText(self.tr("The disk is slow. This goes on once your text is there."))
        self.body.setContentsMargins(0, 0, 0, 24)
        self.stay = Button(theme, self.tr("Stay here"), height=36)
        self.stay.clicked.connect(self.close_card)
        self.buttons.addStretch()
        self.buttons.addWidget(self.stay)

    def wait_for(self, settled: SignalInstance) -> bool:
        """Return True once it is settled, or False if the writer would rather stay."""
        patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        patience.timeout.connect(self.open)
        patience.start()
        settled.connect(self._on_settled)
        self.closed.connect(self._loop.quit)
        self._loop.exec()
        patience.stop()
        if self.isVisible():
            self.close_card()
        else:
            self.deleteLater()
        return self._is_settled

    @Slot()
    def _on_settled(self) -> None:
        self._is_settled = True
        self._loop.quit()
