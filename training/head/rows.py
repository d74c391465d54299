"""Rows of text: local text, JSONL and parquet files, and data sets read as a stream.

Every pass over rows knows where it stands and can start again there. Knows nothing of documents
or of what is held out.
"""

from __future__ import annotations

import glob
import importlib.util
import itertools
import json
import lzma
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from huggingface_hub import HfApi

from maria_model.downloads_transfer import HTTP_ERROR
from maria_model.errors import ConfigurationError, first_line
from training.corpus import DOCUMENT_SEPARATOR
from training.head.configuration import HeadConfig
from training.head.fingerprints import files_fingerprint

_PARQUET_ROWS = 256
# Seconds for the hub's answer: without a network `datasets` itself tries for a minute.
_HUB_SECONDS = 5.0
_SUFFIXES = (".txt", ".txt.xz", ".jsonl", ".parquet")


class Rows(Protocol):
    """One pass over rows of text that knows where it stands."""

    def __iter__(self) -> Iterator[str]:
        """Go on where the pass stands."""
        ...

    def place(self) -> Any:
        """Return where the next row begins, for whoever opens the data again."""
        ...


class Text(Protocol):
    """Text that can be read from any place on, again and again, in any process.

    Attributes:
        where: what messages call it.
    """

    where: str

    def open(self, place: Any) -> Rows:
        """Start a pass at a place; None is the beginning."""
        ...

    def fingerprint(self) -> str:
        """Return what other text would not have."""
        ...


class FileRows:
    """Rows of local files, one after the other; blank ones are left out."""

    def __init__(self, paths: list[Path], column: str, place: tuple[int, int] | None) -> None:
        self._file, self._row = place or (0, 0)
        self._rows = self._read(paths, column)

    def __iter__(self) -> Iterator[str]:
        return self._rows

    def place(self) -> list[int]:
        """Return file and row."""
        return [self._file, self._row]

    def _read(self, paths: list[Path], column: str) -> Iterator[str]:
        while self._file < len(paths):
            path = paths[self._file]
            try:
                for text in itertools.islice(_file_texts(path, column), self._row, None):
                    self._row += 1
                    if text.strip():
                        yield text
            except OSError as error:
                raise ConfigurationError(
                    f"{path} cannot be read: {error.strerror or first_line(error)}. Look after it, "
                    "or take it out of the text."
                ) from error
            self._file, self._row = self._file + 1, 0


class DatasetRows:
    """Rows of a streamed `datasets.IterableDataset`, which keeps its own place."""

    def __init__(self, dataset: Any, column: str, where: str, place: Any) -> None:
        if place is not None:
            dataset.load_state_dict(place)
        self._dataset = dataset
        self._rows = self._read(column, where)

    def __iter__(self) -> Iterator[str]:
        return self._rows

    def place(self) -> Any:
        """Return the data set's own state."""
        return self._dataset.state_dict()

    def _read(self, column: str, where: str) -> Iterator[str]:
        for row in self._received(where):
            text = _text_of(row, column, where)
            if text.strip():
                yield text

    def _received(self, where: str) -> Iterator[Any]:
        try:
            yield from self._dataset
        except (HTTP_ERROR, OSError, ValueError) as error:
            raise ConfigurationError(
                f"{where} cannot be read on: {first_line(error)}. Look after it and the network, "
                "then start again: the run goes on from its last checkpoint."
            ) from error


class FileText:
    """Local files of `text`.

    Raises:
        ConfigurationError: there is none.
    """

    def __init__(self, config: HeadConfig) -> None:
        pattern = str(config.text)
        root = Path(pattern)
        found = sorted(root.rglob("*")) if root.is_dir() else sorted(map(Path, glob.glob(pattern)))
        self.where = f"text={pattern}"
        self._paths = [path for path in found if path.is_file() and path.name.endswith(_SUFFIXES)]
        self._column = config.text_column
        if not self._paths:
            raise ConfigurationError(f"{self.where}: no file there ends in {', '.join(_SUFFIXES)}.")

    def open(self, place: Any) -> Rows:
        """Start a pass at a place."""
        return FileRows(self._paths, self._column, place)

    def fingerprint(self) -> str:
        """Return a digest of the files."""
        return files_fingerprint(self._paths)


class DatasetText:
    """A data set by name or folder, read as a stream at one revision.

    Raises:
        ConfigurationError: the package is missing, or there is no such data set.
    """

    def __init__(self, config: HeadConfig) -> None:
        self.where = f"dataset={config.dataset}"
        self._config = config
        self._revision = config.dataset_revision
        self._fingerprint = self._resolve()

    def open(self, place: Any) -> Rows:
        """Start a pass at a place.

        Raises:
            ConfigurationError: the data set cannot be reached.
        """
        import datasets

        config = self._config
        with self._naming_trouble():
            stream = datasets.load_dataset(
                config.dataset,
                config.dataset_subset,
                split=config.dataset_split,
                revision=self._revision,
                streaming=True,
            )
        return DatasetRows(stream, config.text_column, self.where, place)

    def fingerprint(self) -> str:
        """Return the commit that is read; of a local folder, a digest of its files."""
        return self._fingerprint

    def _resolve(self) -> str:
        """Find out what the name stands for now, and hold on to that commit."""
        if importlib.util.find_spec("datasets") is None:
            raise ConfigurationError(
                f"{self.where}: the package datasets is missing. pip install 'maria-editor[data]'."
            )
        name = str(self._config.dataset)
        folder = Path(name)
        if folder.is_dir():
            return files_fingerprint(path for path in sorted(folder.rglob("*")) if path.is_file())
        with self._naming_trouble():
            found = HfApi().dataset_info(name, revision=self._revision, timeout=_HUB_SECONDS)
        self._revision = str(found.sha)
        return self._revision

    @contextmanager
    def _naming_trouble(self) -> Iterator[None]:
        try:
            yield
        except (HTTP_ERROR, OSError, ValueError) as error:
            raise ConfigurationError(
                f"{self.where} cannot be opened: {first_line(error)}. Check the name, "
                "dataset_subset, dataset_split and the network."
            ) from error


def _file_texts(path: Path, column: str) -> Iterator[str]:
    if path.name.endswith(".parquet"):
        return _parquet_texts(path, column)
    return _jsonl_texts(path, column) if path.name.endswith(".jsonl") else _plain_texts(path)


def _parquet_texts(path: Path, column: str) -> Iterator[str]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise ConfigurationError(
            f"{path}: reading parquet needs pyarrow. pip install 'maria-editor[data]'."
        ) from error
    try:
        file = parquet.ParquetFile(path)
        names = file.schema_arrow.names
        if column not in names:
            raise _wrong_column(column, str(path), names)
        for batch in file.iter_batches(_PARQUET_ROWS, columns=[column]):
            for value in batch.column(0).to_pylist():
                yield _text_of({column: value}, column, str(path))
    except (ArrowException, OSError) as error:
        raise ConfigurationError(
            f"{path} is damaged ({first_line(error)}). Copy it again."
        ) from error


def _jsonl_texts(path: Path, column: str) -> Iterator[str]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                # Some editors begin a file with a byte-order mark.
                row = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise ConfigurationError(
                    f"{where} is not UTF-8 ({error.reason}). Save the file as UTF-8."
                ) from error
            except ValueError as error:
                raise ConfigurationError(f"{where} is no JSON ({error}).") from error
            yield _text_of(row, column, where)


def _plain_texts(path: Path) -> Iterator[str]:
    """Yield documents between separator lines; a file without one is one document."""
    opener = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig") as file:
            lines: list[str] = []
            for line in file:
                if line.rstrip("\n") == DOCUMENT_SEPARATOR:
                    yield "".join(lines).strip()
                    lines = []
                else:
                    lines.append(line)
            yield "".join(lines).strip()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is not UTF-8 ({error.reason}). Save the file as UTF-8."
        ) from error
    except (lzma.LZMAError, EOFError) as error:
        raise ConfigurationError(f"{path} is damaged ({error}). Copy it again.") from error


def _text_of(row: Any, column: str, where: str) -> str:
    if not isinstance(row, dict):
        raise ConfigurationError(f'{where} is no row with columns, like {{"{column}": "..."}}.')
    if column not in row:
        raise _wrong_column(column, where, list(row))
    value = row[column]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigurationError(
            f"text_column={column!r}: {where} holds {type(value).__name__} there, not text."
        )
    return value


def _wrong_column(column: str, where: str, names: Iterable[str]) -> ConfigurationError:
    listed = ", ".join(sorted(names)) or "none"
    return ConfigurationError(f"text_column={column!r}: {where} has no such column, but: {listed}.")
