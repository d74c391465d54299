"""Open lengths, rules, links, joint answers, second thoughts, and candidates ranked again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from maria_model.api import (
    Cancelled,
    FillRequest,
    FillResult,
    GenerateRequest,
    RefineRequest,
    RescoreRequest,
    SamplingOptions,
    ScoreRequest,
)
from maria_model.blanks import find_blanks
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.constraints import satisfies
from maria_model.engine import MariaEngine
from maria_model.errors import ConfigurationError, NotSupportedError
from maria_model.lengths import WordSearch
from maria_model.listed import listed_fills
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.proposals import Proposal
from maria_model.rules import shapes_of
from maria_model.tokenization import BlankedText
from maria_model.windows import OpenBlank

TEXT = "The [MASK] had been lit [MASK] evening, and the [MASK] sat down."


@pytest.fixture(scope="module")
def engine(tiny_model: MariaForMaskedInfilling) -> MariaEngine:
    return MariaEngine(tiny_model)


def fill(engine: MariaEngine, text: str, **settings: int) -> FillResult:
    return engine.fill(FillRequest(text=text, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("literal", "least", "most"),
    [("[MASK:2-4]", 2, 4), ("[MASK:auto]", 1, 6), ("[MASK:3]", 3, 3), ("[MASK:1-40]", 1, 40)],
)
def test_a_fill_has_as_many_words_as_the_blank_says(
    engine: MariaEngine, literal: str, least: int, most: int
) -> None:
    for seed in range(5):
        sampling = SamplingOptions(temperature=1.0, seed=seed)
        request = FillRequest(text=f"The lamp {literal} the stairs.", sampling=sampling)
        (blank,) = engine.fill(request).blanks
        assert least <= len(blank.fill.split()) <= most


def test_the_prior_on_words_decides_where_nothing_else_does(
    engine: MariaEngine, tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {}
    for prior in (-1000.0, 1000.0):
        monkeypatch.setattr(tiny_model.config, "inference", {"word_log_prior": prior})
        (blank,) = fill(engine, "The lamp [MASK:2-4] the stairs.").blanks
        words[prior] = len(blank.fill.split())
    assert words == {-1000.0: 2, 1000.0: 4}


RULES = (
    'starts="s"',
    'ends="e"',
    'contains="t"',
    'regex="[a-m]+"',
    'allowed="lamp|oil|step"',
    'forbidden="the|and|of"',
    "max_chars=4",
    'contains="a",max_chars=5',
    # Hardly a word of one piece.
    'starts="qz"',
    'ends="zk"',
)


@settings(max_examples=60, deadline=None)
@given(
    rules=st.sampled_from(RULES),
    words=st.sampled_from(["", "2,", "1-3,"]),
    before=st.sampled_from(["", "The lamp ", "Below ", "“"]),
    seed=st.integers(0, 50),
)
def test_all_that_is_offered_obeys_the_rules_or_the_blank_stays(
    tiny_model: MariaForMaskedInfilling, rules: str, words: str, before: str, seed: int
) -> None:
    text = f"{before}[MASK:{words}{rules}] had been lit."
    (blank,) = find_blanks(text)
    sampling = SamplingOptions(temperature=1.0, seed=seed)
    request = FillRequest(text=text, sampling=sampling, num_hypotheses=3)
    engine = MariaEngine(tiny_model)
    begins_sentence = before in ("", "“")
    if not shapes_exist(tiny_model, text):
        with pytest.raises(NotSupportedError, match="no candidate"):
            engine.fill(request)
        return
    result = engine.fill(request)
    (filled,) = result.blanks
    offered = [candidate.text for candidate in filled.candidates]
    assert filled.fill in offered
    answers = [fill for hypothesis in result.hypotheses for fill in hypothesis.fills]
    for words in (filled.fill, *offered, *answers):
        assert satisfies(blank.constraints, words, begins_sentence=begins_sentence), words


def shapes_exist(model: MariaForMaskedInfilling, text: str) -> bool:
    """Whether any words of the vocabulary obey the rules of the only blank of a text."""
    source = BlankedText(
        text=text, blanks=find_blanks(text), vocabulary=model.vocabulary, limit=100
    )
    (blank,) = source.excerpt([0]).open_blanks
    listed = listed_fills(model.vocabulary, blank)
    return bool(shapes_of(model.vocabulary, blank, 1) if listed is None else listed)


def test_contradicting_rules_leave_the_blank_and_fill_the_others(engine: MariaEngine) -> None:
    text = 'The [MASK:starts="a",regex="b.*"] had been lit [MASK] evening.'
    result = fill(engine, text)
    assert [blank.index for blank in result.blanks] == [1]
    (left,) = result.unfilled
    assert left.index == 0
    assert left.reason.startswith("Line 1: [MASK:")
    assert text[left.start : left.end] in result.text


def test_a_text_of_contradictions_alone_is_refused(engine: MariaEngine) -> None:
    with pytest.raises(NotSupportedError, match="no candidate"):
        fill(engine, 'The [MASK:starts="a",regex="b.*"] sat.')


def test_speculation_and_algorithm_1_obey_alike(engine: MariaEngine) -> None:
    text = 'The [MASK] [MASK:2,contains="a"] lit [MASK:starts="s"] evening [MASK] by [MASK].'
    for seed in range(8):
        sampling = SamplingOptions(temperature=seed % 3 / 2, seed=seed)
        answers = [
            engine.fill(FillRequest(text=text, sampling=sampling, method=method))
            for method in ("auto", "sequential")
        ]
        assert answers[0].text == answers[1].text
        assert answers[0].stats.ar_passes <= answers[1].stats.ar_passes


@pytest.mark.parametrize("refresh", [1, 2, 3])
def test_both_ways_agree_when_the_masked_model_reads_again(
    engine: MariaEngine, refresh: int
) -> None:
    text = "The [MASK] [MASK:2] lit [MASK] evening [MASK] by [MASK]."
    answers = [
        engine.fill(FillRequest(text=text, method=method, refresh=refresh))
        for method in ("auto", "sequential")
    ]
    once = fill(engine, text)
    assert answers[0].text == answers[1].text
    assert answers[0].stats.mlm_passes > once.stats.mlm_passes


def test_reading_again_sees_what_was_filled(tiny_model: MariaForMaskedInfilling) -> None:
    text = "The [MASK] had been lit [MASK] evening."
    first = fill(MariaEngine(tiny_model), text).blanks[0].fill
    refreshed = fill(MariaEngine(tiny_model), text, refresh=1).blanks
    alone = fill(MariaEngine(tiny_model), text.replace("[MASK]", first, 1)).blanks
    assert refreshed[0].fill == first
    assert refreshed[1].fill == alone[0].fill
    assert refreshed[1].logprob == pytest.approx(alone[0].logprob, abs=1e-4)


def test_linked_blanks_get_one_word_up_to_a_capital(engine: MariaEngine) -> None:
    text = "[MASK:name=it] sat. The [MASK] saw [MASK:name=it] and “[MASK:name=it]” again."
    result = fill(engine, text)
    linked = [result.blanks[index].fill for index in (0, 2, 3)]
    assert len({word.casefold() for word in linked}) == 1
    assert linked[0] == linked[1][:1].upper() + linked[1][1:]
    assert result.blanks[1].fill
    assert all(len(result.blanks[index].candidates) > 1 for index in (0, 2, 3))


def test_linked_words_are_drawn_at_a_temperature(engine: MariaEngine) -> None:
    text = "The [MASK:name=it] sat. She saw [MASK:name=it] again."

    def drawn(seed: int, temperature: float) -> str:
        sampling = SamplingOptions(temperature=temperature, seed=seed)
        first, second = engine.fill(FillRequest(text=text, sampling=sampling)).blanks
        assert first.fill == second.fill == first.candidates[0].text
        return first.fill

    assert len({drawn(seed, 1.0) for seed in range(8)}) > 2
    assert drawn(3, 1.0) == drawn(3, 1.0)
    assert len({drawn(seed, 0.0) for seed in range(4)}) == 1


def scripted_weigh(monkeypatch: pytest.MonkeyPatch, score: Callable[[int, int], float]) -> None:
    """Let words compete by `score` of their blank and of their place among those weighed."""
    weigh = WordSearch.weigh

    def scripted(
        search: WordSearch, blank: OpenBlank, fills: Sequence[Sequence[int]]
    ) -> list[Proposal]:
        return [
            replace(proposal, score=score(blank.index, number))
            for number, proposal in enumerate(weigh(search, blank, fills))
        ]

    monkeypatch.setattr(WordSearch, "weigh", scripted)


def test_a_linked_word_is_weighed_at_every_place(
    engine: MariaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "The [MASK:name=it] sat. She saw [MASK:name=it] again."

    def ranked() -> list[list[str]]:
        blanks = fill(engine, text, num_candidates=32).blanks
        return [[candidate.text for candidate in blank.candidates] for blank in blanks]

    with monkeypatch.context() as patch:
        scripted_weigh(patch, lambda blank, number: -float(number))
        forwards = ranked()
    # The first place likes the first words best; the second the last ones, and twice as much.
    scripted_weigh(monkeypatch, lambda blank, number: number * (2.0 if blank else -1.0))
    assert ranked() == [words[::-1] for words in forwards]
    assert len(forwards[0]) > 2


def test_links_obey_the_rules_of_every_place(engine: MariaEngine) -> None:
    text = 'The [MASK:name=a,starts="s"] and the [MASK:name=a,max_chars=5] sat.'
    first, second = (blank.fill for blank in fill(engine, text).blanks)
    assert first == second
    assert first.startswith("s")
    assert len(first) <= 5


def test_links_of_different_lengths_meet_or_stay_open(engine: MariaEngine) -> None:
    text = "The [MASK:name=a] and the [MASK:2,name=a] by [MASK:1-2,name=b] or [MASK:2,name=b]."
    result = fill(engine, text)
    assert [blank.index for blank in result.unfilled] == [0, 1]
    assert all("every blank of this name" in blank.reason for blank in result.unfilled)
    third, fourth = (blank.fill for blank in result.blanks)
    assert third == fourth
    assert len(third.split()) == 2


def test_joint_answers_differ_and_the_best_is_the_text(engine: MariaEngine) -> None:
    result = fill(engine, TEXT, num_hypotheses=4)
    fills = [hypothesis.fills for hypothesis in result.hypotheses]
    assert len(set(fills)) == len(fills) == 4
    scores = [hypothesis.score for hypothesis in result.hypotheses]
    assert scores == sorted(scores, reverse=True)
    assert fills[0] == tuple(blank.fill for blank in result.blanks)
    assert result.text == "The {} had been lit {} evening, and the {} sat down.".format(*fills[0])


@pytest.mark.parametrize(
    "text",
    [
        "The [MASK:2] had been lit by the [MASK:1-2].",
        "The [MASK:name=a] and the [MASK:name=a] sat down.",
        "The [MASK:name=a] had been [MASK:2] by the [MASK:name=a].",
    ],
)
def test_blanks_of_several_words_and_linked_ones_have_other_answers_too(
    engine: MariaEngine, text: str
) -> None:
    (only,) = fill(engine, text).hypotheses
    result = fill(engine, text, num_hypotheses=3)
    answers = [hypothesis.fills for hypothesis in result.hypotheses]
    assert len(set(answers)) == 3
    assert only.fills in answers
    assert answers[0] == tuple(blank.fill for blank in result.blanks)
    assert answers == [h.fills for h in fill(engine, text, num_hypotheses=3).hypotheses]
    for words in answers:
        for blank, fill_text in zip(find_blanks(text), words, strict=True):
            assert blank.minimum <= len(fill_text.split()) <= blank.maximum
        named = [w for w, b in zip(words, find_blanks(text), strict=True) if b.name]
        assert len({word.casefold() for word in named}) <= 1


def test_one_answer_is_the_first_of_many_or_worse(engine: MariaEngine) -> None:
    (only,) = fill(engine, TEXT).hypotheses
    many = fill(engine, TEXT, num_hypotheses=3).hypotheses
    assert only.score <= many[0].score + 1e-6
    assert any(
        other.fills == only.fills and other.score == pytest.approx(only.score, abs=1e-3)
        for other in many
    )


def test_sweeps_never_lower_the_score_of_a_blank_and_end_at_rest(engine: MariaEngine) -> None:
    swept = fill(engine, TEXT, sweeps=20)
    again = fill(engine, TEXT, sweeps=19)
    assert swept.text == again.text
    assert len(swept.blanks) == 3


def test_a_sweep_takes_a_word_only_where_it_scores_better(
    engine: MariaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Among so many masks the first words are chosen with little to go by.
    text = "[MASK] [MASK] [MASK] [MASK] [MASK] stairs [MASK]"

    def swept(sweeps: int) -> str:
        return fill(engine, text, sweeps=sweeps).text

    # The present word is weighed first, the new one second.
    with monkeypatch.context() as patch:
        scripted_weigh(patch, lambda blank, number: -float(number))
        assert swept(1) == swept(0)
    scripted_weigh(monkeypatch, lambda blank, number: float(number))
    assert swept(1) != swept(0)


def test_probabilities_are_shares_and_the_fill_leads(engine: MariaEngine) -> None:
    for blank in fill(engine, TEXT, num_candidates=8).blanks:
        probabilities = [candidate.probability for candidate in blank.candidates]
        assert blank.candidates[0].text == blank.fill
        assert probabilities[1:] == sorted(probabilities[1:], reverse=True)
        assert all(0.0 <= probability <= 1.0 for probability in probabilities)
        assert sum(probabilities) <= 1.0 + 1e-6
        folded = [candidate.text.casefold() for candidate in blank.candidates]
        assert len(set(folded)) == len(folded)


def test_rescoring_ranks_by_the_fixed_word(engine: MariaEngine) -> None:
    words = ("lamp", "stairs", "wind")
    request = RescoreRequest(text=TEXT, fixed=((0, "oil"),), candidates=((1, words), (2, words)))
    result = engine.rescore(request)
    for index, candidates in result.candidates:
        assert index in (1, 2)
        assert {candidate.text for candidate in candidates} == set(words)
        shares = [candidate.probability for candidate in candidates]
        assert shares == sorted(shares, reverse=True)
        assert math.isclose(sum(shares), 1.0)
    other = engine.rescore(
        RescoreRequest(text=TEXT, fixed=((0, "grass"),), candidates=((1, words),))
    )
    assert other.candidates[0][1][0].logprob != result.candidates[0][1][0].logprob


@pytest.mark.parametrize(
    ("fixed", "candidates"),
    [(((9, "a"),), ((1, ("b",)),)), (((0, " "),), ((1, ("b",)),)), ((), ((1, ()),))],
)
def test_rescoring_refuses_what_is_not_there(
    engine: MariaEngine,
    fixed: tuple[tuple[int, str], ...],
    candidates: tuple[tuple[int, tuple[str, ...]], ...],
) -> None:
    with pytest.raises(ConfigurationError):
        engine.rescore(RescoreRequest(text=TEXT, fixed=fixed, candidates=candidates))


@pytest.fixture
def read_pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pieces each causal pass read."""
    widths: list[int] = []
    read = CausalReader.read

    def recording_read(self: CausalReader, pieces: Sequence[int]) -> Tensor:
        widths.append(len(pieces))
        return read(self, pieces)

    monkeypatch.setattr(CausalReader, "read", recording_read)
    return widths


def test_a_second_request_reads_only_what_is_new(
    tiny_model: MariaForMaskedInfilling, read_pieces: list[int]
) -> None:
    engine = MariaEngine(tiny_model)
    text = "The old man sat down on the top step of the iron stairs and [MASK] again."
    first = fill(engine, text)
    read_first = sum(read_pieces)
    read_pieces.clear()
    assert fill(engine, text).text == first.text
    assert sum(read_pieces) < read_first / 2


def test_exact_reads_every_request_anew(
    tiny_model: MariaForMaskedInfilling, read_pieces: list[int]
) -> None:
    engine = MariaEngine(tiny_model, exact=True)
    fill(engine, TEXT)
    first = list(read_pieces)
    read_pieces.clear()
    fill(engine, TEXT)
    assert read_pieces == first


def test_a_stop_keeps_what_was_settled(engine: MariaEngine) -> None:
    asked = iter([False] * 6 + [True] * 100)
    with pytest.raises(Cancelled) as caught:
        engine.fill(FillRequest(text=TEXT), cancelled=lambda: next(asked))
    assert len(caught.value.partial) < 3


@pytest.mark.parametrize("field", ["num_candidates", "num_hypotheses", "sweeps", "refresh"])
def test_counts_out_of_range_are_refused(field: str) -> None:
    with pytest.raises(ConfigurationError, match=field):
        FillRequest(text=TEXT, **{field: -1})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "ask",
    [
        lambda text: FillRequest(text=text),
        lambda text: RefineRequest(text=text),
        lambda text: ScoreRequest(text=text),
        lambda text: RescoreRequest(text=text, fixed=(), candidates=()),
        lambda text: GenerateRequest(prompt=text),
    ],
)
def test_half_a_letter_is_refused_with_its_line(ask: Callable[[str], object]) -> None:
    with pytest.raises(ConfigurationError, match=r"^Line 2: half a letter \(U\+D83D\)"):
        ask("The lamp [MASK]\nthe stairs \ud83d here.")


def test_marias_vote_counts_in_a_joint_score(
    engine: MariaEngine, tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = {}
    for weight in (0.0, 2.0):
        monkeypatch.setattr(tiny_model.config, "inference", {"marias_weight": weight})
        result = fill(engine, 'The [MASK:allowed="lamp"] was [MASK:allowed="lit"].')
        (answer,) = result.hypotheses
        scores[weight] = answer.score
    assert scores[2.0] - scores[0.0] == pytest.approx(2.0 * answer.logprob, rel=1e-4)
    assert answer.logprob < -1.0


@pytest.mark.parametrize("suffix", [0, 3, 16])
def test_a_joint_score_reads_on_behind_the_last_blank(
    engine: MariaEngine,
    tiny_model: MariaForMaskedInfilling,
    monkeypatch: pytest.MonkeyPatch,
    suffix: int,
) -> None:
    constants = {"marias_weight": 0.0, "suffix_pieces": suffix}
    monkeypatch.setattr(tiny_model.config, "inference", constants)
    before, after = "The", " had been lit that evening, and her father sat down."
    result = fill(engine, f'{before} [MASK:allowed="lamp"]{after}')
    encode = tiny_model.vocabulary.encode
    reader = CausalReader(tiny_model, PassCounts())
    read = [*encode(f"{before} lamp"), *encode(after)[:suffix]]
    reader.read(encode(before))
    (expected,) = reader.string_logprobs([read[len(encode(before)) :]])
    assert result.hypotheses[0].score == pytest.approx(expected, rel=1e-4)
