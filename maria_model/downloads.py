"""Downloads a backbone: pinned, resumed, verified, and complete only when its marker is written.

The hub's own library says what there is and opens the connections; what it does not do, resuming
over processes and comparing hashes, is done in `downloads_transfer` (docs/adr/0050).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from maria_model.api import CancelCheck
from maria_model.downloads_folder import (
    MARKER_FILE,
    WEIGHTS_INDEX,
    Download,
    StoredFile,
    find_download,
    folder_of,
    sha256_of,
    write_marker,
)
from maria_model.downloads_hub import Listing, list_files
from maria_model.downloads_shards import read_index
from maria_model.downloads_transfer import PART_SUFFIX, Patience, fetch
from maria_model.errors import CheckpointError, DownloadError
from maria_model.registry import find_backbone

_DEFAULT_PATIENCE = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadProgress:
    """How far a download is, in bytes of all its files."""

    repository: str
    file: str
    done: int
    total: int


ProgressCallback = Callable[[DownloadProgress], None]


def download(
    repository: str,
    *,
    revision: str | None = None,
    patience: Patience = _DEFAULT_PATIENCE,
    on_progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> Download:
    """Fetch a backbone into the user's folder; a complete one costs no network.

    Args:
        repository: owner and name.
        revision: a commit or branch; None is the registry's commit, or the current one.

    Raises:
        DownloadError: it could not be fetched; what arrived waits for the next try.
        CheckpointError: the repository lacks a file that MARIA needs.
        ConfigurationError: this is no repository's name.
        Cancelled: `cancelled` said so.
    """
    folder = folder_of(repository)
    registered = find_backbone(repository)
    pinned = revision or (registered.revision if registered else None)
    found = find_download(repository)
    if found is not None and (pinned is None or found.revision == pinned):
        return found
    listing = list_files(repository, pinned, timeout=patience.timeout)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            _check_room(listing, folder)
            (folder / MARKER_FILE).unlink(missing_ok=True)
            _fetch_all(listing, folder, patience, on_progress, cancelled)
            return _finish(listing, folder)
    except Timeout as error:
        raise DownloadError(
            f"{repository} is being downloaded by another program here. Wait until it has ended."
        ) from error


def needs_download(repository: str, revision: str | None = None) -> bool:
    """Whether `download` would use the network."""
    registered = find_backbone(repository)
    pinned = revision or (registered.revision if registered else None)
    found = find_download(repository)
    return found is None or (pinned is not None and found.revision != pinned)


def _fetch_all(
    listing: Listing,
    folder: Path,
    patience: Patience,
    on_progress: ProgressCallback | None,
    cancelled: CancelCheck | None,
) -> None:
    done = 0
    for file in listing.files:

        def report(count: int, name: str = file.name) -> None:
            nonlocal done
            done += count
            if on_progress is not None:
                progress = DownloadProgress(
                    repository=listing.repository, file=name, done=done, total=listing.size
                )
                on_progress(progress)

        fetch(file, folder, patience=patience, on_bytes=report, cancelled=cancelled)
        if file.name == WEIGHTS_INDEX:
            # It comes before the shards: what is not whole costs no gigabytes.
            _check_listed(listing, folder)


def _check_listed(listing: Listing, folder: Path) -> None:
    where = f"{listing.repository} at {listing.commit[:12]}"
    remedy = "Choose a revision that is whole."
    named = set(read_index(folder, remedy, called=Path(where)).values())
    absent = sorted(named - {file.name for file in listing.files})
    if absent:
        raise CheckpointError(
            f"{where} lacks {absent[0]}, which its {WEIGHTS_INDEX} names. {remedy}"
        )


def _finish(listing: Listing, folder: Path) -> Download:
    """Take out what belongs to another revision, and declare the rest complete."""
    names = {file.name for file in listing.files}
    for path in folder.iterdir():
        if path.is_file() and path.name not in names:
            path.unlink()
    files = {
        file.name: StoredFile(size=file.size, sha256=file.sha256 or sha256_of(folder / file.name))
        for file in listing.files
    }
    found = Download(
        repository=listing.repository, revision=listing.commit, path=folder, files=files
    )
    write_marker(found)
    return found


def _check_room(listing: Listing, folder: Path) -> None:
    here = sum(
        path.stat().st_size
        for file in listing.files
        for path in (folder / file.name, folder / f"{file.name}{PART_SUFFIX}")
        if path.is_file()
    )
    needed, free = listing.size - here, shutil.disk_usage(folder).free
    if needed > free:
        raise DownloadError(
            f"{listing.repository} needs {needed / 1e9:.1f} GB more and {folder} has "
            f"{free / 1e9:.1f} GB free. Make room, then run it again."
        )
