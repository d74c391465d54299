"""The command line that makes a result again, kept beside the result."""

from __future__ import annotations

import argparse
import shlex

# Where a result goes says nothing of what it is.
_UNTOLD = ("output", "plot")


def command_line(module: str, arguments: argparse.Namespace) -> str:
    """Return `python -m module` with every option that was in force, defaults too."""
    words = ["python", "-m", module]
    for name, value in vars(arguments).items():
        if name in _UNTOLD or value is None or value is False:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words += map(str, value) if isinstance(value, list) else [str(value)]
    return shlex.join(words)
