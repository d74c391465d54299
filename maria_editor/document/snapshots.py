"""Earlier versions of a text: a ring per document, one taken before each change by the model.

Each version is a compressed file of its own, so that a damaged one costs no other. Writing happens
on a thread. Knows nothing of Qt.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import logging
import os
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from maria_editor.document.storage import write_beside
from maria_editor.paths import versions_path

_log = logging.getLogger(__name__)

MAX_VERSIONS = 50
MAX_BYTES = 32 * 1024 * 1024
_FEWEST = 5
_SUFFIX = ".json.gz"
_UNTITLED = "untitled"
# What a crash leaves of unnamed texts; the texts themselves are the recovery store's.
_FORGET_AFTER_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text as it was, what was about to happen to it, and when."""

    text: str
    before: str
    taken_at: datetime


class SnapshotRing:
    """The earlier versions of one document.

    The oldest go when there are more than `most`, or more than `MAX_BYTES` on disk; the
    last few always stay. An untitled text keeps its versions until it is given up, and takes them
    along when it is saved under a name.
    """

    def __init__(self, directory: Path | None = None) -> None:
        # How many are kept from the next one on.
        self.most = MAX_VERSIONS
        self._directory = directory or versions_path()
        self._folder = self._untitled()
        self._last = ""
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="versions")
        self._writer.submit(_forget_old, self._directory / _UNTITLED)

    def turn_to(self, path: Path | None, *, take_along: bool = False) -> None:
        """Keep the versions of another document; `take_along` if it is this one, newly named."""
        old, self._folder = self._folder, self._folder_of(path)
        self._last = ""
        if old != self._folder and take_along:
            self._writer.submit(_move, old, self._folder)
        elif old.parent.name == _UNTITLED:
            self._writer.submit(_remove, old)

    def take(self, text: str, before: str) -> Future[None] | None:
        """Keep `text` as it is before something happens to it; None if it is kept already."""
        mark = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        if mark == self._last or not text.strip():
            return None
        self._last = mark
        version = Version(text=text, before=before, taken_at=datetime.now(UTC))
        return self._writer.submit(_write, self._folder, version, self.most)

    def all(self) -> tuple[Version, ...]:
        """Return the versions of this document, the newest first; waits for those on their way."""
        self._writer.submit(lambda: None).result()
        found = [_read(path) for path in _files(self._folder)]
        return tuple(version for version in reversed(found) if version is not None)

    def close(self) -> None:
        """Write what is on its way, and forget the versions of an unnamed text."""
        self._writer.shutdown()
        if self._folder.parent.name == _UNTITLED:
            _remove(self._folder)

    def _folder_of(self, path: Path | None) -> Path:
        if path is None:
            return self._untitled()
        name = os.path.normcase(os.path.realpath(path))
        key = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]
        return self._directory / key

    def _untitled(self) -> Path:
        return self._directory / _UNTITLED / uuid.uuid4().hex


def _write(folder: Path, version: Version, most: int) -> None:
    data = json.dumps(
        {
            "text": version.text,
            "before": version.before,
            "taken_at": version.taken_at.isoformat(),
        }
    ).encode()
    name = version.taken_at.strftime("%Y%m%dT%H%M%S%fZ") + _SUFFIX
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / name
        write_beside(target, gzip.compress(data, compresslevel=1)).replace(target)
        _trim(folder, most)
    except OSError as error:
        # The recovery store says it loudly when the disk is full; this is the second net.
        _log.warning("no version kept: %s", error.strerror)


def _trim(folder: Path, most: int) -> None:
    files = _files(folder)
    sizes = [path.stat().st_size for path in files]
    while len(files) > _FEWEST and (len(files) > most or sum(sizes) > MAX_BYTES):
        files.pop(0).unlink(missing_ok=True)
        sizes.pop(0)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_SUFFIX}"))


def _read(path: Path) -> Version | None:
    try:
        kept = json.loads(gzip.decompress(path.read_bytes()))
        return Version(
            text=kept["text"],
            before=kept["before"],
            taken_at=datetime.fromisoformat(kept["taken_at"]),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        _log.warning("unreadable version %s: %s", path.name, type(error).__name__)
        return None


def _move(source: Path, target: Path) -> None:
    with contextlib.suppress(OSError):
        for path in _files(source):
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(target / path.name)
        _remove(source)


def _forget_old(untitled: Path) -> None:
    with contextlib.suppress(OSError):
        for folder in list(untitled.iterdir()):
            if folder.stat().st_mtime < time.time() - _FORGET_AFTER_S:
                _remove(folder)


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for path in _files(folder):
            path.unlink(missing_ok=True)
        folder.rmdir()
