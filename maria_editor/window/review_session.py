"""One review of one passage: its readings, the one that is looked at, and what was decided.

Plain data; offsets are code points of the text the review began with. Knows nothing of Qt.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from maria_editor.editor.review_text import Decision
from maria_editor.window.review_changes import Base, most_valuable, with_changes
from maria_model.api import Change, PassageScore, Reading, RefineRequest

# What a score's flow counts behind the passage, 32 pieces, is about so many words.
_WORDS_BEHIND, _LETTERS_BEHIND = 24, 400


@dataclass(slots=True)
class Review:
    """A review of `text[start:end]`.

    Attributes:
        readings: what each sweep left, in order.
        score: of the passage as the writer left it.
        strength: how boldly it was asked for.
        budget: how many words may change at most; None is any number.
        sweep: the sweep that is looked at; 0 is the writer's own text.
        current: which of its changes is the current one.
        decisions: kept for the same change in whichever sweep.
        is_complete: no more readings are on their way.
    """

    text: str
    start: int
    end: int
    readings: list[Reading] = field(default_factory=list)
    score: PassageScore | None = None
    strength: float = 0.5
    budget: int | None = None
    sweep: int = 0
    current: int = 0
    decisions: dict[str, Decision] = field(default_factory=dict)
    is_complete: bool = False

    @classmethod
    def of(cls, request: RefineRequest) -> Review:
        """Return a review of what a request asks about, still without readings."""
        end = len(request.text) if request.end is None else request.end
        return cls(request.text, request.start, end)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of the sweep that is looked at, within the budget."""
        if not 1 <= self.sweep <= len(self.readings):
            return ()
        kept = (name for name, said in self.decisions.items() if said is Decision.KEPT)
        return most_valuable(self.readings[self.sweep - 1].changes, self.budget, first=kept)

    @property
    def applied(self) -> tuple[Change, ...]:
        """The changes that Apply makes: all that were not left out."""
        return tuple(c for c in self.changes if self.decision(c) is not Decision.LEFT_OUT)

    def decision(self, change: Change) -> Decision:
        """Return what the writer said of a change."""
        return self.decisions.get(change.identity, Decision.PROPOSED)

    def count(self, decision: Decision) -> int:
        """Return of how many of the changes the writer said that."""
        return sum(self.decision(change) is decision for change in self.changes)

    def decide(self, number: int, decision: Decision) -> None:
        """Note what the writer says of a change."""
        self.decisions[self.changes[number].identity] = decision

    def choose(self, number: int) -> None:
        """Make a change the current one; numbers go around the ends."""
        count = len(self.changes)
        self.current = number % count if count else 0

    def next_open(self, number: int) -> int:
        """Return the number of the next change that is undecided, around the end, or `number`."""
        changes = self.changes
        following = [*range(number + 1, len(changes)), *range(number)]
        undecided = (n for n in following if self.decision(changes[n]) is Decision.PROPOSED)
        return next(undecided, number)

    def moved(self, text: str, start: int) -> Review:
        """Return the same review of its passage where that stands now: at `start` of `text`."""
        distance = start - self.start
        if not distance and text == self.text:
            return self
        names: dict[str, str] = {}

        def move(change: Change) -> Change:
            there = replace(change, start=change.start + distance, end=change.end + distance)
            names[change.identity] = there.identity
            return there

        readings = []
        for reading in self.readings:
            changes = tuple(map(move, reading.changes))
            whole = with_changes(text, changes)
            readings.append(replace(reading, text=whole, changes=changes))
        decisions = {names[n]: said for n, said in self.decisions.items() if n in names}
        end = self.end + distance
        return replace(
            self, text=text, start=start, end=end, readings=readings, decisions=decisions
        )

    def choose_sweep(self, sweep: int) -> None:
        """Look at another sweep; the current change stays where it is there too."""
        before = self.changes
        name = before[self.current].identity if before else ""
        self.sweep = min(max(sweep, 0), len(self.readings))
        self.keep_current(name)

    def set_budget(self, budget: int | None) -> None:
        """Let more or fewer words change."""
        before = self.changes
        name = before[self.current].identity if before else ""
        self.budget = budget
        self.keep_current(name)

    def keep_current(self, identity: str) -> None:
        """Make the change with this identity the current one, or the nearest number to it."""
        names = [change.identity for change in self.changes]
        if identity in names:
            self.current = names.index(identity)
        else:
            self.current = min(self.current, max(0, len(names) - 1))

    def add(self, reading: Reading) -> None:
        """Take a reading that has come; the latest is looked at."""
        following = self.sweep == len(self.readings)
        self.readings = [r for r in self.readings if r.sweep < reading.sweep] + [reading]
        if following or self.sweep > len(self.readings):
            self.choose_sweep(len(self.readings))

    def is_best(self) -> bool:
        """Return whether neither a sweep nor the text flows better than what is looked at."""
        looked_at = self.scores()[self.sweep]
        if looked_at is None or not self.sweep:
            return False
        return all(score is None or score.flow <= looked_at.flow for score in self.scores())

    def scores(self) -> list[PassageScore | None]:
        """Return the score of each sweep, the writer's text first; its flow is a mean a word.

        The words are those of the writer's own text, for every sweep: a reading is no better for
        being longer.
        """
        words = words_of_flow(self.text, self.start, self.end)
        scores = [self.score, *(reading.score for reading in self.readings)]
        return [score and replace(score, flow=score.flow / words) for score in scores]

    def base(self) -> Base:
        """Return where another round goes on from: this sweep, less what was left out."""
        return Base(self.text, self.applied)

    def left_out(self) -> tuple[Change, ...]:
        """Return the changes of this sweep that the writer does not want."""
        return tuple(c for c in self.changes if self.decision(c) is Decision.LEFT_OUT)


def words_of_flow(text: str, start: int, end: int) -> int:
    """Return how many words the flow of a passage is a sum over.

    Those of the passage, and about as many behind it as it has to lead into.
    """
    behind = text[end : end + _LETTERS_BEHIND].split()
    return max(1, len(text[start:end].split()) + min(_WORDS_BEHIND, len(behind)))
