"""Documents, lanes, masks and layouts of a head training."""

from __future__ import annotations

import gzip
import itertools
import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny_pairs import save_tiny_pair

from maria_model.errors import ConfigurationError
from maria_model.vocabulary import SharedVocabulary
from training.head import documents as documents_module
from training.head import rows as rows_module
from training.head.configuration import FRAME, HeadConfig
from training.head.documents import DocumentSource, open_source
from training.head.lanes import LaneReader, Place, Segment
from training.head.loading import Encoder, StepDataset, step_loader, write_held_out
from training.head.rows import DatasetRows

WORDS = ["lamp", "stairs", "evening", "gate", "grass", "wind", "sea", "oil", "step", "apple"]
END = 0


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> SharedVocabulary:
    folder = tmp_path_factory.mktemp("pair")
    return SharedVocabulary.from_pretrained(*save_tiny_pair(folder, seed=0))


def make_texts(count: int) -> list[str]:
    draw = np.random.default_rng(0)
    return [
        f"{index} " + " ".join(draw.choice(WORDS, size=draw.integers(1, 60)))
        for index in range(count)
    ]


def write_jsonl(path: Path, texts: list[str], column: str = "text") -> Path:
    path.write_text("".join(json.dumps({column: text}) + "\n" for text in texts))
    return path


def source_of(text: object, **changes: object) -> DocumentSource:
    config = HeadConfig(text=str(text), shuffle_documents=16, **changes)  # type: ignore[arg-type]
    return open_source(config, end_token_id=END)


def first_documents(source: DocumentSource, count: int) -> list[object]:
    blocks = source.blocks(None)
    found = itertools.chain.from_iterable(block.documents for block in blocks)
    return [document.content for document in itertools.islice(found, count)]


def test_held_out_documents_are_never_read_and_do_not_depend_on_their_place(
    tmp_path: Path,
) -> None:
    texts = make_texts(300)
    source = source_of(write_jsonl(tmp_path / "a.jsonl", texts), held_out_share=0.1)
    held_out = {document.content for document in source.held_out(1000)}
    assert 10 <= len(held_out) <= 60
    trained = first_documents(source, len(texts) - len(held_out))
    assert set(trained) == set(texts) - held_out
    turned = source_of(write_jsonl(tmp_path / "b.jsonl", texts[::-1]), held_out_share=0.1)
    assert {document.content for document in turned.held_out(1000)} == held_out


def test_formats_read_alike_and_empty_documents_are_left_out(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="parquet files need pyarrow")
    import pyarrow

    texts = [*make_texts(20), "", "  \n"]
    expected = set(texts[:20])
    write_jsonl(tmp_path / "a.jsonl", texts)
    parquet.write_table(pyarrow.table({"text": texts, "id": range(22)}), tmp_path / "a.parquet")
    (tmp_path / "a.txt").write_text("\n<|doc|>\n".join(texts))
    for name in ("a.jsonl", "a.parquet", "a.txt"):
        source = source_of(tmp_path / name, held_out_share=1e-9)
        assert set(first_documents(source, 20)) == expected
        assert next(source.blocks(None)).documents


def test_text_of_blank_documents_alone_is_called_empty(tmp_path: Path) -> None:
    source = source_of(write_jsonl(tmp_path / "a.jsonl", ["", "  \n"]))
    with pytest.raises(ConfigurationError, match=r"a\.jsonl: all documents are empty"):
        source.held_out(8)


def test_a_streamed_data_set_resumes_where_it_was_left(tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="this is about the datasets library")
    texts = make_texts(100)
    (tmp_path / "data").mkdir()
    write_jsonl(tmp_path / "data" / "train.jsonl", texts)
    config = HeadConfig(dataset=str(tmp_path / "data"), shuffle_documents=16, held_out_share=1e-9)
    source = open_source(config, end_token_id=END)
    blocks = list(itertools.islice(source.blocks(None), 8))
    cursor = json.loads(json.dumps(blocks[3].cursor))
    again = list(itertools.islice(source.blocks(cursor), 5))
    assert [block.number for block in again] == [block.number for block in blocks[3:]]
    assert [b.documents for b in again] == [b.documents for b in blocks[3:]]
    assert {d.content for b in blocks[:7] for d in b.documents} == set(texts)


def test_a_named_data_set_is_read_at_the_commit_it_had_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    datasets = pytest.importorskip("datasets", reason="this is about the datasets library")
    asked = []

    def load(name: str, subset: str | None, **options: object) -> list[dict[str, str]]:
        asked.append(options["revision"])
        return [{"text": "a lamp"}]

    found = SimpleNamespace(sha="c" * 40)
    monkeypatch.setattr(rows_module.HfApi, "dataset_info", lambda *names, **options: found)
    monkeypatch.setattr(datasets, "load_dataset", load)
    source = open_source(HeadConfig(dataset="someone/prose", held_out_share=0.9), end_token_id=END)
    assert source.fingerprint() == "c" * 40
    source.held_out(1)
    assert asked == ["c" * 40]


def test_a_data_set_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets", reason="this is about the datasets library")
    asked = []

    def fail(*names: object, timeout: float, **options: object) -> None:
        asked.append(timeout)
        raise ConnectionError("no route\nto host")

    # It would try again for a minute.
    monkeypatch.delattr(datasets, "load_dataset")
    monkeypatch.delattr(datasets, "load_dataset_builder")
    monkeypatch.setattr(rows_module.HfApi, "dataset_info", fail)
    with pytest.raises(ConfigurationError, match="dataset=someone/prose cannot be opened: no ro"):
        open_source(HeadConfig(dataset="someone/prose"), end_token_id=END)
    assert len(asked) == 1
    assert asked[0] <= 5


def test_a_stream_that_breaks_off_is_named() -> None:
    def broken() -> Iterator[dict[str, str]]:
        yield {"text": "a lamp"}
        raise ConnectionResetError("reset by peer")

    rows = iter(DatasetRows(broken(), "text", "dataset=someone/prose", None))
    assert next(rows) == "a lamp"
    with pytest.raises(ConfigurationError, match="dataset=someone/prose cannot be read on: reset"):
        next(rows)
    wrong = iter(DatasetRows([{"body": "a lamp"}], "text", "dataset=someone/prose", None))
    with pytest.raises(ConfigurationError, match="prose has no such column, but: body"):
        next(wrong)


def test_a_fingerprint_tells_other_text_and_not_another_place(tmp_path: Path) -> None:
    """Of the contents some of the first, the middle and the last, all of small files."""
    folder = tmp_path / "a"
    folder.mkdir()
    small, large = (write_jsonl(folder / f"{n}.jsonl", make_texts(n)) for n in (3, 2000))
    first = source_of(folder).fingerprint()
    again = shutil.copytree(folder, tmp_path / "b")
    assert source_of(again).fingerprint() == first
    found = [first]
    for path, at in ((small, 5), (small, -5), (large, 5), (large, -5)):
        content = bytearray(path.read_bytes())
        content[at] ^= 1
        path.write_bytes(content)
        found.append(source_of(folder).fingerprint())
    write_jsonl(large, make_texts(2001))
    found.append(source_of(folder).fingerprint())
    write_jsonl(folder / "more.jsonl", make_texts(1))
    found.append(source_of(folder).fingerprint())
    assert len(set(found)) == len(found)


def test_token_files_have_a_fingerprint(tmp_path: Path) -> None:
    for name in ("train.bin", "validation.bin"):
        np.array([1, 2, END, 3], dtype=np.uint16).tofile(tmp_path / name)
    config = HeadConfig(data_dir=tmp_path)
    first = open_source(config, end_token_id=END).fingerprint()
    np.array([1, 2, END, 4], dtype=np.uint16).tofile(tmp_path / "validation.bin")
    assert open_source(config, end_token_id=END).fingerprint() != first
    (tmp_path / "train.bin").unlink()
    with pytest.raises(ConfigurationError, match=r"No token file at .*train\.bin\. Run training"):
        open_source(config, end_token_id=END).fingerprint()


@pytest.mark.parametrize("separator", [" ", "\n", ""])
def test_a_document_of_ten_megabytes_is_read_in_parts(tmp_path: Path, separator: str) -> None:
    text = separator.join(WORDS * 200_000)
    assert len(text) > 8_000_000
    path = write_jsonl(tmp_path / "a.jsonl", [text])
    parts = next(source_of(path, held_out_share=1e-9).blocks(None)).documents
    lengths = [len(str(part.content)) for part in parts]
    assert max(lengths) <= documents_module.MAX_CHARACTERS
    assert sum(lengths) == len(text)
    # Held out, its beginning says enough.
    (held_out,) = source_of(path, held_out_share=0.999).held_out(3)
    assert len(held_out.content) <= documents_module.MAX_CHARACTERS
    assert text.startswith(str(held_out.content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"body": "a"}\n', r"text_column='text'.*line 1 has no such column, but: body"),
        ('{"text": "a"}\n{"text"\n', "line 2 is no JSON"),
        ('{"text": 3}\n', "line 1 holds int there"),
        ('["a lamp"]\n', 'line 1 is no row with columns, like {"text": "..."}'),
        ("\n", "holds no document to train on"),
    ],
)
def test_bad_rows_are_named_by_file_and_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        next(source_of(path, held_out_share=1e-9).blocks(None))
    assert "bad.jsonl" in str(caught.value)


def test_rows_that_are_not_utf_8_are_named_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes('{"text": "a"}\n{"text": "caf\xe9"}\n'.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"bad\.jsonl, line 2 is not UTF-8"):
        next(source_of(path, held_out_share=1e-9).blocks(None))


def test_a_text_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"bad\.txt is not UTF-8 .*Save the file as"):
        next(source_of(path, held_out_share=1e-9).blocks(None))


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt"])
def test_a_byte_order_mark_is_no_text(tmp_path: Path, name: str) -> None:
    content = '{"text": "a lamp"}\n' if name == "a.jsonl" else "a lamp\n"
    (tmp_path / name).write_text(content, encoding="utf-8-sig")
    assert first_documents(source_of(tmp_path / name, held_out_share=1e-9), 1) == ["a lamp"]


def test_what_was_held_out_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    source = source_of(write_jsonl(tmp_path / "a.jsonl", ["", " "]))
    with pytest.raises(ConfigurationError, match="all documents are empty"):
        write_held_out(source, tmp_path / "held_out.jsonl", limit=4)
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no file there ends in \.txt"):
        source_of(tmp_path)
    with pytest.raises(ConfigurationError, match="data_dir, text and dataset; none is"):
        open_source(HeadConfig(), end_token_id=END)
    with pytest.raises(ConfigurationError, match="data_dir, text is named"):
        open_source(HeadConfig(text="a", data_dir=Path("b")), end_token_id=END)
    source = open_source(HeadConfig(data_dir=tmp_path), end_token_id=END)
    with pytest.raises(ConfigurationError, match=r"train\.bin"):
        next(source.blocks(None))
    pytest.importorskip("pyarrow", reason="parquet files need pyarrow")
    for content in (b"no parquet", gzip.compress(b"x" * 99)):
        (tmp_path / "a.parquet").write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"a\.parquet is damaged"):
            next(source_of(tmp_path / "a.parquet").blocks(None))


def test_a_token_file_is_cut_at_its_end_tokens(tmp_path: Path) -> None:
    np.array([5, 6, END, 7, END, END, 8, 9, 10], dtype=np.uint16).tofile(tmp_path / "train.bin")
    np.array([11, END, 12], dtype=np.uint16).tofile(tmp_path / "validation.bin")
    source = open_source(HeadConfig(data_dir=tmp_path), end_token_id=END)
    block = next(source.blocks(None))
    found = sorted(document.content.tolist() for document in block.documents)  # type: ignore[union-attr]
    assert found == [[5, 6], [7], [8, 9, 10]]
    long = np.arange(1, 40, dtype=np.uint16)
    long.tofile(tmp_path / "train.bin")
    config = HeadConfig(data_dir=tmp_path, sequence_length=16)
    block = next(open_source(config, end_token_id=END).blocks(None))
    found = sorted(document.content.tolist() for document in block.documents)  # type: ignore[union-attr]
    assert found == [long[:16].tolist(), long[16:32].tolist(), long[32:].tolist()]
    held_out = [document.content.tolist() for document in source.held_out(9)]  # type: ignore[union-attr]
    assert held_out == [[11], [12]]


def reader_of(
    source: DocumentSource,
    vocabulary: SharedVocabulary,
    lanes: range,
    place: Place | None = None,
) -> LaneReader:
    encode = Encoder(vocabulary)
    return LaneReader(source, encode, lanes=lanes, total=6, slots=50, place=place)


def plain(rows: list[list[Segment]]) -> list[list[tuple[int, int, int, list[int]]]]:
    return [[(s.key, s.epoch, s.start, s.pieces.tolist()) for s in row] for row in rows]


def test_rows_do_not_depend_on_the_number_of_processes_nor_on_an_interruption(
    tmp_path: Path, vocabulary: SharedVocabulary
) -> None:
    source = source_of(write_jsonl(tmp_path / "a.jsonl", make_texts(70)), held_out_share=1e-9)
    whole = reader_of(source, vocabulary, range(6))
    expected = [plain(whole.next_rows()) for _ in range(30)]
    halves = [
        reader_of(source, vocabulary, range(0, 3)),
        reader_of(source, vocabulary, range(3, 6)),
    ]
    for step in range(11):
        assert [row for half in halves for row in plain(half.next_rows())] == expected[step]
    merged = Place.merge([half.place() for half in halves])
    place = Place.from_json(json.loads(json.dumps(merged.to_json())))
    thirds = [reader_of(source, vocabulary, range(at, at + 2), place) for at in (0, 2, 4)]
    for step in range(11, 30):
        assert [row for third in thirds for row in plain(third.next_rows())] == expected[step]


def test_rows_hold_every_piece_once_an_epoch(tmp_path: Path, vocabulary: SharedVocabulary) -> None:
    texts = make_texts(60)
    source = source_of(write_jsonl(tmp_path / "a.jsonl", texts), held_out_share=1e-9)
    reader = reader_of(source, vocabulary, range(6))
    seen: dict[int, dict[int, list[int]]] = {}
    for _ in range(60):
        for row in reader.next_rows():
            assert 0 < sum(len(segment.pieces) + FRAME for segment in row) <= 50
            for segment in row:
                if segment.epoch == 0:
                    seen.setdefault(segment.key, {})[segment.start] = segment.pieces.tolist()
    whole = [
        [piece for start in sorted(parts) for piece in parts[start]] for parts in seen.values()
    ]
    assert sorted(whole) == sorted(vocabulary.encode(text) for text in texts)


def test_text_that_the_models_cannot_read_is_refused(
    tmp_path: Path, vocabulary: SharedVocabulary
) -> None:
    source = source_of(write_jsonl(tmp_path / "a.jsonl", make_texts(20)), held_out_share=1e-9)
    nothing = LaneReader(
        source, lambda document: np.empty(0, np.int64), lanes=range(2), total=2, slots=50
    )
    with pytest.raises(ConfigurationError, match=r"a\.jsonl: no document there has words"):
        nothing.next_rows()
    rare = {next(iter(source.blocks(None))).documents[-1].key}
    encode = Encoder(vocabulary)
    reader = LaneReader(
        source,
        lambda document: encode(document) if document.key in rare else np.empty(0, np.int64),
        lanes=range(2),
        total=2,
        slots=50,
    )
    assert {segment.key for row in reader.next_rows() for segment in row} == rare


@pytest.mark.parametrize("workers", [0, 1])
def test_bad_data_is_told_in_one_line_wherever_it_is_read(
    tmp_path: Path, vocabulary: SharedVocabulary, workers: int
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "a lamp"}\n{"text": 3}\n')
    config = HeadConfig(text=str(path), sequence_length=40, batch_size=1, held_out_share=1e-9)
    source = open_source(config, end_token_id=END)
    dataset = StepDataset(config, vocabulary, source, process=0, processes=1, place=None)
    with pytest.raises(ConfigurationError, match="line 2 holds int there, not text") as caught:
        next(step_loader(dataset, workers=workers))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_step_carries_the_place_after_it(
    tmp_path: Path, vocabulary: SharedVocabulary, workers: int
) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", make_texts(80))
    config = HeadConfig(text=str(path), sequence_length=40, batch_size=3, held_out_share=1e-9)
    source = open_source(config, end_token_id=END)

    def steps(place: Place | None, count: int) -> list[list[int]]:
        dataset = StepDataset(config, vocabulary, source, process=0, processes=1, place=place)
        found = list(itertools.islice(step_loader(dataset, workers=workers), count))
        places.append(found[2].place)
        return [step.batches[0].labels.tolist() for step in found]

    places: list[Place] = []
    whole = steps(None, 6)
    assert steps(places[0], 3) == whole[3:]


def test_another_process_reads_the_same_steps_wherever_it_comes_from(
    tmp_path: Path, vocabulary: SharedVocabulary
) -> None:
    """Not every system forks: elsewhere, and from Python 3.14 on, the data set is pickled."""
    texts = [f"{text} [MASK] <|endoftext|>" for text in make_texts(40)]
    config = HeadConfig(
        text=str(write_jsonl(tmp_path / "a.jsonl", texts)),
        sequence_length=40,
        batch_size=3,
        held_out_share=1e-9,
    )
    source = open_source(config, end_token_id=END)
    dataset = StepDataset(config, vocabulary, source, process=0, processes=1, place=None)
    copies = (dataset, pickle.loads(pickle.dumps(dataset)))
    one, other = ([step.batches[0] for step in itertools.islice(d, 5)] for d in copies)
    for mine, theirs in zip(one, other, strict=True):
        assert mine.masked_ids.tolist() == theirs.masked_ids.tolist()
        assert mine.labels.tolist() == theirs.labels.tolist()
