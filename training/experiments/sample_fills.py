"""Fills of blanks chosen at random, for a reader's own eyes: nothing is picked, nothing left out.

python -m training.experiments.sample_fills --data .build/embedded/data/test.jsonl
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from maria_model.api import FillRequest
from maria_model.engine import MariaEngine
from maria_model.models import load_model
from training.experiments.exact_words import KINDS, Passage, draw_passages, read_texts
from training.told_options import command_line

_BLANK = "[MASK]"
# Words shown on either side of a blank; the model reads more.
_SHOWN_WORDS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFill:
    """A blank's surroundings, the writer's word, the model's, and what else it offered."""

    before: str
    after: str
    written: str
    fill: str
    others: tuple[str, ...]


def fill_sample(engine: MariaEngine, passage: Passage) -> SampleFill:
    """Fill the one blank of a passage."""
    blank = engine.fill(FillRequest(text=passage.text)).blanks[0]
    before, after = passage.text.split(_BLANK)
    others = (candidate.text for candidate in blank.candidates)
    return SampleFill(
        before=" ".join(before.split()[-_SHOWN_WORDS:]),
        after=_joined(after),
        written=passage.truths[0],
        fill=blank.fill,
        others=tuple(word for word in others if word != blank.fill),
    )


def _joined(after: str) -> str:
    """Return the words behind a blank, set off by a space unless a mark comes first."""
    words = " ".join(after.split()[:_SHOWN_WORDS])
    return f" {words}" if after[:1].isspace() else words


def listing(samples: Sequence[SampleFill]) -> str:
    """Return a Markdown table."""
    lines = ["| text, the model's word in bold | the writer's | also offered |", "|---|---|---|"]
    for sample in samples:
        text = f"{_plain(sample.before)} **{_plain(sample.fill)}**{_plain(sample.after)}"
        lines.append(f"| {text} | {_plain(sample.written)} | {_plain(', '.join(sample.others))} |")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return a text in which Markdown means nothing."""
    return re.sub(r"([\\`*_<|\[\]])", r"\\\1", text)


def main() -> None:
    """Print the fills; write them as JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--data", type=Path, default=Path(".build/embedded/data/test.jsonl"))
    parser.add_argument("--fills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    passages = draw_passages(
        read_texts(arguments.data), KINDS[0], arguments.fills, seed=arguments.seed
    )
    engine = MariaEngine(load_model(arguments.model))
    samples = [fill_sample(engine, passage) for passage in passages]
    print(listing(samples))
    if arguments.output:
        command = command_line("training.experiments.sample_fills", arguments)
        report = {"command": command, "fills": [asdict(sample) for sample in samples]}
        arguments.output.write_text(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
