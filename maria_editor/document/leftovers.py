"""Temporary files of saving: how they are named, and how those go that a kill left behind.

They hold prose, so none is to stay. Knows nothing of locks: who asks for removal has made sure that
nobody else writes the file. Knows nothing of Qt.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

# What `tempfile` adds, and what `storage` adds to that for a moment.
_REST = re.compile(r"[a-z0-9_]{8}(\.trial)?")


def temporary_prefix(target: Path) -> str:
    """Return how the temporary files for `target` begin, and those for no other file."""
    # Names may be too long to be had whole.
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8]
    return f".{target.name[:40]}.{digest}.maria-"


def remove_leftovers(path: Path) -> None:
    """Remove what killed savings left beside the file; only call it while nobody else saves it."""
    target = Path(os.path.realpath(path))
    prefix = temporary_prefix(target)
    # What cannot be listed or removed now can be another time.
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            rest = entry.name.removeprefix(prefix)
            is_ours = rest != entry.name and _REST.fullmatch(rest)
            if is_ours and entry.is_file(follow_symlinks=False):
                os.unlink(entry)
