"""The options that several commands share."""

from __future__ import annotations

import argparse

from maria_model.command_line.engine_loading import ModelChoice


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add the file to read, the choice of model and device, the seed and the output."""
    add_file_argument(parser)
    add_output_options(parser)
    add_seed_option(parser)
    add_model_options(parser)


def add_file_argument(parser: argparse.ArgumentParser) -> None:
    """Add the file to read."""
    parser.add_argument("file", metavar="FILE", help="the text to read; - is standard input")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add where the answer goes, and in what form."""
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write here instead of to the screen, all or nothing"
    )
    parser.add_argument("--json", action="store_true", help="print every detail as JSON")


def add_seed_option(parser: argparse.ArgumentParser) -> None:
    """Add the seed."""
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        metavar="N",
        help="same seed, same answer; another seed, another draw (default: 0)",
    )


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the choice of model and device."""
    model = parser.add_argument_group("model")
    model.add_argument(
        "--model", metavar="NAME|DIR", help="a name from maria models list, or a model's folder"
    )
    model.add_argument(
        "--causal-lm",
        metavar="NAME|DIR",
        help="with --masked-lm: join two models that share a vocabulary, untrained",
    )
    model.add_argument(
        "--masked-lm", metavar="NAME|DIR", help="the model that reads both sides, see --causal-lm"
    )
    model.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where the model runs (default: auto, the graphics card when there is one)",
    )
    model.add_argument(
        "--weights",
        choices=("auto", "float32", "bfloat16", "int8", "int4"),
        default="auto",
        help="precision of the weights: fewer bits, less memory, a little less accurate "
        "(default: auto, float32 on a CPU, bfloat16 on a graphics card)",
    )
    model.add_argument(
        "--exact",
        action="store_true",
        help="compute in full precision and remember nothing between requests: slower, and nothing "
        "but the request decides",
    )


def model_choice(arguments: argparse.Namespace) -> ModelChoice:
    """Return the model and the device that the arguments ask for."""
    return ModelChoice(
        model=arguments.model,
        causal_lm=arguments.causal_lm,
        masked_lm=arguments.masked_lm,
        device=arguments.device,
        exact=arguments.exact,
        weights=arguments.weights,
    )


def seed(value: str) -> int:
    """Read a seed: a whole number from 0 to 2^63 - 1."""
    try:
        number = int(value)
    except ValueError:
        number = -1
    if not 0 <= number < 2**63:
        raise argparse.ArgumentTypeError(f"{value!r} is no seed: take a whole number from 0 on")
    return number


def positive(value: str) -> int:
    """Read a whole number from 1 on."""
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{value!r}: take a whole number from 1 on")
    return number


def whole(value: str) -> int:
    """Read a whole number from 0 on."""
    try:
        number = int(value)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{value!r}: take a whole number from 0 on")
    return number


def number(value: str) -> float:
    """Read a number; whether it is in range is for the request to say."""
    try:
        return float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is no number, write one like 0.7") from None
