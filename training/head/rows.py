"""Rows of text: local text, JSONL and parquet files, and data sets read as a stream.

Every pass over rows knows where it stands and can start again there. Knows nothing of documents
or of what is held out.
"""

from __future__ import annotations

import glob
import itertools
import json
import lzma
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from maria_model.errors import ConfigurationError, first_line
from training.corpus import DOCUMENT_SEPARATOR
from training.head.configuration import HeadConfig

_PARQUET_ROWS = 256
_SUFFIXES = (".txt", ".txt.xz", ".jsonl", ".parquet")


class Rows(Protocol):
    """One pass over rows of text that knows where it stands."""

    def __iter__(self) -> Iterator[str]:
        """Go on where the pass stands."""
        ...

    def place(self) -> Any:
        """Return where the next row begins, for whoever opens the data again."""
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
        for row in self._dataset:
            text = _text_of(row, column, where)
            if text.strip():
                yield text


def open_files(config: HeadConfig) -> tuple[Callable[[Any], Rows], str]:
    """Return what opens the files of `text` at a place, and what messages call them.

    Raises:
        ConfigurationError: there is none.
    """
    pattern = str(config.text)
    root = Path(pattern)
    found = sorted(root.rglob("*")) if root.is_dir() else sorted(map(Path, glob.glob(pattern)))
    paths = [path for path in found if path.is_file() and path.name.endswith(_SUFFIXES)]
    if not paths:
        raise ConfigurationError(f"text={pattern}: no file there ends in {', '.join(_SUFFIXES)}.")
    return lambda place: FileRows(paths, config.text_column, place), f"text={pattern}"


def open_dataset(config: HeadConfig) -> tuple[Callable[[Any], Rows], str]:
    """Return what opens the data set at a place, and what messages call it.

    Raises:
        ConfigurationError: the package is missing.
    """
    where = f"dataset={config.dataset}"
    try:
        import datasets
    except ImportError as error:
        raise ConfigurationError(
            f"{where}: the package datasets is missing. pip install 'maria-editor[data]'."
        ) from error

    def open_rows(place: Any) -> Rows:
        try:
            stream = datasets.load_dataset(
                config.dataset,
                config.dataset_subset,
                split=config.dataset_split,
                revision=config.dataset_revision,
                streaming=True,
            )
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{where} cannot be opened: {first_line(error)}.") from error
        return DatasetRows(stream, config.text_column, where, place)

    return open_rows, where


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
                row = json.loads(line.decode("utf-8"))
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
        with opener(path, "rt", encoding="utf-8") as file:
            lines: list[str] = []
            for line in file:
                if line.rstrip("\n") == DOCUMENT_SEPARATOR:
                    yield "".join(lines).strip()
                    lines = []
                else:
                    lines.append(line)
            yield "".join(lines).strip()
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is damaged ({error}). Copy it again.") from error


def _text_of(row: Any, column: str, where: str) -> str:
    if not isinstance(row, dict) or column not in row:
        raise _wrong_column(column, where, list(row) if isinstance(row, dict) else [])
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
