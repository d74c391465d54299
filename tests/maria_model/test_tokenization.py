"""Text with blanks to pieces and back: spaces, seams, windows, and what must never change."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maria_model.blanks import find_blanks
from maria_model.errors import ContextLengthError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.prose import in_style_of, starts_sentence
from maria_model.tokenization import BlankedText, is_own_segmentation
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import Excerpt, OpenBlank


@pytest.fixture(scope="session")
def vocabulary(tiny_model: MariaForMaskedInfilling) -> SharedVocabulary:
    return tiny_model.vocabulary


def blanked(text: str, vocabulary: SharedVocabulary, limit: int = 100) -> BlankedText:
    return BlankedText(text=text, blanks=find_blanks(text), vocabulary=vocabulary, limit=limit)


def shown(excerpt: Excerpt, vocabulary: SharedVocabulary) -> str:
    """The excerpt as text; a blank is _ where it carries its space, # where it does not."""
    return "".join(
        (" _" if item.spaced else "#") * item.words
        if isinstance(item, OpenBlank)
        else vocabulary.decode([item])
        for item in excerpt.items
    )


WRAPPED = "The lamp had been lit every evening for a hundred years, and"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("She poured the [MASK] into a cup.", "She poured the _ into a cup."),
        ("the  [MASK] cat", "the  _ cat"),
        ("the\u00a0[MASK]", "the _"),
        ("[MASK] had", "# had"),
        ('said "[MASK]," he', 'said "#," he'),
        ("line\n[MASK] lamp", "line\n\n# lamp"),
        ("It ended.\nThe [MASK] lamp", "It ended.\n\nThe _ lamp"),
        ("it was a\nlong [MASK]\nof the\n\nsea", "it was a long _ of the\n\nsea"),
        (WRAPPED + "\n[MASK] and Tom", WRAPPED + " _ and Tom"),
        (WRAPPED + "\nTom [MASK]", WRAPPED + " Tom _"),
        (WRAPPED + ".\n[MASK] and", WRAPPED + ".\n\n# and"),
        (WRAPPED + "\n- a [MASK]", WRAPPED + "\n\n- a _"),
        ("line\r\n\r\n[MASK] lamp", "line\n\n# lamp"),
        ("line\u2029[MASK]", "line\n\n#"),
        ("([MASK])", "(#)"),
        ("un[MASK]ed", "un#ed"),
        ("**[MASK]**", "#"),
        ("[MASK][MASK]", "# _"),
        ("[MASK] [MASK]", "# _"),
        ("the [MASK:3].", "the _ _ _."),
        (r"a \[MASK] and [MASK]", r"a \[MASK] and _"),
        ("\ufeff[MASK]", "#"),
        ("[MASK]", "#"),
    ],
)
def test_what_the_models_read(text: str, read: str, vocabulary: SharedVocabulary) -> None:
    source = blanked(text, vocabulary)
    assert shown(source.excerpt(range(len(source.blanks))), vocabulary) == read


def test_known_text_is_tokenised_as_it_would_be_without_the_blank(
    vocabulary: SharedVocabulary,
) -> None:
    text = "From the gallery the sea looked almost like slate."
    for word in ("gallery", "sea", "almost", "slate"):
        source = blanked(text.replace(word, "[MASK]", 1), vocabulary)
        (slot, *_) = source.excerpt([0]).lay_out().slots
        known = list(source.excerpt([0]).lay_out().pieces)
        whole = known[: slot.position] + vocabulary.encode(" " + word) + known[slot.position + 1 :]
        assert whole == vocabulary.encode(text)


def test_the_fill_of_a_wrapped_line_gets_no_second_space(vocabulary: SharedVocabulary) -> None:
    source = blanked(WRAPPED + "\n[MASK] sat", vocabulary)
    (blank,) = source.excerpt([0]).open_blanks
    source.fills[0] = source.fill_text(blank, vocabulary.encode(" she"))
    assert source.splice() == WRAPPED + "\nshe sat"


def test_line_ends_before_a_blank_are_cut_as_in_running_text(vocabulary: SharedVocabulary) -> None:
    lines = blanked("low.\n\n[MASK]", vocabulary).excerpt([0]).items[:-1]
    assert list(lines) == vocabulary.encode("low.\n\nThe")[: len(lines)]


def test_slots_of_shapes(vocabulary: SharedVocabulary) -> None:
    source = blanked("A [MASK] lamp [MASK:2]", vocabulary)
    window = source.excerpt([0, 1]).lay_out({0: (3,)})
    assert [(s.blank, s.piece, s.kind, s.parts, s.spaced) for s in window.slots] == [
        (0, 0, "word", 3, True),
        (0, 1, "continuation", 3, False),
        (0, 2, "continuation", 3, False),
        (1, 0, "word", 1, True),
        (1, 1, "word", 1, True),
    ]
    positions = [slot.position for slot in window.slots]
    assert positions[:3] == list(range(positions[0], positions[0] + 3))
    assert len(window.pieces) == positions[-1] + 1


def test_fills_are_spliced_without_a_second_space(vocabulary: SharedVocabulary) -> None:
    source = blanked("the [MASK]\n[MASK][MASK].", vocabulary)
    pieces = vocabulary.encode(" lamp")
    first, second, third = source.excerpt([0, 1, 2]).open_blanks
    source.fills = {
        0: source.fill_text(first, pieces),
        1: source.fill_text(second, vocabulary.encode("The")),
        2: source.fill_text(third, pieces),
    }
    assert source.splice() == "the lamp\nThe lamp."


def test_settled_fills_are_read_as_text(vocabulary: SharedVocabulary) -> None:
    source = blanked("the [MASK] and the [MASK] sea", vocabulary)
    source.fills[0] = "lamp"
    assert shown(source.excerpt([1]), vocabulary) == "the lamp and the _ sea"


def test_blanks_that_are_not_asked_for_stay_open(vocabulary: SharedVocabulary) -> None:
    source = blanked("[MASK] the [MASK] and [MASK]", vocabulary)
    excerpt = source.excerpt([1])
    assert shown(excerpt, vocabulary) == "# the _ and _"
    assert [blank.index for blank in excerpt.open_blanks] == [0, 1]


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        ("It ended. ", True),
        ("It ended! ", True),
        ("It ended.” ", True),
        ('It ended." ', True),
        ("It ended. “", True),
        ("It ended.\n\n", True),
        ("Title\n\n", True),
        ("Title\n", False),
        ("It ended.\n", True),
        ("“Where?” ", False),
        ("She said, “", False),
        ("a word ", False),
        ("wait... ", False),
        ("see e.g. ", False),
        ("at 5 p.m. ", False),
        ("- ", False),
        ("# ", False),
    ],
)
def test_sentence_starts(before: str, answer: bool) -> None:
    assert starts_sentence(before, at_start=False) is answer


def test_the_start_of_a_text_starts_a_sentence() -> None:
    assert starts_sentence("", at_start=True)
    assert starts_sentence("“", at_start=True)
    assert not starts_sentence("", at_start=False)


def test_apostrophes_follow_the_document() -> None:
    assert in_style_of("It’s his.", "don't") == "don’t"
    assert in_style_of("It's his.", "don't") == "don't"


def test_own_segmentation(vocabulary: SharedVocabulary) -> None:
    pieces = vocabulary.encode(" lamp")
    letters = [piece for letter in (" ", "l", "a", "m", "p") for piece in vocabulary.encode(letter)]
    assert is_own_segmentation(vocabulary, pieces)
    assert vocabulary.decode(letters) == vocabulary.decode(pieces)
    assert not is_own_segmentation(vocabulary, letters)


PARAGRAPH = "The lamp had been lit every evening for a hundred years. " * 6 + "\n\n"


def test_a_window_is_full_and_cut_at_words(vocabulary: SharedVocabulary) -> None:
    text = PARAGRAPH + "The wind moved in the [MASK] grass. " + PARAGRAPH
    excerpt = blanked(text, vocabulary, limit=60).excerpt([0])
    window = excerpt.lay_out({0: (3,)})
    assert 45 <= len(window.pieces) <= 60
    read = shown(excerpt, vocabulary)
    assert read.startswith(" ") or text[text.index(read[:8]) - 1] == "\n"
    assert read.replace(" _", " [MASK]") in text
    assert not text[text.index(read[-12:]) + 12].isalpha()


def test_a_window_uses_the_room_that_one_side_leaves(vocabulary: SharedVocabulary) -> None:
    at_end = blanked(PARAGRAPH + "The [MASK]", vocabulary, limit=60).excerpt([0])
    at_start = blanked("The [MASK] sea. " + PARAGRAPH, vocabulary, limit=60).excerpt([0])
    assert len(at_end.items) >= 45
    assert len(at_start.items) >= 45


def test_every_blank_is_reached_window_by_window(vocabulary: SharedVocabulary) -> None:
    text = "The lamp of [MASK] and the sea. " * 100
    source = blanked(text, vocabulary, limit=60)
    waiting, seen = list(range(100)), []
    while waiting:
        excerpt = source.excerpt(waiting)
        assert sum(1 if not isinstance(i, OpenBlank) else 3 for i in excerpt.items) <= 60 + 2 * 8
        assert len(excerpt.lay_out().pieces) <= 60
        seen += excerpt.targets
        source.fills.update(dict.fromkeys(excerpt.targets, "lamp"))
        waiting = waiting[len(excerpt.targets) :]
    assert seen == list(range(100))
    assert source.splice() == text.replace("[MASK]", "lamp")


def test_distant_blanks_are_answered_apart(vocabulary: SharedVocabulary) -> None:
    source = blanked("A [MASK] lamp." + PARAGRAPH * 20 + "A [MASK] sea.", vocabulary, limit=60)
    assert source.excerpt([0, 1]).targets == (0,)


def test_a_blank_beyond_the_context_is_refused(vocabulary: SharedVocabulary) -> None:
    with pytest.raises(ContextLengthError, match=r"Line 2: \[MASK:61\] does not fit"):
        blanked("One\nthe [MASK:61] end", vocabulary, limit=60).excerpt([0])
    assert len(blanked("the [MASK:60] end", vocabulary, limit=60).excerpt([0]).items) == 1


def test_five_megabytes_are_read_near_the_blank_only(
    vocabulary: SharedVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = PARAGRAPH * (2_500_000 // len(PARAGRAPH))
    source = blanked(half + "A [MASK] lamp." + half, vocabulary)
    encode, read = vocabulary.encode, []

    def recording_encode(text: str) -> list[int]:
        read.append(len(text))
        return encode(text)

    monkeypatch.setattr(vocabulary, "encode", recording_encode)
    assert 75 <= len(source.excerpt([0]).items) <= 100
    assert sum(read) < 5000


hard_text = st.text(
    st.one_of(
        st.sampled_from("aé ’“”\r\n\u2029\u00a0\u200f\u0301אב😀.,!?'\"\\-–—[]MASK:"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(hard_text, min_size=2, max_size=6), fill=st.sampled_from([" lamp", " sea"]))
def test_nothing_outside_a_blank_changes(
    parts: list[str], fill: str, vocabulary: SharedVocabulary
) -> None:
    text = "[MASK]".join(parts)
    blanks = find_blanks(text, strict=False)
    source = BlankedText(text=text, blanks=blanks, vocabulary=vocabulary, limit=60)
    waiting = list(range(len(blanks)))
    while waiting:
        excerpt = source.excerpt(waiting)
        for blank in excerpt.open_blanks:
            source.fills[blank.index] = source.fill_text(blank, vocabulary.encode(fill))
        waiting = waiting[len(excerpt.targets) :]
    filled, position, offset = source.splice(), 0, 0
    for index, blank in enumerate(blanks):
        known = text[position : blank.start]
        assert filled[offset : offset + len(known)] == known
        offset += len(known)
        assert filled[offset : offset + len(source.fills[index])] == source.fills[index]
        offset += len(source.fills[index])
        position = blank.end
    assert filled[offset:] == text[position:]


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("the **[MASK]** sat", "the [MASK] sat"),
        ("the *[MASK] sat* down", "the [MASK] sat* down"),
        ("the _[MASK]_, (*[MASK]*) sat.", "the [MASK], ([MASK]) sat."),
        ("**[MASK]**\n\nsat ***[MASK]***", "[MASK]\n\nsat [MASK]"),
        ("~~[MASK]~~ sat", "[MASK] sat"),
        # Signs that are no emphasis of a blank stay.
        ("the sea_[MASK] sat", "the sea_[MASK] sat"),
        ("the [MASK]*2 sat", "the [MASK]*2 sat"),
        ("the * [MASK] sat", "the * [MASK] sat"),
    ],
)
def test_emphasis_of_a_blank_is_not_read(
    marked: str, plain: str, vocabulary: SharedVocabulary
) -> None:
    windows = []
    for text in (marked, plain):
        source = blanked(text, vocabulary)
        windows.append(source.excerpt(list(range(len(source.blanks)))).lay_out({}))
    assert windows[0] == windows[1]
