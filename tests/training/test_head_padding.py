"""Rows padded to one length give each document's own states, whatever the families."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_families import save_tiny_causal_lm, save_tiny_masked_lm

from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from training.head.lanes import Segment
from training.head.layouts import Layout
from training.head.masks import MaskDrawing
from training.head.states import check_packing, masked_rows

LENGTHS = (40, 5, 21, 92)
FAMILIES = [("neox", "modernbert"), ("gpt2", "roberta"), ("olmoe", "modernbert")]


@pytest.fixture(scope="module", params=FAMILIES, ids="+".join)
def maria(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> MariaForMaskedInfilling:
    folder = tmp_path_factory.mktemp("families")
    causal, masked = request.param
    return MariaForMaskedInfilling.from_backbones_pretrained(
        save_tiny_causal_lm(folder / "causal", causal),
        save_tiny_masked_lm(folder / "masked", masked),
    )


def test_padding_moves_no_state(maria: MariaForMaskedInfilling) -> None:
    # No piece twice, so that a label says where its row comes from.
    pieces = np.random.default_rng(0).permutation(len(maria.vocabulary))
    cuts = np.split(pieces[: sum(LENGTHS)], np.cumsum(LENGTHS)[:-1])
    segments = [
        Segment(pieces=cut, key=number, start=0, epoch=0) for number, cut in enumerate(cuts)
    ]
    drawing = MaskDrawing(is_word_start=maria.vocabulary.is_word_start.numpy(), seed=3)
    layout = Layout(maria.vocabulary, drawing, packed=False, slots=100, rows=4)
    assert any(len(batch.causal_ids) > 1 for batch in layout.lay_out([segments]))
    found = {}
    for name, rows in (("alone", [[one] for one in segments]), ("together", [segments])):
        parts = [
            (*masked_rows(maria.model, batch), batch.labels)
            for row in rows
            for batch in layout.lay_out([row])
        ]
        causal, masked, labels = (torch.cat(part) for part in zip(*parts, strict=True))
        order = labels.argsort()
        found[name] = causal[order], masked[order], labels[order]
    assert torch.equal(found["together"][2], found["alone"][2])
    for together, alone in zip(found["together"], found["alone"], strict=True):
        torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_packing_is_refused_with_the_remedy(maria: MariaForMaskedInfilling) -> None:
    with pytest.raises(ConfigurationError, match="Take layout=padded"):
        check_packing(maria.model)
