"""Which text a run reads, as a short digest: names, sizes and samples of its files.

Where the files lie and when they were written does not count.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from maria_model.errors import ConfigurationError, first_line

# Of each file: hashing terabytes would take hours. Up to 64 KiB a file is read whole.
_SAMPLES, _SAMPLE_BYTES = 16, 4096


def files_fingerprint(paths: Iterable[Path]) -> str:
    """Return a digest of files in their order: names, sizes and evenly spaced samples.

    Raises:
        ConfigurationError: one cannot be read.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in paths:
        try:
            _add(digest, path)
        except OSError as error:
            raise ConfigurationError(
                f"{path} cannot be read: {error.strerror or first_line(error)}. Look after it, or "
                "take it out of the text."
            ) from error
    return digest.hexdigest()


def _add(digest: hashlib.blake2b, path: Path) -> None:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(os.fsencode(path.name) + f"\0{size}\0".encode())
        for start in _starts(size):
            file.seek(start)
            digest.update(file.read(_SAMPLE_BYTES))


def _starts(size: int) -> Iterable[int]:
    if size <= _SAMPLES * _SAMPLE_BYTES:
        return range(0, size, _SAMPLE_BYTES)
    last = size - _SAMPLE_BYTES
    return [last * index // (_SAMPLES - 1) for index in range(_SAMPLES)]
