"""The README of a trained head's folder: what it joins, what it was trained on, how to open it."""

from __future__ import annotations

from maria_model.modeling import MariaForMaskedInfilling
from training.head.checkpoints import Progress
from training.head.configuration import HeadConfig

_CARD = """\
# {name}

A MARIA head (arXiv 2502.06901) over two frozen language models: it fills blanks, reading both
sides of the gap. Trained from the product of experts.

| | |
|---|---|
| causal LM | {causal_lm}{causal_revision} |
| masked LM | {masked_lm}{masked_revision} |
| shared pieces | {pieces:,} |
| trained | {what} |
| text | {text} |
| steps | {steps:,} |
| pieces read / masked | {read:,} / {masked:,} |
| lowest held-out loss | {loss} |
| learning rate, seed | {learning_rate:g}, {seed} |

    echo "The keeper carried the [MASK] up the stairs." | maria fill - --model FOLDER

The backbones keep their own licences; this folder refers to them and holds the head alone, unless
`causal_lm/` and `masked_lm/` lie in it.
"""


def head_card(maria: MariaForMaskedInfilling, config: HeadConfig, progress: Progress) -> str:
    """Return the card's Markdown."""
    loss = progress.best_loss
    what = f"a change of W3 of rank {config.head_rank}" if config.head_rank else "all of W3"
    return _CARD.format(
        name=config.name,
        causal_lm=config.causal_lm,
        masked_lm=config.masked_lm,
        causal_revision=_at(config.causal_revision),
        masked_revision=_at(config.masked_revision),
        pieces=len(maria.vocabulary),
        what=what + (", and the gate" if config.train_gate else ""),
        text=config.dataset or config.text or f"{config.data_dir} (tokens)",
        steps=progress.step,
        read=progress.pieces,
        masked=progress.masked,
        loss="not measured yet" if loss is None else f"{loss:.4f} nats per masked piece",
        learning_rate=config.learning_rate,
        seed=config.seed,
    )


def _at(revision: str | None) -> str:
    return f" at {revision}" if revision else ""
