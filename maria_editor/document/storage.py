"""Text files on disk: what a file's bytes mean, and how they are put back without loss.

Qt changes line separators, byte order marks and carriage returns, so they are taken off here and
remembered. Opening and saving without an edit gives the same bytes. Knows nothing of Qt.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import difflib
import errno
import logging
import os
import re
import stat
import tempfile
from collections import Counter
from pathlib import Path

from maria_editor.document.encodings import EncodingError, Reading, readings
from maria_editor.document.file_stamp import DiskState, FileStamp
from maria_editor.document.leftovers import temporary_prefix
from maria_editor.errors import MissingFileError, OpenError, OvertakenError, SaveError

_log = logging.getLogger(__name__)

# Some three million words. Beyond, keeping the text for recovery each second would show in typing.
MAX_BYTES = 20 * 1024 * 1024
# In letters. A key in a longer line, which is a paragraph to Qt, would take two seconds and more.
MAX_LINE = 5_000_000

# Everything that Qt's documents turn into a new block: the three line endings, the paragraph
# separator and two noncharacters that Qt uses as the ends of a frame.
_LINE_END = re.compile("\r\n|[\n\r\u2029\ufdd0\ufdd1]")
_OTHER_ENDS = ("\r", "\u2029", "\ufdd0", "\ufdd1")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TextFile:
    """One text file: its path, its text with `\\n` at line ends, and what its bytes looked like.

    `path` is None until an untitled text is saved. `text` is what was last loaded or saved, and
    `stamp` is what the file was like then.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self.text = ""
        self.stamp: FileStamp | None = None
        self._bom = b""
        self._encoding = "utf-8"
        # One per line end of `text`; most files have one kind only.
        self._endings: list[str] = []

    @classmethod
    def load(cls, path: str | Path) -> TextFile:
        """Read a file; raise OpenError, with one line for the writer, when it is not text.

        Text in another encoding than UTF-8 raises EncodingError: the writer chooses a reading.
        """
        file = cls()
        file.path = path = normal_path(path)
        data, file.stamp = _read(path)
        bom, file._encoding = _mark(data)
        raw = _decode(data[len(bom) :], file._encoding, path)
        # PySide drops a mark at the start of a string: those of a file with several go here too.
        text = raw.lstrip("\ufeff")
        file._bom = bom + raw[: len(raw) - len(text)].encode(file._encoding)
        file.text, file._endings = _without_endings(text)
        _check_lines(file.text, path)
        return file

    @classmethod
    def begin(cls, path: Path) -> TextFile:
        """Name a file that is not there yet, and is once its text is saved.

        If another program makes it meanwhile, `disk_state` says that it has changed.
        """
        file = cls()
        file.path, file.stamp = normal_path(path), FileStamp.absent()
        return file

    @classmethod
    def convert(cls, path: Path, reading: Reading) -> TextFile:
        """Read a file in another encoding, as a text without a file: it will be saved as UTF-8."""
        file, path = cls(), normal_path(path)
        text = reading.decode(_read(path)[0]).lstrip("\ufeff")
        file.text, file._endings = _without_endings(text)
        _check_lines(file.text, path)
        return file

    def disk_state(self) -> DiskState:
        """Return what has become of the file since it was loaded or saved."""
        if self.path is None or self.stamp is None:
            return DiskState.SAME
        return self.stamp.compare(self.path)

    def save(self, text: str, path: str | Path | None = None) -> None:
        """Write `text` to `path`, or to where it came from, atomically; raise SaveError.

        Each line keeps its own line end; new lines get the file's commonest. When it fails, what
        stood on disk still stands there. So it does, with OvertakenError, where that is not what
        was loaded or saved here.
        """
        vars(self).update(vars(self.write(text, path)))

    def write(
        self, text: str, path: str | Path | None = None, *, seen: FileStamp | None = None
    ) -> TextFile:
        """Do the same, but return the file as it is then: what is known here stays as it was.

        So a thread may write while others go on asking this one. `seen` is what stood at another
        `path` when it was chosen; without it, what stands there now may go.
        """
        target = self.path if path is None else normal_path(path)
        if target is None:
            raise SaveError("This text has no file yet. Choose a name and a folder.")
        text, _ = _without_endings(text)
        endings = _carry_endings(self.text, self._endings, text)
        data = self._bom + _encode(_join(text, endings), self._encoding)
        if target == self.path:
            seen = self.stamp
        written = copy.copy(self)
        written.stamp = _replace(target, data, seen or FileStamp.at(target))
        written.path, written.text, written._endings = target, text, endings
        return written


def normal_path(path: str | Path) -> Path:
    """Return the whole path as a writer would say it, without `..`; links keep their names.

    The folder of the process may be another one later, that of a recovery surely is.
    """
    absolute = Path(path).absolute()
    normal = Path(os.path.normpath(absolute))
    if os.path.realpath(normal) == os.path.realpath(absolute):
        return normal
    # Behind a link to a folder, `..` leads elsewhere than it reads.
    return Path(os.path.realpath(absolute.parent)) / absolute.name


def _read(path: Path) -> tuple[bytes, FileStamp]:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise OpenError(f"{path} is a folder. Choose a text file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise OpenError(f"{path} is not a file. Choose a text file.")
        if status.st_size > MAX_BYTES:
            raise OpenError(
                f"{path} has {status.st_size // 1024**2} MB; the editor opens up to "
                f"{MAX_BYTES // 1024**2} MB, some three million words. Split it into parts first."
            )
        data = path.read_bytes()
        return data, FileStamp.of(data, status)
    except FileNotFoundError:
        if not Path(os.path.realpath(path)).parent.is_dir():
            raise OpenError(
                f"There is no folder {path.absolute().parent} for {path.name}. "
                "Make the folder first, or check the name."
            ) from None
        raise MissingFileError(f"{path} does not exist. Check the name and the folder.") from None
    except PermissionError:
        raise OpenError(f"{path} may not be read. Check its permissions.") from None
    except OSError as error:
        raise OpenError(f"{path} could not be read: {_reason(error)}. Try again.") from error


def _check_lines(text: str, path: Path) -> None:
    if len(text) <= MAX_LINE:
        return
    longest = max(map(len, text.split("\n")))
    if longest > MAX_LINE:
        raise OpenError(
            f"{path} has a line of {longest / 1e6:.0f} million letters; the editor shows lines of "
            f"up to {MAX_LINE // 10**6} million. Break it into paragraphs first."
        )


def _mark(data: bytes) -> tuple[bytes, str]:
    """Return the byte order mark and the encoding it stands for."""
    # UTF-32's begins with UTF-16's.
    if not data.startswith(codecs.BOM_UTF32_LE):
        for bom, encoding in _BOMS:
            if data.startswith(bom):
                return bom, encoding
    return b"", "utf-8"


def _decode(data: bytes, encoding: str, path: Path) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding[:6].upper().rstrip("-")
        problem = f"{path} is not valid {name} at byte {error.start}."
    else:
        if "\0" not in text:
            return text
        problem = f"{path} holds NUL characters."
    # Bytes after a mark are in no other encoding.
    ways = readings(data) if encoding == "utf-8" else ()
    if ways:
        seen = " or ".join(f"{way.name}, “{way.sample}”" for way in ways)
        raise EncodingError(f"{problem} It reads as {seen}. Convert it to UTF-8.", path, ways)
    raise OpenError(f"{problem} It is a binary file or damaged, not text. Choose a text file.")


def _encode(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        # Half of a character, as a broken paste may leave it, has no bytes in any encoding.
        return _LONE_SURROGATE.sub("\ufffd", text).encode(encoding)


def _without_endings(text: str) -> tuple[str, list[str]]:
    """Return the text with `\\n` at line ends, and what stood there."""
    # Going through a whole novel by the pattern would take longer than everything else.
    if any(end in text for end in _OTHER_ENDS):
        return _LINE_END.sub("\n", text), _LINE_END.findall(text)
    return text, ["\n"] * text.count("\n")


def _join(text: str, endings: list[str]) -> str:
    if set(endings) <= {"\n"}:
        return text
    lines = text.split("\n")
    return "".join(part for pair in zip(lines, [*endings, ""], strict=True) for part in pair)


def _carry_endings(old_text: str, old_endings: list[str], new_text: str) -> list[str]:
    """Return one line end for each `\\n` of `new_text`, taken over from the lines that stayed."""
    count = new_text.count("\n")
    commonest = Counter(old_endings).most_common(1)[0][0] if old_endings else "\n"
    if len(set(old_endings)) <= 1:
        return [commonest] * count
    if new_text == old_text:
        return old_endings
    # The last line has no line end; it is left out on both sides.
    old_lines, new_lines = old_text.split("\n")[:-1], new_text.split("\n")[:-1]
    endings = [commonest] * count
    for tag, old, old_end, new, new_end in difflib.SequenceMatcher(
        None, old_lines, new_lines
    ).get_opcodes():
        # A rewritten line is still that line: pair them up as far as both go.
        if tag in ("equal", "replace"):
            kept = min(old_end - old, new_end - new)
            endings[new : new + kept] = old_endings[old : old + kept]
    return endings


def _replace(path: Path, data: bytes, seen: FileStamp) -> FileStamp:
    """Put `data` where `path` is, or where its link leads, whole or not at all.

    Only what was `seen` there, or nothing, is replaced.

    Our own rather than `QSaveFile`: that one neither keeps the owner nor syncs the folder, and this
    module is Qt's no more than its tests are. There is no fall-back to writing in place: a crash in
    the middle of that would cost the last good copy.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise SaveError(f"{path} is a folder. Choose a file name inside it.")
        if target.exists() and not os.access(target, os.W_OK):
            raise SaveError(f"{path} is read-only. Save under another name.")
        temporary = write_beside(target, data)
        try:
            _copy_permissions(target, temporary)
            # Before it is renamed: afterwards it may be somebody else's.
            stamp = FileStamp.of(data, temporary.stat())
            _put_in_place(temporary, target, seen)
        except (OSError, OvertakenError):
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SaveError(f"Could not save {path}: {_reason(error)}. Save elsewhere.") from error
    try:
        _sync_folder(target.parent)
    except OSError as error:
        # The new text stands there whole. Only a power cut now could bring the old one back.
        _log.warning("Could not sync the folder of a saved file: %s", _reason(error))
    return stamp


def _put_in_place(temporary: Path, target: Path, seen: FileStamp) -> None:
    """Give the temporary file its name, looking at the last moment at what has it now.

    Syncing may have taken long. Only what others write in the microseconds between the look and
    the renaming is lost; where there is no file, nothing is.
    """
    state = DiskState.GONE if seen.is_absent else seen.compare(target)
    if state is DiskState.GONE:
        try:
            os.link(temporary, target)
        except FileExistsError:
            raise _overtaken(target) from None
        except OSError:
            # No hard links in this folder.
            if os.path.lexists(target):
                raise _overtaken(target) from None
        else:
            temporary.unlink()
            return
    elif state is DiskState.CHANGED:
        raise _overtaken(target)
    os.replace(temporary, target)


def _overtaken(target: Path) -> OvertakenError:
    return OvertakenError(
        f"Another program made or changed {target} meanwhile. Save once more to replace it."
    )


def write_beside(target: Path, data: bytes) -> Path:
    """Write a temporary file in the target's folder, readable by its owner only, and sync it."""
    descriptor, name = tempfile.mkstemp(prefix=temporary_prefix(target), dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _copy_permissions(target: Path, temporary: Path) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        temporary.chmod(_mode_of_new_files(temporary))
        return
    if hasattr(os, "chown"):
        # Only root may give a file away; where we may not, it becomes the writer's own.
        with contextlib.suppress(PermissionError):
            os.chown(temporary, status.st_uid, status.st_gid)
    temporary.chmod(stat.S_IMODE(status.st_mode))


def _mode_of_new_files(temporary: Path) -> int:
    """Return what a file that is made there may be used for, as the system says."""
    # Asking for the umask would take it away from every thread for that moment.
    trial = temporary.with_name(f"{temporary.name}.trial")
    descriptor = os.open(trial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        return stat.S_IMODE(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
        trial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the platform can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot; the data itself is safe by then.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
