"""Filling: previews, one undo step, nothing outside the blanks, no answer for another text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.document.recovery import RecoveryStore
from maria_editor.editor.chips import ChipState
from maria_editor.engine.client import EngineClient, EngineFailure
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow
from maria_model.api import BlankResult, FillRequest, UnfilledBlank
from maria_model.blanks import find_blanks

ODD = "🙂 caf\u00e9 e\u0301 שלום 👩‍🚀 n\u00a0b"


def fills(text: str, *words: str) -> tuple[BlankResult, ...]:
    return tuple(
        BlankResult(index=i, start=blank.start, end=blank.end, fill=word, logprob=-1.0)
        for i, (blank, word) in enumerate(zip(find_blanks(text), words, strict=False))
    )


def chip_states(window: MainWindow) -> list[ChipState]:
    return [chip.state for chip in window.page.states.chips(window.page.document().begin())]


def test_fills_land_as_one_undo_step_beside_odd_text(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = f"{ODD} [MASK] {ODD} [MASK:2-3] {ODD}"
    window.page.load(text)
    window.filling.fill_all()
    assert chip_states(window) == [ChipState.PENDING, ChipState.PENDING]
    assert window.top_row.fill.text() == "Stop"
    results = fills(text, "tea", "like slate")
    scripted.settle(results[0], 1, 2)
    assert chip_states(window) == [ChipState.PREVIEW, ChipState.PENDING]
    assert window.page.text() == text
    assert window.status.progress.words() == "Reading both sides, 1 of 2"
    scripted.answer(results)
    assert window.page.text() == text
    assert chip_states(window) == [ChipState.PREVIEW, ChipState.PREVIEW]
    assert not window.page.document().isModified()
    assert window.top_row.fill.text() == "Fill blanks"
    window.candidates.accept_all()
    assert window.page.text() == f"{ODD} tea {ODD} like slate {ODD}"
    assert window.status.speed.text() == "38 words/s"
    window.page.undo()
    assert window.page.text() == text
    assert not window.page.document().isUndoAvailable()


def test_the_first_words_are_offered_while_a_joint_answer_is_looked_for(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "A cup of [MASK] and a [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    for done, blank in enumerate(fills(text, "tea", "bun"), start=1):
        assert not window.candidates.popup.isVisible()
        scripted.settle(blank, done, 2)
    assert window.candidates.popup.isVisible()
    assert window.top_row.fill.text() == "Fill blanks"
    assert not window.filling.is_busy
    assert scripted.giving_way == [1]
    window.candidates.accept_all()
    assert window.page.text() == "A cup of tea and a bun."
    scripted.answer(fills(text, "tea", "pie"))
    assert window.page.text() == "A cup of tea and a bun."
    assert chip_states(window) == []


def test_a_joint_answer_replaces_words_that_nobody_chose_or_looks_at(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "A cup of [MASK] and a [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    for done, blank in enumerate(fills(text, "tea", "bun"), start=1):
        scripted.settle(blank, done, 2)
    scripted.answer(fills(text, "tea", "pie"))
    assert window.candidates.popup.title.text() == "Blank 1 of 2"
    with qtbot.waitSignal(window.filling.landed) as landed:
        window.candidates.accept_all()
    assert window.page.text() == "A cup of tea and a pie."
    # The speed is what the writer saw; the joint answer came later.
    assert landed.args[0].stats.method != STATS.method


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_joint_answer_comes_too_late_for_words_that_were_chosen(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot, by_hand: bool
) -> None:
    text = "A cup of [MASK] and a [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    for done, blank in enumerate(fills(text, "tea", "bun"), start=1):
        scripted.settle(blank, done, 2)
    if by_hand:
        qtbot.keyClick(window.candidates.popup.list, Qt.Key.Key_Down)
    # Otherwise it would change the word that is looked at.
    scripted.answer(fills(text, "tea" if by_hand else "ale", "pie"))
    window.candidates.accept_all()
    assert window.page.text() == "A cup of tea and a bun."


def test_another_request_ends_the_search_for_a_joint_answer(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "A cup of [MASK] and a [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    for done, blank in enumerate(fills(text, "tea", "bun"), start=1):
        scripted.settle(blank, done, 2)
    window.filling.fill_all()
    assert scripted.cancelled_jobs == [1]
    assert window.filling.is_busy
    scripted.cancelled.emit(1, fills(text, "tea", "bun"))
    assert window.notices.isHidden()
    assert window.filling.is_busy


@given(
    parts=st.lists(st.text(st.sampled_from("a 🙂e\u0301ש\u00a0.\n"), max_size=8), min_size=2),
    word=st.text(st.sampled_from("ab🙂’ "), min_size=1, max_size=5).filter(str.strip),
)
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_outside_the_blanks_changes(
    window: MainWindow, scripted: ScriptedEngine, parts: list[str], word: str
) -> None:
    text = "[MASK]".join(parts)
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer(fills(text, *[word] * (len(parts) - 1)))
    assert window.page.text() == text
    window.candidates.accept_all()
    assert window.page.text() == word.join(parts)
    window.page.undo()
    assert window.page.text() == text


def test_a_blank_without_a_candidate_stays_and_says_why(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = 'A [MASK] and [MASK:starts="a",ends="b",max_chars=1].'
    window.page.load(text)
    window.filling.fill_all()
    blank = find_blanks(text)[1]
    reason = "Line 1: [MASK...]: no candidate, its rules leave no word. Loosen them."
    left = UnfilledBlank(index=1, start=blank.start, end=blank.end, reason=reason)
    scripted.answer(fills(text, "cup"), (left,))
    assert chip_states(window) == [ChipState.PREVIEW, ChipState.ERROR]
    notice = window.notices.notice
    assert notice.news == "No word fits this rule here."
    notice.steps[0].action()
    assert window.candidates.popup.title.text() == "Blank 2 of 2"
    window.candidates.accept_all()
    assert window.page.text() == text.replace("[MASK] ", "cup ")


HEBREW = "הספינה הקטנה שטה [MASK] אל האי הרחוק"


@pytest.mark.parametrize(
    ("text", "words", "is_said"),
    [
        (HEBREW, ("slowly",), True),
        (HEBREW, ("לאט",), False),
        (HEBREW, ("7",), False),
        (f"{HEBREW}\n\nA [MASK] ship.", ("לאט", "small"), False),
        (f"{HEBREW}\n\nA [MASK] ship.", ("slowly", "small"), True),
        ("A ship (ספינה) is [MASK].", ("small",), False),
        ("[MASK]", ("Small",), False),
    ],
)
def test_words_in_another_script_than_their_paragraph_are_called_guesses(
    window: MainWindow, scripted: ScriptedEngine, text: str, words: tuple[str, ...], is_said: bool
) -> None:
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer(fills(text, *words))
    news = "The model does not know the script of this paragraph."
    assert (not window.notices.isHidden() and window.notices.notice.news == news) is is_said
    assert not window.notices.notice.is_warning


def test_linked_blanks_that_no_word_suits_say_whose_they_are(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = '[MASK:name=ann,starts="q"] and [MASK:name=ann,starts="q"] and [MASK].'
    window.page.load(text)
    window.filling.fill_all()
    *linked, last = find_blanks(text)
    left = tuple(
        UnfilledBlank(index=i, start=b.start, end=b.end, reason="None.")
        for i, b in enumerate(linked)
    )
    tea = BlankResult(index=2, start=last.start, end=last.end, fill="tea", logprob=-1.0)
    scripted.answer((tea,), left)
    assert window.notices.notice.news == "No word suits every blank named ann."


def test_a_blank_that_cannot_be_read_keeps_no_other_from_its_words(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "A [MASK:0] of [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.blanks == (1,)
    notice = window.notices.notice
    assert notice.news == "One blank cannot be read and is left alone."
    assert "a blank holds 1 to 999 words, not 0" in notice.rest
    blank = find_blanks(text, strict=False)[1]
    tea = BlankResult(index=1, start=blank.start, end=blank.end, fill="tea", logprob=-1.0)
    scripted.answer((tea,))
    window.candidates.accept_all()
    assert window.page.text() == "A [MASK:0] of tea."
    window.filling.fill((0,))
    assert len(scripted.requests) == 1


def test_writing_in_another_paragraph_leaves_suggestions_alone(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "A cup of [MASK].\n\nA plate of [MASK].\n\nThe end."
    window.page.load(text)
    window.filling.fill_all()
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(window.page, " Yes")
    scripted.settle(fills(text, "tea", "ham")[0], 1, 2)
    assert ChipState.PREVIEW in chip_states(window)
    window.page.setTextCursor(cursor_at(window, text.index("A plate")))
    qtbot.keyClicks(window.page, "x")
    scripted.answer(fills(text, "tea", "ham"))
    # The blank of the paragraph that was written in is left out, and that is said.
    assert [place.start for place in window.candidates.places.previewed()] == [text.index("[MASK]")]
    notice = window.notices.notice
    assert notice.news == "You edited this sentence, so these suggestions were set aside."
    window.candidates.accept_all()
    assert window.page.text() == "A cup of tea.\n\nxA plate of [MASK].\n\nThe end. Yes"


def cursor_at(window: MainWindow, position: int) -> QTextCursor:
    cursor = window.page.textCursor()
    cursor.setPosition(position)
    return cursor


def test_an_answer_for_another_text_never_lands(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "A cup of [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    qtbot.keyClicks(window.page, "x")
    scripted.settle(fills(text, "tea")[0], 1, 1)
    assert chip_states(window) == [ChipState.PENDING]
    scripted.answer(fills(text, "tea"))
    assert window.page.text() == f"x{text}"
    assert chip_states(window) == [ChipState.EMPTY]
    notice = window.notices.notice
    assert notice.news == "You edited this sentence, so these suggestions were set aside."
    assert [step.label for step in notice.steps] == ["Fill again"]
    assert not window.notices.isHidden()
    notice.steps[0].action()
    assert scripted.requests[-1].text == f"x{text}"


def test_that_it_was_edited_is_said_until_the_edit_is_undone(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "A cup of [MASK].\n\nAnd on."
    window.page.load(text)
    window.filling.fill_all()
    qtbot.keyClicks(window.page, "x")
    scripted.answer(fills(text, "tea"))
    window.page.select_span(len(text), len(text))
    qtbot.keyClicks(window.page, "y")
    assert not window.notices.isHidden()
    window.page.undo()
    window.page.undo()
    assert window.page.text() == text
    assert window.notices.isHidden()


def test_an_edit_that_was_undone_counts_as_an_edit(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "A cup of [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    qtbot.keyClicks(window.page, "x")
    window.page.undo()
    scripted.answer(fills(text, "tea"))
    assert window.page.text() == text


def test_an_answer_to_an_earlier_job_is_dropped(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "A cup of [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    scripted.cancelled.emit(1, ())
    window.filling.fill_all()
    results = fills(text, "tea")
    scripted.progressed.emit(1, results[0])
    scripted.filled.emit(1, None)
    assert window.page.text() == text
    scripted.answer(results)
    window.candidates.accept_all()
    assert window.page.text() == "A cup of tea."


@pytest.mark.parametrize(
    ("count", "label"), [(1, "Keep the 1 fill so far"), (2, "Keep the 2 fills so far")]
)
def test_stopping_changes_nothing_until_the_fills_are_kept(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot, count: int, label: str
) -> None:
    text = "[MASK] or [MASK] or [MASK]"
    window.page.load(text)
    window.filling.fill_all()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert scripted.cancels == 1
    scripted.cancelled.emit(1, fills(text, *["tea"] * count))
    notice = window.notices.notice
    assert (notice.news, notice.rest) == ("Stopped.", "Nothing was changed.")
    assert window.page.text() == text
    [step] = notice.steps
    assert step.label == label
    step.action()
    assert window.page.text().count("tea") == count


def test_fills_are_not_kept_in_another_text(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "[MASK] or [MASK]"
    window.page.load(text)
    window.filling.fill_all()
    scripted.cancelled.emit(1, fills(text, "tea"))
    qtbot.keyClicks(window.page, "x")
    window.notices.notice.steps[0].action()
    assert window.page.text() == f"x{text}"


def test_the_blank_at_the_caret_is_filled_alone(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("[MASK] and [MASK] and more")
    window.page.select_span(11, 11)
    window.filling.fill_here()
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.blanks == (1,)
    scripted.cancelled.emit(1, ())
    window.page.select_span(24, 24)
    window.filling.fill_here()
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.blanks is None


def test_without_blanks_it_says_how_to_make_one(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("no blanks")
    window.filling.fill_all()
    assert not scripted.requests
    assert window.notices.notice.news == "No blanks here yet."


def test_one_request_at_a_time(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load("[MASK]")
    window.filling.fill_all()
    window.filling.fill_all()
    window.refining.refine()
    assert len(scripted.requests) == 1


def test_a_failure_is_one_notice_with_a_way_on(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("[MASK]")
    window.filling.fill_all()
    message = "The model stopped and was started again. Your text is safe."
    scripted.failed.emit(1, EngineFailure("crashed", message))
    notice = window.notices.notice
    assert notice.is_warning
    assert f"{notice.news} {notice.rest}" == message
    assert notice.steps[0].label == "Try again"
    assert chip_states(window) == [ChipState.EMPTY]
    assert not window.filling.is_busy


def test_what_is_kept_for_recovery_has_the_blanks_as_written(
    window: MainWindow, scripted: ScriptedEngine, recovery: RecoveryStore, tmp_path: Path
) -> None:
    text = "A cup of [MASK] and a [MASK].\n\nThe end."
    window.page.load(text)
    window.page.replace([(len(text), len(text), " Unsaved.")])
    window.filling.fill_all()
    scripted.answer(fills(f"{text} Unsaved.", "tea", "bun"))
    assert chip_states(window) == [ChipState.PREVIEW, ChipState.PREVIEW]
    # As a kill would find it: what is due is on disk.
    recovery.close()
    other = RecoveryStore(tmp_path / "recovery")
    [left] = other.left_behind()
    other.close()
    assert left.text == f"{text} Unsaved."


@pytest.mark.parametrize("way", ["undone", "deleted", "replaced"])
def test_trying_again_is_not_offered_for_a_blank_that_is_gone(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot, way: str
) -> None:
    window.page.load("A cup of tea.\n\nThe end.")
    window.page.select_span(9, 12)
    window.commands["blank_out"].trigger()
    window.filling.fill_all()
    message = "The model stopped and was started again. Your text is safe."
    scripted.failed.emit(1, EngineFailure("crashed", message))
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(window.page, "!")
    assert not window.notices.isHidden()
    if way == "undone":
        window.page.undo()
        window.page.undo()
        assert "tea" in window.page.text()
    elif way == "deleted":
        window.page.replace([(9, 15, "")])
    else:
        window.page.load("Another text.")
    assert window.notices.isHidden()


def test_trying_again_asks_for_the_alternatives_that_failed(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "A cup of tea and a [MASK]."
    window.page.load(text)
    assert window.alternatives.ask(9, 12)
    scripted.failed.emit(1, EngineFailure("crashed", "The model stopped. Your text is safe."))
    window.notices.notice.steps[0].action()
    first, second = scripted.requests
    assert isinstance(first, FillRequest)
    assert isinstance(second, FillRequest)
    assert (second.text, second.blanks) == (first.text, first.blanks)
    assert first.text == "A cup of [MASK] and a [MASK]."


def test_the_worker_fills_end_to_end(
    engine: EngineClient,
    recovery: RecoveryStore,
    settings: Settings,
    theme: Theme,
    qtbot: QtBot,
) -> None:
    other = MainWindow(engine, settings, recovery, theme)
    qtbot.addWidget(other, before_close_func=lambda w: w.page.document().setModified(False))
    other.page.load("A cup of [MASK] and [MASK].")
    with qtbot.waitSignal(other.filling.answered):
        other.filling.fill_all()
    with qtbot.waitSignal(other.filling.landed):
        other.candidates.accept_all()
    assert other.page.text() == "A cup of tea and tea."
