from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from maria_editor.editor.text_edit import TextEdit


def raw(edit: TextEdit) -> str:
    return edit.document().toRawText().replace("\u2029", "\n")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(
                ["type", "delete", "replace", "undo", "redo", "load", "format", "read"]
            ),
            st.integers(0, 40),
            st.text("ab\u00a0\n\U0001f600", max_size=4),
        ),
        max_size=25,
    )
)
def test_the_text_is_what_the_document_holds_whoever_changed_it(
    qtbot: QtBot, steps: list[tuple[str, int, str]]
) -> None:
    edit = TextEdit()
    qtbot.addWidget(edit)
    seen: list[tuple[str, str]] = []
    for signal in (edit.document().contentsChange, edit.document().contentsChanged):
        signal.connect(lambda *_: seen.append((edit.text(), raw(edit))))
    for kind, at, text in steps:
        cursor = edit.textCursor()
        cursor.setPosition(min(at, edit.document().characterCount() - 1))
        if kind == "type":
            cursor.insertText(text)
        elif kind == "delete":
            cursor.movePosition(
                QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, len(text)
            )
            cursor.removeSelectedText()
        elif kind == "replace":
            start, end = sorted((cursor.position(), edit.document().characterCount() - 1))
            edit.replace_at([(start, end, text)])
        elif kind in ("undo", "redo"):
            getattr(edit, kind)()
        elif kind == "load":
            edit.setPlainText(text)
        elif kind == "format":
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.setCharFormat(cursor.charFormat())
        assert edit.text() == raw(edit)
    assert all(told == held for told, held in seen)


def test_what_is_edited_while_a_change_is_told_is_not_missed(qtbot: QtBot) -> None:
    """Qt tells of no change that is made by who hears of one."""
    edit = TextEdit()
    qtbot.addWidget(edit)
    read: list[str] = []

    def meddle(position: int, removed: int, added: int) -> None:
        read.append(edit.text())
        if "x" in read[-1]:
            cursor = QTextCursor(edit.document())
            cursor.setPosition(edit.text().index("x"))
            cursor.deleteChar()

    edit.document().contentsChange.connect(meddle)
    edit.textCursor().insertText("axb")
    assert read == ["axb"]
    assert edit.text() == raw(edit) == "ab"
