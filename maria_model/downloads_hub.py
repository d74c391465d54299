"""Asks a model hub which files a revision has, and what they must be."""

from __future__ import annotations

import os
from dataclasses import dataclass

from huggingface_hub import HfApi, errors, hf_hub_url

from maria_model.downloads_folder import is_commit, wanted_files
from maria_model.downloads_transfer import HTTP_ERROR, RemoteFile
from maria_model.errors import CheckpointError, DownloadError, first_line

_DEFAULT_ENDPOINT = "https://huggingface.co"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a repository holds for MARIA at one commit."""

    repository: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def hub_endpoint() -> str:
    """Return the hub's address; HF_ENDPOINT names a mirror."""
    return os.environ.get("HF_ENDPOINT", _DEFAULT_ENDPOINT).rstrip("/")


def list_files(repository: str, revision: str | None, *, timeout: float) -> Listing:
    """Ask for the files that MARIA reads at a revision; None is the current one.

    Raises:
        DownloadError: the hub cannot be reached, or has no such repository or revision.
        CheckpointError: the repository lacks a file that MARIA needs.
    """
    endpoint = hub_endpoint()
    try:
        # No token: what is asked for here is public.
        info = HfApi(endpoint=endpoint, token=False).model_info(
            repository, revision=revision, files_metadata=True, timeout=timeout
        )
    except (HTTP_ERROR, errors.OfflineModeIsEnabled, ValueError) as error:
        raise DownloadError(_explain(error, endpoint, repository, revision)) from error
    commit, siblings = info.sha or "", {file.rfilename: file for file in info.siblings or ()}
    if not is_commit(commit) or (revision and is_commit(revision) and commit != revision):
        raise DownloadError(
            f"{endpoint} answers for {repository} with revision {commit or 'none'}, not the one "
            "asked for. Try again later."
        )
    try:
        wanted = wanted_files(set(siblings))
    except CheckpointError as error:
        raise CheckpointError(f"{repository} at {commit[:12]}: {first_line(error)}.") from error
    files = []
    for name in wanted:
        sibling = siblings[name]
        sha256 = sibling.lfs.sha256 if sibling.lfs else None
        if sibling.size is None or (sha256 is None and sibling.blob_id is None):
            raise DownloadError(
                f"{endpoint} names no size or hash for {repository}/{name}. Try again later."
            )
        url = hf_hub_url(repository, name, revision=commit, endpoint=endpoint)
        files.append(
            RemoteFile(name=name, url=url, size=sibling.size, sha256=sha256, git_id=sibling.blob_id)
        )
    return Listing(repository=repository, commit=commit, files=tuple(files))


def _explain(error: Exception, endpoint: str, repository: str, revision: str | None) -> str:
    if isinstance(error, errors.RevisionNotFoundError):
        return (
            f"{repository} has no revision {revision} any more. "
            f"Run: maria models download {repository} --revision main"
        )
    if isinstance(error, errors.GatedRepoError):
        return f"{repository} is given out on request only: fetch it yourself, then import it."
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"{endpoint} has no model {repository}. Check the name."
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE forbids the network. Unset it, or use maria models import."
    return (
        f"{endpoint} cannot be reached ({first_line(error)}). "
        "Check the network, or bring the files from another computer with maria models import."
    )
