"""Reads a writer's text, and puts edits back into it without touching another byte.

The model reads the text without byte-order mark and with Unix line endings; offsets come back in
code points of the text as it was written. Knows nothing of models.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from maria_model.errors import (
    BlankSyntaxError,
    ContextLengthError,
    MariaError,
    NoBlankError,
    NotSupportedError,
)

STANDARD_INPUT = "-"
# Three long novels. A text for one request is far shorter.
MAX_BYTES = 4_000_000

_BYTE_ORDER_MARK = "\ufeff"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class TextInputError(MariaError):
    """The text cannot be read: choose another file, or save it as plain UTF-8 text."""


@dataclass(frozen=True)
class Edit:
    """Replace `original[start:end]` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class SourceText:
    """A text as it was written, and as the model reads it."""

    name: str
    original: str

    @cached_property
    def reading(self) -> str:
        """The text without byte-order mark and with `\\n` line endings."""
        return self.original.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n")

    def offset(self, position: int) -> int:
        """Return the offset in `original` of a position in `reading`."""
        mark = len(_BYTE_ORDER_MARK) if self.original.startswith(_BYTE_ORDER_MARK) else 0
        return position + mark + bisect_left(self._shortened, position)

    def edit(self, start: int, end: int, text: str) -> Edit:
        """Return the edit of `original` that replaces `reading[start:end]` by `text`."""
        if self._shortened:
            text = text.replace("\n", "\r\n")
        return Edit(self.offset(start), self.offset(end), text)

    def with_edits(self, edits: Iterable[Edit]) -> str:
        """Return `original` with every edit made; edits do not overlap."""
        parts, position = [], 0
        for edit in sorted(edits, key=lambda edit: edit.start):
            parts += [self.original[position : edit.start], edit.text]
            position = edit.end
        return "".join([*parts, self.original[position:]])

    @cached_property
    def _shortened(self) -> list[int]:
        """Positions in `reading` of the line endings that are two characters in `original`."""
        positions, removed = [], 0
        text = self.original.removeprefix(_BYTE_ORDER_MARK)
        found = text.find("\r\n")
        while found >= 0:
            positions.append(found - removed)
            removed += 1
            found = text.find("\r\n", found + 2)
        return positions


def read_text(file: str) -> SourceText:
    """Read a UTF-8 text from a path, or from standard input for `-`.

    Raises:
        TextInputError: nothing there, not readable, too large, empty, binary, or not UTF-8.
    """
    if file == STANDARD_INPUT:
        return _decode("standard input", _read_standard_input())
    return _decode(file, _read_file(Path(file)))


@contextmanager
def naming(source: SourceText) -> Iterator[None]:
    """Put the file's name in front of an error about its text."""
    try:
        yield
    except BlankSyntaxError as error:
        message = f"{source.name}: {error}"
        raise BlankSyntaxError(message, start=error.start, end=error.end) from error
    except (NoBlankError, ContextLengthError, NotSupportedError) as error:
        raise type(error)(f"{source.name}: {error}") from error


def _read_standard_input() -> bytes:
    if sys.stdin.isatty():
        print("Type or paste the text, then press Ctrl-D on a line of its own.", file=sys.stderr)
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise TextInputError(f"{path}: no such file. Check its name and folder.") from None
    except IsADirectoryError:
        raise TextInputError(f"{path}: this is a folder. Name a text file in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TextInputError(f"{path}: cannot be read ({reason}). Choose another file.") from error


def _decode(name: str, data: bytes) -> SourceText:
    if len(data) > MAX_BYTES:
        raise TextInputError(
            f"{name}: more than {MAX_BYTES // 1_000_000} MB of text. "
            "Put the passage and its surroundings in a file of their own."
        )
    if data.startswith(_UTF_16_MARKS):
        raise TextInputError(f"{name}: the text is UTF-16. Save it as UTF-8.")
    if b"\0" in data:
        raise TextInputError(f"{name}: a binary file, not text. Export it as plain text.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TextInputError(
            f"{name}: not UTF-8 text (byte {error.start + 1}, in line {line}). Save it as UTF-8."
        ) from None
    if not text.removeprefix(_BYTE_ORDER_MARK):
        raise TextInputError(f"{name}: empty. Write something in it first.")
    return SourceText(name, text)
