"""What killed savings leave beside a text goes, and nothing else does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maria_editor.document.leftovers import remove_leftovers, temporary_prefix
from maria_editor.document.storage import write_beside


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "texts" / "a.md"
    path.parent.mkdir()
    path.write_bytes(b"old\n")
    return path


def names(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


def test_only_our_own_files_for_that_very_file_go(path: Path) -> None:
    long = path.with_name("a" * 60 + ".md")
    ours = {write_beside(path, b"prose"), write_beside(path, b"more")}
    trial = next(iter(ours))
    ours.add(trial.with_name(trial.name + ".trial"))
    for file in ours:
        file.touch()
    prefix = temporary_prefix(path)
    kept = {
        ".a.md.abcdefgh",
        ".a.md.swp",
        "a.md~",
        f"{prefix}short",
        f"{prefix}abcdefgh.bak",
        f"{prefix}abcdefgh9",
        f"{prefix}ABCDEFGH",
        f"x{prefix}abcdefgh",
        f"{temporary_prefix(path.with_name('b.md'))}abcdefgh",
        f"{temporary_prefix(long)}abcdefgh",
    }
    for name in kept:
        path.with_name(name).write_bytes(b"others'")
    path.with_name(f"{prefix}a_folder").mkdir()
    path.with_name(f"{prefix}the_link").symlink_to(path)
    kept |= {f"{prefix}a_folder", f"{prefix}the_link"}
    remove_leftovers(path)
    assert names(path) == {"a.md", *kept}
    # Its first forty letters are the same.
    remove_leftovers(path.with_name("a" * 61 + ".md"))
    assert names(path) == {"a.md", *kept}


def test_they_lie_where_a_link_leads(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.md"
    link.symlink_to(path)
    left = write_beside(Path(os.path.realpath(link)), b"prose")
    remove_leftovers(link)
    assert not left.exists()
    assert link.is_symlink()
