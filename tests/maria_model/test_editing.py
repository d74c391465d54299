"""What the edit preset adopts: gains above the threshold, the most valuable first, odd words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
import torch

from maria_model.api import PassageScore
from maria_model.edit_weights import EditWeights
from maria_model.editing import ASKED_SUFFIX_PIECES, EditOptions, WordEditing
from maria_model.errors import ConfigurationError
from maria_model.kinship import Kinship
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import Layout, Passage, PassageText
from maria_model.scoring import MaskedHalf, Survey

# Words of one piece each, and so are those below.
TEXT = "the sea was lit on the wind and the stairs had it for her in the slate"
LEAST = 1.0


class ScriptedScorer:
    """Gives each word its better reading, in flow and fit alike, by what the script says.

    `script` names for the n-th word the reading it likes and by how much; what is neither that nor
    the writer's own gains `other`. Words of `doubted` gain nothing once more pieces are read.
    """

    def __init__(self, size: int, script: dict[int, tuple[str, float]], encode) -> None:  # type: ignore[no-untyped-def]
        self.size = size
        self.script = {
            number: (tuple(encode(" " + w)), gain) for number, (w, gain) in script.items()
        }
        self.asked: list[int] = []
        self.other = 0.0
        self.doubted: set[int] = set()

    def first_logprobs(self, layout: Layout, number: int, half: MaskedHalf) -> torch.Tensor:
        logprobs = torch.full((self.size,), -8.0, dtype=torch.float64)
        liked = self.script.get(number)
        if liked:
            logprobs[liked[0][0]] = -8.0 + abs(liked[1])
        return logprobs

    def survey(self, layout: Layout, *, suffix: int) -> Survey:
        nothing = torch.zeros(0)
        halves = {number: MaskedHalf(nothing, nothing) for number in layout.words}
        firsts = {n: self.first_logprobs(layout, n, half) for n, half in halves.items()}
        return Survey(0.0, dict.fromkeys(layout.words, -8.0), firsts, halves)

    def halves_alone(self, layout: Layout, numbers: Sequence[int]) -> dict[int, MaskedHalf]:
        return dict.fromkeys(numbers, MaskedHalf(torch.zeros(0), torch.zeros(0)))

    def judge(
        self,
        layout: Layout,
        number: int,
        readings: Sequence[tuple[int, ...]],
        half: MaskedHalf,
        *,
        suffix: int,
    ) -> list[PassageScore]:
        self.asked.append(number)
        liked, gain = self.script.get(number, ((), 0.0))
        if number in self.doubted and suffix > ASKED_SUFFIX_PIECES:
            gain = 0.0
        values = [
            gain if pieces == liked else 0.0 if pieces == readings[0] else self.other
            for pieces in readings
        ]
        return [PassageScore(flow=value, fit=value) for value in values]

    def complete(
        self, layout: Layout, number: int, firsts: Sequence[int], half: MaskedHalf
    ) -> list[tuple[int, ...]]:
        return [(first,) * len(layout.words[number]) for first in firsts]


def edited(
    model: MariaForMaskedInfilling,
    script: dict[int, tuple[str, float]],
    *,
    text: str = TEXT,
    budget: int | None = None,
    sweeps: int = 1,
    kinship: float = 0.0,
    least: float = LEAST,
    other: float = 0.0,
    doubted: Collection[int] = (),
) -> tuple[WordEditing, ScriptedScorer]:
    vocabulary = model.vocabulary
    source = PassageText(text=text, start=0, end=len(text), vocabulary=vocabulary, stand_ins={})
    passage = Passage(source.words(), left=(), right=(), limit=126)
    scorer = ScriptedScorer(len(vocabulary), script, vocabulary.encode)
    scorer.other, scorer.doubted = other, set(doubted)
    weights = EditWeights(
        new_commonness=0.0,
        old_commonness=0.0,
        kinship=kinship,
        cautious=least,
        bold=least,
    )
    options = EditOptions(weights=weights, least_gain=least, budget=budget)
    commonness = torch.zeros(len(vocabulary), dtype=torch.float64)
    editing = WordEditing(
        model,
        scorer,  # type: ignore[arg-type]
        passage,
        0,
        len(passage.units),
        0,
        commonness,
        Kinship(vocabulary),
        options,
    )
    for number in range(sweeps):
        editing.sweep(temperature=0.0, number=number)
    return editing, scorer


def reading(editing: WordEditing) -> list[str]:
    decode = editing.model.vocabulary.decode
    return [decode(pieces).strip() for pieces in editing.passage.current]


def test_a_change_must_gain_more_than_the_least(tiny_model: MariaForMaskedInfilling) -> None:
    words = TEXT.split()
    editing, _ = edited(tiny_model, {1: ("pear", LEAST), 9: ("wear", LEAST + 0.01)})
    words[9] = "wear"
    assert reading(editing) == words
    assert editing.gains == {9: pytest.approx(LEAST + 0.01)}


def test_a_bold_change_may_gain_less_than_nothing(tiny_model: MariaForMaskedInfilling) -> None:
    script = {1: ("pear", -1.5), 9: ("wear", -0.5)}
    editing, _ = edited(tiny_model, script, least=-1.0, other=-9.0)
    assert editing.gains == {9: pytest.approx(-0.5)}
    cautious, _ = edited(tiny_model, script, least=0.0, other=-9.0)
    assert cautious.gains == {}


def test_a_change_to_a_word_that_is_akin_gains_more(tiny_model: MariaForMaskedInfilling) -> None:
    script = {0: ("them", LEAST + 0.5), 9: ("wear", LEAST + 0.5)}
    plain, _ = edited(tiny_model, script)
    weighed, _ = edited(tiny_model, script, kinship=0.3)
    kinship, encode = Kinship(tiny_model.vocabulary), tiny_model.vocabulary.encode
    for number, (word, _) in script.items():
        own, other = encode(f" {TEXT.split()[number]}"), encode(f" {word}")
        more = 0.3 * kinship.between(own, other)
        assert (more > 0.0) == (word == "them")
        assert weighed.gains[number] - plain.gains[number] == pytest.approx(more)


def test_the_oddest_words_are_asked_about(tiny_model: MariaForMaskedInfilling) -> None:
    script = {1: ("pear", 4.0), 3: ("sat", 0.5), 9: ("wear", 3.0), 13: ("them", 2.0)}
    _, scorer = edited(tiny_model, script)
    assert set(scorer.asked) == {1, 3, 9, 13}
    assert scorer.asked[:4] == [13, 9, 3, 1]


def test_the_budget_takes_the_most_valuable(tiny_model: MariaForMaskedInfilling) -> None:
    script = {1: ("pear", 4.0), 5: ("be", 2.0), 9: ("wear", 3.0), 13: ("them", 5.0)}
    for budget in (1, 2, 3, 4):
        editing, _ = edited(tiny_model, script, budget=budget, sweeps=3)
        best = sorted(script, key=lambda number: -script[number][1])[:budget]
        assert sorted(editing.gains) == sorted(best)
        words = TEXT.split()
        for number in best:
            words[number] = script[number][0]
        assert reading(editing) == words


def test_neighbours_do_not_change_in_one_sweep(tiny_model: MariaForMaskedInfilling) -> None:
    script = {1: ("pear", 4.0), 3: ("sat", 3.0)}
    once, _ = edited(tiny_model, script)
    assert sorted(once.gains) == [1]
    twice, _ = edited(tiny_model, script, sweeps=2)
    assert sorted(twice.gains) == [1, 3]


def test_a_change_that_does_not_stand_keeps_no_neighbour_out(
    tiny_model: MariaForMaskedInfilling,
) -> None:
    script = {1: ("pear", 4.0), 3: ("sat", 3.0), 9: ("wear", 2.0)}
    editing, _ = edited(tiny_model, script, doubted={1})
    assert sorted(editing.gains) == [3, 9]
    assert reading(editing)[1] == TEXT.split()[1]
    nothing, _ = edited(tiny_model, script, doubted={1, 3, 9})
    assert nothing.gains == {}


def test_a_word_of_several_pieces_may_become_one_of_a_single_piece(
    tiny_model: MariaForMaskedInfilling,
) -> None:
    text = TEXT.replace("wind", "windsea")
    (number,) = (n for n, word in enumerate(text.split()) if word == "windsea")
    assert len(tiny_model.vocabulary.encode(" windsea")) > 1
    editing, scorer = edited(tiny_model, {number: ("wear", 4.0)}, text=text)
    assert reading(editing)[number] == "wear"
    assert editing.gains == {number: pytest.approx(4.0)}
    # And back, where it gains no more.
    scorer.script = {}
    editing.sweep(temperature=0.0, number=1)
    assert reading(editing) == text.split()


def test_a_change_that_gains_no_more_is_taken_back(tiny_model: MariaForMaskedInfilling) -> None:
    editing, scorer = edited(tiny_model, {1: ("pear", 4.0)})
    assert editing.gains
    scorer.script = {}
    editing.sweep(temperature=0.0, number=1)
    assert editing.gains == {}
    assert reading(editing) == TEXT.split()


def test_gains_and_their_least() -> None:
    weights = EditWeights(
        flow=0.5,
        fit=2.0,
        new_commonness=1.0,
        old_commonness=0.5,
        constant=-1.0,
        cautious=8.0,
        bold=4.0,
    )
    assert weights.gain(flow=2.0, fit=3.0, new=-5.0, old=-6.0) == 1.0 + 6.0 + 5.0 - 3.0 - 1.0
    assert [weights.least_gain(strength) for strength in (0.0, 0.5, 1.0)] == [8.0, 6.0, 4.0]


@pytest.mark.parametrize("values", [{"flow": float("nan")}, {"flow": 0.0, "fit": 0.0}])
def test_weights_that_make_no_sense(values: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="="):
        EditWeights(**values)
