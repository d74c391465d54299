"""The published OLMo and GPT-NeoX vocabularies, each beside ModernBERT's, at their real size."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from test_modeling import backbone_logits, random_mask, random_pieces
from tiny_families import save_tiny_causal_lm, save_tiny_masked_lm
from transformers import PreTrainedTokenizerFast

from maria_model.api import FillRequest
from maria_model.engine import MariaEngine
from maria_model.modeling import MariaForMaskedInfilling

TOKENIZERS = Path(__file__).parents[3] / "shared" / "data" / "tokenizers"
pytestmark = pytest.mark.skipif(
    not TOKENIZERS.is_dir(), reason=f"the published vocabularies are not at {TOKENIZERS}"
)
# family, file, shared pieces, the start token's id
FAMILIES = [
    ("olmo", "allenai_gpt-neox-olmo-dolma-v1_5.json", 50278, 50279),
    ("neox", "20B_tokenizer.json", 50275, 0),
    ("olmoe", "allenai_eleuther-ai-gpt-neox-20b-pii-special.json", 50278, 0),
]
TEXT = "  The naïve café — 東京, 5 §3 — closed [MASK] early; “she” said so.\n\n    Twice.  "


@pytest.fixture(scope="module")
def modernbert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("cls", "sep", "mask", "pad", "unk")}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(TOKENIZERS / "ModernBERT_RECONSTRUCTED_from_olmo.json"), **names
    )
    folder = tmp_path_factory.mktemp("modernbert")
    return save_tiny_masked_lm(folder, "modernbert", tokenizer=tokenizer, hidden_size=8)


@pytest.mark.parametrize(("family", "file", "shared", "start"), FAMILIES)
def test_the_pair_shares_its_pieces_and_fills_a_text(
    tmp_path: Path, modernbert: Path, family: str, file: str, shared: int, start: int
) -> None:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(TOKENIZERS / file), eos_token="<|endoftext|>", pad_token="<|padding|>"
    )
    causal = save_tiny_causal_lm(
        tmp_path, family, tokenizer=tokenizer, vocab_size=50304, hidden_size=8
    )
    model = MariaForMaskedInfilling.from_backbones_pretrained(causal, modernbert)
    vocabulary = model.vocabulary
    assert (len(vocabulary), vocabulary.start_token_id) == (shared, start)
    assert vocabulary.mask_token_id == 50284
    assert not {"<|endoftext|>", "<|padding|>", "[MASK]", "[unused0]"} & set(vocabulary.pieces)
    pieces = random_pieces(model, batch=1)
    with torch.no_grad():
        causal_logits, masked_logits = backbone_logits(model, pieces, random_mask(pieces))
        logits = model(pieces, random_mask(pieces)).logits
    torch.testing.assert_close(logits, (causal_logits + masked_logits) / 2, atol=1e-5, rtol=1e-5)
    result = MariaEngine(model).fill(FillRequest(text=TEXT))
    before, after = TEXT.split("[MASK]")
    assert result.text.startswith(before.rstrip())
    assert result.text.endswith(after)
