"""Writes a corpus of made-up sentences, so that the whole training can be rehearsed anywhere.

Small enough to learn something of in seconds; not a single sentence of it is anybody's.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from training.corpus import DOCUMENT_SEPARATOR

SUBJECTS = ("The keeper", "Her brother", "A sailor", "The old teacher", "My neighbour", "The cat")
VERBS = ("carried", "found", "painted", "forgot", "mended", "watched", "sold", "remembered")
ADJECTIVES = ("red", "wooden", "broken", "quiet", "heavy", "yellow", "narrow", "clean")
OBJECTS = ("lamp", "boat", "letter", "gate", "kettle", "garden", "bridge", "coat", "window")
PLACES = ("by the sea", "in the kitchen", "near the station", "on the hill", "behind the church")
TIMES = ("every morning", "before the storm", "after supper", "in the spring", "without a word")


def write_toy_corpus(folder: Path, *, documents: int, seed: int = 0) -> Path:
    """Write `documents` made-up documents as `folder/toy.txt` in the corpus format."""
    draw = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "toy.txt"
    separator = f"\n{DOCUMENT_SEPARATOR}\n"
    path.write_text(separator.join(_document(draw) for _ in range(documents)) + "\n")
    return path


def _document(draw: random.Random) -> str:
    paragraphs = (
        " ".join(_sentence(draw) for _ in range(draw.randint(3, 6)))
        for _ in range(draw.randint(2, 5))
    )
    return "\n\n".join(paragraphs)


def _sentence(draw: random.Random) -> str:
    words = (SUBJECTS, VERBS, ("the", "a", "that"), ADJECTIVES, OBJECTS, PLACES, TIMES)
    return " ".join(draw.choice(choices) for choices in words) + "."


def main() -> None:
    """Write a toy corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=1200)
    arguments = parser.parse_args()
    print(write_toy_corpus(arguments.folder, documents=arguments.documents))


if __name__ == "__main__":
    main()
