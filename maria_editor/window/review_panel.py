"""The panel of a review: strength and budget, what is never touched, the sweeps, the changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from maria_editor.editor.review_text import Decision
from maria_editor.settings import STRENGTHS
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.label import Label
from maria_editor.theme.theme import Theme
from maria_editor.window.review_chips import LockChips
from maria_editor.window.review_rows import ReviewRows
from maria_editor.window.review_scrubber import Scrubber
from maria_editor.window.review_session import Review
from maria_editor.window.review_slider import Slider
from maria_editor.window.side_panel import PADDING, Hairline, SidePanel
from maria_editor.window.strength_names import nothing_at, strength_named, strength_names

MOST_WORDS = 12
_MINUS = "\u2212"
_FOOTER = 65
_STRENGTHS = tuple(STRENGTHS)


class ReviewPanel(SidePanel):
    """Stands at the right of the page while a passage is reviewed.

    Signals:
        strength_chosen(str): look for changes again, as boldly as this.
        budget_chosen(int | None): let so many words change at most; None is any number.
        unlock_requested(int): let go of the writer's lock with this number.
        sweep_chosen(int): look at this sweep.
        branch_requested: refine again from the sweep that is looked at.
        change_chosen(int): make this change the current one.
        decided(int, Decision): what the writer says of a change.
        apply_requested, discard_requested: make the changes; forget them.
        views_requested: offer other ways to see them.
        closed: put the review away, decisions kept.
    """

    strength_chosen = Signal(str)
    budget_chosen = Signal(object)
    unlock_requested = Signal(int)
    sweep_chosen = Signal(int)
    branch_requested = Signal()
    change_chosen = Signal(int)
    decided = Signal(int, object)
    apply_requested = Signal()
    discard_requested = Signal()
    views_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, self.tr("Refine paragraph"), footer=_FOOTER, parent=parent)
        self.views = Button(theme, icon="eye", height=28)
        self.strength = Slider(theme, self.tr("Strength"), 0, len(_STRENGTHS) - 1)
        self.budget = Slider(theme, self.tr("Change at most"), 1, MOST_WORDS + 1)
        self.locks = LockChips(theme)
        self.scrubber = Scrubber(theme)
        self.branch = Button(theme, icon="branch", height=24)
        self.rows = ReviewRows(theme)
        self.apply = Button(theme, self.tr("Apply"), kind=ButtonKind.PRIMARY, height=36)
        self.discard = Button(theme, self.tr("Discard"), height=36)
        self._strength_word, self._budget_words = self._quiet(), self._quiet()
        self._sweep, self._sweep_note = self._strong(), self._quiet()
        self._flow, self._fit = self._quiet(), self._quiet()
        self._count, self._said = self._strong(), self._quiet()
        self._nothing = self._quiet()
        self._area = QScrollArea()
        self._set_up()
        self._connect()

    def show_strength(self, strength: float) -> None:
        """Put the slider where a strength is, one of `STRENGTHS`."""
        self.strength.blockSignals(True)
        self.strength.setValue(list(STRENGTHS.values()).index(strength))
        self.strength.blockSignals(False)
        self._strength_word.setText(self._strength_name())
        self.strength.setAccessibleDescription(self._strength_name())

    def show_review(self, review: Review, locks: Sequence[str], *, is_running: bool) -> None:
        """Show how a review stands."""
        self._show_budget(review.budget)
        self.locks.show_locks(locks)
        self._show_sweeps(review, is_running=is_running)
        self._show_changes(review, is_running=is_running)
        if not is_running:
            # Once the rows have their places.
            QTimer.singleShot(0, self, self._show_current_row)

    def _show_current_row(self) -> None:
        row = next((row for row in self.rows.rows if row.is_current), None)
        if row is not None:
            self._area.ensureWidgetVisible(row, 0, 8)

    def _show_budget(self, budget: int | None) -> None:
        value = MOST_WORDS + 1 if budget is None else budget
        if not self.budget.isSliderDown():
            self.budget.blockSignals(True)
            self.budget.setValue(value)
            self.budget.blockSignals(False)
        if budget is None:
            words = self.tr("any number of words")
        elif budget == 1:
            words = self.tr("1 word")
        else:
            words = self.tr("{n} words").format(n=budget)
        self._budget_words.setText(words)
        self.budget.setAccessibleDescription(words)

    def _show_sweeps(self, review: Review, *, is_running: bool) -> None:
        scores = review.scores()
        self.scrubber.show_sweeps(scores, review.sweep)
        place = self.tr("Sweep {i} of {n}").format(i=review.sweep, n=len(review.readings))
        self._sweep.setText(place)
        self._sweep_note.setText(self._note(review, is_running=is_running))
        start, now = scores[0], scores[review.sweep]
        flow = _from_to(start.flow if start else None, now.flow if now else None)
        fit = _from_to(start.fit if start else None, now.fit if now else None)
        self._flow.setText(self.tr("flow  {figures}").format(figures=flow))
        self._fit.setText(self.tr("fit  {figures}").format(figures=fit))
        self.branch.setEnabled(not is_running and bool(review.applied))

    def _note(self, review: Review, *, is_running: bool) -> str:
        if is_running:
            return self.tr("still reading")
        if review.sweep == 0:
            return self.tr("your text")
        return self.tr("best so far") if review.is_best() else ""

    def _show_changes(self, review: Review, *, is_running: bool) -> None:
        changes = review.changes
        decisions = [review.decision(change) for change in changes]
        self.rows.show_changes(changes, decisions, review.current)
        # New rows come last by Tab, but stand above the buttons.
        stops = [button for row in self.rows.rows for button in (row.first, row.second)]
        for one, next_one in pairwise([self.scrubber, *stops, self.apply]):
            QWidget.setTabOrder(one, next_one)
        self._count.setText(counted_changes(len(changes)))
        kept, left_out = review.count(Decision.KEPT), review.count(Decision.LEFT_OUT)
        parts = [self.tr("{n} kept").format(n=kept)] if kept else []
        parts += [self.tr("{n} left out").format(n=left_out)] if left_out else []
        self._said.setText(", ".join(parts))
        found_none = not changes and not is_running and review.sweep > 0
        if found_none:
            self._nothing.setText(nothing_at(strength_named(review.strength)))
        self._nothing.setVisible(found_none)
        count = len(review.applied)
        self.apply.setEnabled(bool(count) and not is_running)
        words = self.tr("Apply {changes}").format(changes=counted_changes(count))
        self.apply.set_face(words if count else self.tr("Apply"), "", ButtonKind.PRIMARY)

    def _set_up(self) -> None:
        self.views.setAccessibleName(self.tr("Ways to see the changes"))
        self.branch.setAccessibleName(self.tr("Refine again from here"))
        for button in (self.views, self.branch):
            button.setToolTip(button.accessibleName())
        self._nothing.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._header())
        column.addWidget(self._body(), 1)
        column.addLayout(self._footer())

    def _header(self) -> QHBoxLayout:
        title = self._strong(15, QFont.Weight.DemiBold)
        title.setText(self.tr("Refine paragraph"))
        row = QHBoxLayout()
        row.setContentsMargins(PADDING - 1, 9, 16, 11)
        row.setSpacing(4)
        row.addWidget(title, 1)
        row.addWidget(self.views)
        row.addWidget(self.cross)
        return row

    def _body(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in (self._dials(), self._never_touch(), self._sweeps()):
            column.addLayout(section)
            column.addWidget(Hairline(self._theme))
        column.addLayout(self._changes())
        column.addStretch()
        area = self._area
        area.setAccessibleName(self.tr("Review"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        return area

    def _dials(self) -> QVBoxLayout:
        section = _section(13, 12)
        section.addLayout(self._pair(self.tr("Strength"), self._strength_word))
        section.addWidget(self.strength)
        section.addSpacing(8)
        section.addLayout(self._pair(self.tr("Change at most"), self._budget_words))
        section.addWidget(self.budget)
        return section

    def _never_touch(self) -> QVBoxLayout:
        section = _section(12, 14)
        name = self._strong()
        name.setText(self.tr("Never touch"))
        section.addWidget(name)
        section.addSpacing(6)
        section.addWidget(self.locks)
        return section

    def _sweeps(self) -> QVBoxLayout:
        section = _section(10, 10)
        row = QHBoxLayout()
        row.addWidget(self._sweep)
        row.addWidget(self.branch)
        row.addStretch()
        row.addWidget(self._sweep_note)
        section.addLayout(row)
        section.addSpacing(4)
        section.addWidget(self.scrubber)
        legend = QHBoxLayout()
        legend.setSpacing(8)
        legend.addWidget(_Sample(self._theme, "accent", is_dashed=False))
        legend.addWidget(self._flow)
        legend.addStretch()
        legend.addWidget(_Sample(self._theme, "ink2", is_dashed=True))
        legend.addWidget(self._fit)
        section.addLayout(legend)
        return section

    def _changes(self) -> QVBoxLayout:
        section = QVBoxLayout()
        section.setContentsMargins(11, 10, 12, 12)
        section.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 4)
        row.addWidget(self._count)
        row.addStretch()
        row.addWidget(self._said)
        section.addLayout(row)
        section.addWidget(self.rows)
        inner = QHBoxLayout()
        inner.setContentsMargins(12, 4, 12, 0)
        inner.addWidget(self._nothing)
        section.addLayout(inner)
        return section

    def _footer(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(PADDING - 1, 15, 16, 14)
        row.addWidget(self.apply)
        row.addStretch()
        row.addWidget(self.discard)
        return row

    def _pair(self, name: str, value: QLabel) -> QHBoxLayout:
        row = QHBoxLayout()
        label = self._strong()
        label.setText(name)
        row.addWidget(label)
        row.addStretch()
        row.addWidget(value)
        return row

    def _connect(self) -> None:
        self.strength.valueChanged.connect(self._on_strength_changed)
        self.budget.valueChanged.connect(self._on_budget_changed)
        self.locks.unlock_requested.connect(self.unlock_requested)
        self.scrubber.valueChanged.connect(self.sweep_chosen)
        self.branch.clicked.connect(self.branch_requested)
        self.rows.chosen.connect(self.change_chosen)
        self.rows.decided.connect(self.decided)
        self.apply.clicked.connect(self.apply_requested)
        self.discard.clicked.connect(self.discard_requested)
        self.views.clicked.connect(self.views_requested)

    def _strength_name(self) -> str:
        return strength_names()[_STRENGTHS[self.strength.sliderPosition()]]

    @Slot(int)
    def _on_strength_changed(self, value: int) -> None:
        self._strength_word.setText(self._strength_name())
        self.strength.setAccessibleDescription(self._strength_name())
        self.strength_chosen.emit(_STRENGTHS[value])

    @Slot(int)
    def _on_budget_changed(self, value: int) -> None:
        self.budget_chosen.emit(None if value > MOST_WORDS else value)

    def _strong(self, size: int = 13, weight: QFont.Weight = QFont.Weight.Medium) -> Label:
        return Label(self._theme, size=size, weight=weight, tabular=True)

    def _quiet(self) -> Label:
        return Label(self._theme, token="ink2", size=12, tabular=True)


def counted_changes(count: int) -> str:
    """Return how many changes there are, in words."""
    return "1 change" if count == 1 else f"{count} changes"


def _from_to(start: float | None, now: float | None) -> str:
    return f"{_figure(start)} → {_figure(now)}"


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{_MINUS if value < 0 else ''}{abs(value):.2f}"


def _section(top: int, bottom: int) -> QVBoxLayout:
    section = QVBoxLayout()
    section.setContentsMargins(PADDING - 1, top, PADDING, bottom)
    section.setSpacing(2)
    return section


class _Sample(QWidget):
    """A stretch of a line of the plot, for its legend."""

    def __init__(self, theme: Theme, token: str, *, is_dashed: bool) -> None:
        super().__init__()
        self._theme = theme
        self._token = token
        self._is_dashed = is_dashed
        self.setFixedSize(18, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        painter = QPainter(self)
        color, height = self._theme.color(self._token), 1.5 if self._is_dashed else 2.0
        pieces = ((0, 5), (7, 5), (14, 4)) if self._is_dashed else ((0, 18),)
        for left, width in pieces:
            painter.fillRect(QRectF(left, 8 - height / 2, width, height), color)
