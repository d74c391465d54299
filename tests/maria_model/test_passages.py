"""A passage in units: what is locked, how text is put together again, and what changed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maria_model.blanks import find_blanks
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import PassageText, Unit
from maria_model.readings import find_changes, with_changes
from maria_model.vocabulary import SharedVocabulary


@pytest.fixture(scope="module")
def vocabulary(tiny_model: MariaForMaskedInfilling) -> SharedVocabulary:
    return tiny_model.vocabulary


def passage(
    text: str,
    vocabulary: SharedVocabulary,
    *,
    start: int = 0,
    end: int | None = None,
    keep: tuple[str, ...] = (),
    locks: tuple[tuple[int, int], ...] = (),
) -> PassageText:
    blanks = find_blanks(text, strict=False)
    return PassageText(
        text=text,
        start=start,
        end=len(text) if end is None else end,
        vocabulary=vocabulary,
        blanks=blanks,
        stand_ins={index: tuple(vocabulary.encode(" sea")) for index in range(len(blanks))},
        keep=keep,
        locks=locks,
    )


def free_words(text: str, vocabulary: SharedVocabulary, **options: object) -> list[str]:
    units = passage(text, vocabulary, **options).words()  # type: ignore[arg-type]
    return [text[unit.start : unit.end] for unit in units if not unit.is_locked]


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("the sea was lit", ["the", "sea", "was", "lit"]),
        ("the sea, “the sea” was", ["the", "sea", "was"]),
        ('the sea, "the sea" was', ["the", "sea", "was"]),
        ('the sea "was lit', ["the", "sea"]),
        ("the sea of Tom was", ["the", "sea", "of", "was"]),
        ("The sea was", ["The", "sea", "was"]),
        ("Tom was lit. From the sea. An", ["was", "lit", "the", "sea"]),
        ("the 4 sea 4th was", ["the", "sea", "was"]),
        ("# the sea\n\nthe wind", ["the", "wind"]),
        ("the [MASK] was lit", ["the", "was", "lit"]),
        ("the `sea` was www.sea.on lit", ["the", "was", "lit"]),
        ("it wasn't the sea-wind", ["it", "the"]),
        ("HE was", ["was"]),
    ],
)
def test_what_may_change(text: str, free: list[str], vocabulary: SharedVocabulary) -> None:
    assert free_words(text, vocabulary) == free


def test_the_callers_words_stay(vocabulary: SharedVocabulary) -> None:
    assert free_words("the sea was the SEA", vocabulary, keep=("Sea", "was")) == ["the", "the"]
    units = passage(" the sea was", vocabulary, keep=("sea",)).tokens()
    # The token behind a kept word stays too: another might bring no space.
    assert [unit.is_locked for unit in units] == [False, True, True]


@pytest.mark.parametrize(
    ("locks", "free"),
    [
        ([(4, 7)], ["the", "was", "lit"]),
        ([(5, 9)], ["the", "lit"]),
        ([(12, 15), (0, 1), (0, 5)], ["was"]),
        ([(3, 4), (7, 8)], ["the", "sea", "was", "lit"]),
        ([(0, 15)], []),
    ],
)
def test_locked_spans_stay(
    locks: list[tuple[int, int]], free: list[str], vocabulary: SharedVocabulary
) -> None:
    text = "the sea was lit"
    assert free_words(text, vocabulary, locks=tuple(locks)) == free
    for unit in passage(text, vocabulary, locks=tuple(locks)).tokens():
        touches = any(start < unit.end and unit.start < end for start, end in locks)
        assert unit.is_locked or not touches


def test_words_outside_the_passage_are_no_units(vocabulary: SharedVocabulary) -> None:
    assert free_words("the sea was lit", vocabulary, start=4, end=11) == ["sea", "was"]


def test_a_blank_is_never_cut_open(vocabulary: SharedVocabulary) -> None:
    text = "the [MASK] was [MASK] lit"
    for units in (
        passage(text, vocabulary, start=6, end=18).tokens(),
        passage(text, vocabulary, start=6, end=18).words(),
    ):
        free = [text[unit.start : unit.end].strip() for unit in units if not unit.is_locked]
        assert free == ["was"]


def test_a_word_does_not_own_the_space_it_carries(vocabulary: SharedVocabulary) -> None:
    the, sea = passage(" the sea", vocabulary).words()
    assert (the.start, the.end, the.spaced, the.case) == (1, 4, True, "lower")
    assert (sea.start, sea.end, sea.pieces) == (5, 8, tuple(vocabulary.encode(" sea")))


hard_text = st.text(
    st.one_of(
        st.sampled_from("the sea, Tom’s “é”\r\n\u2029\u00a0\u200f\u0301אב😀.#\"'"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)
WITH_VOCABULARY = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@WITH_VOCABULARY
@given(
    parts=st.lists(hard_text, min_size=1, max_size=3),
    cuts=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_units_lie_in_order_within_the_passage(
    parts: list[str], cuts: tuple[float, float], vocabulary: SharedVocabulary
) -> None:
    text = "[MASK]".join(parts)
    start, end = sorted(int(cut * len(text)) for cut in cuts)
    source = passage(text, vocabulary, start=start, end=end)
    cut_open = [blank.end for blank in source.blanks if blank.start < start < blank.end]
    for units in (source.tokens(), source.words()):
        position = max([start, *cut_open])
        for unit in units:
            assert position <= unit.start <= unit.end
            assert not text[position : unit.start].strip()
            position = unit.end
        assert all(unit.end <= end or unit.is_locked for unit in units)


@WITH_VOCABULARY
@given(text=hard_text, data=st.data())
def test_changes_applied_to_the_original_give_the_new_text(
    text: str, data: st.DataObject, vocabulary: SharedVocabulary
) -> None:
    source = passage(text, vocabulary)
    units = data.draw(st.sampled_from([source.tokens(), source.words()]))
    new = [
        data.draw(st.sampled_from([text[u.start : u.end], " sea", "s", ","]))
        if not u.is_locked
        else text[u.start : u.end]
        for u in units
    ]
    changes = find_changes(text, units, new, end=len(text))
    assert all(change.before != change.after for change in changes)
    position, expected = 0, ""
    for unit, unit_text in zip(units, new, strict=True):
        expected += text[position : unit.start] + unit_text
        position = unit.end
    assert with_changes(text, changes) == expected + text[position:]
    for before, after in pairwise(changes):
        assert before.end <= after.start
    taken = [change for change in changes if data.draw(st.booleans())]
    # One at a time from the end, as a caller would who knows nothing of the others.
    by_hand = text
    for change in reversed(taken):
        assert text[change.start : change.end] == change.before
        by_hand = by_hand[: change.start] + change.after + by_hand[change.end :]
    assert with_changes(text, taken) == by_hand


def changes_of(
    text: str, vocabulary: SharedVocabulary, replaced: dict[str, str], *, tokens: bool = False
) -> list[tuple[int, str, str]]:
    source = passage(text, vocabulary)
    units: list[Unit] = source.tokens() if tokens else source.words()
    new = [replaced.get(text[u.start : u.end], text[u.start : u.end]) for u in units]
    found = find_changes(text, units, new, end=len(text))
    return [(change.start, change.before, change.after) for change in found]


def test_changed_words_are_exact_and_adjoining_ones_are_one(vocabulary: SharedVocabulary) -> None:
    text = "the sea was lit, the wind sat."
    assert changes_of(text, vocabulary, {"lit": "low", "wind": "her", "sat": "had"}) == [
        (12, "lit", "low"),
        (21, "wind sat", "her had"),
    ]


def test_changed_tokens_are_reported_as_whole_words(vocabulary: SharedVocabulary) -> None:
    text = "the stairslow was"
    assert changes_of(text, vocabulary, {"low": "mo"}, tokens=True) == [
        (4, "stairslow", "stairsmo")
    ]


def test_unchanged_units_keep_the_writers_letters(vocabulary: SharedVocabulary) -> None:
    text = "the\u00a0stairs “e\u0301” on the sea…"
    source = passage(text, vocabulary)
    units = source.tokens()
    pieces = [unit.pieces for unit in units]
    assert "".join(source.rewritten(units, pieces)) == text
    sea = next(n for n, unit in enumerate(units) if text[unit.start : unit.end] == " sea")
    pieces[sea] = tuple(vocabulary.encode(" wind"))
    assert "".join(source.rewritten(units, pieces)) == text.replace("sea", "wind")


@pytest.mark.parametrize("before", ["", "was\n", "was\r\n\r\n"])
def test_a_line_does_not_begin_with_a_tokens_space(
    before: str, vocabulary: SharedVocabulary
) -> None:
    source = passage(f"{before}sea was", vocabulary)
    units = source.tokens()
    pieces = [unit.pieces for unit in units]
    first = next(number for number, unit in enumerate(units) if unit.start == len(before))
    pieces[first] = tuple(vocabulary.encode(" wind"))
    assert "".join(source.rewritten(units, pieces)).startswith(f"{before}wind")
