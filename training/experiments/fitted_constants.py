"""Reads the constants that the fits wrote, and puts them into a model's folder when told to.

    python -m training.experiments.fitted_constants gate.json lengths.json calibration.json \
        --model resources/model

prints the joint mapping; with `--adopt` the model's config.json takes it, its checksums too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maria_model import checkpoint
from maria_model.configuration import InferenceConstants
from maria_model.errors import ConfigurationError


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return both mappings as one, inner mappings too; the new one has the last word."""
    inner = {
        name: merged(old[name], value)
        for name, value in new.items()
        if isinstance(value, dict) and isinstance(old.get(name), dict)
    }
    return old | new | inner


def read_fitted(paths: Sequence[Path]) -> dict[str, Any]:
    """Return the "inference" mappings of several fits as one; a later file has the last word.

    Raises:
        ConfigurationError: a file is missing or holds none, or a constant is impossible.
    """
    joint: dict[str, Any] = {}
    for path in paths:
        try:
            joint = merged(joint, json.loads(path.read_text())["inference"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path} holds no fitted constants. Run fit_gate, lengths or calibration first."
            ) from error
    InferenceConstants.from_dict(joint)
    return joint


def adopt(folder: Path, fitted: dict[str, Any]) -> None:
    """Write constants into the model in `folder`, in place of those of the same name.

    Raises:
        ConfigurationError: the folder holds no model.
    """
    path = folder / checkpoint.CONFIG_FILE
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{folder} holds no model: {path} cannot be read.") from error
    config["inference"] = merged(config.get("inference") or {}, fitted)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    checkpoint.write_checksums(folder)


def main() -> None:
    """Print the joint mapping; put it into the model with `--adopt`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fits", nargs="+", type=Path, help="JSON files of the fits")
    parser.add_argument("--model", type=Path, default=Path("resources/model"))
    parser.add_argument("--adopt", action="store_true", help="write it into the model")
    arguments = parser.parse_args()
    fitted = read_fitted(arguments.fits)
    print(json.dumps(fitted, indent=2))
    if arguments.adopt:
        adopt(arguments.model, fitted)
        print(f"{arguments.model}: its config.json holds them now.")


if __name__ == "__main__":
    main()
