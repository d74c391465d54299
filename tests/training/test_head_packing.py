"""Packed equals padded equals each document by itself, in the states and in the loss."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from tiny_pairs import save_tiny_pair
from transformers import ModernBertDecoderConfig, ModernBertDecoderForCausalLM

from maria_model.modeling import MariaForMaskedInfilling
from maria_model.vocabulary import load_tokenizer
from training.head.lanes import Segment
from training.head.layouts import Layout, MicroBatch
from training.head.masks import MaskDrawing
from training.head.objective import HeadObjective
from training.head.states import masked_rows

LENGTHS = ((40, 21, 30), (5, 60, 1, 20), (92,), (17, 17, 17))
SLOTS = 100
PLAIN = {"start": 0, "epoch": 0}


@pytest.fixture(scope="module", params=["olmo", "ettin"])
def maria(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> MariaForMaskedInfilling:
    """A tiny pair; its masked LM and Ettin's causal LM have layers that see eight slots a side."""
    folder = tmp_path_factory.mktemp("pair")
    causal, masked = save_tiny_pair(folder, seed=0)
    if request.param == "ettin":
        tokenizer = load_tokenizer(causal)
        torch.manual_seed(0)
        decoder = ModernBertDecoderForCausalLM(
            ModernBertDecoderConfig(
                vocab_size=len(tokenizer),
                hidden_size=32,
                intermediate_size=48,
                num_hidden_layers=2,
                num_attention_heads=4,
                max_position_embeddings=128,
                local_attention=16,
                layer_types=["sliding_attention", "full_attention"],
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        with torch.no_grad():
            for parameter in decoder.parameters():
                parameter.mul_(3.0)
        causal = folder / "decoder"
        decoder.save_pretrained(causal)
        tokenizer.save_pretrained(causal)
    return MariaForMaskedInfilling.from_backbones_pretrained(causal, masked)


def make_rows(maria: MariaForMaskedInfilling) -> list[list[Segment]]:
    # No piece twice, so that a label says where its row comes from.
    pieces = iter(np.random.default_rng(0).permutation(len(maria.vocabulary)))
    return [
        [
            Segment(pieces=np.array(list(itertools.islice(pieces, n))), key=100 * r + s, **PLAIN)
            for s, n in enumerate(row)
        ]
        for r, row in enumerate(LENGTHS)
    ]


def layout_of(maria: MariaForMaskedInfilling, *, packed: bool, rows: int = 2) -> Layout:
    drawing = MaskDrawing(is_word_start=maria.vocabulary.is_word_start.numpy(), seed=3)
    return Layout(maria.vocabulary, drawing, packed=packed, slots=SLOTS, rows=rows)


def states_by_label(
    maria: MariaForMaskedInfilling, batches: list[MicroBatch]
) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    return [(*masked_rows(maria.model, batch), batch.labels) for batch in batches]


def in_one_order(
    parts: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
) -> tuple[torch.Tensor, ...]:
    """Join passes and order their rows by label: layouts put them in different places."""
    causal, masked, labels = (torch.cat(part) for part in zip(*parts, strict=True))
    order = labels.argsort()
    return causal[order], masked[order], labels[order]


@pytest.mark.parametrize("packed", [True, False])
def test_rows_of_many_documents_equal_each_document_by_itself(
    maria: MariaForMaskedInfilling, packed: bool
) -> None:
    rows = make_rows(maria)
    alone = [
        batch
        for row in rows
        for segment in row
        for batch in layout_of(maria, packed=False).lay_out([[segment]])
    ]
    joined = layout_of(maria, packed=packed).lay_out(rows)
    expected = in_one_order(states_by_label(maria, alone))
    actual = in_one_order(states_by_label(maria, joined))
    assert torch.equal(actual[2], expected[2])
    for one, other in zip(actual[:2], expected[:2], strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_without_isolation_the_states_would_differ(maria: MariaForMaskedInfilling) -> None:
    """The masks do something: leaving them out moves what a packed row says."""
    (batch, *_) = layout_of(maria, packed=True).lay_out(make_rows(maria))
    causal, masked = masked_rows(maria.model, batch)
    open_causal = maria.model.causal_states(batch.causal_ids).flatten(0, 1)[batch.rows - 1]
    open_masked = maria.model.masked_states(batch.masked_ids).flatten(0, 1)[batch.rows]
    assert (causal - open_causal).abs().max() > 1e-2
    assert (masked - open_masked).abs().max() > 1e-2


def test_both_layouts_give_the_loss_of_the_model_itself(maria: MariaForMaskedInfilling) -> None:
    rows = make_rows(maria)
    drawing = MaskDrawing(is_word_start=maria.vocabulary.is_word_start.numpy(), seed=3)
    expected = 0.0
    for segment in (segment for row in rows for segment in row):
        mask = torch.from_numpy(drawing.draw(segment)[0])[None]
        if mask.any():
            with torch.no_grad():
                loss = maria(torch.from_numpy(segment.pieces)[None], mask).loss
            expected += float(loss) * int(mask.sum())
    objective = HeadObjective(maria.head)
    for packed in (True, False):
        total = 0.0
        for batch in layout_of(maria, packed=packed).lay_out(rows):
            states = masked_rows(maria.model, batch)
            total += objective(*states, batch.labels, batch.densities)[0].item()
        assert total == pytest.approx(expected, rel=1e-5)


def test_padded_passes_are_no_larger_than_packed_ones(maria: MariaForMaskedInfilling) -> None:
    for batch in layout_of(maria, packed=False).lay_out(make_rows(maria)):
        assert batch.causal_ids.numel() <= 2 * SLOTS
        assert batch.causal_ids.shape[1] % 8 == 0
