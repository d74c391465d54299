"""The model that ships: it is whole, it fits its limits, and it reads both sides of a gap."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from test_infilling import uncached_logits

from maria_model.api import FillRequest, SamplingOptions
from maria_model.blanks import find_blanks
from maria_model.causal_reader import PassCounts
from maria_model.engine import MariaEngine
from maria_model.infilling import allowed_pieces, infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.resources import embedded_model_path
from maria_model.sampling import NoiseKey, choose
from maria_model.speculation import infill_speculatively
from maria_model.tokenization import BlankedText

SENTENCE = "She poured the [MASK] into a cup and drank it slowly.\n"
# The project's own prose.
PROSE = (
    "The ferry left the island at six in the morning, when the harbour was still grey and the "
    "gulls had not begun to quarrel over the nets. Marta stood at the rail with her collar turned "
    "up and watched the houses grow small. She had packed in a hurry: two shirts, the good shoes, "
    "and the letter that she had read so often that the folds were coming apart. An old man came "
    "and stood beside her and offered her half of his bread without a word. They ate and looked "
    "at the water. After a while he asked whether she was going home or leaving it, and she found "
    "that she did not know what to say."
)


@pytest.fixture(scope="module")
def model() -> MariaForMaskedInfilling:
    return MariaForMaskedInfilling.from_pretrained(embedded_model_path())


def test_it_fits_the_repository(model: MariaForMaskedInfilling) -> None:
    weights = list(embedded_model_path().rglob("*.safetensors"))
    assert sum(path.stat().st_size for path in weights) <= 90_000_000
    assert max(path.stat().st_size for path in weights) < 16_000_000
    assert model.config.trained_head
    assert model.config.is_self_contained
    assert model.context_length >= 512


def test_the_command_line_fills_the_same_words_twice() -> None:
    first, second = (
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "maria_model.command_line", "fill", "-", "--json"],
                input=SENTENCE,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for _ in range(2)
    )
    blank = first["blanks"][0]
    assert first["text"] == SENTENCE[: blank["start"]] + blank["fill"] + SENTENCE[blank["end"] :]
    assert len(blank["candidates"]) == 5
    for answer in (first, second):
        answer["stats"].pop("seconds")
    assert first == second


def test_the_right_side_decides() -> None:
    """The left side is the same; only what follows the gap tells a drink from a tool."""
    engine = MariaEngine.load(device="cpu")

    def candidates(text: str) -> set[str]:
        answer = engine.fill(FillRequest(text=text, num_candidates=8))
        return {candidate.text for candidate in answer.blanks[0].candidates}

    one = candidates("He reached for the [MASK] and drank.")
    other = candidates("He reached for the [MASK] and read the first page.")
    assert one != other
    assert other & {"book", "letter", "paper", "newspaper", "page", "pages", "papers", "bible"}


@pytest.mark.parametrize("mask_rate", [0.3, 0.5, 0.7])
def test_the_head_has_learnt(model: MariaForMaskedInfilling, mask_rate: float) -> None:
    """On prose it has never seen, the trained head loses less than the product it started as."""
    pieces = torch.tensor([model.vocabulary.encode(PROSE)] * 8)
    mask = torch.rand(pieces.shape, generator=torch.Generator().manual_seed(0)) < mask_rate
    product = MariaForMaskedInfilling.from_pretrained(embedded_model_path())
    product.reset_to_product_of_experts()
    with torch.no_grad():
        assert model(pieces, mask).loss < product(pieces, mask).loss


def words_blanked(every: int) -> str:
    words = PROSE.split(" ")
    return " ".join("[MASK]" if number % every == 3 else word for number, word in enumerate(words))


@pytest.mark.parametrize("seed", range(4))
def test_cached_equals_uncached_on_real_prose(model: MariaForMaskedInfilling, seed: int) -> None:
    text = words_blanked(7)
    blanked = BlankedText(
        text=text, blanks=find_blanks(text), vocabulary=model.vocabulary, limit=510
    )
    window = blanked.excerpt(list(range(len(blanked.blanks)))).lay_out({})
    options = SamplingOptions(temperature=0.0 if seed == 0 else 0.8, top_p=0.9, seed=seed)
    settled = {step.slot.position: step.choice for step in infill(model, window, options=options)}
    filled = list(window.pieces)
    logits: Iterator[torch.Tensor] = uncached_logits(model, window, filled)
    for slot, row in zip(window.slots, logits, strict=True):
        choice = choose(
            row,
            options=options,
            key=NoiseKey(blank=slot.blank, piece=slot.piece),
            allowed=allowed_pieces(model.vocabulary, window, filled, slot),
        )
        assert choice.piece == settled[slot.position].piece
        assert choice.logprob == pytest.approx(settled[slot.position].logprob, abs=1e-4)
        filled[slot.position] = choice.piece
    assert len(settled) == text.count("[MASK]")


@pytest.mark.parametrize("temperature", [0.0, 0.8])
@pytest.mark.parametrize("every", [4, 7])
def test_a_first_difference_between_the_two_ways_would_be_a_tie(
    model: MariaForMaskedInfilling, temperature: float, every: int
) -> None:
    """In float32 a wide pass may round otherwise; nothing but a tie can fall the other way."""
    text = words_blanked(every)
    blanked = BlankedText(
        text=text, blanks=find_blanks(text), vocabulary=model.vocabulary, limit=510
    )
    window = blanked.excerpt(list(range(len(blanked.blanks)))).lay_out({})
    options = SamplingOptions(temperature=temperature, top_p=0.9, seed=5)
    slow = [step.choice for step in infill(model, window, options=options)]
    counts = PassCounts()
    steps = infill_speculatively(model, window, options=options, counts=counts, block=10**6)
    fast = [step.choice for step in steps]
    for theirs, ours in zip(slow, fast, strict=True):
        if ours.piece != theirs.piece:
            gap = abs(float(theirs.logprobs[theirs.piece] - theirs.logprobs[ours.piece]))
            assert gap < 1e-4
            break
    assert counts.ar < len(slow)
