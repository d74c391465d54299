from __future__ import annotations

import codecs
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from maria_editor.document import storage
from maria_editor.document.file_stamp import DiskState
from maria_editor.document.storage import TextFile
from maria_editor.errors import MissingFileError, OpenError, SaveError

NASTY = ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\u00a0", "\u202f"]
NASTY += ["\ufeff", "\ufffc", "\ufdd0", "\ufdd1", "e\u0301", "😀", "[MASK]", "ש", " ", "a", ""]
nasty_texts = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=5))
).map(lambda parts: "".join(parts).replace("\0", ""))
encodings = st.sampled_from(
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ]
)
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def round_trip_through_qt(text: str) -> str:
    from PySide6.QtGui import QTextDocument

    document = QTextDocument()
    document.setPlainText(text)
    return document.toRawText().replace("\u2029", "\n")


@in_one_folder
@given(nasty_texts, encodings)
@example("one\r\ntwo\rthree\nfour\u2029five\u2028six\u00a0seven", (codecs.BOM_UTF8, "utf-8"))
@example("\ufeff", (b"", "utf-8"))
@example("\ufeff\ufeffa\n\ufeffb", (codecs.BOM_UTF8, "utf-8"))
@example("", (codecs.BOM_UTF16_LE, "utf-16-le"))
def test_open_and_save_without_an_edit_keeps_every_byte(
    tmp_path: Path, text: str, encoding: tuple[bytes, str]
) -> None:
    bom, codec = encoding
    path = tmp_path / "text.txt"
    data = bom + text.encode(codec)
    path.write_bytes(data)
    file = TextFile.load(path)
    assert not set(file.text) & set("\r\u2029")
    file.save(round_trip_through_qt(file.text))
    assert path.read_bytes() == data


@in_one_folder
@given(st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=2), st.data())
def test_an_edit_in_one_line_keeps_the_ends_of_the_others(
    tmp_path: Path, endings: list[str], data: st.DataObject
) -> None:
    lines = [f"line {number}" for number in range(len(endings))]
    edited = data.draw(st.integers(0, len(lines) - 1))
    path = tmp_path / "text.txt"

    def on_disk() -> bytes:
        return "".join(map("".join, zip(lines, endings, strict=True))).encode()

    path.write_bytes(on_disk())
    file = TextFile.load(path)
    lines[edited] = "another"
    file.save("".join(f"{line}\n" for line in lines))
    assert path.read_bytes() == on_disk()


def test_new_and_removed_lines_in_a_mixed_file(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"a\r\nb\nc\r\nd\r\ne")
    file = TextFile.load(path)
    file.save("new\na\nb\nd\ne")
    assert path.read_bytes() == b"new\r\na\r\nb\nd\r\ne"


def test_a_windows_file_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    file = TextFile.load(path)
    assert file.text == "a\nb\n"
    file.save("a\nb\nnew\n")
    assert path.read_bytes() == b"\xef\xbb\xbfa\r\nb\r\nnew\r\n"
    # And again, from what it knows after saving.
    file.save("b\nnew\n\n")
    assert path.read_bytes() == b"\xef\xbb\xbfb\r\nnew\r\n\r\n"


def test_an_untitled_text_needs_a_name(tmp_path: Path) -> None:
    file = TextFile()
    with pytest.raises(SaveError, match="Choose a name"):
        file.save("words\n")
    file.save("words\n", tmp_path / "new.txt")
    assert file.path == tmp_path / "new.txt"
    assert file.path.read_bytes() == b"words\n"


def test_saving_elsewhere_moves_the_file_and_leaves_the_first(tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_bytes(b"a\r\n")
    file = TextFile.load(first)
    file.save("b\n", second)
    file.save("c\n")
    assert (first.read_bytes(), second.read_bytes()) == (b"a\r\n", b"c\r\n")


def test_half_a_character_does_not_stop_saving(tmp_path: Path) -> None:
    file = TextFile()
    file.save("a\ud83db", tmp_path / "a.txt")
    assert TextFile.load(tmp_path / "a.txt").text == "a\ufffdb"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PNG\0\1\2", "binary file"),
        (b"fine until \xff\xfe", "not valid UTF-8 at byte 11"),
        (codecs.BOM_UTF16_LE + b"a", "not valid UTF-16"),
        (codecs.BOM_UTF32_LE + "a".encode("utf-32-le"), "reads as UTF-32"),
    ],
)
def test_what_is_not_text_is_refused_in_one_line(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(OpenError, match=words) as refused:
        TextFile.load(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == data


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="does not exist"):
        TextFile.load(tmp_path / "a.txt")
    with pytest.raises(OpenError, match=r"no folder .*nowhere for a\.txt") as refused:
        TextFile.load(tmp_path / "nowhere" / "a.txt")
    assert not isinstance(refused.value, MissingFileError)
    with pytest.raises(OpenError, match="is a folder"):
        TextFile.load(tmp_path)
    with pytest.raises(SaveError, match="is a folder"):
        TextFile().save("a", tmp_path)
    with pytest.raises(SaveError, match="no such file"):
        TextFile().save("a", tmp_path / "nowhere" / "a.txt")


def test_a_file_is_begun_with_its_name_and_made_by_saving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = TextFile.begin(Path("new.md"))
    # The name holds wherever the process is later.
    assert file.path == tmp_path / "new.md"
    assert not file.path.exists()
    monkeypatch.chdir("/")
    file.save("one\n")
    assert (tmp_path / "new.md").read_bytes() == b"one\n"
    assert file.disk_state() is DiskState.SAME


def test_a_file_is_the_same_wherever_the_process_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_bytes(b"one\n")
    monkeypatch.chdir(tmp_path)
    file = TextFile.load("a.md")
    monkeypatch.chdir("/")
    file.save("two\n")
    assert (tmp_path / "a.md").read_bytes() == b"two\n"


def test_a_huge_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as stream:
        stream.truncate(storage.MAX_BYTES + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("was read"))
    with pytest.raises(OpenError, match="up to 20 MB"):
        TextFile.load(path)


@pytest.mark.parametrize(("lines", "is_shown"), [((0, 6), False), ((3, 3), True)])
def test_a_line_without_end_is_refused(
    tmp_path: Path, lines: tuple[int, int], is_shown: bool
) -> None:
    path = tmp_path / "data.json"
    path.write_text("\n".join("x" * (millions * 10**6) for millions in lines), encoding="utf-8")
    if is_shown:
        assert TextFile.load(path).text.count("x") == 6 * 10**6
    else:
        with pytest.raises(OpenError, match="a line of 6 million letters"):
            TextFile.load(path)


def test_a_failed_save_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    file = TextFile.load(path)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, step, full)
            with pytest.raises(SaveError, match="no space left"):
                file.save("new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]
        assert file.text == "old"


def test_a_folder_that_cannot_be_synced_makes_no_failed_save_of_a_file_that_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    file = TextFile.load(path)

    def refuse(folder: Path) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(storage, "_sync_folder", refuse)
    for text in ("new", "newer"):
        # Nor is it another program's at the next save.
        file.save(text)
        assert path.read_text() == text
    assert file.disk_state() is DiskState.SAME
    assert "sync the folder" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
class TestPosix:
    def test_permissions_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(b"a")
        path.chmod(0o640)
        TextFile.load(path).save("b")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_new_file_is_as_open_as_any_other(self, tmp_path: Path) -> None:
        (tmp_path / "other").touch()
        TextFile().save("a", tmp_path / "a.txt")
        assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "other").stat().st_mode

    def test_a_link_still_leads_to_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        path, link = tmp_path / "real" / "a.txt", tmp_path / "link.txt"
        path.write_bytes(b"a")
        link.symlink_to(path)
        TextFile.load(link).save("b")
        assert link.is_symlink()
        assert path.read_bytes() == b"b"

    @pytest.mark.parametrize("umask", [0o022, 0o077])
    def test_a_new_file_may_be_read_by_whom_the_system_says(
        self, tmp_path: Path, umask: int
    ) -> None:
        before = os.umask(umask)
        try:
            TextFile().save("a", tmp_path / "a.txt")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~umask
        assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]

    def test_a_circle_of_links_is_refused(self, tmp_path: Path) -> None:
        link = tmp_path / "link.txt"
        link.symlink_to(link)
        with pytest.raises(OpenError):
            TextFile.load(link)

    @pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write all")
    def test_a_read_only_file_is_not_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(b"a")
        path.chmod(0o444)
        with pytest.raises(SaveError, match="read-only"):
            TextFile.load(path).save("b")
        assert path.read_bytes() == b"a"

    def test_a_pipe_is_refused_without_waiting_for_it(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OpenError, match="not a file"):
            TextFile.load(tmp_path / "pipe")


def test_paths_are_whole_and_normal_and_lead_to_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("here", "far/away"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a.md").write_bytes(b"here")
    (tmp_path / "far" / "a.md").write_bytes(b"far")
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    monkeypatch.chdir(tmp_path / "here")
    file = TextFile.load("../a.md")
    assert (file.path, file.text) == (tmp_path / "a.md", "here")
    # Behind a link two dots are not what they seem.
    far = TextFile.load(tmp_path / "link" / ".." / "a.md")
    assert (far.path, far.text) == ((tmp_path / "far").resolve() / "a.md", "far")
    file.save("there", "../here/./b.md")
    assert file.path == tmp_path / "here" / "b.md"
    assert TextFile.begin(Path("../new.md")).path == tmp_path / "new.md"
    with pytest.raises(OpenError) as missing:
        TextFile.load("../here/../missing.md")
    assert str(missing.value).startswith(f"{tmp_path / 'missing.md'} does not exist.")
