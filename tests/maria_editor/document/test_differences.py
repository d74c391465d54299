from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maria_editor.document import differences as module
from maria_editor.document.differences import Kind, Piece, differences

lines = st.lists(st.sampled_from(["a b c", "a b d", "", "x", "y 😀"]), max_size=12)
texts = lines.map("\n".join)


def side(pieces: tuple[Piece, ...], left_out: Kind) -> str:
    return "".join(piece.text for piece in pieces if piece.kind is not left_out)


@given(texts, texts)
def test_the_pieces_without_gaps_are_both_texts(old: str, new: str) -> None:
    pieces = differences(old, new)
    if not any(piece.kind is Kind.GAP for piece in pieces):
        assert side(pieces, Kind.NEW) == old
        assert side(pieces, Kind.OLD) == new


@given(texts, texts)
def test_gaps_count_the_paragraphs_that_are_left_out(old: str, new: str) -> None:
    pieces = differences(old, new)
    for text, other in ((old, Kind.NEW), (new, Kind.OLD)):
        shown = "".join(piece.text for piece in pieces if piece.kind is not other)
        skipped = sum(piece.count for piece in pieces)
        assert len(text.splitlines()) == len(shown.splitlines()) + skipped


def test_a_changed_word_stands_alone() -> None:
    assert differences("one two three\n", "one 2 three\n") == (
        Piece(Kind.SAME, "one "),
        Piece(Kind.OLD, "two"),
        Piece(Kind.NEW, "2"),
        Piece(Kind.SAME, " three\n"),
    )


def test_what_is_alike_for_long_is_left_out() -> None:
    alike = "".join(f"line {number}\n" for number in range(10))
    assert differences(alike + "old", alike + "new") == (
        Piece(Kind.GAP, count=9),
        Piece(Kind.SAME, "line 9\n"),
        Piece(Kind.OLD, "old"),
        Piece(Kind.NEW, "new"),
    )


def test_texts_of_any_length_are_compared_at_once() -> None:
    old = "".join(f"line {number} of many\n" for number in range(module._MOST_PARAGRAPHS * 4))
    new = old.replace("line 7 ", "line seven ").replace("line 9000 ", "line ninety ")
    pieces = differences(old, new)
    assert pieces[0] == Piece(Kind.GAP, count=6)
    assert any("seven" in piece.text for piece in pieces if piece.kind is Kind.NEW)
