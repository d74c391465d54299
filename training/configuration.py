"""YAML -> frozen dataclass, for every training script. Unknown keys are refused by name."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml

from maria_model.errors import ConfigurationError, first_line
from training.whole_writes import whole_file

Config = TypeVar("Config")


def load_config(config_type: type[Config], path: Path | None, overrides: list[str]) -> Config:
    """Read a YAML file into `config_type`, then apply `key=value` overrides.

    Raises:
        ConfigurationError: the file cannot be read or is not a mapping, a key is unknown, a value
            has the wrong type, or the dataclass refuses it.
    """
    values = _read_yaml(path) if path else {}
    for override in overrides:
        key, separator, text = override.partition("=")
        if not separator:
            raise ConfigurationError(f"{override!r} is no key=value pair.")
        values[key] = _parse(text, where=repr(override))
    return build_config(config_type, values, where=str(path or "command line"))


def build_config(config_type: type[Config], values: dict[str, Any], *, where: str) -> Config:
    """Build `config_type` from plain values, checking names and types."""
    hints = typing.get_type_hints(config_type)
    known = {field.name for field in dataclasses.fields(config_type)}  # type: ignore[arg-type]
    for key, value in values.items():
        if key not in known:
            raise ConfigurationError(f"{where}: unknown key {key!r}. {_meant(str(key), known)}")
        values[key] = _coerce(hints[key], value, where=f"{where}: {key}")
    try:
        return config_type(**values)
    except TypeError as error:
        raise ConfigurationError(f"{where}: {error}.") from error


def save_config(config: Any, path: Path) -> None:
    """Write the resolved configuration beside a result.

    Raises:
        MariaError: it could not be written; the one that was there still is.
    """
    values = {
        k: str(v) if isinstance(v, Path) else v for k, v in dataclasses.asdict(config).items()
    }
    with whole_file(path) as file:
        file.write(yaml.safe_dump(values, sort_keys=False).encode())


def config_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with `--config FILE` and any number of `key=value` overrides."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--config", type=Path, help="YAML file")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="override a setting")
    return parser


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"No configuration at {path}.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8. Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    values = _parse(text, where=str(path))
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path} holds no key: value lines.")
    return values


def _parse(text: str, *, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ConfigurationError(f"{where} is not valid YAML ({line}{error.problem}).") from error
    except (yaml.YAMLError, ValueError) as error:
        # ValueError: of what looks like a date and is none.
        raise ConfigurationError(f"{where} is not valid YAML ({first_line(error)}).") from error


def _meant(key: str, known: set[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."


# What messages call the type of a setting.
_WORDS = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
    Path: "path",
    type(None): "null",
}


def _coerce(hint: Any, value: Any, *, where: str) -> Any:
    """Return `value` as `hint`: paths from strings, floats from numbers, nothing else."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in options:
        return None
    for option in options:
        if option is Path and isinstance(value, str):
            return Path(value)
        if option is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
            try:
                # YAML reads 6e-3 as text.
                return float(value)
            except ValueError:
                continue
        if isinstance(option, type) and type(value) is option:
            return value
    wanted = " or ".join(_WORDS.get(option, str(option)) for option in options)
    raise ConfigurationError(f"{where}: {value!r} is no {wanted}.")
