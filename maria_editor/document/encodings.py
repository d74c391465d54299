"""Guesses how bytes that are not UTF-8 are meant, so that the writer can choose with a sample.

A guess is never taken by itself: Windows-1252 fits nearly every file. Knows nothing of Qt.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from maria_editor.errors import OpenError

_MOST_CONTROLS = 0.01
_MOST_NULS = 0.1
_LOOK_AT = 64 * 1024
_SAMPLE = 24
# Fewer say nothing of where zeros stand.
_FEWEST_BYTES = 16
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
_FOREIGN_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f\W][^\W\d_]*")
_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a file: its name for the writer, and a few words as they would look."""

    name: str
    encoding: str
    sample: str

    def decode(self, data: bytes) -> str:
        """Return the text, without NUL characters; what does not fit becomes U+FFFD."""
        return data.decode(self.encoding, errors="replace").replace("\0", "")


class EncodingError(OpenError):
    """A file is text, but not in UTF-8. `readings` says how it may be meant, likeliest first."""

    def __init__(self, message: str, path: Path, readings: tuple[Reading, ...]) -> None:
        super().__init__(message)
        self.path = path
        self.readings = readings


def readings(data: bytes) -> tuple[Reading, ...]:
    """Return the ways to read bytes that are not plain UTF-8, the likeliest first; () is no text.

    Only the first 64 KiB are looked at for what they say.
    """
    head = data[:_LOOK_AT]
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _sensible([("UTF-32", "utf-32")], head)
    if (wide := _wide_encoding(head)) is not None:
        return _sensible([("UTF-16", wide)], head)
    nuls = data.count(0)
    if nuls:
        is_few = nuls <= len(data) * _MOST_NULS or not data.rstrip(b"\0").count(0)
        name = "UTF-8 without its NUL character" + ("" if nuls == 1 else f"s, {nuls:,} of them")
        return _sensible([(name, "utf-8")], head) if is_few and data.strip(b"\0") else ()
    western = "Latin-1" if not re.search(b"[\x80-\x9f]", data) else "Windows-1252"
    candidates = [(f"Western European, {western}", "cp1252")]
    if _is_damaged_utf8(data):
        candidates.insert(0, ("UTF-8 with damaged characters", "utf-8"))
    return _sensible(candidates, head)


def _wide_encoding(head: bytes) -> str | None:
    """Return the byte order of UTF-16, by its mark or by where its zeros stand."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) < _FEWEST_BYTES or len(head) % 2:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    least = len(head) // 8
    if odd > least and even * 16 < odd:
        return "utf-16-le"
    if even > least and odd * 16 < even:
        return "utf-16-be"
    return None


def _is_damaged_utf8(data: bytes) -> bool:
    """Return whether most of the characters beyond ASCII are whole in UTF-8."""
    text = data.decode(errors="replace")
    damaged = text.count(_REPLACED)
    return sum(character > "\x7f" for character in text) > 2 * damaged


def _sensible(candidates: list[tuple[str, str]], head: bytes) -> tuple[Reading, ...]:
    found = []
    for name, encoding in candidates:
        text = head.decode(encoding, errors="replace").replace("\0", "")
        if len(_CONTROLS.findall(text)) <= len(text) * _MOST_CONTROLS:
            found.append(Reading(name=name, encoding=encoding, sample=_sample(text)))
    return tuple(found)


def _sample(text: str) -> str:
    """Return the first word beyond ASCII, which shows whether the guess is right; or the start."""
    word = _FOREIGN_WORD.search(text)
    sample = word.group() if word else " ".join(text.lstrip("\ufeff").split())
    return sample if len(sample) <= _SAMPLE else f"{sample[:_SAMPLE]}…"
