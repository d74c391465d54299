"""What places offer, without a popup: names agree, and a taken word ranks what is left."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from candidates_script import BUN, found, last_rescore, rescored
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.editor.page import Page
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.candidates_lengths import ANY
from maria_editor.window.candidates_places import Place
from maria_editor.window.candidates_suggestions import Suggestions
from maria_model.blanks import find_blanks

TEXT = "[MASK:name=a] saw [MASK:name=a] and [MASK]."
NAMES = ("Anna", "Ben")


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Page:
    page = Page(theme)
    qtbot.addWidget(page)
    page.load(TEXT)
    return page


@pytest.fixture
def owner() -> QObject:
    return QObject()


@pytest.fixture
def suggestions(
    page: Page, scripted: ScriptedEngine, settings: Settings, owner: QObject
) -> Suggestions:
    scripted.become_ready()
    suggestions = Suggestions(page, scripted, settings, owner)  # type: ignore[arg-type]
    suggestions.places.add(
        offering(suggestions, index, words) for index, words in enumerate((NAMES, NAMES, BUN))
    )
    return suggestions


def offering(suggestions: Suggestions, index: int, words: Sequence[str]) -> Place:
    blank = find_blanks(TEXT)[index]
    place = suggestions.places.make(blank.start, blank.end, TEXT[blank.start : blank.end])
    place.take_rows(place.rows_from(found(index, TEXT, words)))
    return place


def chosen(suggestions: Suggestions) -> list[str]:
    return [place.chosen.words for place in suggestions.places.all() if place.chosen is not None]


def test_a_choice_is_that_of_all_of_its_name(suggestions: Suggestions) -> None:
    first = suggestions.places.all()[0]
    suggestions.choose(first, first.rows[1])
    assert chosen(suggestions) == ["Ben", "Ben", "bun"]
    assert [place.is_by_hand for place in suggestions.places.all()] == [True, True, False]
    assert [place.start for place in suggestions.beside(first)] == [TEXT.rindex("[MASK]")]


def test_what_is_left_is_ranked_for_the_word_that_was_taken(
    suggestions: Suggestions, page: Page, scripted: ScriptedEngine
) -> None:
    heard: list[Place] = []
    suggestions.changed.connect(heard.append)
    first = suggestions.places.all()[0]
    suggestions.accept(first, first.rows[1])
    assert page.text() == "Ben saw Ben and [MASK]."
    suggestions.ranking.ask_now()
    assert last_rescore(scripted).text == page.text()
    rescored(scripted, {0: ("pie", "cake", "bun")})
    assert chosen(suggestions) == ["pie"]
    assert heard == suggestions.places.all()


def test_a_search_whose_place_a_ranking_took_goes_on_after_it(
    suggestions: Suggestions, page: Page, scripted: ScriptedEngine
) -> None:
    first, _, last = suggestions.places.all()
    alone = last.rows[:1]
    last.ask_for(ANY)
    last.take_rows(alone)
    suggestions.find_company(last)
    search = scripted.job
    assert last.is_searched
    assert suggestions.searched is last
    suggestions.rank_others(first)
    suggestions.ranking.ask_now()
    scripted.cancelled.emit(search, ())
    assert suggestions.searched is None
    assert not last.is_searched
    rescored(scripted, {2: ("bun",)})
    assert scripted.job == search + 2
    assert suggestions.searched is last
