"""Both versions of a passage as text: which words are whose, and where the rest stands."""

from __future__ import annotations

from maria_editor.editor.review_text import BETWEEN, Decision, PassageChanges, ShownText
from maria_model.api import Change

TEXT = "🙂 the side of the sea"
START = 100
CHANGES = (
    Change(start=START + 6, end=START + 10, before="side", after="edge"),
    Change(start=START + 14, end=START + 21, before="the sea", after="a lake"),
)
SAID = (Decision.PROPOSED, Decision.LEFT_OUT)


def passage() -> PassageChanges:
    return PassageChanges(TEXT, START, CHANGES, SAID)


def marked(shown: ShownText) -> list[tuple[str, int, bool, Decision]]:
    return [
        (shown.text[mark.start : mark.end], mark.number, mark.is_new, mark.decision)
        for mark in shown.marks
    ]


def test_inline_shows_old_and_new() -> None:
    shown = passage().inline()
    assert shown.text == f"🙂 the side{BETWEEN}edge of the sea{BETWEEN}a lake"
    assert marked(shown) == [
        ("side", 0, False, Decision.PROPOSED),
        ("edge", 0, True, Decision.PROPOSED),
        ("the sea", 1, False, Decision.LEFT_OUT),
        ("a lake", 1, True, Decision.LEFT_OUT),
    ]
    assert [shown.text[gap] for gap in shown.gaps] == [BETWEEN, BETWEEN]


def test_the_original_is_the_writers() -> None:
    shown = passage().original()
    assert shown.text == TEXT
    assert [words for words, *_ in marked(shown)] == ["side", "the sea"]


def test_the_result_leaves_out_what_was_left_out() -> None:
    shown = passage().result()
    assert shown.text == "🙂 the edge of the sea"
    assert marked(shown) == [
        ("edge", 0, True, Decision.PROPOSED),
        ("the sea", 1, False, Decision.LEFT_OUT),
    ]


def test_an_insertion_and_a_deletion_have_one_version_each() -> None:
    changes = (
        Change(start=2, end=2, before="", after="very "),
        Change(start=2, end=6, before="old ", after=""),
    )
    shown = PassageChanges("a old b", 0, changes, (Decision.KEPT, Decision.KEPT)).inline()
    assert shown.text == "a very old b"
    assert shown.gaps == ()
    assert [words for words, *_ in marked(shown)] == ["very ", "old "]


def test_what_stays_is_found_again() -> None:
    shown = passage().inline()
    spans = [(START + 2, START + 5), (START + 11, START + 13), (START + 6, START + 10)]
    places = shown.places(spans)
    assert [shown.text[start:end] for start, end in places] == ["the", "of"]


def test_a_sign_behind_a_change_has_room_where_both_are_shown() -> None:
    changes = (Change(start=0, end=4, before="side", after="edge"),)
    passage = PassageChanges("side, then", 0, changes, (Decision.PROPOSED,))
    shown = passage.inline()
    assert shown.text == f"side{BETWEEN}edge{BETWEEN}, then"
    assert shown.gaps == (4,)
    assert shown.ends == (9,)
    assert passage.result().text == "edge, then"
    assert [shown.text[a:b] for a, b in shown.places([(6, 10)])] == ["then"]
