"""Text for benchmarks: prose of this project's own, or any file, cut into windows with masks."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from maria_model.errors import ConfigurationError
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import Slot, Window
from maria_model.word_pieces import WordPieces

# Written for this benchmark, so no model has learned it.
PROSE = Path(__file__).with_name("prose.txt")


def read_pieces(paths: Sequence[Path], vocabulary: SharedVocabulary) -> list[int]:
    """Return the pieces of text files; of a JSONL file, its lines' `text`.

    Raises:
        ConfigurationError: a file is missing or not of that form.
    """
    return vocabulary.encode("\n\n".join(_read_text(path) for path in paths))


def random_pieces(count: int, vocabulary: SharedVocabulary, *, seed: int) -> list[int]:
    """Return pieces drawn at random, for weights that know no language."""
    return random.Random(seed).choices(range(len(vocabulary)), k=count)


def evenly_spaced(pieces: Sequence[int], *, size: int, count: int) -> list[tuple[int, ...]]:
    """Return `count` stretches of `size` pieces, from the text's start to its end.

    Raises:
        ConfigurationError: the text is shorter than one stretch.
    """
    if len(pieces) < size:
        raise ConfigurationError(
            f"The text has {len(pieces)} tokens, fewer than the {size} of one window. "
            "Name a longer one with --text, or give smaller --lengths."
        )
    last = len(pieces) - size
    starts = [last * number // max(1, count - 1) for number in range(count)]
    return [tuple(pieces[start : start + size]) for start in starts]


def masked_window(
    pieces: Sequence[int], vocabulary: SharedVocabulary, *, mask_rate: float, seed: str
) -> Window:
    """Return a window with that share of its pieces under masks, at random positions.

    Only pieces that may be chosen again are masked: a line end never is.
    """
    is_inline = WordPieces.of(vocabulary).is_inline.tolist()
    maskable = [place for place, piece in enumerate(pieces) if is_inline[piece]]
    count = min(max(1, round(mask_rate * len(pieces))), len(maskable))
    places = sorted(random.Random(seed).sample(maskable, count))
    slots = (
        Slot(position=place, blank=number, piece=0, kind="token")
        for number, place in enumerate(places)
    )
    return Window(tuple(pieces), tuple(slots))


def _read_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".jsonl":
            return text
        return "\n\n".join(str(json.loads(line)["text"]) for line in text.splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Name another --text.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f'{path} is not JSON lines with a "text" each. Name another --text.'
        ) from error
