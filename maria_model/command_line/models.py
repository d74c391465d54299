"""`maria models`: list, download, import, verify and remove the models on this computer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from maria_model.command_line.engine_loading import EngineLoader
from maria_model.command_line.output import as_json, write_output
from maria_model.command_line.progress import remark
from maria_model.errors import ConfigurationError, MariaError, ModelNotFoundError
from maria_model.model_folders import (
    import_model,
    remove_model,
    repositories_of,
    verify_model,
)
from maria_model.models import (
    InstalledHalf,
    InstalledModel,
    is_downloaded,
    list_halves,
    list_models,
    models_dir,
)
from maria_model.pairs import WEIGHT_BYTES, Pair
from maria_model.registry import PAIRS

if TYPE_CHECKING:
    from maria_model.downloads import DownloadProgress, ProgressCallback

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000
_HASHES_RIGHT = ": every file is as it should be"
_HEADERS_READ = " has no checksums: only its files' headers were read"
_DOWNLOAD = """\
Download a pair of models, by its name from maria models list --all, or one model by owner/name.

Configuration, tokenizer and safetensors only; each file is compared with its hash. An interrupted
download goes on where it ended when the command is run again.
"""
_IMPORT = """\
Take in a model from a folder: one of this program's own (with config.json and head.safetensors),
or a language model's that was downloaded elsewhere, as it lies or out of the hub's cache.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command, its subcommands and options."""
    models = commands.add_parser(
        "models",
        help="list, download, import, verify and remove models",
        description="Models on this computer.",
    )
    subcommands = models.add_subparsers(metavar="COMMAND", required=True)
    _add_list(subcommands)
    _add_download(subcommands)
    _add_import(subcommands)
    verify = subcommands.add_parser(
        "verify", help="compare files with their hashes", description="Compare files with hashes."
    )
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: every model here")
    verify.set_defaults(run=run_verify)
    remove = subcommands.add_parser(
        "remove", help="delete a model's files", description="Delete a model's files."
    )
    remove.add_argument("name", metavar="NAME", help="a name from maria models list, or owner/name")
    remove.set_defaults(run=run_remove)


def _add_list(subcommands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = subcommands.add_parser(
        "list",
        help="list them: what --model takes, the name, the size and the folder",
        description="List the models on this computer: what --model takes, name, size, folder.",
    )
    listing.add_argument(
        "--all",
        action="store_true",
        help="list the pairs that can be downloaded, and the memory they take in each precision",
    )
    listing.add_argument("--json", action="store_true", help="print the list as JSON")
    listing.set_defaults(run=run_list)


def _add_download(subcommands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    download = subcommands.add_parser(
        "download",
        help="download a pair of models",
        description=_DOWNLOAD,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    download.add_argument("name", metavar="NAME", help="a pair's name, or owner/name")
    download.add_argument(
        "--revision",
        metavar="COMMIT",
        help="with owner/name: this commit, branch or refs/pr/N, not the one this program knows",
    )
    download.set_defaults(run=run_download)


def _add_import(subcommands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    importing = subcommands.add_parser(
        "import",
        help="take in a model from a folder",
        description=_IMPORT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    importing.add_argument("folder", metavar="DIR", help="the folder to copy from")
    importing.add_argument("--name", help="what --model shall call it (default: the folder's name)")
    importing.add_argument(
        "--as", dest="repository", metavar="OWNER/NAME", help="which language model it is"
    )
    importing.set_defaults(run=run_import)


def run_list(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Print the installed models, or the pairs to download; no model is loaded.

    Raises:
        ModelNotFoundError: there is none.
    """
    if arguments.all:
        pairs = list(PAIRS.values())
        text = as_json([_pair_as_json(pair) for pair in pairs]) if arguments.json else _pairs(pairs)
        write_output(text, None)
        return
    found, halves = list_models(), list_halves()
    if arguments.json:
        listed = [*map(_model_as_json, found), *map(_half_as_json, halves)]
        write_output(as_json(listed), None)
        return
    if not found and not halves:
        raise ModelNotFoundError(
            f"No model on this computer. Install the program again, or put one in {models_dir()}."
        )
    rows = [(model.name, model.title, _size(model.size), str(model.path)) for model in found]
    rows += [(h.repository, f"one half: {h.option}", _size(h.size), str(h.path)) for h in halves]
    write_output(_table(rows), None)
    print(f"Your own models go into {models_dir()}, a folder each.", file=sys.stderr)
    print("More can be downloaded: maria models list --all", file=sys.stderr)


def run_download(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Download a pair or one model.

    Raises:
        MariaError: one line for the user.
    """
    name = arguments.name
    repositories = repositories_of(name)
    if not repositories:
        raise ModelNotFoundError(
            f"No pair named {name}. See maria models list --all, or give owner/name."
        )
    if arguments.revision and name in PAIRS:
        raise ConfigurationError(
            f"--revision is for one model, and {name} is two. Name one: {' or '.join(repositories)}"
        )
    # Here, because the hub's library takes half a second to import.
    from maria_model.downloads import download

    with _progress() as on_progress:
        for repository in repositories:
            found = download(repository, revision=arguments.revision, on_progress=on_progress)
            remark(f"{repository} at {found.revision[:12]}, {_size(found.size)}: complete")
    if name in PAIRS:
        print(f"{PAIRS[name].title} is here. Use it: maria fill FILE --model {name}")


def run_import(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Take in a folder.

    Raises:
        MariaError: one line for the user.
    """
    name = import_model(
        Path(arguments.folder), name=arguments.name, repository=arguments.repository
    )
    print(f"{name} is here.")


def run_verify(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Compare the named models' files, or all models', with their hashes; none stops the others.

    Raises:
        MariaError: the last that is not right; those before it are told as they are found.
    """
    every = [m.name for m in list_models()] + [half.repository for half in list_halves()]
    fault: MariaError | None = None
    for name in arguments.names or every:
        try:
            has_hashes = verify_model(name)
        except MariaError as error:
            if fault is not None:
                remark(f"maria: {fault}")
            fault = error
        else:
            print(f"{name}{_HASHES_RIGHT if has_hashes else _HEADERS_READ}")
    if fault is not None:
        raise fault


def run_remove(arguments: argparse.Namespace, load_engine: EngineLoader) -> None:
    """Delete a model's files.

    Raises:
        MariaError: one line for the user.
    """
    removal = remove_model(arguments.name)
    print(f"Removed {arguments.name}: {_size(removal.freed)} freed.")
    for repository, pair in removal.kept:
        print(f"Kept {repository}: {pair} needs it.", file=sys.stderr)


@contextmanager
def _progress() -> Iterator[ProgressCallback | None]:
    """Show on a terminal how far a download is."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(progress: DownloadProgress) -> None:
        done, total = _size(progress.done), _size(progress.total)
        text = f"\r\x1b[K{progress.repository}: {progress.file} … {done} of {total}"
        print(text, end="", file=sys.stderr, flush=True)

    yield show


def _pairs(pairs: list[Pair]) -> str:
    rows = [("name", "models", "download", *WEIGHT_BYTES, "licence", "here", "")]
    for pair in pairs:
        memory = [f"{pair.memory(kind) / _GIGABYTE:.1f}" for kind in WEIGHT_BYTES]
        state = "yes" if is_downloaded(pair) else "no"
        size = f"{pair.download_size / _GIGABYTE:.1f} GB"
        rows.append((pair.name, pair.title, size, *memory, pair.licence, state, pair.note))
    return _table(rows)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip() + "\n")
    return "".join(lines)


def _size(size: int) -> str:
    return f"{size / _MEGABYTE:.0f} MB" if size < _GIGABYTE else f"{size / _GIGABYTE:.1f} GB"


def _model_as_json(model: InstalledModel) -> dict[str, object]:
    return {
        "name": model.name,
        "title": model.title,
        "path": str(model.path),
        "size": model.size,
    }


def _half_as_json(half: InstalledHalf) -> dict[str, object]:
    return {
        "name": half.repository,
        "title": f"one half: {half.option}",
        "path": str(half.path),
        "size": half.size,
    }


def _pair_as_json(pair: Pair) -> dict[str, object]:
    return {
        "name": pair.name,
        "title": pair.title,
        "installed": is_downloaded(pair),
        "download": pair.download_size,
        "memory": {kind: pair.memory(kind) for kind in WEIGHT_BYTES},
        "licence": pair.licence,
        "context_length": pair.context_length,
        "note": pair.note,
        "models": [
            {"repository": half.repository, "revision": half.revision} for half in pair.backbones
        ],
    }
