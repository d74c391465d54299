"""Turns the corpus into token streams: a uint16 file per split, and the held-out text as JSONL.

Documents are separated by the end-of-text token. Held-out documents are kept as text too, because
losses are reported per byte of it.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
from collections import Counter
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from training.corpus import SPLITS, Document, iter_documents
from training.tokenizer_files import tokenizer_fingerprint
from training.train_tokenizer import EOS_TOKEN, special_token_id

BATCH_DOCUMENTS = 512


def build_data(corpus_dir: Path, *, tokenizer: Tokenizer, output_dir: Path) -> dict[str, object]:
    """Write `SPLIT.bin` (uint16 token ids), `validation.jsonl`, `test.jsonl` and `data.json`.

    Returns:
        The summary written to `data.json`: documents, bytes and tokens by split, and the
        tokenizer's fingerprint.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    eos_token_id = special_token_id(tokenizer, EOS_TOKEN)
    documents, size, tokens = Counter[str](), Counter[str](), Counter[str]()
    with contextlib.ExitStack() as files:
        streams = {
            split: files.enter_context((output_dir / f"{split}.bin.part").open("wb"))
            for split in SPLITS
        }
        held_out = {
            split: files.enter_context((output_dir / f"{split}.jsonl").open("w"))
            for split in SPLITS[1:]
        }
        remaining = iter_documents(corpus_dir)
        while batch := list(itertools.islice(remaining, BATCH_DOCUMENTS)):
            for split in SPLITS:
                chosen = [document for document in batch if document.split == split]
                ids = _encode(chosen, tokenizer, eos_token_id)
                ids.tofile(streams[split])
                documents[split] += len(chosen)
                size[split] += sum(len(document.text.encode()) for document in chosen)
                tokens[split] += len(ids)
                if split in held_out:
                    held_out[split].writelines(_row(document) for document in chosen)
    for split in SPLITS:
        (output_dir / f"{split}.bin.part").rename(output_dir / f"{split}.bin")
    summary: dict[str, object] = {
        "documents": documents,
        "bytes": size,
        "tokens": tokens,
        "tokenizer": tokenizer_fingerprint(tokenizer),
    }
    (output_dir / "data.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def _row(document: Document) -> str:
    return json.dumps({"source": document.source, "text": document.text}) + "\n"


def _encode(documents: list[Document], tokenizer: Tokenizer, eos_token_id: int) -> np.ndarray:
    encodings = tokenizer.encode_batch([d.text for d in documents], add_special_tokens=False)
    ids = [token for encoding in encodings for token in (*encoding.ids, eos_token_id)]
    return np.array(ids, dtype=np.uint16)


def main() -> None:
    """Tokenise the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/train"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".build/embedded/tokenizer.json"))
    parser.add_argument("--output", type=Path, default=Path(".build/embedded/data"))
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
    summary = build_data(arguments.corpus, tokenizer=tokenizer, output_dir=arguments.output)
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
