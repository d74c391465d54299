from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from tiny_pairs import save_tiny_pair
from torch import Tensor
from transformers import ModernBertDecoderConfig, ModernBertDecoderForCausalLM

from maria_model.adapters import causal_adapter, masked_adapter
from maria_model.errors import NotSupportedError
from maria_model.modeling import MariaForMaskedInfilling

LENGTH = 24


def random_pieces(model: MariaForMaskedInfilling, *, seed: int = 0, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(len(model.vocabulary), (batch, LENGTH), generator=generator)


def random_mask(pieces: Tensor, *, seed: int = 0) -> Tensor:
    return torch.rand(pieces.shape, generator=torch.Generator().manual_seed(seed)) < 0.4


def backbone_logits(
    model: MariaForMaskedInfilling, pieces: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Both models' own logits over the shared pieces, through their own forward passes."""
    vocabulary = model.vocabulary
    causal = model.model.causal_lm(vocabulary.causal_input(pieces)).logits
    masked = model.model.masked_lm(vocabulary.masked_input(pieces, mask)).logits[:, 1:-1]
    return causal[..., vocabulary.causal_ids], masked[..., vocabulary.masked_ids]


@pytest.mark.parametrize("masked_bias", [True, False])
def test_product_start_is_the_mean_of_both_models_logits(tmp_path: Path, masked_bias: bool) -> None:
    pair = save_tiny_pair(tmp_path, seed=3, masked_bias=masked_bias)
    model = MariaForMaskedInfilling.from_backbones_pretrained(*pair)
    pieces = random_pieces(model)
    mask = random_mask(pieces)
    with torch.no_grad():
        causal, masked = backbone_logits(model, pieces, mask)
        logits = model(pieces, mask).logits
    # The ids of the two vocabularies differ, so a mistake in the alignment would show here.
    assert not torch.equal(model.vocabulary.causal_ids, model.vocabulary.masked_ids)
    torch.testing.assert_close(logits, (causal + masked) / 2, atol=1e-5, rtol=1e-5)


def test_loss_counts_masked_pieces_only(tiny_model: MariaForMaskedInfilling) -> None:
    pieces = random_pieces(tiny_model)
    mask = random_mask(pieces)
    with torch.no_grad():
        output = tiny_model(pieces, mask)
    expected = F.cross_entropy(output.logits[mask], pieces[mask])
    torch.testing.assert_close(output.loss, expected)


def test_masked_half_reads_no_masked_piece_and_causal_half_no_later_one(
    tiny_model: MariaForMaskedInfilling,
) -> None:
    pieces = random_pieces(tiny_model, batch=1)
    mask = torch.zeros_like(pieces, dtype=torch.bool)
    mask[0, 10] = True
    changed = pieces.clone()
    changed[0, 10] = (changed[0, 10] + 1) % len(tiny_model.vocabulary)
    with torch.no_grad():
        before, after = tiny_model(pieces, mask).logits, tiny_model(changed, mask).logits
    # Up to and including the blank nothing has read the piece behind it.
    torch.testing.assert_close(before[0, :11], after[0, :11])
    assert not torch.allclose(before[0, 11], after[0, 11])


def test_only_the_head_gets_a_gradient_and_backbones_stay_in_eval_mode(
    tiny_model_dir: Path,
) -> None:
    model = MariaForMaskedInfilling.from_pretrained(tiny_model_dir).train()
    pieces = random_pieces(model)
    model(pieces, random_mask(pieces)).loss.backward()
    graded = {name for name, p in model.named_parameters() if p.grad is not None}
    assert graded == {"head.causal", "head.masked", "head.bias"}
    assert not model.model.causal_lm.training
    assert not model.model.masked_lm.training


def test_cached_states_equal_uncached(tiny_model: MariaForMaskedInfilling) -> None:
    ids = tiny_model.vocabulary.causal_input(random_pieces(tiny_model, batch=1))
    cache = tiny_model.new_cache()
    with torch.no_grad():
        whole = tiny_model.causal_states(ids)
        slices = [tiny_model.causal_states(part, cache) for part in ids.split(5, dim=1)]
    torch.testing.assert_close(torch.cat(slices, dim=1), whole, atol=1e-5, rtol=1e-5)


def test_ettin_states_are_what_its_decoder_multiplies() -> None:
    config = ModernBertDecoderConfig(
        vocab_size=96,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        cls_token_id=1,
        sep_token_id=2,
    )
    model = ModernBertDecoderForCausalLM(config).eval()
    adapter = causal_adapter(model)
    ids = torch.randint(3, 96, (2, 12))
    with torch.no_grad():
        states = adapter.states(ids, attention_mask=None, position_ids=None, past_key_values=None)
        torch.testing.assert_close(adapter.decoder(states), model(ids).logits)


def test_an_unknown_architecture_is_refused_by_name(tiny_model: MariaForMaskedInfilling) -> None:
    with pytest.raises(NotSupportedError, match="OlmoForCausalLM cannot be the masked LM"):
        masked_adapter(tiny_model.model.causal_lm)
    with pytest.raises(NotSupportedError, match="ModernBertForMaskedLM cannot be the causal LM"):
        causal_adapter(tiny_model.model.masked_lm)


def test_rotary_frequencies_stay_whole_in_reduced_precision(
    tiny_backbone_dirs: tuple[Path, Path],
) -> None:
    model = MariaForMaskedInfilling.from_backbones_pretrained(
        *tiny_backbone_dirs, dtype=torch.bfloat16
    )
    rotary = {name: b.dtype for name, b in model.named_buffers() if "inv_freq" in name}
    assert rotary
    assert set(rotary.values()) == {torch.float32}
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
