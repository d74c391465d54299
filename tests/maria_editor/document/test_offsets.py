from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.document.offsets import OffsetMap

# Characters of one and of two UTF-16 units, and a few joined ones.
texts = st.text(
    alphabet=st.one_of(st.sampled_from("ab\n’é\u0301\u200d\ufeff"), st.sampled_from("😀👩🦽𝒜🇩"))
)


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(texts)
def test_agrees_with_the_encoder_everywhere(text: str) -> None:
    offsets = OffsetMap(text)
    for code_point in range(len(text) + 1):
        utf16 = utf16_length(text[:code_point])
        assert offsets.to_utf16(code_point) == utf16
        assert offsets.to_code_point(utf16) == code_point


@given(texts)
def test_the_middle_of_a_character_belongs_to_it(text: str) -> None:
    offsets = OffsetMap(text)
    for code_point, character in enumerate(text):
        if utf16_length(character) == 2:
            middle = utf16_length(text[:code_point]) + 1
            assert offsets.to_code_point(middle) == code_point


def test_agrees_with_qt() -> None:
    from PySide6.QtGui import QTextCursor, QTextDocument

    text = "A 😀 b 👩\u200d🦽.\nc"
    document = QTextDocument(text)
    offsets = OffsetMap(text)
    for code_point in (0, 2, 3, text.index("b"), text.index("c"), len(text)):
        cursor = QTextCursor(document)
        cursor.setPosition(offsets.to_utf16(code_point), QTextCursor.MoveMode.KeepAnchor)
        assert cursor.selectedText().replace("\u2029", "\n") == text[:code_point]


@pytest.mark.parametrize("offset", [-1, 5])
def test_positions_outside_are_refused(offset: int) -> None:
    offsets = OffsetMap("a😀b")
    with pytest.raises(ValueError, match=str(offset)):
        offsets.to_utf16(offset)
    with pytest.raises(ValueError, match=str(offset)):
        offsets.to_code_point(offset)
