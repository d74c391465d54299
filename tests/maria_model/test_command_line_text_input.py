"""The text a model reads and the text a writer wrote: offsets and edits between the two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maria_model.command_line.text_input import SourceText

# Line endings of every kind, marks, combining characters, emoji, right-to-left.
_PIECES = st.sampled_from(
    ["\r\n", "\n", "\r", "\r\r\n", "a", " ", "é", "e\u0301", "👩‍🚀", "שלום", "\u00a0", "\ufeff"]
)
_TEXTS = st.lists(_PIECES, max_size=30).map("".join)


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[SourceText, int, int]:
    source = SourceText("text", draw(st.sampled_from(["", "\ufeff"])) + draw(_TEXTS))
    start = draw(st.integers(0, len(source.reading)))
    return source, start, draw(st.integers(start, len(source.reading)))


@given(texts_with_spans())
def test_a_span_covers_the_same_words_on_both_sides(case):
    source, start, end = case
    covered = source.original[source.offset(start) : source.offset(end)]
    assert covered.replace("\r\n", "\n") == source.reading[start:end]


@given(texts_with_spans())
def test_nothing_outside_an_edit_changes(case):
    source, start, end = case
    edit = source.edit(start, end, "tea")
    edited = source.with_edits([edit])
    assert edited.startswith(source.original[: edit.start])
    assert edited.endswith(source.original[edit.end :])
    assert len(edited) == len(source.original) - (edit.end - edit.start) + len("tea")


@given(texts_with_spans())
def test_the_writers_text_and_the_models_stay_the_same_text(case):
    source, start, end = case
    edited = SourceText("text", source.with_edits([source.edit(start, end, "tea")]))
    assert edited.reading == source.reading[:start] + "tea" + source.reading[end:]


@given(_TEXTS)
def test_no_edit_is_no_change(text):
    assert SourceText("text", text).with_edits([]) == text


def test_edits_come_in_any_order():
    source = SourceText("text", "one two three")
    edits = [source.edit(8, 13, "3"), source.edit(0, 3, "1")]
    assert source.with_edits(edits) == "1 two 3"
