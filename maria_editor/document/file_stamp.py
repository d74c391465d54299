"""Tells whether a file on disk is still the one that was read or written here.

Size, time and file number say so quickly; where they differ, the bytes decide: a file that was only
touched, or replaced by its like, has not changed. Knows nothing of Qt.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

# In the place of a digest; no bytes have this one.
_ABSENT = "absent"


class DiskState(Enum):
    """What has become of a file."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStamp:
    """What a file was like: its bytes as a digest, and what the file system says of it."""

    digest: str
    size: int = -1
    modified_ns: int = -1
    number: int = -1

    @classmethod
    def absent(cls) -> FileStamp:
        """Return the stamp of a file that is not there yet."""
        return cls(digest=_ABSENT)

    @property
    def is_absent(self) -> bool:
        """Whether this is the stamp of a file that is not there yet."""
        return self.digest == _ABSENT

    @classmethod
    def at(cls, path: Path) -> FileStamp:
        """Return the stamp of what is there now, unread: a touch will count as a change."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return cls.absent()
        except OSError:
            # Nothing is known of it, so nothing will be like it.
            return cls(digest="")
        number, modified = status.st_ino, status.st_mtime_ns
        return cls(digest="", size=status.st_size, modified_ns=modified, number=number)

    @classmethod
    def of(cls, data: bytes, status: os.stat_result) -> FileStamp:
        """Return the stamp of a file with these bytes; `status` is no younger than they are."""
        return cls(
            digest=digest(data),
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            number=status.st_ino,
        )

    def compare(self, path: Path) -> DiskState:
        """Return what has become of the file, reading it only where that is needed."""
        try:
            status = path.stat()
            known = (self.size, self.modified_ns, self.number)
            if known == (status.st_size, status.st_mtime_ns, status.st_ino):
                return DiskState.SAME
            if self.size not in (-1, status.st_size):
                return DiskState.CHANGED
            is_same = digest(path.read_bytes()) == self.digest
        except FileNotFoundError:
            return DiskState.SAME if self.is_absent else DiskState.GONE
        except OSError:
            # There, but not to be read now: nothing to be sure of.
            return DiskState.CHANGED
        return DiskState.SAME if is_same else DiskState.CHANGED


def digest(data: bytes) -> str:
    """Return a short name for these bytes."""
    return hashlib.sha256(data).hexdigest()
