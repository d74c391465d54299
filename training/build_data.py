"""Turns the corpus into token streams: a uint16 file per split, and the held-out text as JSONL.

Documents are separated by the end-of-text token. Held-out documents are kept as text too, because
losses are reported per byte of it. `data.json` is written last: where it is, the rest is whole.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from maria_model.errors import MariaError
from training.corpus import SPLITS, Document, iter_documents
from training.token_files import SUMMARY_FILE
from training.tokenizer_files import read_tokenizer, tokenizer_fingerprint
from training.train_tokenizer import EOS_TOKEN, special_token_id
from training.whole_writes import disk_errors, whole_file, whole_files

BATCH_DOCUMENTS = 512
_FILES = [f"{split}.bin" for split in SPLITS] + [f"{split}.jsonl" for split in SPLITS[1:]]


def build_data(corpus_dir: Path, *, tokenizer: Tokenizer, output_dir: Path) -> dict[str, object]:
    """Write `SPLIT.bin` (uint16 token ids), `validation.jsonl`, `test.jsonl` and `data.json`.

    Returns:
        The summary written to `data.json`: documents, bytes and tokens by split, documents by
        source, and the tokenizer's fingerprint.

    Raises:
        MariaError: the corpus or the disk lacks something; what was there is still there.
    """
    eos_token_id = special_token_id(tokenizer, EOS_TOKEN)
    documents, size, tokens = Counter[str](), Counter[str](), Counter[str]()
    sources = Counter[str]()
    with disk_errors(output_dir):
        output_dir.mkdir(parents=True, exist_ok=True)
    with whole_files(output_dir, _FILES) as files:
        remaining = iter_documents(corpus_dir)
        while batch := list(itertools.islice(remaining, BATCH_DOCUMENTS)):
            for split in SPLITS:
                chosen = [document for document in batch if document.split == split]
                ids = _encode(chosen, tokenizer, eos_token_id)
                files[f"{split}.bin"].write(ids.tobytes())
                documents[split] += len(chosen)
                size[split] += sum(len(document.text.encode()) for document in chosen)
                tokens[split] += len(ids)
                if (rows := files.get(f"{split}.jsonl")) is not None:
                    rows.writelines(_row(document) for document in chosen)
            sources.update(document.source for document in batch)
        # From here on until it is written anew, the folder says of itself that it is not whole.
        (output_dir / SUMMARY_FILE).unlink(missing_ok=True)
    summary: dict[str, object] = {
        "documents": documents,
        "bytes": size,
        "tokens": tokens,
        "sources": sources,
        "tokenizer": tokenizer_fingerprint(tokenizer),
    }
    with whole_file(output_dir / SUMMARY_FILE) as file:
        file.write(f"{json.dumps(summary, indent=2)}\n".encode())
    return summary


def _row(document: Document) -> bytes:
    return f"{json.dumps({'source': document.source, 'text': document.text})}\n".encode()


def _encode(documents: list[Document], tokenizer: Tokenizer, eos_token_id: int) -> np.ndarray:
    encodings = tokenizer.encode_batch([d.text for d in documents], add_special_tokens=False)
    ids = [token for encoding in encodings for token in (*encoding.ids, eos_token_id)]
    return np.array(ids, dtype=np.uint16)


def main() -> int:
    """Tokenise the corpus; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/train"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".build/embedded/tokenizer.json"))
    parser.add_argument("--output", type=Path, default=Path(".build/embedded/data"))
    arguments = parser.parse_args()
    try:
        tokenizer = read_tokenizer(arguments.tokenizer)
        summary = build_data(arguments.corpus, tokenizer=tokenizer, output_dir=arguments.output)
    except MariaError as error:
        print(f"build_data: {error}", file=sys.stderr)
        return 1
    print(json.dumps(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main())
