"""How often a content word stands twice within a few words: what writers do, what MARIA would do.

One-word blanks in held-out passages. Compares the share of blanks whose true word echoes a content
word near it with the mass that MARIA gives such words, and the accuracy of the likeliest word with
the seam against echoes and without it, paired.

    python -m training.experiments.echoes --model resources/model --blanks 500
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from maria_model.blanks import find_blanks
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.infilling import joint_logits, read_masked
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.sampling import constrained_logprobs
from maria_model.tokenization import BlankedText
from maria_model.word_pieces import WordPieces, last_word, nearby_words, next_word
from training.experiments.blanked_words import Passage, draw_passages
from training.experiments.bootstrap import bootstrap_mean

# Pieces on either side in which words are looked for, as in `allowed_pieces`.
REACH = 8


@dataclass(frozen=True, slots=True)
class EchoRecord:
    """One blank: whether its word is an echo, MARIA's mass on echoes, and both rules' hits."""

    is_echo: bool
    mass: float
    is_right_without: bool
    is_right_with: bool


@torch.inference_mode()
def record_blank(
    model: MariaForMaskedInfilling, passage: Passage, words: Sequence[str]
) -> EchoRecord:
    """Return what the model makes of the only blank of a passage; `words` are its pieces' texts."""
    vocabulary = model.vocabulary
    blanked = BlankedText(
        text=passage.text,
        blanks=find_blanks(passage.text),
        vocabulary=vocabulary,
        limit=model.context_length - 2,
    )
    window = blanked.excerpt([0]).lay_out()
    (slot,) = window.slots
    counts = PassCounts()
    reading = read_masked(model, window, counts)
    state = CausalReader(model, counts).read_to(window.pieces, slot.position)
    logits = joint_logits(model, state, reading.halves[0], reading.densities[0])
    left = vocabulary.decode(window.pieces[max(0, slot.position - REACH) : slot.position])
    right = vocabulary.decode(window.pieces[slot.position + 1 : slot.position + 1 + REACH])
    masks = WordPieces.of(vocabulary)
    # The words right beside a blank are barred either way.
    beside = masks.allowed(slot, left=last_word(left), right=f" {next_word(right)}")
    without = constrained_logprobs(logits, beside)
    seam = constrained_logprobs(logits, masks.allowed(slot, left=left, right=right))
    near = set(nearby_words(left, right))
    echoes = [piece for piece, word in enumerate(words) if word in near]
    truth = passage.truths[0].casefold()
    return EchoRecord(
        is_echo=truth in near,
        mass=float(without[echoes].exp().sum()),
        is_right_without=words[int(without.argmax())] == truth,
        is_right_with=words[int(seam.argmax())] == truth,
    )


def report(records: Sequence[EchoRecord]) -> dict[str, object]:
    """Return the shares and the accuracies, the difference with its interval."""
    gains = [float(r.is_right_with) - float(r.is_right_without) for r in records]
    return {
        "blanks": len(records),
        "echoes written": float(np.mean([r.is_echo for r in records])),
        "mass on echoes": float(np.mean([r.mass for r in records])),
        "accuracy without the seam": float(np.mean([r.is_right_without for r in records])),
        "accuracy with it": float(np.mean([r.is_right_with for r in records])),
        "difference": str(bootstrap_mean(np.array(gains), np.ones(len(gains)))),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="a model's name or folder")
    parser.add_argument("--text", type=Path, default=Path(".build/embedded/data/test.jsonl"))
    parser.add_argument("--blanks", type=int, default=500)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    pieces = range(len(model.vocabulary))
    words = [model.vocabulary.decode([piece]).strip().casefold() for piece in pieces]
    passages = draw_passages(arguments.text, arguments.blanks)
    records = [record_blank(model, passage, words) for passage in passages]
    print(json.dumps(report(records), indent=2))


if __name__ == "__main__":
    main()
