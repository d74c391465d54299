"""The parts of pretraining, and one interrupted run against an uninterrupted one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from toy_pretraining import tiny_config, write_toy_data
from transformers import OlmoForCausalLM

from training.backbones import build_causal_lm, build_masked_lm
from training.batches import DECODED_SHARE, SpecialIds, TokenStream, causal_batch, masked_batch
from training.fast_forward import (
    causal_hidden_states,
    chunked_cross_entropy,
    masked_head,
    masked_hidden_states,
    rotary_tables,
)
from training.masking import IGNORE_INDEX, draw_mask_rates, whole_words
from training.muon import orthogonalize
from training.pretrain import Pretraining
from training.pretraining.costs import PretrainingCost

SPECIAL = SpecialIds(cls_token_id=2, sep_token_id=3, mask_token_id=4)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a toy tokenizer and its token files."""
    return write_toy_data(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def causal_lm(toy: Path) -> OlmoForCausalLM:
    torch.manual_seed(0)
    model = build_causal_lm(
        Tokenizer.from_file(str(toy / "tokenizer.json")),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=64,
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)
    return model.eval()


def test_the_written_out_forward_is_olmos(causal_lm: OlmoForCausalLM) -> None:
    ids = torch.randint(5, 400, (2, 40))
    rotary = rotary_tables(causal_lm, 40, ids.device)
    with torch.no_grad():
        hidden = causal_hidden_states(causal_lm, ids, rotary, torch.float32)
        torch.testing.assert_close(causal_lm.lm_head(hidden), causal_lm(ids).logits)


def test_the_written_out_forward_is_modernberts(toy: Path, causal_lm: OlmoForCausalLM) -> None:
    masked_lm = build_masked_lm(Tokenizer.from_file(str(toy / "tokenizer.json")), causal_lm).eval()
    ids = torch.randint(5, 400, (2, 40))
    rotary = rotary_tables(masked_lm, 40, ids.device)
    with torch.no_grad():
        hidden = masked_hidden_states(masked_lm, ids, rotary, torch.float32)
        states = masked_head(masked_lm, hidden, torch.float32)
        torch.testing.assert_close(masked_lm.decoder(states), masked_lm(ids).logits)


def test_a_masked_lm_starts_from_the_causal_weights(toy: Path, causal_lm: OlmoForCausalLM) -> None:
    """A single token attends to itself alone, so both models must compute the same state."""
    masked_lm = build_masked_lm(Tokenizer.from_file(str(toy / "tokenizer.json")), causal_lm).eval()
    ids = torch.tensor([[57]])
    with torch.no_grad():
        causal = causal_lm.model(ids).last_hidden_state
        masked = masked_lm.model(ids).last_hidden_state
    similarity = torch.nn.functional.cosine_similarity(causal.flatten(), masked.flatten(), dim=0)
    assert similarity > 0.9


def test_chunked_cross_entropy_is_cross_entropy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("training.fast_forward", fromlist=["x"]).LOSS_CHUNK_ROWS, "cpu", 7
    )
    states, weight, bias = torch.randn(30, 8), torch.randn(50, 8), torch.randn(50)
    labels = torch.randint(50, (30,))
    labels[::4] = IGNORE_INDEX
    expected = torch.nn.functional.cross_entropy(states @ weight.T + bias, labels)
    actual = chunked_cross_entropy(states, weight, bias, labels, torch.float32)
    torch.testing.assert_close(actual, expected)


def test_muon_makes_updates_orthogonal() -> None:
    for shape in ((3, 16, 40), (2, 40, 16)):
        values = torch.linalg.svdvals(orthogonalize(torch.randn(shape), steps=5))
        assert values.min() > 0.5
        assert values.max() < 1.4


def test_mask_rates_follow_the_papers_beta() -> None:
    rates = draw_mask_rates(200_000, generator=torch.Generator().manual_seed(0))
    # Beta(2.5, 2.5): mean 1/2, variance 1/24.
    assert abs(rates.mean() - 0.5) < 0.003
    assert abs(rates.var() - 1 / 24) < 0.001


def test_whole_words_are_masked_by_their_first_token() -> None:
    starts = torch.tensor([False, True])
    content = torch.tensor([[0, 0, 1, 0, 0, 1, 1, 0]])
    mask = torch.tensor([[0, 1, 1, 0, 0, 0, 1, 0]]).bool()
    assert whole_words(content, mask, starts).int().tolist() == [[0, 0, 1, 1, 1, 0, 1, 1]]


def test_some_sequences_are_masked_by_whole_words() -> None:
    windows = torch.randint(5, 400, (40, 33), generator=torch.Generator().manual_seed(1))
    starts = torch.arange(400) % 3 == 0
    inputs, positions, labels = masked_batch(
        windows, 32, SPECIAL, curriculum=1.0, seed=3, word_starts=starts, word_share=0.5
    )
    content = windows[:, :-1].reshape(-1, 32)[:, :-2]
    mask = inputs[:, 1:-1] == SPECIAL.mask_token_id
    assert torch.equal(inputs[:, 1:-1][~mask], content[~mask])
    is_whole = (whole_words(content, mask, starts) == mask).all(dim=1)
    assert 10 <= int(is_whole.sum()) <= 30
    scored = labels != -100
    assert scored.any()
    assert torch.equal(labels[scored], F.pad(content, (1, 1)).flatten()[positions[scored]])
    assert F.pad(mask, (1, 1)).flatten()[positions[scored]].all()


def test_a_masked_batch_decodes_masks_only() -> None:
    windows = torch.arange(5, 5 + 4 * 65).view(4, 65) % 300 + 5
    inputs, positions, labels = masked_batch(windows, 32, SPECIAL, curriculum=1.0, seed=3)
    assert inputs.shape == (8, 32)
    assert len(positions) == len(labels) == int(8 * 32 * DECODED_SHARE)
    assert (inputs[:, 0] == SPECIAL.cls_token_id).all()
    assert (inputs[:, -1] == SPECIAL.sep_token_id).all()
    scored = labels != IGNORE_INDEX
    assert (inputs.flatten()[positions[scored]] == SPECIAL.mask_token_id).all()
    originals = windows[:, :-1].reshape(-1, 32)[:, :-2]
    rows, columns = positions[scored] // 32, positions[scored] % 32 - 1
    assert torch.equal(labels[scored], originals[rows, columns])


def test_a_stream_reads_each_window_once_an_epoch(toy: Path) -> None:
    stream = TokenStream(toy / "data" / "train.bin", window=64, windows_per_batch=4, seed=0)
    steps = stream._windows_per_epoch // 4
    firsts = {tuple(row[:-1].tolist()) for step in range(steps) for row in stream.batch(step)}
    assert len(firsts) == steps * 4
    inputs, labels = causal_batch(stream.batch(0), 32)
    assert torch.equal(inputs[:, 1:], labels[:, :-1])


def test_tokens_kept_on_the_device_are_those_of_the_file(toy: Path) -> None:
    sizes = {"window": 64, "windows_per_batch": 4, "seed": 3}
    path = toy / "data" / "train.bin"
    read = TokenStream(path, **sizes)
    kept = TokenStream(path, **sizes, device=torch.device("cpu"))
    steps = 2 * read._windows_per_epoch // 4
    assert all(torch.equal(read.batch(step), kept.batch(step)) for step in range(steps))


def test_operations_are_six_a_weight_and_what_attention_sees(
    toy: Path, causal_lm: OlmoForCausalLM
) -> None:
    weights = sum(parameter.numel() for parameter in causal_lm.parameters())
    attention = 3 * 3 * 4 * 32 * (40 / 2)  # passes, layers, two products of 32 wide, half a row
    assert PretrainingCost.of(causal_lm).flop_per_token(40) == 6 * weights + attention
    masked_lm = build_masked_lm(Tokenizer.from_file(str(toy / "tokenizer.json")), causal_lm)
    fewer = PretrainingCost.of(masked_lm).flop_per_token(40)
    # Three eighths of the logits, its head's matrix, and a whole row is seen.
    assert fewer == 6 * (weights - 400 * 32 * 5 / 8 + 32 * 32) + 2 * attention


def test_resumed_equals_uninterrupted(toy: Path, tmp_path: Path) -> None:
    whole = Pretraining(tiny_config(toy, tmp_path))
    losses = [whole.train_step() for _ in range(12)]
    first = Pretraining(tiny_config(toy, tmp_path))
    again = [first.train_step() for _ in range(5)]
    path = tmp_path / "state.pt"
    torch.save(first.state(), path)
    second = Pretraining(tiny_config(toy, tmp_path, seed=0))
    second.load_state(torch.load(path, weights_only=True))
    again += [second.train_step() for _ in range(7)]
    assert again == losses
    assert losses[-1] < losses[0]
