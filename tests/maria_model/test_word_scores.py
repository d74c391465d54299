"""Both-sides scores: the definition by brute force, windows, offsets, alternatives, stopping."""

from __future__ import annotations

import math
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maria_model import word_scores
from maria_model.api import Cancelled, Progress, ScoreRequest, ScoreResult, WordScore
from maria_model.blanks import find_blanks
from maria_model.causal_reader import PassCounts
from maria_model.engine import MariaEngine
from maria_model.errors import CheckpointError, ConfigurationError
from maria_model.infilling import allowed_pieces
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.text_words import WordReader
from maria_model.windows import Slot, Window
from maria_model.word_pieces import has_vowel_sound
from maria_model.word_scores import score_words

LIMIT = 126
TEXT = "The lamp had been lit every evening for a hundred years, and Ines did not forget the sea."
VOCABULARY = [
    "lamp",
    "evening",
    "sea",
    "gallery",
    "stairs",
    "wind",
    "grass",
    "gate",
    "knocking",
    "an",
    "apple",
    "pear",
]


@pytest.fixture(scope="module")
def exact_model(tiny_model_dir: Path) -> MariaForMaskedInfilling:
    return MariaForMaskedInfilling.from_pretrained(tiny_model_dir, dtype=torch.float64)


def score(model: MariaForMaskedInfilling, text: str, **options: Any) -> tuple[WordScore, ...]:
    return score_words(model, ScoreRequest(text=text, **options), limit=LIMIT)


def forward_logits(
    model: MariaForMaskedInfilling, pieces: list[int], masked: range
) -> torch.Tensor:
    """Return (T, V) logits of one plain pass over the whole text."""
    rows = torch.tensor([pieces])
    mask = torch.zeros_like(rows, dtype=torch.bool)
    mask[0, list(masked)] = True
    with torch.no_grad():
        return model(rows, mask).logits[0]


def brute_force(
    model: MariaForMaskedInfilling, pieces: list[int], own: range, *, at_start: bool
) -> float:
    """Return the log-probability of a word's pieces from the definition, one pass per word."""
    logits = forward_logits(model, pieces, own)
    slots = tuple(
        Slot(
            position=position,
            blank=0,
            piece=part,
            kind="continuation" if part else "word",
            parts=len(own),
            spaced=not part and not at_start,
            case="upper" if at_start and not part else "any",
        )
        for part, position in enumerate(own)
    )
    total = 0.0
    for slot in slots:
        window = Window(tuple(pieces), slots)
        allowed = allowed_pieces(model.vocabulary, window, pieces, slot).clone()
        allowed[pieces[slot.position]] = True
        row = logits[slot.position].masked_fill(~allowed, -torch.inf)
        total += float(torch.log_softmax(row, dim=-1)[pieces[slot.position]])
    return total


def pieces_of(
    model: MariaForMaskedInfilling, text: str, word: WordScore
) -> tuple[list[int], range]:
    pieces, offsets = model.vocabulary.encode_with_offsets(text)
    own = [n for n, (start, end) in enumerate(offsets) if start < word.end and end > word.start]
    return pieces, range(own[0], own[-1] + 1)


def test_every_score_is_the_definitions(exact_model: MariaForMaskedInfilling) -> None:
    words = score(exact_model, TEXT, stride=0)
    assert [word.text for word in words] == TEXT.replace(",", "").replace(".", "").split()
    lengths = set()
    for word in words:
        pieces, own = pieces_of(exact_model, TEXT, word)
        lengths.add(len(own))
        expected = brute_force(exact_model, pieces, own, at_start=word.start == 0)
        assert word.logprob == pytest.approx(expected, abs=1e-9)
    assert {1, 2} < lengths


def test_alternatives_are_words_of_one_piece_in_its_place(
    exact_model: MariaForMaskedInfilling,
) -> None:
    for word in score(exact_model, TEXT, stride=0, alternatives=3):
        pieces, own = pieces_of(exact_model, TEXT, word)
        for other in word.alternatives:
            spelled = other.text if word.start == 0 else " " + other.text
            (piece,) = exact_model.vocabulary.encode(spelled)
            changed = [*pieces[: own.start], piece, *pieces[own.stop :]]
            one = range(own.start, own.start + 1)
            logits = forward_logits(exact_model, changed, one)[own.start]
            slot = Slot(
                position=own.start,
                blank=0,
                piece=0,
                spaced=word.start > 0,
                case="upper" if word.start == 0 else "any",
            )
            allowed = allowed_pieces(
                exact_model.vocabulary, Window(tuple(changed), (slot,)), changed, slot
            ).clone()
            if len(own) == 1:
                allowed[pieces[own.start]] = True
            logprobs = torch.log_softmax(logits.masked_fill(~allowed, -torch.inf), dim=-1)
            assert other.logprob == pytest.approx(float(logprobs[piece]), abs=1e-9)


def test_from_the_left_a_score_is_the_causal_models_own(
    exact_model: MariaForMaskedInfilling,
) -> None:
    for word in score(exact_model, TEXT, sides="left", alternatives=3):
        pieces, own = pieces_of(exact_model, TEXT, word)
        vocabulary = exact_model.vocabulary
        read = torch.tensor([vocabulary.start_token_id, *vocabulary.causal_ids[pieces].tolist()])
        with torch.no_grad():
            logits = exact_model.causal_lm_logits(exact_model.causal_states(read[None])[0])
        total = 0.0
        for part, position in enumerate(own):
            slot = Slot(
                position=position,
                blank=0,
                piece=part,
                kind="token" if part else "word",
                parts=len(own),
                spaced=word.start > 0,
                case="upper" if word.start == 0 else "any",
            )
            before = pieces[:position]
            window = Window(tuple(before), (slot,))
            allowed = allowed_pieces(vocabulary, window, before, slot).clone()
            allowed[pieces[position]] = True
            row = torch.log_softmax(logits[position].masked_fill(~allowed, -torch.inf), dim=-1)
            total += float(row[pieces[position]])
        assert word.logprob == pytest.approx(total, abs=1e-9)
        begin = vocabulary.decode(pieces[own.start : own.start + 1]).strip()
        assert len(own) == 1 or begin not in [other.text for other in word.alternatives]


def test_from_the_left_nothing_behind_a_word_matters(tiny_model: MariaForMaskedInfilling) -> None:
    changed = TEXT.replace("years, and Ines did not forget the sea", "apples; a pear, an evening")
    before = [
        word for word in score(tiny_model, TEXT, sides="left") if word.end < TEXT.index("years")
    ]
    after = [
        word for word in score(tiny_model, changed, sides="left") if word.end < TEXT.index("years")
    ]
    assert [word.text for word in before][-1] == "hundred"
    for one, other in zip(before, after, strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=1e-5)
        assert one.oddness == pytest.approx(other.oddness, abs=1e-5)
        assert [a.text for a in one.alternatives] == [a.text for a in other.alternatives]


def test_from_the_left_a_text_is_read_once(tiny_model: MariaForMaskedInfilling) -> None:
    counts = PassCounts()
    words = score_words(
        tiny_model, ScoreRequest(text=TEXT, sides="left"), limit=LIMIT, counts=counts
    )
    assert [word.text for word in words] == TEXT.replace(",", "").replace(".", "").split()
    # And one pass for how common words are.
    assert (counts.ar, counts.mlm) == (1, 1)


def test_words_masked_together_are_masked_in_one_row(exact_model: MariaForMaskedInfilling) -> None:
    """With a stride of 4 words 0, 4, 8, ... share their masks."""
    words = score(exact_model, TEXT, stride=4)
    spans = [pieces_of(exact_model, TEXT, word) for word in words]
    rows = torch.tensor([spans[0][0]])
    mask = torch.zeros_like(rows, dtype=torch.bool)
    for _, own in spans[::4]:
        mask[0, list(own)] = True
    with torch.no_grad():
        logits = exact_model(rows, mask).logits[0]
    for word, (pieces, own) in list(zip(words, spans, strict=True))[4::4]:
        if len(own) == 1:
            slot = Slot(position=own.start, blank=0, piece=0)
            window = Window(tuple(pieces), (slot,))
            allowed = allowed_pieces(exact_model.vocabulary, window, pieces, slot).clone()
            allowed[pieces[own.start]] = True
            row = logits[own.start].masked_fill(~allowed, -torch.inf)
            expected = float(torch.log_softmax(row, dim=-1)[pieces[own.start]])
            assert word.logprob == pytest.approx(expected, abs=1e-9)


def test_a_stride_beyond_the_text_is_exact(exact_model: MariaForMaskedInfilling) -> None:
    apart, single = (score(exact_model, TEXT, stride=stride) for stride in (100, 0))
    assert [w.logprob for w in apart] == pytest.approx([w.logprob for w in single], abs=1e-9)


@pytest.mark.parametrize("room", [1, 100_000])
def test_batched_equals_single(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    expected = score(tiny_model, TEXT * 4)
    monkeypatch.setattr(word_scores, "PIECES_PER_PASS", room)
    for one, other in zip(expected, score(tiny_model, TEXT * 4), strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=1e-5)
        assert one.oddness == pytest.approx(other.oddness, abs=1e-5)
        assert one.rank == other.rank


def pages(count: int) -> str:
    draw = random.Random(count)
    return "\n\n".join(
        " ".join(draw.choice(VOCABULARY) for _ in range(50)) + "." for _ in range(5 * count)
    )


def test_every_word_of_a_hundred_pages_has_its_pieces(tiny_model: MariaForMaskedInfilling) -> None:
    text = pages(100)
    reader = WordReader(text, (), tiny_model.vocabulary, start=0, end=len(text), reach=1000)
    read = reader.read({})
    assert [text[word.start : word.end] for word in read.words] == text.replace(".", "").split()
    for word in read.words[::97]:
        own = tiny_model.vocabulary.decode(read.pieces[word.first : word.last])
        assert own.removeprefix(" ") == text[word.start : word.end]


def test_every_word_of_many_windows_is_scored_once(tiny_model: MariaForMaskedInfilling) -> None:
    text = pages(4)
    words = score(tiny_model, text, stride=1, alternatives=0)
    assert [word.text for word in words] == text.replace(".", "").split()
    assert all(text[word.start : word.end] == word.text for word in words)
    assert all(math.isfinite(word.logprob) for word in words)


def test_a_word_in_the_middle_reads_both_sides(tiny_model: MariaForMaskedInfilling) -> None:
    """Windows leave context on both sides: a change nearby, left or right, changes the score."""
    text = pages(2)
    words = score(tiny_model, text, stride=1, alternatives=0)
    for number in (100, 250, 333):
        word = words[number]
        for neighbour in (words[number - 1], words[number + 1]):
            other = "gate" if neighbour.text != "gate" else "wind"
            changed = text[: neighbour.start] + other + text[neighbour.end :]
            start = word.start + (len(changed) - len(text)) * (neighbour.start < word.start)
            (again,) = score(
                tiny_model, changed, start=start, end=start + 1, stride=0, alternatives=0
            )
            assert again.text == word.text
            assert again.logprob != pytest.approx(word.logprob, abs=1e-6)


def test_a_span_is_scored_with_its_surroundings(exact_model: MariaForMaskedInfilling) -> None:
    whole = score(exact_model, TEXT, stride=0)
    for cut in range(0, len(TEXT), 7):
        halves = [
            *score(exact_model, TEXT, end=cut, stride=0),
            *score(exact_model, TEXT, start=cut, stride=0),
        ]
        assert [word.start for word in halves] == [word.start for word in whole]
        assert [w.logprob for w in halves] == pytest.approx([w.logprob for w in whole], abs=1e-9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the 😀lamp 👩‍🚀 sea", ["the", "lamp", "sea"]),
        ("the cafe\u0301 lamp x\u0302y", ["the", "cafe\u0301", "lamp", "x\u0302y"]),
        ("the אבא lamp", ["the", "אבא", "lamp"]),
        ("हिन्दी lamp", ["हिन्दी", "lamp"]),
        ("lamp\r\nof\r\n\r\nthe\u2029sea\rwind", ["lamp", "of", "the", "sea", "wind"]),
        ("\ufeffthe sea-green lamp’s don't", ["the", "sea-green", "lamp’s", "don't"]),
        ("1,843.5 and 3rd", ["1,843.5", "and", "3rd"]),
        ("“the” _lamp_ (sea)", ["the", "lamp", "sea"]),
        ("", []),
        (" \n…", []),
        ("x" * 500 + " lamp", ["lamp"]),
    ],
)
def test_offsets_are_code_points(
    tiny_model: MariaForMaskedInfilling, text: str, words: list[str]
) -> None:
    scores = score(tiny_model, text)
    assert [word.text for word in scores] == words
    assert [text[word.start : word.end] for word in scores] == words


hard_text = st.text(
    st.sampled_from("ab I1é’“”\r\n\u2029\u00a0\ufeff\u200f\u0301אב😀.,'`@<[]()-_"), max_size=60
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(text=hard_text, blank=st.sampled_from(["", "[MASK]", "[MASK:2-5]", "[MASK:", r"\[MASK]"]))
def test_any_text_is_scored_in_order(
    tiny_model: MariaForMaskedInfilling, text: str, blank: str
) -> None:
    text = text[:30] + blank + text[30:]
    position = 0
    blanks = find_blanks(text, strict=False)
    for word in score(tiny_model, text, stride=1, alternatives=1):
        assert position <= word.start < word.end
        assert text[word.start : word.end] == word.text
        assert not any(word.start < b.end and b.start < word.end for b in blanks)
        assert word.logprob <= 0
        position = word.end


def test_line_ends_are_read_alike(tiny_model: MariaForMaskedInfilling) -> None:
    text = "The lamp.\n\nThe sea,\nthe wind and the gate"
    plain, carried = (
        [w.logprob for w in score(tiny_model, t)] for t in (text, text.replace("\n", "\r\n"))
    )
    assert plain == carried


def test_blanks_are_read_and_not_scored(tiny_model: MariaForMaskedInfilling) -> None:
    text = "The [MASK] lamp of [MASK:999] and [MASK:0,magic] had [MASK]ing been."
    words = score(tiny_model, text)
    assert [word.text for word in words] == ["The", "lamp", "of", "and", "had", "been"]
    assert [text[word.start : word.end] for word in words] == [word.text for word in words]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("The lamp and I saw Ines", ["word", "word", "word", "word", "word", "name"]),
        ("The NASA lamp", ["word", "name", "word"]),
        ("in 1843 the 3rd", ["word", "number", "word", "number"]),
        ("see https://a.org/the now", ["word", "code", "code", "code", "code", "word"]),
        ("the `lamp` <sea> [gate](wind) ann@sea.org", "word code code word code code code code"),
        ("the\n```\nlamp\n```\nsea", ["word", "code", "word"]),
    ],
)
def test_kinds(tiny_model: MariaForMaskedInfilling, text: str, kinds: str | list[str]) -> None:
    kinds = kinds.split() if isinstance(kinds, str) else kinds
    assert [word.kind for word in score(tiny_model, text)] == kinds


def test_alternatives_keep_the_seams(tiny_model: MariaForMaskedInfilling) -> None:
    words = score(tiny_model, "She ate an apple. The lamp was lit.", alternatives=8)
    by_text = {word.text: word for word in words}
    assert all(has_vowel_sound(other.text) for other in by_text["apple"].alternatives)
    assert not any(other.text[0].islower() for other in by_text["The"].alternatives)
    for word in words:
        others = [other.text.casefold() for other in word.alternatives]
        assert len(set(others)) == len(others) == 8
        assert word.text.casefold() not in others
        logprobs = [other.logprob for other in word.alternatives]
        assert logprobs == sorted(logprobs, reverse=True)
        assert word.margin == pytest.approx(max(0.0, logprobs[0] - word.logprob))
        assert (word.rank == 1) <= (word.margin == 0)


def test_the_odd_ones_are_words_oddest_first(tiny_model: MariaForMaskedInfilling) -> None:
    result = MariaEngine(tiny_model).score(ScoreRequest(text=f"{TEXT} 1843 Ines https://a.b"))
    odd = result.odd_ones(4)
    assert len(odd) == 4
    assert {word.kind for word in odd} == {"word"}
    assert [word.oddness for word in odd] == sorted((w.oddness for w in odd), reverse=True)
    least = min(word.oddness for word in odd)
    others = [w for w in result.words if w.kind == "word" and w not in odd]
    assert all(word.oddness <= least for word in others)


def test_the_engine_answers_with_plain_data(tiny_model: MariaForMaskedInfilling) -> None:
    progress: list[Progress] = []
    result = MariaEngine(tiny_model).score(
        ScoreRequest(text=TEXT, revision=7), on_progress=progress.append
    )
    assert isinstance(result, ScoreResult)
    assert pickle.loads(pickle.dumps(result)) == result
    assert (result.revision, result.stats.words) == (7, len(result.words))
    assert result.stats.ar_passes > 0
    total = len(result.words)
    assert [(p.done, p.total, p.stage) for p in progress] == [
        (n, total, "scoring") for n in range(1, total + 1)
    ]


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_a_stop_is_asked_for_before_every_pass(
    tiny_model: MariaForMaskedInfilling, polls: int
) -> None:
    left, counts = [polls], PassCounts()

    def cancelled() -> bool:
        left[0] -= 1
        return left[0] < 0

    with pytest.raises(Cancelled):
        score_words(
            tiny_model,
            ScoreRequest(text="[MASK] " + pages(1)),
            limit=LIMIT,
            counts=counts,
            cancelled=cancelled,
        )
    # One pass for how common words are; then one at most for each time that it was asked.
    assert counts.ar + counts.mlm <= 1 + polls


def test_damaged_weights_are_named(tiny_model_dir: Path) -> None:
    model = MariaForMaskedInfilling.from_pretrained(tiny_model_dir)
    with torch.no_grad():
        model.head.causal.fill_(torch.nan)
    with pytest.raises(CheckpointError, match="damaged"):
        score(model, TEXT)


@pytest.mark.parametrize(
    "options",
    [
        {"start": -1},
        {"end": 99},
        {"start": 3, "end": 2},
        {"alternatives": -1},
        {"stride": -1},
        {"sides": "right"},
    ],
)
def test_requests_that_mean_nothing(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        ScoreRequest(text="the sea", **options)
