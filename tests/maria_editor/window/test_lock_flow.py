"""Locks by key, and kept with their file until its text is another."""

from __future__ import annotations

from pathlib import Path

from maria_editor.window.main_window import MainWindow

TEXT = "Ines climbed the stairs.\n"


def lock(window: MainWindow, word: str) -> None:
    at = window.page.text().index(word)
    window.page.select_span(at, at)
    window.commands["lock"].trigger()


def locked(window: MainWindow) -> list[str]:
    text = window.page.text()
    return [text[start:end] for start, end in window.locking.locks.spans()]


def other(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "other.md"
    path.write_text("Another.\n", encoding="utf-8")
    assert window.open_path(path)
    assert locked(window) == []


def test_locks_come_back_with_their_file(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(TEXT, encoding="utf-8")
    window.open_path(path)
    lock(window, "stairs")
    other(window, tmp_path)
    window.open_path(path)
    assert locked(window) == ["stairs"]
    lock(window, "stairs")
    other(window, tmp_path)
    window.open_path(path)
    assert locked(window) == []


def test_locks_of_an_edited_text_are_kept_when_it_is_saved(
    window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.md"
    path.write_text(TEXT, encoding="utf-8")
    window.open_path(path)
    lock(window, "stairs")
    window.page.replace([(0, 0, "Then ")])
    assert window.files.save_path(path)
    other(window, tmp_path)
    window.open_path(path)
    assert locked(window) == ["stairs"]


def test_locks_do_not_come_back_to_another_text(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(TEXT, encoding="utf-8")
    window.open_path(path)
    lock(window, "stairs")
    other(window, tmp_path)
    path.write_text("Now " + TEXT, encoding="utf-8")
    window.open_path(path)
    assert locked(window) == []


def test_without_a_word_it_says_so(window: MainWindow) -> None:
    window.page.load("")
    window.commands["lock"].trigger()
    assert window.notices.notice.news == "No word to keep here."


def test_the_menu_of_the_text_has_it(window: MainWindow) -> None:
    window.page.load(TEXT)
    menu = window.menu.menu_at(None)
    for extend in window.menu.extensions:
        extend(menu, 0)
    assert window.commands["lock"] in menu.actions()


def test_the_menu_of_a_blank_has_it_not(window: MainWindow) -> None:
    window.page.load("A cup of [MASK].")
    place = window.page.text().index("[")
    menu = window.menu.menu_at(place)
    for extend in window.menu.extensions:
        extend(menu, place)
    assert window.commands["lock"] not in menu.actions()


def test_locked_words_are_not_blanked_by_the_dozen(window: MainWindow) -> None:
    window.page.load(TEXT)
    lock(window, "stairs")
    window.page.selectAll()
    text = window.page.text()
    for _, words in window.blanks.scopes(with_all=True):
        assert [text[w.start : w.end] for w in words] == ["Ines", "climbed", "the"]


def test_the_menu_has_it_beside_refining_whatever_stands_above(window: MainWindow) -> None:
    window.page.load("She climbed.")
    menu = window.menu.menu_at(None)
    # As spelling does.
    menu.insertSeparator(menu.actions()[0])
    window.locking.extend(menu, 0)
    actions = menu.actions()
    lock = actions.index(window.commands["lock"])
    assert actions[lock - 1] is window.commands["refine"]
    assert actions[lock + 1].isSeparator()
