from __future__ import annotations

from pathlib import Path

import pytest

from maria_editor.settings import Settings


def test_what_is_set_is_there_next_time(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "settings.ini"
    first = Settings(path)
    first.theme, first.device, first.engine, first.zoom = "dark", "cpu", "thread", 120
    first.geometry, first.model, first.welcomed = b"\0\1\xff", "small", True
    first.add_recent_file(Path("/a, b.txt"))
    del first
    second = Settings(path)
    assert (second.theme, second.device, second.engine, second.zoom) == (
        "dark",
        "cpu",
        "thread",
        120,
    )
    assert (second.geometry, second.model, second.welcomed) == (b"\0\1\xff", "small", True)
    assert second.recent_files == (Path("/a, b.txt"),)


def test_how_one_writes_is_there_next_time(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    first = Settings(path)
    first.spacing, first.measure, first.count = "1.8", "60", "letters"
    first.typewriter, first.smart_quotes, first.spelling = True, True, False
    del first
    second = Settings(path)
    assert (second.spacing, second.measure, second.count) == ("1.8", "60", "letters")
    assert (second.typewriter, second.smart_quotes, second.spelling) == (True, True, False)


def test_how_one_writes_by_default(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    for value in (None, "purple"):
        if value is not None:
            names = "[look]\nspacing={0}\nmeasure={0}\ncount={0}\ntypewriter={0}\n"
            path.write_text((names + "[writing]\nsmart_quotes={0}\nspelling={0}\n").format(value))
        found = Settings(path)
        assert (found.spacing, found.measure, found.count) == ("1.6", "70", "words")
        assert (found.typewriter, found.smart_quotes, found.spelling) == (False, False, True)


def test_defaults(settings: Settings) -> None:
    assert (settings.theme, settings.device, settings.engine) == ("system", "auto", "process")
    assert (settings.zoom, settings.geometry, settings.model) == (100, b"", None)
    assert (settings.recent_files, settings.welcomed) == ((), False)


@pytest.mark.parametrize("value", ["", "purple", "@Invalid()", "1e9", "-5"])
def test_a_damaged_file_reads_as_defaults(tmp_path: Path, value: str) -> None:
    path = tmp_path / "settings.ini"
    lines = [f"[look]\ntheme={value}\nzoom={value}\n[model]\ndevice={value}\n[window]"]
    path.write_text("\n".join([*lines, f"geometry={value}\n"]))
    settings = Settings(path)
    assert (settings.theme, settings.device, settings.geometry) == ("system", "auto", b"")
    assert settings.zoom in (80, 100, 200)


def test_recent_files_are_unique_newest_first_and_few(settings: Settings) -> None:
    for number in range(20):
        settings.add_recent_file(Path(f"/{number}"))
    settings.add_recent_file(Path("/15"))
    recent = settings.recent_files
    assert recent[:3] == (Path("/15"), Path("/19"), Path("/18"))
    assert len(recent) == len(set(recent)) == 10


def test_what_the_settings_card_sets_is_there_next_time(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    first = Settings(path)
    first.text_font, first.reduce_motion, first.candidates = "Vollkorn", True, 4
    first.strength, first.versions, first.provenance = "bold", "200", True
    first.set_keys("save", "Ctrl+,")
    first.set_keys("open", "")
    first.save()
    second = Settings(path)
    assert (second.text_font, second.reduce_motion, second.candidates) == ("Vollkorn", True, 4)
    assert (second.strength, second.versions, second.provenance) == ("bold", "200", True)
    assert (second.keys("save"), second.keys("open"), second.keys("new")) == ("Ctrl+,", "", None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\xff" * 100,
        b"[look]\nfont=@Variant(nonsense)\n[model]\ncandidates=many\nstrength=7\n",
        b"[model]\ncandidates=-3\n[document]\nversions=1e9\nprovenance=perhaps\n",
    ],
)
def test_a_broken_file_reads_as_safe_values(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(data)
    found = Settings(path)
    assert found.candidates in (3, 9)
    assert (found.text_font, found.strength, found.versions) == ("", "gentle", "50")
    assert (found.reduce_motion, found.provenance, found.keys("save")) == (False, False, None)
