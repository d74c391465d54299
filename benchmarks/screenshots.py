"""Renders the editor's window in its main states, light and dark.

The window is the real one; only the engine is scripted, so that the pictures come out the same
every time. Needs no display.

    python -m benchmarks.screenshots FOLDER
"""

from __future__ import annotations

import argparse
import math
import os
import re
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "2")

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from maria_editor.document.recovery import RecoveryStore
from maria_editor.engine.client import EngineState
from maria_editor.settings import Settings
from maria_editor.theme.menu import Menu
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow
from maria_model.api import (
    BlankResult,
    Candidate,
    Change,
    FillRequest,
    FillResult,
    ModelInfo,
    Progress,
    RefineRequest,
    RefineResult,
    RescoreRequest,
    ScoreRequest,
    ScoreResult,
    Stats,
    WordScore,
)

TEXT = """\
# The Lamp Room

The lamp had been lit every evening for a hundred and twelve years, and Ines did not intend to \
be the one who forgot. She climbed the last of the iron stairs with the oil can tucked against \
her hip, counting under her breath as her father had taught her, so that she would know in the \
dark how far there was to fall.

From the gallery the sea looked almost [MASK:2-3]. A herring boat was working its way home along \
the edge of the shoal, and she watched until its light went behind the point. Then she turned to \
the glass, breathed on it, and began to polish in small circles.

“You’ll wear it through,” said Tomas from the stairs. He had come up without his boots, as he did \
when he wanted something.

He laughed and sat down on the top step. Below them the wind had begun to move in the long grass, \
and somewhere a gate was knocking, not often, but often enough that she found \
herself waiting for it."""
_STATS = Stats(method="auto", ar_passes=2, mlm_passes=1, tokens=3, words=38, seconds=1.0)


class ScriptedEngine(QObject):
    """Says what a picture needs, when it is told to."""

    state_changed = Signal(object)
    ready = Signal(object)
    moved = Signal(object)
    progressed = Signal(int, object)
    filled = Signal(int, object)
    refined = Signal(int, object)
    rescored = Signal(int, object)
    scored = Signal(int, object)
    cancelled = Signal(int, object)
    failed = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.state = EngineState.STOPPED
        self.request: FillRequest | RefineRequest | RescoreRequest | ScoreRequest | None = None
        self.info = ModelInfo(
            name="MARIA small",
            causal_lm="",
            masked_lm="",
            device="cpu",
            trained_head=True,
            context_length=512,
        )

    def start(self) -> None:
        """Be ready at once."""
        self.state = EngineState.READY
        self.state_changed.emit(self.state)
        self.ready.emit(self.info)

    def fill(self, request: FillRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def refine(self, request: RefineRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def rescore(self, request: RescoreRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def score(self, request: ScoreRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def cancel(self) -> None:
        """Nothing runs."""

    def cancel_job(self, number: int) -> None:
        """Nothing runs."""

    def let_give_way(self, number: int) -> None:
        """Nothing runs."""

    def shutdown(self) -> None:
        """Nothing runs."""


State = Callable[[MainWindow, ScriptedEngine], QPixmap]


def main() -> None:
    """Write every state in both themes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--states", nargs="*", choices=STATES, default=list(STATES))
    parser.add_argument("--size", default="1280x820", help="of the window, WIDTHxHEIGHT")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    app.setCursorFlashTime(0)
    for choice in ("light", "dark"):
        theme = Theme(app, choice)
        for name in arguments.states:
            picture = _picture(STATES[name], theme, width, height)
            picture.save(str(arguments.folder / f"{name}-{choice}.png"))


def _picture(state: State, theme: Theme, width: int, height: int) -> QPixmap:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = ScriptedEngine()
        recovery = RecoveryStore(folder / "recovery")
        settings = Settings(folder / "settings.ini")
        # What rises or fades would be caught on its way.
        settings.reduce_motion = True
        window = MainWindow(engine, settings, recovery, theme)
        window.resize(width, height)
        window.show()
        engine.start()
        if state is not empty:
            window.open_path(_sample(folder))
        window.activateWindow()
        window.page.setFocus()
        QApplication.processEvents()
        picture = state(window, engine)
        window.page.document().setModified(False)
        window.close()
        recovery.close()
        return picture


def _sample(folder: Path) -> Path:
    path = folder / "The Lamp Room.md"
    path.write_text(TEXT, encoding="utf-8")
    moment = datetime.now().replace(hour=14, minute=32).timestamp()
    os.utime(path, (moment, moment))
    return path


def empty(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """An empty page."""
    return _grab(window)


def page(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """A page with two blanks."""
    _blank_out(window, "tucked")
    _say_speed(window)
    _put_caret(window, "He laughed")
    return _grab(window)


def working(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """The first of two blanks is settled, the second is being read."""
    _blank_out(window, "tucked")
    _say_speed(window)
    window.filling.fill_all()
    text = window.page.text()
    start = text.index("[MASK]")
    blank = BlankResult(index=0, start=start, end=start + 6, fill="balanced", logprob=-1.0)
    engine.progressed.emit(1, Progress(done=1, total=2, stage="filling", blank=blank))
    window.page.clearFocus()
    return _grab(window)


def context_menu(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """The menu of a blank."""
    _blank_out(window, "tucked")
    _say_speed(window)
    blank = window.blanking.all()[0]
    menu = window.menu.menu_at(window.page.position(blank.start))
    menu.setActiveAction(menu.actions()[0])
    return _with_menu(window, menu, blank.start)


def filled(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """Both blanks are filled."""
    _offer(window, engine)
    window.candidates.accept_all()
    return _grab(window)


def candidates(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """Words are offered for both blanks; the popup stands at the second."""
    _offer(window, engine)
    window.candidates.popup.stepped.emit(1)
    return _grab(window)


def blank_rules(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """Length and rules of the first of two blanks."""
    _blank_out(window, "tucked")
    _say_speed(window)
    window.blanks.open_rules(0)
    form = window.blanks.popover.form
    form.fields["starts"].setText("b")
    form.fields["ends"].setText("ed")
    form.fields["ends"].setFocus()
    return _grab(window)


def blank_card(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """The card that blanks every n-th word."""
    _say_speed(window)
    window.commands["blank_nth"].trigger()
    return _grab(window)


def refining(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """A proposal for a paragraph."""
    _put_caret(window, "A herring boat")
    window.refining.refine()
    text = window.page.text()
    pairs = (("working", "making"), ("edge", "side"), ("watched", "looked"))
    changes = tuple(
        Change(start=text.index(old), end=text.index(old) + len(old), before=old, after=new)
        for old, new in pairs
    )
    result = RefineResult(
        text=text,
        original=text,
        changes=changes,
        sweeps=3,
        seed=0,
        model=engine.info,
        stats=_STATS,
        revision=window.page.revision,
    )
    engine.refined.emit(1, result)
    return _grab(window)


def likelihood(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """Words that surprise are marked; the strongest, a slip, is chosen."""
    text = window.page.text()
    for old, new in (("tucked", "slung"), ("[MASK:2-3]", "like slate"), ("edge", "hem")):
        text = text.replace(old, new)
    window.page.load(text.replace("waiting for", "waiting four"))
    window.likelihood.open()
    QApplication.processEvents()
    # Each answer brings the next question.
    while window.likelihood.unscored:
        _score(engine)
        QApplication.processEvents()
    window.likelihood.go(backwards=True)
    window.page.clearFocus()
    _say_speed(window)
    return _grab(window)


# Bits, and what would be likelier.
_ODD: dict[str, tuple[float, tuple[str, ...]]] = {
    "four": (13.4, ("for",)),
    "hem": (10.9, ("edge", "side", "rim")),
    "slung": (9.6, ("resting", "held")),
    "boots": (9.2, ("lamp", "coat")),
    "knocking": (8.8, ("banging", "open")),
    "gallery": (7.4, ("window", "road")),
    "gate": (7.2, ("door", "bell")),
}


def _score(engine: ScriptedEngine) -> None:
    request = engine.request
    assert isinstance(request, ScoreRequest)
    words = tuple(
        WordScore(
            start=match.start(),
            end=match.end(),
            text=match[0],
            kind="word",
            logprob=-9.0,
            margin=0.0,
            oddness=bits * math.log(2),
            rank=2,
            alternatives=tuple(Candidate(text=word, logprob=-1.0) for word in likelier),
        )
        for word, (bits, likelier) in _ODD.items()
        for match in re.finditer(rf"\b{word}\b", request.text)
        if request.start <= match.start() < (request.end or 0)
    )
    engine.scored.emit(1, ScoreResult(words=words, model=engine.info, stats=_STATS))
    engine.state_changed.emit(engine.state)


STATES: dict[str, State] = {
    "empty": empty,
    "page": page,
    "working": working,
    "context-menu": context_menu,
    "filled": filled,
    "candidates": candidates,
    "blank-rules": blank_rules,
    "blank-card": blank_card,
    "refining": refining,
    "likelihood": likelihood,
}


def _blank_out(window: MainWindow, word: str) -> None:
    start = window.page.text().index(word)
    window.page.select_span(start, start + len(word))
    window.blanking.blank_out()
    # The sample counts as saved.
    window.page.document().setModified(False)


def _offer(window: MainWindow, engine: ScriptedEngine) -> None:
    _blank_out(window, "tucked")
    _say_speed(window)
    window.filling.fill_all()
    text = window.page.text()
    slate = zip(
        ("like slate", "at rest", "too calm", "ready to sleep", "as it should"),
        (0.21, 0.18, 0.11, 0.06, 0.04),
        strict=True,
    )
    candidates = (
        (Candidate(text="balanced", logprob=-1.0, probability=0.32),),
        tuple(Candidate(text=word, logprob=-1.0, probability=share) for word, share in slate),
    )
    blanks = tuple(
        BlankResult(
            index=i,
            start=text.index(literal),
            end=text.index(literal) + len(literal),
            fill=candidates[i][0].text,
            logprob=-1.0,
            candidates=candidates[i],
        )
        for i, literal in enumerate(("[MASK]", "[MASK:2-3]"))
    )
    engine.filled.emit(
        1,
        FillResult(text="", blanks=blanks, hypotheses=(), seed=0, model=engine.info, stats=_STATS),
    )


def _say_speed(window: MainWindow) -> None:
    window.status.speed.show_words("38 words/s")
    window.status.fit()


def _put_caret(window: MainWindow, words: str) -> None:
    cursor = window.page.textCursor()
    end = window.page.text().index(words) + len(words)
    cursor.setPosition(window.page.position(end))
    window.page.setTextCursor(cursor)


def _with_menu(window: MainWindow, menu: Menu, start: int) -> QPixmap:
    page = window.page
    chip = page.chip_rect(page.position(start))
    corner = QPoint(round(chip.left()) + 22, round(chip.bottom()) + 8)
    corner = page.viewport().mapTo(window, corner) - menu.panel_rect().topLeft()
    menu.aboutToShow.emit()
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    page.viewport().update()
    picture = _grab(window)
    popup = menu.grab()
    painter = QPainter(picture)
    painter.drawPixmap(corner, popup)
    painter.end()
    return picture


def _grab(window: MainWindow) -> QPixmap:
    QApplication.processEvents()
    return window.grab()


if __name__ == "__main__":
    main()
