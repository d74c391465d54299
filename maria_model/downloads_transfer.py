"""One file over HTTP, whatever the line does: resumed, measured and hashed before it counts.

A file grows as NAME.part and gets its name only when its size and its hash are right. A line that
drops or stalls is taken up where it ended, in this process or in a later one.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import errors, get_session

from maria_model.api import CancelCheck, Cancelled
from maria_model.errors import DownloadError, first_line

PART_SUFFIX = ".part"
_CHUNK = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_TRANSIENT = (408, 416, 429)

# Of httpx or httpx2, whichever the hub's library is built on.
HTTP_ERROR: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]

BytesCallback = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a bad line is borne.

    Attributes:
        attempts: tries in a row that bring nothing.
        timeout: seconds without a byte.
        pause: seconds before the second try; doubled with each further one.
    """

    attempts: int = 5
    timeout: float = 30.0
    pause: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file on a server, and what it must be.

    Attributes:
        sha256: of the content; None where the server keeps the file in git itself.
        git_id: git's id of the content (sha1), for those.
    """

    name: str
    url: str
    size: int
    sha256: str | None
    git_id: str | None

    def is_content_of(self, path: Path) -> bool:
        """Whether a file has the right size and hash."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        if self.sha256 is not None:
            return _digest(path, hashlib.sha256()) == self.sha256
        header = hashlib.sha1(f"blob {self.size}\0".encode(), usedforsecurity=False)
        return _digest(path, header) == self.git_id


class _BadAnswerError(Exception):
    """The server's answer is of no use; it may be another time."""


def fetch(
    file: RemoteFile,
    folder: Path,
    *,
    patience: Patience,
    on_bytes: BytesCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> None:
    """Bring a file into a folder; one that is there and right is kept.

    Args:
        on_bytes: told how many bytes more are here, those found at the start included; fewer than
            none where some had to be thrown away.

    Raises:
        DownloadError: it cannot be had; what arrived waits for the next try.
        Cancelled: `cancelled` said so.
    """
    report = on_bytes or (lambda count: None)
    target, part = folder / file.name, folder / f"{file.name}{PART_SUFFIX}"
    if file.is_content_of(target):
        report(file.size)
        return
    if _size(part) > file.size:
        part.unlink()
    report(_size(part))
    for _ in range(2):
        _complete(file, part, patience, report, cancelled)
        if file.is_content_of(part):
            os.replace(part, target)
            return
        report(-_size(part))
        part.unlink()
    raise DownloadError(
        f"{file.name} arrived damaged twice: its hash is wrong. The line or the server alters it; "
        "try again later or from another network."
    )


def _complete(
    file: RemoteFile,
    part: Path,
    patience: Patience,
    report: BytesCallback,
    cancelled: CancelCheck | None,
) -> None:
    """Let the part grow to its full size, over as many connections as it takes."""
    failures = 0
    while (before := _size(part)) < file.size or not part.exists():
        reason = "the line dropped"
        try:
            _receive(file, part, patience.timeout, report, cancelled)
        except (HTTP_ERROR, _BadAnswerError) as error:
            reason = first_line(error)
        except OSError as error:
            raise DownloadError(
                f"{part} cannot be written: {error.strerror or first_line(error)}. "
                "Make room or choose another disk, then run it again."
            ) from error
        if _size(part) > before:
            failures = 0
        elif _size(part) < file.size:
            failures += 1
            if failures == patience.attempts:
                raise DownloadError(
                    f"{file.name} cannot be fetched from {_host(file.url)} ({reason}). "
                    "What arrived is kept; run it again to go on."
                )
            time.sleep(patience.pause * 2 ** (failures - 1))


def _receive(
    file: RemoteFile,
    part: Path,
    timeout: float,
    report: BytesCallback,
    cancelled: CancelCheck | None,
) -> None:
    """Append what one connection brings."""
    have = _size(part)
    # Compressed on the way, a range would be one of the compressed bytes.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with get_session().stream("GET", file.url, headers=headers, timeout=timeout) as response:
        start = _start_of(response, file, have)
        with part.open("r+b" if part.exists() else "wb") as out:
            out.seek(start)
            out.truncate()
            report(start - have)
            # Chunks of a size would be gathered first, and lost when the line drops.
            for chunk in response.iter_bytes():
                if cancelled is not None and cancelled():
                    raise Cancelled
                if out.tell() + len(chunk) > file.size:
                    raise _BadAnswerError(f"more than the {file.size:,} bytes it should have")
                out.write(chunk)
                report(len(chunk))


def _start_of(response: Any, file: RemoteFile, have: int) -> int:
    """Return where the answer's first byte belongs; refuse an answer that is not of this file."""
    status = response.status_code
    if status not in (200, 206):
        if status in _TRANSIENT or status >= 500:
            raise _BadAnswerError(f"the server answers {status}")
        raise DownloadError(
            f"{_host(file.url)} does not give out {file.name} (it answers {status}). "
            "Choose another revision, or bring the files with maria models import."
        )
    start = 0
    if status == 206:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != have or found[2] not in (str(file.size), "*"):
            raise _BadAnswerError("the server sends another part than was asked for")
        start = have
    length = response.headers.get("Content-Length")
    if "Content-Encoding" not in response.headers and length not in (None, str(file.size - start)):
        raise _BadAnswerError(f"the server announces {length} bytes for {file.size - start:,}")
    return start


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path, digest: Any) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return str(digest.hexdigest())


def _host(url: str) -> str:
    return url.split("/")[2]
