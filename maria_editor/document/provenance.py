"""The record of the model's words: one line for each acceptance, in a file beside the text.

Holds the model's own words and those they replaced, never others of the writer's: where they stand
is told by hashes of the words around them. Writing happens on a thread. Knows nothing of Qt.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

from maria_editor import __version__
from maria_editor.paths import records_path
from maria_model.blanks import find_blanks

_log = logging.getLogger(__name__)

SUFFIX = ".maria.jsonl"
_UNTITLED = "untitled"
# An editor that has just begun a text has not kept it yet.
_TIDY_AFTER_S = 24 * 3600
# So many words on either side tell a place from others.
_NEIGHBOURS = 3
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedWords:
    """Words of the model that the writer took into the text.

    `start` is the code point where `wrote` stood when it was accepted, `left` and `right` are
    hashes of the words around it. `way` is what the writer asked for: filling, refining, and so on.
    `settings` are those the writer chose for it, if any.
    """

    wrote: str
    replaced: str
    start: int
    left: str
    right: str
    way: str
    seed: int
    model: str
    device: str
    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    time: str = ""
    program: str = f"Maria Editor {__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was noted of a text, the oldest first, and how much of it cannot be read."""

    words: tuple[AcceptedWords, ...]
    # Lines that a crash cut short or something else wrote, and files that may not be read.
    unreadable: int = 0


_FIELDS = tuple(field.name for field in fields(AcceptedWords))
_TEXTS = tuple(name for name in _FIELDS if name not in ("start", "seed", "settings"))


def words_in(text: str) -> list[str]:
    """Return the words of a text, without case and blanks: what places are told by."""
    return [word.casefold() for word in _WORD.findall(_without_blanks(text))]


def _without_blanks(text: str) -> str:
    parts, place = [], 0
    for blank in find_blanks(text, strict=False):
        # One that nobody closed reaches into the prose.
        if text[blank.end - 1] == "]":
            parts.append(text[place : blank.start])
            place = blank.end
    return " ".join([*parts, text[place:]])


def hash_before(words: Sequence[str], index: int) -> str:
    """Return the hash of the words before `words[index]`."""
    return _hash(words[max(0, index - _NEIGHBOURS) : index])


def hash_after(words: Sequence[str], index: int) -> str:
    """Return the hash of the words from `words[index]` on."""
    return _hash(words[index : index + _NEIGHBOURS])


def surroundings(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the hashes of what stands before and after `text[start:end]`."""
    # Enough letters for a few words, however long the text is.
    before = words_in(text[max(0, start - 400) : start])
    after = words_in(text[end : end + 400])
    return hash_before(before, len(before)), hash_after(after, 0)


def record_beside(path: Path) -> Path:
    """Return where the record of a text lies."""
    return path.with_name(path.name + SUFFIX)


class ProvenanceRecord:
    """The record of one text at a time.

    A text without a file has its record in the editor's own folder, under the key of the editor
    that writes it, until it is saved. Lines are appended whole, or not at all; one that cannot be
    put beside the text goes to the editor's own folder as well, and `on_failure` hears why.
    """

    def __init__(
        self, on_failure: Callable[[str], None], *, key: str, directory: Path | None = None
    ) -> None:
        self._on_failure = on_failure
        self._directory = directory or records_path()
        self._key = key
        self._path: Path | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="provenance")

    def turn_to(self, path: Path | None, *, take_along: bool = False) -> None:
        """Go on with another text; `take_along` if it is this one under another name.

        What was noted of a text without a file goes with that text.
        """
        old, old_aside = self._target(), self._aside()
        self._path = path
        if take_along:
            self._writer.submit(self._carry, (old, old_aside), self._target(), self._aside())
        elif old == old_aside:
            self._writer.submit(old.unlink, missing_ok=True)

    def adopt(self, key: str) -> None:
        """Take over what an editor that is gone noted of the text without a file it left."""
        old = self._untitled(key)
        if self._path is None:
            self._writer.submit(self._carry, (old,), self._target(), self._aside())
        self._writer.submit(old.unlink, missing_ok=True)

    def forget(self, key: str) -> None:
        """Remove what was noted of the text without a file that an editor left: it is deleted."""
        self._writer.submit(self._untitled(key).unlink, missing_ok=True)

    def tidy(self, kept: Collection[str]) -> None:
        """Remove the records of texts without a file that are no more; `kept` are those to leave.

        They are named by the keys of their editors.
        """
        self._writer.submit(_tidy, self._directory / _UNTITLED, frozenset(kept))

    def note(self, words: Sequence[AcceptedWords]) -> None:
        """Put down what was accepted, one line each; returns at once."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [_line(one, now) for one in words]
        self._writer.submit(self._append, lines, self._target(), self._aside())

    def read(self) -> Record:
        """Return what was noted of this text; waits for what is on its way."""
        self._writer.submit(lambda: None).result()
        found: list[AcceptedWords] = []
        unreadable = 0
        for path in self._places():
            lines = _lines(path)
            words = [words for line in lines if (words := _read(line)) is not None]
            found += words
            unreadable += len(lines) - len(words) + _is_barred(path)
        found.sort(key=lambda words: words.time)
        return Record(words=tuple(found), unreadable=unreadable)

    def all(self) -> tuple[AcceptedWords, ...]:
        """Return the words alone."""
        return self.read().words

    def close(self) -> None:
        """Write what is on its way; what belongs to no file goes with its text."""
        self._writer.shutdown()
        if self._path is None:
            with contextlib.suppress(OSError):
                self._aside().unlink(missing_ok=True)

    def _target(self) -> Path:
        return self._aside() if self._path is None else record_beside(self._path)

    def _aside(self) -> Path:
        if self._path is None:
            return self._untitled(self._key)
        name = os.path.normcase(os.path.realpath(self._path))
        key = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]
        return self._directory / f"{key}{SUFFIX}"

    def _untitled(self, key: str) -> Path:
        return self._directory / _UNTITLED / f"{key}{SUFFIX}"

    def _places(self) -> list[Path]:
        return list(dict.fromkeys((self._target(), self._aside())))

    def _append(self, lines: Sequence[str], target: Path, aside: Path) -> None:
        try:
            _append(target, lines)
            return
        except OSError as error:
            reason = error.strerror or "it cannot be written"
        if target != aside:
            with contextlib.suppress(OSError):
                _append(aside, lines)
                self._on_failure(
                    f"The record could not be written beside the file. {reason}; "
                    "it is kept in the editor's own folder for now."
                )
                return
        _log.error("no record: %s", reason)
        self._on_failure(f"The record of the model's words could not be written. {reason}.")

    def _carry(self, sources: Sequence[Path], target: Path, aside: Path) -> None:
        there = set(_lines(target))
        lines = [line for path in dict.fromkeys(sources) for line in _lines(path)]
        if missing := [line for line in lines if line not in there]:
            self._append(missing, target, aside)


def _tidy(untitled: Path, kept: frozenset[str]) -> None:
    with contextlib.suppress(OSError):
        for path in list(untitled.glob(f"*{SUFFIX}")):
            is_old = path.stat().st_mtime < time.time() - _TIDY_AFTER_S
            if is_old and path.name.removesuffix(SUFFIX) not in kept:
                path.unlink(missing_ok=True)


def _line(words: AcceptedWords, now: str) -> str:
    noted = {**asdict(words), "settings": dict(words.settings), "time": words.time or now}
    if not words.settings:
        del noted["settings"]
    return json.dumps(noted, ensure_ascii=False)


def _append(path: Path, lines: Sequence[str]) -> None:
    """Write lines at the end in one go, after whatever a crash may have left half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{line}\n" for line in lines).encode(errors="surrogatepass")
    if _is_torn(path):
        data = b"\n" + data
    # O_BINARY is Windows' own: without it newlines would be changed.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        if os.write(descriptor, data) != len(data):
            os.truncate(path, size)
            raise OSError(None, "No space left on device")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_torn(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"
    except OSError:
        # Not there, or empty.
        return False


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    return [line for line in text.split("\n") if line.strip()]


def _is_barred(path: Path) -> bool:
    return path.exists() and not (path.is_file() and os.access(path, os.R_OK))


def _read(line: str) -> AcceptedWords | None:
    try:
        noted = {"settings": {}, **json.loads(line)}
        words = AcceptedWords(**{name: noted[name] for name in _FIELDS})
        texts = (getattr(words, name) for name in _TEXTS)
        if not (all(isinstance(text, str) for text in texts) and isinstance(words.settings, dict)):
            raise TypeError
        if not (isinstance(words.start, int) and isinstance(words.seed, int)):
            raise TypeError
        datetime.fromisoformat(words.time)
        return words
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        _log.warning("unreadable line of a record: %s", type(error).__name__)
        return None


def _hash(words: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(words).encode(errors="surrogatepass")).hexdigest()[:16]
