"""Every family of backbones: the product start, caches, files, contexts, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from random_windows import random_window
from safetensors.torch import load_file, save_file
from test_infilling import assert_cached_equals_uncached
from test_modeling import backbone_logits, random_mask, random_pieces
from test_speculation import assert_same_pieces
from tiny_families import save_tiny_causal_lm, save_tiny_masked_lm

from maria_model.errors import TokenizerMismatchError
from maria_model.modeling import MariaForMaskedInfilling

TIED = {"tie_word_embeddings": True}
UNTIED = {"tie_word_embeddings": False}
# (causal family, its settings, masked family, its settings)
PAIRS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "olmo tied": ("olmo", TIED, "modernbert", TIED),
    "olmo untied, biased": ("olmo", UNTIED | {"attention_bias": True}, "modernbert", UNTIED),
    "olmo clipped": ("olmo", {"clip_qkv": 0.5}, "modernbert", {"decoder_bias": False}),
    "neox untied": ("neox", UNTIED, "modernbert", TIED),
    "neox tied, no bias": ("neox", TIED | {"attention_bias": False}, "modernbert", UNTIED),
    "neox serial": ("neox", {"use_parallel_residual": False}, "modernbert", TIED),
    "olmoe untied": ("olmoe", UNTIED, "modernbert", {"norm_bias": True, "mlp_bias": True}),
    "olmoe tied, biased": ("olmoe", TIED | {"attention_bias": True}, "modernbert", TIED),
    "ettin tied": ("ettin", TIED, "modernbert", TIED),
    "ettin untied, no bias": ("ettin", UNTIED | {"decoder_bias": False}, "modernbert", UNTIED),
    "gpt2 tied, roberta tied": ("gpt2", TIED, "roberta", TIED),
    "gpt2 untied, roberta untied": ("gpt2", UNTIED, "roberta", UNTIED),
}


def save_pair(folder: Path, name: str, **layout: Any) -> tuple[Path, Path]:
    causal, causal_settings, masked, masked_settings = PAIRS[name]
    return (
        save_tiny_causal_lm(folder / "causal", causal, **causal_settings, **layout),
        save_tiny_masked_lm(folder / "masked", masked, **masked_settings, **layout),
    )


@pytest.fixture(scope="module", params=PAIRS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Folders of a causal and a masked LM."""
    return save_pair(tmp_path_factory.mktemp("family"), request.param)


@pytest.fixture(scope="module")
def joined(pair: tuple[Path, Path]) -> MariaForMaskedInfilling:
    """The pair as the product loads it, in float64."""
    model = MariaForMaskedInfilling.from_backbones_pretrained(*pair, dtype=torch.float64)
    # The fused experts know no float64.
    model.model.causal_lm.set_experts_implementation("eager")
    return model


@torch.no_grad()
def logits_of(model: MariaForMaskedInfilling) -> torch.Tensor:
    pieces = random_pieces(model)
    return model(pieces, random_mask(pieces)).logits


def test_the_product_start_is_the_mean_of_both_models_logits(
    joined: MariaForMaskedInfilling,
) -> None:
    pieces = random_pieces(joined)
    mask = random_mask(pieces)
    with torch.no_grad():
        causal, masked = backbone_logits(joined, pieces, mask)
    assert causal.std() > 0.1
    assert masked.std() > 0.1
    torch.testing.assert_close(logits_of(joined), (causal + masked) / 2, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_cached_infilling_equals_reading_all_again(
    joined: MariaForMaskedInfilling, seed: int
) -> None:
    assert_cached_equals_uncached(joined, seed)


@pytest.mark.parametrize("seed", range(4))
def test_speculation_gives_algorithm_1s_pieces(joined: MariaForMaskedInfilling, seed: int) -> None:
    window = random_window(joined, seed)
    assert_same_pieces(joined, window, seed, block=(None, 2, 5, 1)[seed])


def test_a_self_contained_folder_holds_the_pair(
    joined: MariaForMaskedInfilling, tmp_path: Path
) -> None:
    joined.save_pretrained(tmp_path, self_contained=True)
    again = MariaForMaskedInfilling.from_pretrained(tmp_path, dtype=torch.float64)
    again.model.causal_lm.set_experts_implementation("eager")
    torch.testing.assert_close(logits_of(again), logits_of(joined), atol=0, rtol=0)


def test_a_window_as_long_as_the_context_is_read(joined: MariaForMaskedInfilling) -> None:
    pieces = random_pieces(joined, batch=1).repeat(1, joined.context_length)
    pieces = pieces[:, : joined.context_length - 2]
    assert joined.context_length == 128
    with torch.no_grad():
        logits = joined(pieces, pieces % 2 == 0).logits
        causal, masked = backbone_logits(joined, pieces, pieces % 2 == 0)
    torch.testing.assert_close(logits, (causal + masked) / 2, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("name", PAIRS)
def test_shards_are_read_as_one(name: str, tmp_path: Path) -> None:
    whole = save_pair(tmp_path / "whole", name)
    parts = save_pair(tmp_path / "parts", name, max_shard_size="20KB")
    assert all(len(list(folder.glob("model-*.safetensors"))) > 1 for folder in parts)
    one, other = (MariaForMaskedInfilling.from_backbones_pretrained(*p) for p in (whole, parts))
    torch.testing.assert_close(logits_of(one), logits_of(other), atol=0, rtol=0)


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("neox untied", "lm_head.", "embed_out."),
        ("gpt2 tied, roberta tied", "transformer.", ""),
    ],
)
def test_the_names_of_the_published_weights_are_understood(
    tmp_path: Path, name: str, ours: str, theirs: str
) -> None:
    causal, masked = save_pair(tmp_path, name)
    expected = logits_of(MariaForMaskedInfilling.from_backbones_pretrained(causal, masked))
    path = causal / "model.safetensors"
    tensors = {
        key.replace(ours, theirs) if key.startswith(ours) else key: tensor
        for key, tensor in load_file(path).items()
    }
    # Published beside the weights, and no weights.
    tensors["h.0.attn.bias"] = torch.ones(1, 1, 8, 8)
    save_file(tensors, path, metadata={"format": "pt"})
    found = logits_of(MariaForMaskedInfilling.from_backbones_pretrained(causal, masked))
    torch.testing.assert_close(found, expected, atol=0, rtol=0)


@pytest.mark.parametrize(
    ("name", "stored", "published"),
    [
        ("olmo tied", "model.embeddings.tok_embeddings.weight", "decoder.weight"),
        (
            "gpt2 tied, roberta tied",
            "roberta.embeddings.word_embeddings.weight",
            "lm_head.decoder.weight",
        ),
        ("gpt2 tied, roberta tied", "lm_head.bias", "lm_head.decoder.bias"),
    ],
)
def test_tied_weights_are_read_from_whichever_end_was_published(
    tmp_path: Path, name: str, stored: str, published: str
) -> None:
    pair = save_pair(tmp_path, name)
    expected = logits_of(MariaForMaskedInfilling.from_backbones_pretrained(*pair))
    path = pair[1] / "model.safetensors"
    tensors = load_file(path)
    ends = {stored, published}
    only = next(key for key in tensors if key in ends)
    matrix = tensors.pop(only)
    tensors.pop((ends - {only}).pop(), None)
    for end in ends:
        save_file({**tensors, end: matrix}, path, metadata={"format": "pt"})
        found = logits_of(MariaForMaskedInfilling.from_backbones_pretrained(*pair))
        torch.testing.assert_close(found, expected, atol=0, rtol=0)


def test_robertas_ids_are_another_order_of_gpt2s(tmp_path: Path) -> None:
    pair = save_pair(tmp_path, "gpt2 tied, roberta tied")
    vocabulary = MariaForMaskedInfilling.from_backbones_pretrained(*pair).vocabulary
    assert len((vocabulary.masked_ids - vocabulary.causal_ids).unique()) > 100
    assert len(vocabulary) == 395
    specials = (vocabulary.cls_token_id, vocabulary.sep_token_id, vocabulary.mask_token_id)
    assert specials == (0, 2, 402)
    assert vocabulary.start_token_id == 0


def test_no_piece_is_taken_for_robertas_padding(tmp_path: Path) -> None:
    pair = save_pair(tmp_path, "gpt2 tied, roberta tied")
    model = MariaForMaskedInfilling.from_backbones_pretrained(*pair)
    ids = torch.tensor([[0, 7, 8, 9, 2]])
    padded = torch.tensor([[0, 7, 1, 9, 2]])
    with torch.no_grad():
        states = model.model.masked_states(ids)
        torch.testing.assert_close(
            model.masked_logits_of(states),
            model.model.masked_lm(ids).logits[..., model.vocabulary.masked_ids],
        )
        own = model.model.masked_lm.roberta.embeddings(
            padded, position_ids=torch.arange(2, 7)[None]
        )
        counted = model.model.masked_lm.roberta.embeddings(padded)
    # What the positions would be if the model counted them itself.
    assert not torch.allclose(own[0, 3], counted[0, 3])


@pytest.mark.parametrize(
    ("causal", "masked"), [("gpt2", "modernbert"), ("olmo", "roberta"), ("neox", "roberta")]
)
def test_families_that_cut_words_differently_are_refused(
    tmp_path: Path, causal: str, masked: str
) -> None:
    pair = (
        save_tiny_causal_lm(tmp_path / "causal", causal),
        save_tiny_masked_lm(tmp_path / "masked", masked),
    )
    with pytest.raises(TokenizerMismatchError, match="differ in their normalizer"):
        MariaForMaskedInfilling.from_backbones_pretrained(*pair)


def test_a_tokenizer_that_is_not_the_models_is_refused(tmp_path: Path) -> None:
    pair = (
        save_tiny_causal_lm(tmp_path / "causal", "olmo", vocab_size=200),
        save_tiny_masked_lm(tmp_path / "masked", "modernbert"),
    )
    with pytest.raises(TokenizerMismatchError, match="causal LM knows 200 tokens"):
        MariaForMaskedInfilling.from_backbones_pretrained(*pair)
