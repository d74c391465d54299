"""What the window asks about files: before a text goes, or where a file cannot simply be opened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from maria_editor.document.encodings import EncodingError, Reading
from maria_editor.document.file_lock import LockHolder
from maria_editor.theme.button import ButtonKind
from maria_editor.theme.theme import Theme
from maria_editor.window.moments import clock
from maria_editor.window.notice import Notice, Step
from maria_editor.window.question import Answer, Choice, ask


def ask_to_save(theme: Theme, window: QWidget, path: Path | None) -> Answer:
    """Ask whether an unsaved text, of this file or of none yet, is to be saved before it goes."""
    detail = _tr("It is in no file yet. Without saving, it is lost.")
    if path is None:
        question = _tr("Save what you wrote?")
    elif not path.exists():
        question = _tr("Save what you wrote as “{name}”?").format(name=path.name)
    else:
        question = _tr("Save your changes to “{name}”?").format(name=path.name)
        detail = _tr("Without saving, what you wrote since the last time is lost.")
    return ask(
        theme,
        window,
        question,
        detail,
        Choice(Answer.DISCARD, _tr("Do not save"), ButtonKind.DANGER),
        Choice(Answer.STAY, _tr("Cancel")),
        Choice(Answer.SAVE, _tr("Save"), ButtonKind.PRIMARY),
    )


def may_replace(theme: Theme, window: QWidget, path: Path) -> bool:
    """Ask whether a file that stands where a text is to be saved may go."""
    question = _tr("“{name}” is there already. Replace it?").format(name=path.name)
    answer = ask(
        theme,
        window,
        question,
        _tr("What stands in it now is lost."),
        Choice(Answer.SAVE, _tr("Replace"), ButtonKind.DANGER),
        Choice(Answer.STAY, _tr("Cancel"), ButtonKind.PRIMARY),
    )
    return answer is Answer.SAVE


def open_elsewhere(path: Path, holder: LockHolder, *steps: Step) -> Notice:
    """Say that another window has a file open."""
    since = _tr(" since {time}").format(time=clock(holder.since)) if holder.since else ""
    news = _tr("“{name}” is open in another window{since}.")
    rest = _tr("Two windows would overwrite each other.")
    return Notice(news.format(name=path.name, since=since), rest, steps, True)


def offer_readings(error: EncodingError, convert: Callable[[Path, Reading], None]) -> Notice:
    """Offer the encodings in which a file can be read; the chosen one goes to `convert`."""
    news = _tr("“{name}” is not plain UTF-8.").format(name=error.path.name)
    first = error.readings[0]
    rest = _tr("It reads as {encoding}: “{sample}”. A copy is converted, the file stays as it is.")
    steps = [Step(_tr("Open a copy"), partial(convert, error.path, first))]
    for other in error.readings[1:]:
        label = _tr("As {encoding}").format(encoding=other.name)
        steps.append(Step(label, partial(convert, error.path, other)))
    words = rest.format(encoding=first.name, sample=first.sample)
    return Notice(news, words, tuple(steps), True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)
