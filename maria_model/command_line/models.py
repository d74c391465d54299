"""`maria models list`: show the models on this computer."""

from __future__ import annotations

import argparse
import sys

from maria_model.command_line.engine_loading import EngineLoader
from maria_model.command_line.output import as_json, write_output
from maria_model.errors import ModelNotFoundError
from maria_model.models import InstalledModel, list_models, models_dir

_MEGABYTE = 1_000_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command, its subcommand and options."""
    models = commands.add_parser(
        "models", help="show the models on this computer", description="Models on this computer."
    )
    subcommands = models.add_subparsers(metavar="COMMAND", required=True)
    listing = subcommands.add_parser(
        "list",
        help="list them: what --model takes, the name, the size and the folder",
        description="List the models on this computer: what --model takes, name, size, folder.",
    )
    listing.add_argument("--json", action="store_true", help="print the list as JSON")
    listing.set_defaults(run=run)


def run(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Print the installed models; no model is loaded.

    Raises:
        ModelNotFoundError: there is none.
    """
    found = list_models()
    if arguments.json:
        write_output(as_json([_model_as_json(model) for model in found]), None)
        return
    if not found:
        raise ModelNotFoundError(
            f"No model on this computer. Install the program again, or put one in {models_dir()}."
        )
    write_output("".join(f"{line}\n" for line in _table(found)), None)
    print(f"Your own models go into {models_dir()}, a folder each.", file=sys.stderr)


def _table(models: tuple[InstalledModel, ...]) -> list[str]:
    rows = [
        (model.name, model.title, f"{model.size / _MEGABYTE:.0f} MB", str(model.path))
        for model in models
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]


def _model_as_json(model: InstalledModel) -> dict[str, object]:
    return {
        "name": model.name,
        "title": model.title,
        "path": str(model.path),
        "size": model.size,
    }
