"""The dialog after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from maria_editor.document.recovery import Draft, RecoveredText, RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.window.comparison import ComparisonCard
from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, QuestionCard
from maria_editor.window.recovery_card import RecoveryCard


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "lamp.md"
    path.write_bytes(b"The lamp.\r\n")
    return path


@pytest.fixture
def left(tmp_path: Path, path: Path, qapp: object) -> None:
    """Leave a newer text of a file, and an untitled one that is newer still."""
    stamp = TextFile.load(path).stamp
    assert stamp is not None
    for draft in (
        Draft(text="The lamp was lit.\n", path=path, digest=stamp.digest),
        Draft(text="Dear Margit"),
    ):
        store = RecoveryStore(tmp_path / "recovery")
        store.keep(draft)
        store.close()


@pytest.fixture
def opened(window: MainWindow) -> list[RecoveredText]:
    """Return the texts for which a window of their own was asked for."""
    opened: list[RecoveredText] = []
    window.safety.recovery._open_window = lambda text: opened.append(text) is None
    return opened


def card(window: MainWindow) -> RecoveryCard:
    window.offer_recovery()
    return window.findChildren(RecoveryCard)[-1]


def test_nothing_left_nothing_said(window: MainWindow) -> None:
    window.offer_recovery()
    assert window.findChildren(RecoveryCard) == []


@pytest.mark.usefixtures("left")
def test_both_come_back_and_nothing_on_disk_changes(
    window: MainWindow, opened: list[RecoveredText], recovery: RecoveryStore, path: Path
) -> None:
    dialog = card(window)
    assert [row.accessibleName().partition(",")[0] for row in dialog.rows] == [
        "Untitled",
        "lamp.md",
    ]
    assert "2 words, never saved" in dialog.rows[0].accessibleName()
    assert "2 words newer" in dialog.rows[1].accessibleName()
    assert dialog.restore.text() == "Restore both"
    dialog.restore.click()
    assert window.page.text() == "Dear Margit"
    assert window.files.is_modified
    assert [text.path for text in opened] == [path]
    assert path.read_bytes() == b"The lamp.\r\n"


@pytest.mark.parametrize(("place", "caret"), [(None, 11), (4, 4), (40, 11)])
def test_a_text_without_a_file_goes_on_where_it_was_written(
    window: MainWindow, tmp_path: Path, place: int | None, caret: int
) -> None:
    store = RecoveryStore(tmp_path / "recovery")
    store.keep(Draft(text="Dear Margit", place=place))
    store.close()
    card(window).restore.click()
    assert window.page.textCursor().position() == caret


def test_what_is_kept_says_where_the_caret_stands(window: MainWindow) -> None:
    window.page.replace([(0, 0, "Dear Margit")])
    window.page.select_at(4, 4)
    assert window.files._draft().place == 4


@pytest.mark.usefixtures("left")
def test_one_of_them_in_its_own_file(window: MainWindow, path: Path) -> None:
    dialog = card(window)
    dialog.rows[0].click()
    assert dialog.restore.text() == "Restore"
    dialog.restore.click()
    assert (window.page.text(), window.files.path) == ("The lamp was lit.\n", path)
    assert window.files.save()
    assert path.read_bytes() == b"The lamp was lit.\r\n"
    assert len(card(window).rows) == 1


@pytest.mark.usefixtures("left")
def test_a_file_that_changed_since_is_not_overwritten(window: MainWindow, path: Path) -> None:
    path.write_bytes(b"Theirs.")
    dialog = card(window)
    dialog.rows[0].click()
    dialog.restore.click()
    assert "changed by another program" in window.notices.notice.news
    assert not window.files.save()
    assert path.read_bytes() == b"Theirs."


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize(
    ("theirs", "on_disk", "facts"),
    [
        (b"The lamp.\r\n", "Nothing on disk has changed.", "2 words newer"),
        (b"Theirs.", "Since then, “lamp.md” has changed.", "4 words, its file has changed"),
        (b"\xff\0", "Since then, “lamp.md” has changed.", "4 words, its file cannot be read"),
        (None, "Since then, “lamp.md” is gone.", "4 words, its file is gone"),
        # A kill between the last save and its end.
        (b"The lamp was lit.\n", "Nothing on disk has changed.", "the same as in its file"),
    ],
)
def test_the_card_says_what_has_become_of_the_file(
    window: MainWindow, path: Path, theirs: bytes | None, on_disk: str, facts: str
) -> None:
    path.unlink()
    if theirs is not None:
        path.write_bytes(theirs)
    dialog = card(window)
    assert dialog.subtitle.text() == f"The editor closed before these were saved. {on_disk}"
    assert dialog.rows[1].accessibleName().endswith(f", {facts}")


def test_a_file_that_others_made_first_has_changed(
    window: MainWindow, path: Path, tmp_path: Path
) -> None:
    new = path.with_name("n2.md")
    begun = TextFile.begin(new)
    assert begun.stamp is not None
    for draft in (
        Draft(text="mine", path=new, digest=begun.stamp.digest),
        Draft(text="by an earlier editor", path=path),
    ):
        crashed = RecoveryStore(tmp_path / "recovery")
        crashed.keep(draft)
        crashed.close()
    dialog = card(window)
    # What nobody knows is not said.
    assert dialog.subtitle.text() == "The editor closed before these were saved."
    assert dialog.rows[1].accessibleName().endswith(", never saved")
    dialog.close_card()
    new.write_bytes(b"theirs")
    dialog = card(window)
    assert dialog.subtitle.text().endswith("Since then, “n2.md” has changed.")


@pytest.mark.usefixtures("left")
def test_a_file_that_is_gone_keeps_its_name(window: MainWindow, path: Path) -> None:
    path.unlink()
    dialog = card(window)
    dialog.rows[0].click()
    dialog.restore.click()
    assert (window.page.text(), window.files.title) == ("The lamp was lit.\n", "lamp.md")
    assert window.files.save()
    assert path.read_bytes() == b"The lamp was lit.\n"


@pytest.mark.usefixtures("left")
def test_not_now_keeps_them_for_the_next_time(window: MainWindow, qtbot: QtBot) -> None:
    dialog = card(window)
    with qtbot.waitSignal(dialog.closed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert len(card(window).rows) == 2


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("is_sure", [True, False])
def test_deleting_asks(
    window: MainWindow, recovery: RecoveryStore, monkeypatch: pytest.MonkeyPatch, is_sure: bool
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.DELETE if is_sure else Answer.STAY)
    dialog = card(window)
    dialog.rows[0].click()
    dialog.delete.click()
    assert len(recovery.left_behind()) == (1 if is_sure else 2)


@pytest.mark.usefixtures("left")
def test_comparing_shows_what_is_newer(window: MainWindow) -> None:
    dialog = card(window)
    dialog.rows[0].click()
    dialog.compare.click()
    (comparison,) = window.findChildren(ComparisonCard)
    assert comparison.view.toPlainText() == "The lamp was lit.\n"


@pytest.mark.usefixtures("left")
def test_a_window_opened_for_one_text_shows_it(window: MainWindow, recovery: RecoveryStore) -> None:
    _, older = recovery.left_behind()
    window.safety.recovery.restore_named(older.folder.name)
    assert window.page.text() == "The lamp was lit.\n"
    window.page.document().setModified(False)
    window.safety.recovery.restore_named("another name")
    assert "already back" in window.notices.notice.news


@pytest.mark.usefixtures("left")
def test_the_window_beneath_hears_no_keys(window: MainWindow, qtbot: QtBot) -> None:
    before = window.page.text()
    dialog = card(window)
    seen: list[object] = []
    window.commands["new"].triggered.connect(seen.append)
    for _ in range(12):
        focused = window.focusWidget()
        assert focused is not None
        assert dialog.isAncestorOf(focused)
        qtbot.keyClick(focused, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == []
    assert window.page.text() == before
