"""What of Markdown is prose, and the text that a model reads instead of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor.blank_words import prose_words
from maria_editor.editor.markdown import styles
from maria_editor.editor.prose import ProseReading, code_spans

SOURCE = (
    "# A *title*\n\n> **_wild_ weather** [a sea](http://s.ea)\n```\n*x* = 1\n```\n🙂 [MASK] _it_"
)


def reading_of(text: str) -> ProseReading:
    return ProseReading.of(text, 0, len(text))


def test_signs_are_left_out_but_those_of_code() -> None:
    read = "A title\n\nwild weather a sea\n```\n*x* = 1\n```\n🙂 [MASK] it"
    assert reading_of(SOURCE).text == read


def test_far_away_signs_may_stay_and_places_are_true() -> None:
    text = "*a*\n" * 9000 + "*b*"
    reading = ProseReading.of(text, len(text) - 3, len(text))
    assert reading.text.startswith("*a*")
    assert reading.text.endswith("\na\nb")
    assert reading.offset(len(text) - 2) == len(reading.text) - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_wild_ and __wild__ and snake_case", "wild and wild and snake_case"),
        ("___\nrule", "rule"),
        ("- [x] done\n1. [ ] open", "done open"),
        ('![a cat](cat.png "Tom") and [one][two], three[^4]', "a cat and one three"),
        ("[^4]: a note\n[two]: /some/where 'Title'", "a note"),
        ('a<br>b <b class="c">d</b> <!-- e --> f&nbsp;g &#8212;', "a b d f g"),
        ("---\ntitle: A\ntags:\n  - b\n---\nc", "c"),
        ("---\nShe went.\n---\nHe stayed.", "She went He stayed"),
        ("````\n```\na\n````\nb\n```c``` d", "b d"),
    ],
)
def test_words_are_prose(text: str, expected: str) -> None:
    assert [text[word.start : word.end] for word in prose_words(text)] == expected.split()


def test_code_goes_to_its_own_fence() -> None:
    text = "~~~\n```\n~~~\nfree\n```py\nx\n~~~\n"
    assert [text[start:end] for start, end in code_spans(text)] == [
        "~~~\n```\n~~~",
        "```py\nx\n~~~\n",
    ]


@given(st.text(st.sampled_from("ab *_`[]()>#\n🙂-~!"), max_size=60))
def test_every_word_is_found_again_in_the_reading(text: str) -> None:
    reading = reading_of(text)
    for word in prose_words(text):
        start = reading.offset(word.start)
        length = word.end - word.start
        assert reading.text[start : start + length] == text[word.start : word.end]
        assert reading.source(start) == word.start


@given(st.lists(st.sampled_from(["a", "**b**", "_c_", "`d`", "[e](f)", "> g", "***h***", "# i"])))
def test_a_blank_takes_no_sign_away(parts: list[str]) -> None:
    text = " ".join(parts)
    blanked, position = "", 0
    for word in prose_words(text):
        blanked += text[position : word.start] + "[MASK]"
        position = word.end
    blanked += text[position:]
    signs = re.compile(r"[*_`()>#]|\[(?!MASK)|(?<!MASK)\]")
    assert signs.findall(blanked) == signs.findall(text)
    assert [style.kind for style in styles(blanked)] == [style.kind for style in styles(text)]
