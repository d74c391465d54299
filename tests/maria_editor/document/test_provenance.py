"""The record of the model's words and the report made of it."""

from __future__ import annotations

import json
import os
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.document.disclosure import Standing, find_passages, report
from maria_editor.document.provenance import (
    AcceptedWords,
    ProvenanceRecord,
    Record,
    record_beside,
    surroundings,
)

TEXT = "She poured the tea into a cup and sat down by the fire to read."


def accepted(text: str, wrote: str, replaced: str = "[MASK]", time: str = "") -> AcceptedWords:
    start = text.index(wrote)
    left, right = surroundings(text, start, start + len(wrote))
    return AcceptedWords(
        wrote=wrote,
        replaced=replaced,
        start=start,
        left=left,
        right=right,
        way="fill",
        seed=0,
        model="small",
        device="cpu",
        settings={"temperature": 0.8},
        time=time,
    )


@pytest.fixture
def failures() -> list[str]:
    return []


Make = Callable[..., ProvenanceRecord]


@pytest.fixture
def make(tmp_path: Path, failures: list[str]) -> Iterator[Make]:
    records: list[ProvenanceRecord] = []

    def make_one(key: str = "editor") -> ProvenanceRecord:
        records.append(ProvenanceRecord(failures.append, key=key, directory=tmp_path / "aside"))
        return records[-1]

    yield make_one
    for record in records:
        record.close()


def test_one_line_for_each_acceptance_beside_the_file(make: Make, tmp_path: Path) -> None:
    record, path = make(), tmp_path / "a.md"
    record.turn_to(path)
    record.note([accepted(TEXT, "cup"), accepted(TEXT, "fire")])
    record.note([accepted(TEXT, "sat down")])
    assert [words.wrote for words in record.all()] == ["cup", "fire", "sat down"]
    lines = (tmp_path / "a.md.maria.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    noted = json.loads(lines[0])
    assert (noted["wrote"], noted["replaced"], noted["start"]) == ("cup", "[MASK]", 26)
    assert (noted["model"], noted["device"], noted["settings"]) == (
        "small",
        "cpu",
        {"temperature": 0.8},
    )
    assert noted["program"].startswith("Maria Editor ")
    assert noted["time"]


def test_where_nothing_was_chosen_no_settings_are_noted(make: Make, tmp_path: Path) -> None:
    record = make()
    path = tmp_path / "a.md"
    record.turn_to(path)
    record.note([replace(accepted(TEXT, "tea"), settings={})])
    (read,) = record.all()
    assert read.settings == {}
    assert "settings" not in json.loads(record_beside(path).read_text(encoding="utf-8"))


def test_no_prose_but_the_models_and_what_it_replaced(make: Make, tmp_path: Path) -> None:
    record = make()
    record.turn_to(tmp_path / "a.md")
    record.note([accepted(TEXT, "cup", replaced="glass")])
    record.all()
    written = record_beside(tmp_path / "a.md").read_text(encoding="utf-8")
    for word in TEXT.split():
        assert (f'"{word}"' in written) == (word == "cup")
    assert "poured" not in written


def test_a_text_without_a_file_takes_its_record_along(make: Make, tmp_path: Path) -> None:
    record, path = make(), tmp_path / "a.md"
    record.note([accepted(TEXT, "cup")])
    assert [words.wrote for words in record.all()] == ["cup"]
    record.turn_to(path, take_along=True)
    assert [words.wrote for words in record.all()] == ["cup"]
    assert record_beside(path).exists()
    # And a copy under another name has it as well.
    record.turn_to(tmp_path / "b.md", take_along=True)
    assert [words.wrote for words in record.all()] == ["cup"]
    assert record_beside(path).exists()


def test_a_text_without_a_file_that_is_given_up_takes_its_record_with_it(make: Make) -> None:
    record = make()
    record.note([accepted(TEXT, "cup")])
    record.turn_to(None)
    assert record.all() == ()


def test_a_recovered_text_has_the_record_of_the_editor_that_is_gone(make: Make) -> None:
    gone = make("gone")
    gone.note([accepted(TEXT, "cup")])
    # Written by a thread of its own; an editor that crashed tidies nothing away.
    assert gone.all()
    record = make("here")
    record.adopt("gone")
    assert [words.wrote for words in record.all()] == ["cup"]


def test_a_deleted_text_takes_its_record_with_it(make: Make) -> None:
    gone = make("gone")
    gone.note([accepted(TEXT, "cup")])
    assert gone.all()
    make("here").forget("gone")
    assert make("here").all() == ()
    record = make("other")
    record.adopt("gone")
    assert record.all() == ()


@pytest.mark.parametrize(
    ("kept", "age_s", "stays"), [("gone", 9e6, True), ("", 9e6, False), ("", 60, True)]
)
def test_records_of_texts_that_are_no_more_are_tidied_away(
    make: Make, tmp_path: Path, kept: str, age_s: float, stays: bool
) -> None:
    gone = make("gone")
    gone.note([accepted(TEXT, "cup")])
    assert gone.all()
    (path,) = (tmp_path / "aside").rglob("gone*")
    moment = path.stat().st_mtime - age_s
    os.utime(path, (moment, moment))
    record = make("here")
    record.tidy([kept])
    record.adopt("gone")
    assert bool(record.all()) is stays


def bad_lines() -> list[str]:
    good = {
        "wrote": "cup",
        "replaced": "[MASK]",
        "start": 1,
        "left": "",
        "right": "",
        "way": "fill",
        "seed": 0,
        "model": "m",
        "device": "cpu",
        "settings": {},
        "time": "2026-11-20T10:00:00+00:00",
        "program": "p",
    }
    wrong = [
        {"wrote": None},
        {"start": "1"},
        {"seed": [0]},
        {"settings": "none"},
        {"time": "yesterday"},
        {"model": 7},
    ]
    lines = [json.dumps({**good, **change}) for change in wrong]
    short = json.dumps({name: value for name, value in good.items() if name != "way"})
    return [*lines, short, "[]", "null", "7", "not json", "[" * 100_000, "\x00\x01", '{"a": 1e999}']


@pytest.mark.parametrize("line", bad_lines(), ids=range(len(bad_lines())))
def test_a_line_that_is_no_entry_is_counted_and_left_out(
    make: Make, tmp_path: Path, line: str
) -> None:
    record, path = make(), tmp_path / "a.md"
    record.turn_to(path)
    record.note([accepted(TEXT, "cup")])
    record.all()
    with record_beside(path).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    found = record.read()
    assert ([words.wrote for words in found.words], found.unreadable) == (["cup"], 1)
    said = report("a.md", found, TEXT)
    assert "1 entry of the record cannot be read and is left out" in said
    assert "“cup”" in said


def test_a_folder_in_the_place_of_the_record_is_no_end(
    make: Make, tmp_path: Path, failures: list[str]
) -> None:
    record, path = make(), tmp_path / "a.md"
    record_beside(path).mkdir()
    record.turn_to(path)
    assert record.read() == Record(words=(), unreadable=1)
    assert "1 entry of the record cannot be read, so nothing" in report("a", record.read(), TEXT)
    record.note([accepted(TEXT, "cup")])
    assert [words.wrote for words in record.all()] == ["cup"]
    assert len(failures) == 1


def test_a_torn_line_costs_no_other(make: Make, tmp_path: Path) -> None:
    record, path = make(), tmp_path / "a.md"
    record_beside(path).write_text('{"wrote": "torn', encoding="utf-8")
    record.turn_to(path)
    record.note([accepted(TEXT, "cup")])
    assert [words.wrote for words in record.all()] == ["cup"]


def test_a_place_where_nothing_can_be_written_loses_no_line(
    make: Make, tmp_path: Path, failures: list[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    record = make()
    record.turn_to(tmp_path / "file" / "a.md")
    record.note([accepted(TEXT, "cup")])
    assert [words.wrote for words in record.all()] == ["cup"]
    (message,) = failures
    assert "could not be written beside the file" in message


@pytest.mark.parametrize(
    ("text", "standing", "words"),
    [
        (TEXT, Standing.WHOLE, 3),
        (f"A new beginning. {TEXT} And an end.", Standing.WHOLE, 3),
        (TEXT.replace("into a cup", "into my cup"), Standing.WHOLE, 3),
        (TEXT.replace("down by the", "on a") + " Yes.", Standing.GONE, 0),
        (TEXT.replace("sat down by", "sat close by"), Standing.CHANGED, 2),
        (TEXT.replace("sat down by", "went to"), Standing.GONE, 0),
        ("", Standing.GONE, 0),
    ],
)
def test_a_passage_is_found_again(text: str, standing: Standing, words: int) -> None:
    (passage,) = find_passages([accepted(TEXT, "sat down by")], text)
    assert (passage.standing, passage.words) == (standing, words)


def test_words_accepted_twice_are_counted_once() -> None:
    first, second = accepted(TEXT, "sat down"), accepted(TEXT, "sat down by")
    found = find_passages([first, second], TEXT)
    assert sum(passage.words for passage in found) == 3
    assert found[0].standing is Standing.GONE


def test_words_that_were_taken_out() -> None:
    cut = TEXT.replace("to read", "")
    start = cut.index(".")
    left, right = surroundings(cut, start, start)
    gone = AcceptedWords(
        wrote="",
        replaced="to read",
        start=start,
        left=left,
        right=right,
        way="refine",
        seed=0,
        model="small",
        device="cpu",
    )
    assert find_passages([gone], cut)[0].standing is Standing.WHOLE
    assert find_passages([gone], TEXT)[0].standing is Standing.GONE


WORDS = st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=6), min_size=1, max_size=40)


@given(WORDS, st.data())
def test_no_more_words_stand_than_the_text_has(words: list[str], data: st.DataObject) -> None:
    text, record = " ".join(words), []
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(words) - 1))
        end = data.draw(st.integers(start + 1, len(words)))
        place = len(" ".join(words[:start])) + (start > 0)
        wrote = " ".join(words[start:end])
        left, right = surroundings(text, place, place + len(wrote))
        one = accepted(wrote, wrote)
        record.append(
            AcceptedWords(
                wrote=wrote,
                replaced="",
                start=place,
                left=left,
                right=right,
                way=one.way,
                seed=0,
                model="m",
                device="cpu",
            )
        )
    found = find_passages(record, text)
    # The newest acceptance is always found where it stands, or where its like stands.
    assert found[-1].standing is Standing.WHOLE
    assert sum(passage.words for passage in found) <= len(words)


def test_the_report_says_how_much_and_how_it_was_counted() -> None:
    record = (
        accepted(TEXT, "cup", time="2026-11-20T10:00:00+00:00"),
        accepted(TEXT, "sat down by", replaced="was", time="2026-11-21T10:00:00+00:00"),
    )
    words = report("a.md", Record(words=record), TEXT.replace("a cup and", "a glass and"))
    assert "Of the 15 words of this text, 3 were written by a language model" in words
    assert "accepted 2 passages from the model; 1 of them is not found" in words
    assert "small (cpu)" in words
    assert "2026-11-20 to 2026-11-21" in words
    assert "“cup”: not found any more." in words
    assert "“sat down by” for “was”: stands." in words
    assert "cannot be counted" in words


def test_the_report_counts_one_word_as_one() -> None:
    words = report("a.md", Record(words=(accepted(TEXT, "cup", time="2026-11-20"),)), TEXT)
    assert "15 words of this text, 1 was written by a language model and still stands (" in words
    assert "accepted 1 passage from the model." in words


def test_the_report_without_a_record_says_so() -> None:
    assert "No record was kept" in report("a.md", Record(words=()), TEXT)
