"""Questions that must be answered at once: plain words, verbs on the buttons, no pictures."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMessageBox, QWidget

Answer = QMessageBox.StandardButton


def ask(
    parent: QWidget, text: str, detail: str, *, labels: dict[Answer, str], default: Answer
) -> Answer:
    """Ask the writer; return the button that was pressed. An empty label takes the usual one."""
    box = QMessageBox(parent)
    box.setWindowTitle(text)
    box.setText(text)
    box.setInformativeText(detail)
    for answer, label in labels.items():
        button = box.addButton(answer)
        button.setIcon(QIcon())
        if label:
            button.setText(label)
        # The style sheet's padding is more than the style reckons with.
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 36)
    box.setDefaultButton(default)
    return Answer(box.exec())
