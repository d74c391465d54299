"""The states that the pictures show, each led there by the window's own commands.

Sample words; nothing here is what a model said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from benchmarks.scripted_engine import STATS, ScriptedEngine
from benchmarks.waiting import pause
from maria_editor.editor.review_text import Decision
from maria_editor.theme.menu import Menu
from maria_editor.window.main_window import MainWindow
from maria_editor.window.review_session import words_of_flow
from maria_model.api import (
    BlankResult,
    Candidate,
    Change,
    FillResult,
    PassageScore,
    Progress,
    Reading,
    RefineResult,
    ScoreRequest,
    ScoreResult,
    WordScore,
)

State = Callable[[MainWindow, ScriptedEngine], QPixmap]

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


def refine_review(window: MainWindow, engine: ScriptedEngine) -> QPixmap:
    """Six changes of a paragraph: one kept, one left out, one looked at."""
    window.page.load(_rough_text())
    window.page.document().setModified(False)
    _put_caret(window, "A herring boat")
    _say_speed(window)
    window.refining.refine()
    engine.refined.emit(1, _refined(window, engine))
    reviewing = window.reviewing
    reviewing.steps.choose_sweep(_BEST_SWEEP)
    reviewing.steps.decide(Decision.KEPT, 0)
    reviewing.steps.decide(Decision.LEFT_OUT, 5)
    reviewing.steps.choose(3)
    return _grab(window)


# What a draft had, what the text has, and what that gains in nats.
_ROUGH = (
    ("nearly", "almost", 0.4),
    ("making", "working", 1.9),
    ("back", "home", 1.2),
    ("side", "edge", 2.3),
    ("looked until", "watched until", 2.8),
    ("started", "began", 0.6),
)
_SETTLED_MS = 150
# A mean a word.
_FLOW = (-3.41, -3.56, -3.38, -3.31, -3.22, -3.12, -3.13, -3.12)
_FIT = (-2.27, -2.33, -2.19, -2.17, -2.05, -1.98, -2.01, -1.99)
_BEST_SWEEP = 5


def _rough_text() -> str:
    # So short that all of it is in view.
    first, rest = TEXT.split(" She climbed", 1)
    text = first + rest[rest.index("\n\n") :].replace("[MASK:2-3]", "like slate")
    for rough, better, _ in _ROUGH:
        text = text.replace(better, rough, 1)
    return text


def _refined(window: MainWindow, engine: ScriptedEngine) -> RefineResult:
    text = window.page.text()
    start = text.rindex("\n", 0, text.index("A herring boat")) + 1
    words = words_of_flow(text, start, text.index("\n", start))
    changes = tuple(
        _change(text, rough.split()[0], better.split()[0], gain) for rough, better, gain in _ROUGH
    )
    readings = tuple(
        Reading(
            sweep=sweep,
            text=text,
            changes=changes[: max(2, sweep + 1)],
            score=PassageScore(flow=words * _FLOW[sweep], fit=_FIT[sweep]),
        )
        for sweep in range(1, len(_FLOW))
    )
    return RefineResult(
        text=text,
        original=text,
        changes=changes,
        sweeps=len(readings),
        seed=0,
        model=engine.info,
        stats=STATS,
        revision=window.page.revision,
        score=PassageScore(flow=words * _FLOW[0], fit=_FIT[0]),
        readings=readings,
    )


def _change(text: str, rough: str, better: str, gain: float) -> Change:
    # The word itself, not one that it is part of; "looked" is looked for in the right place.
    after = text.index("she ") if rough == "looked" else 0
    start = text.index(f" {rough} ", after) + 1
    return Change(start=start, end=start + len(rough), before=rough, after=better, gain=gain)


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
    engine.scored.emit(1, ScoreResult(words=words, model=engine.info, stats=STATS))
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
    "refine-review": refine_review,
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
        FillResult(text="", blanks=blanks, hypotheses=(), seed=0, model=engine.info, stats=STATS),
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
    # What follows a change a moment later, as the counts do, has followed.
    pause(_SETTLED_MS)
    return window.grab()
