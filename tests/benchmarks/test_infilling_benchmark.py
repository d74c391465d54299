"""The infilling benchmark at toy size: same windows for all, figures that add up, its outputs."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.infilling import build_parser, load, main
from benchmarks.measuring import Row, cost_curve, measure_cell, run
from benchmarks.methods import METHODS, REFERENCE, USUAL_METHODS, Method
from benchmarks.random_pairs import random_pair
from benchmarks.reporting import COLUMNS, plot, table_head, table_lines
from benchmarks.texts import PROSE, evenly_spaced, masked_window, random_pieces, read_pieces
from maria_model.api import SamplingOptions
from maria_model.causal_reader import PassCounts
from maria_model.errors import ConfigurationError, NotSupportedError
from maria_model.infilling import infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.windows import Slot, Window

GREEDY = SamplingOptions()
LENGTH, MASK_RATE = 42, 0.4


@pytest.fixture(scope="module")
def model() -> MariaForMaskedInfilling:
    return random_pair("tiny")


@pytest.fixture(scope="module")
def windows(model: MariaForMaskedInfilling) -> list[Window]:
    pieces = random_pieces(300, model.vocabulary, seed=0)
    return [
        masked_window(stretch, model.vocabulary, mask_rate=MASK_RATE, seed=str(number))
        for number, stretch in enumerate(evenly_spaced(pieces, size=LENGTH - 2, count=2))
    ]


def measured(
    model: MariaForMaskedInfilling, windows: list[Window], *methods: Method
) -> dict[str, Row]:
    rows = measure_cell(model, windows, methods, length=LENGTH, mask_rate=MASK_RATE, options=GREEDY)
    return {row.method: row for row in rows}


@pytest.fixture(scope="module")
def rows(model: MariaForMaskedInfilling, windows: list[Window]) -> dict[str, Row]:
    return measured(model, windows, *METHODS.values())


def test_every_method_has_a_row_and_every_row_a_cell_for_every_column(rows):
    assert list(rows) == list(METHODS)
    title, _, *head = table_head(LENGTH).splitlines()
    assert title == f"### {LENGTH} tokens"
    assert head[0] == f"| {' | '.join(COLUMNS)} |"
    lines = table_lines(list(rows.values())).splitlines()
    assert len(lines) == len(METHODS)
    assert all(line.count("|") == len(COLUMNS) + 1 for line in [*head, *lines])


def test_passes_are_counted_per_filled_token(rows, windows):
    tokens = len(windows[0].slots)
    assert tokens == rows[REFERENCE].tokens == round(MASK_RATE * (LENGTH - 2))
    assert rows[REFERENCE].ar_passes_per_token == 1.0
    assert rows[REFERENCE].mlm_passes == 1
    assert rows["generation"].ar_passes_per_token == 1.0
    assert rows["generation"].mlm_passes == 0
    assert rows["masked-lm"].mlm_passes == tokens
    assert rows["diffusion-256"].mlm_passes == tokens
    assert rows["diffusion-16"].mlm_passes == 16
    assert rows["diffusion-16"].ar_passes_per_token == 0.0


def test_ratios_are_taken_within_a_repetition(rows):
    assert rows[REFERENCE].speedups == (1.0, 1.0)
    assert all(len(row.speedups) == 2 for row in rows.values())


def test_the_engine_says_the_same_in_no_more_passes(rows):
    for name in ("engine", "engine-32", "engine-64", "engine-all"):
        assert rows[name].divergences == ()
        assert rows[name].ar_passes_per_token <= 1.0
        assert rows[name].exact_tokens == rows[REFERENCE].exact_tokens
    assert rows[REFERENCE].divergences is None


def test_another_answer_is_found_where_it_begins(model, windows):
    """A method that goes wrong at its fourth slot, one piece later than the likeliest."""
    expected = [settled.choice for settled in infill(model, windows[0], options=GREEDY)]
    runner_up = int(expected[3].logprobs.topk(2).indices[1])

    def wrong_at_the_fourth(
        model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
    ) -> Iterator[tuple[Slot, int]]:
        for number, settled in enumerate(infill(model, window, options=options)):
            yield settled.slot, runner_up if number == 3 else settled.choice.piece

    wrong = Method(name="wrong", title="wrong", fill=wrong_at_the_fourth, is_lossless=True)
    rows = measured(model, windows[:1], METHODS[REFERENCE], wrong)
    [divergence] = rows["wrong"].divergences
    assert (divergence.repetition, divergence.slot) == (0, 3)
    assert divergence.slots == len(windows[0].slots)
    first, second = expected[3].logprobs.topk(2).values.tolist()
    assert divergence.gap == pytest.approx(first - second, abs=1e-5)


def test_pieces_are_told_in_the_order_of_the_slots(model, windows):
    def backwards(
        model: MariaForMaskedInfilling, window: Window, options: SamplingOptions, counts: PassCounts
    ) -> Iterator[tuple[Slot, int]]:
        for slot in reversed(window.slots):
            yield slot, window.pieces[slot.position]

    method = Method(name="truth", title="truth", fill=backwards)
    answer = run(model, windows[0], method, GREEDY)
    assert answer.pieces == tuple(windows[0].pieces[slot.position] for slot in windows[0].slots)
    assert 0 < answer.first_s <= answer.seconds
    rows = measured(model, windows, METHODS[REFERENCE], method)
    assert rows["truth"].exact_tokens == 1.0


def test_windows_are_evenly_spaced_from_start_to_end():
    text = list(range(100))
    stretches = evenly_spaced(text, size=10, count=4)
    assert [stretch[0] for stretch in stretches] == [0, 30, 60, 90]
    assert stretches[-1][-1] == 99
    with pytest.raises(ConfigurationError, match="--text"):
        evenly_spaced(text, size=101, count=1)


def test_line_ends_are_never_masked():
    vocabulary = load_model().vocabulary
    pieces = read_pieces([PROSE], vocabulary)
    window = masked_window(pieces, vocabulary, mask_rate=1.0, seed="0")
    known = {window.pieces[i] for i in range(len(pieces))} - {
        window.pieces[slot.position] for slot in window.slots
    }
    assert known
    assert all("\n" in vocabulary.decode([piece]) for piece in known)


def test_the_projects_own_prose_is_enough_for_the_embedded_model():
    model = load_model()
    assert len(read_pieces([PROSE], model.vocabulary)) > 2 * model.context_length


def test_json_lines_are_read(tmp_path: Path):
    vocabulary = load_model().vocabulary
    path = tmp_path / "held_out.jsonl"
    path.write_text('{"text": "A lamp."}\n{"text": "A gate."}\n')
    assert vocabulary.decode(read_pieces([path], vocabulary)) == "A lamp.\n\nA gate."
    path.write_text('{"words": "A lamp."}\n')
    with pytest.raises(ConfigurationError, match=r"held_out\.jsonl"):
        read_pieces([path], vocabulary)


def test_the_cost_of_a_pass_is_told_by_its_width(model):
    costs = cost_curve(model, repeats=1)
    assert list(costs) == [1, 2, 4, 8, 16, 32]
    assert min(costs.values()) > 0


def test_random_pairs_keep_their_rotary_frequencies_in_reduced_precision():
    full, reduced = random_pair("tiny"), random_pair("tiny", dtype=torch.bfloat16)
    assert {parameter.dtype for parameter in reduced.parameters()} == {torch.bfloat16}
    for (name, buffer), other in zip(full.named_buffers(), reduced.buffers(), strict=True):
        assert torch.equal(buffer, other), name


def test_eight_bits_without_torchao_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torchao.quantization", None)
    with pytest.raises(NotSupportedError, match="need torchao"):
        load(build_parser().parse_args(["--random", "tiny", "--int8"]))


def test_one_run_writes_table_json_and_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, picture = tmp_path / "figures.json", tmp_path / "figures.svg"
    page = tmp_path / "page.md"
    page.write_text("# Speed\n<!-- figures -->\nold\n<!-- end of figures -->\nWhy.\n")
    command = "--random tiny --lengths 32 4096 --rates 0.3 0.5 --repeats 1 --temperature 0.7"
    outputs = ["--json", str(data), "--plot", str(picture), "--into", str(page)]
    main([*command.split(), *outputs])
    printed = capsys.readouterr().out
    figures = page.read_text().removeprefix("# Speed\n<!-- figures -->\n")
    assert figures.removesuffix("\n<!-- end of figures -->\nWhy.\n") == printed.rstrip()
    assert "### 32 tokens" in printed
    assert "4096" not in printed
    report = json.loads(data.read_text())
    assert report["setting"]["model"] == "random weights, tiny"
    assert len(report["rows"]) == 2 * len(USUAL_METHODS)
    assert METHODS["engine"].title in picture.read_text()


def test_ways_on_the_dynamic_cache_are_told_apart(tmp_path: Path):
    data = tmp_path / "figures.json"
    methods = ["engine", "engine-dynamic", "algorithm-1-dynamic"]
    command = "--random tiny --lengths 42 --rates 0.5 --repeats 1 --cache static --dtype float64"
    main([*command.split(), "--methods", *methods, "--json", str(data)])
    report = json.loads(data.read_text())
    assert report["setting"]["cache"] == "static"
    assert {row["method"] for row in report["rows"]} == {*methods, REFERENCE}
    assert not any(row["divergences"] for row in report["rows"])


def test_a_method_leaves_the_cache_as_it_found_it(model, windows):
    model.cache_kind = "static"
    run(model, windows[0], METHODS["engine-dynamic"], GREEDY)
    assert model.cache_kind == "static"
    model.cache_kind = "dynamic"


def test_a_plot_is_the_same_file_every_time(rows, tmp_path: Path):
    shorter = [replace(row, length=20) for row in rows.values()]
    pictures = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for picture in pictures:
        plot(picture, [*shorter, *rows.values()], title="toy")
    one, two = (picture.read_bytes() for picture in pictures)
    assert one == two


@pytest.mark.parametrize(
    "arguments",
    ["--model embedded --random tiny", "--causal-lm somewhere", "--random tiny --masked-lm there"],
)
def test_one_model_is_named(arguments):
    with pytest.raises(ConfigurationError, match="Give one of"):
        load(build_parser().parse_args(arguments.split()))


def test_the_same_seed_masks_the_same(model):
    pieces = random.Random(0).choices(range(len(model.vocabulary)), k=50)
    seeds = ("a", "a", "b")
    one, same, other = (
        masked_window(pieces, model.vocabulary, mask_rate=0.5, seed=seed) for seed in seeds
    )
    assert one == same != other
