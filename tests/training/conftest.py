"""Lets the tests of `training` use the tiny pairs of `tests/maria_model`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "maria_model"))
