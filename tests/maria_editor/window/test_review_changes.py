"""Changes of two rounds make one set; the budget takes the best; decisions follow identities."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor.review_text import Decision
from maria_editor.window.review_changes import Base, most_valuable, with_changes
from maria_editor.window.review_session import Review
from maria_model.api import Change, Reading

WORDS = st.sampled_from(["sea", "🙂", "e\u0301clair", "ים", "a", "longer"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    return " ".join(draw(st.lists(WORDS, min_size=1, max_size=12)))


def word_changes(text: str, afters: Sequence[str | None]) -> tuple[Change, ...]:
    """Change each word of a text that has a word to become; neighbours become one change."""
    changes: list[Change] = []
    position = 0
    for word, after in zip(text.split(" "), afters, strict=False):
        end = position + len(word)
        if after is not None and after != word:
            last = changes[-1] if changes else None
            if last is not None and last.end == position - 1:
                changes[-1] = Change(
                    start=last.start,
                    end=end,
                    before=f"{last.before} {word}",
                    after=f"{last.after} {after}",
                    gain=(last.gain or 0.0) + 1.0,
                )
            else:
                changes.append(Change(start=position, end=end, before=word, after=after, gain=1.0))
        position = end + 1
    return tuple(changes)


AFTERS = st.lists(st.one_of(st.none(), WORDS), min_size=12, max_size=12)


@given(texts(), AFTERS, AFTERS)
def test_two_rounds_compose_to_the_text_they_make(
    text: str, first: list[str | None], second: list[str | None]
) -> None:
    base = Base(text, word_changes(text, first))
    later = word_changes(base.reading, second)
    composed = base.compose(later)
    assert with_changes(text, composed) == with_changes(base.reading, later)
    for change in composed:
        assert text[change.start : change.end] == change.before
    for change, following in pairwise(composed):
        # Adjoining changes are one.
        assert text[change.end : following.start].strip(" ")


@given(texts(), AFTERS)
def test_a_round_that_changes_nothing_leaves_every_identity(
    text: str, first: list[str | None]
) -> None:
    changes = word_changes(text, first)
    assert Base(text, changes).compose(()) == changes


def test_a_change_taken_back_is_gone() -> None:
    text = "the side of the sea"
    base = Base(text, (Change(start=4, end=8, before="side", after="edge", gain=2.0),))
    back = Change(start=4, end=8, before="edge", after="side", gain=1.0)
    assert base.compose((back,)) == ()


def test_gains_of_changes_that_meet_are_summed() -> None:
    text = "the side of the sea"
    base = Base(text, (Change(start=4, end=8, before="side", after="edge", gain=2.0),))
    further = Change(start=4, end=8, before="edge", after="rim", gain=1.5)
    assert base.compose((further,)) == (
        Change(start=4, end=8, before="side", after="rim", gain=3.5),
    )


def test_offsets_move_with_the_changes_before_them() -> None:
    base = Base("a b c", (Change(start=0, end=1, before="a", after="aaa"),))
    assert base.offset(2) == 4
    assert base.offset(0) == 0


def change(start: int, before: str, gain: float) -> Change:
    return Change(start=start, end=start + len(before), before=before, after="x", gain=gain)


def test_the_best_come_first_and_two_words_count_twice() -> None:
    small, pair, best = change(0, "a", 5.0), change(2, "b c", 6.0), change(6, "d", 9.0)
    assert most_valuable((small, pair, best), None) == (small, pair, best)
    assert most_valuable((small, pair, best), 3) == (pair, best)
    assert most_valuable((small, pair, best), 2) == (small, best)
    assert most_valuable((small, pair, best), 1) == (best,)
    assert most_valuable((small, pair, best), 1, first=[small.identity]) == (small,)


def reviewed() -> Review:
    changes = (change(0, "a", 5.0), change(2, "b", 6.0), change(4, "c", 7.0))
    readings = [
        Reading(sweep=1, text="", changes=changes[:1]),
        Reading(sweep=2, text="", changes=changes),
    ]
    return Review("a b c", 0, 5, readings=readings, sweep=2)


def test_the_current_change_stays_where_it_is_in_another_sweep() -> None:
    review = reviewed()
    review.choose(2)
    review.choose_sweep(1)
    assert review.current == 0
    review.choose_sweep(2)
    review.choose(1)
    review.set_budget(2)
    assert [c.before for c in review.changes] == ["b", "c"]
    assert review.current == 0


def test_steps_go_around_and_open_changes_are_found() -> None:
    review = reviewed()
    review.choose(-1)
    assert review.current == 2
    review.decide(0, Decision.KEPT)
    assert review.next_open(2) == 1
    review.decide(1, Decision.LEFT_OUT)
    assert review.next_open(2) == 2


def test_a_moved_review_keeps_its_decisions() -> None:
    review = reviewed()
    review.decide(1, Decision.LEFT_OUT)
    moved = review.moved("My: a b c", 4)
    assert [c.start for c in moved.changes] == [4, 6, 8]
    assert moved.count(Decision.LEFT_OUT) == 1
    assert moved.decision(moved.changes[1]) is Decision.LEFT_OUT
    assert with_changes(moved.text, moved.applied) == "My: x b x"
