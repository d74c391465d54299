"""What figures depend on, and the pages that show them: the processor, its load, two marks."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"
_PROCESSORS = Path("/proc/cpuinfo")
# Above this load average others are at work.
_QUIET = 0.5


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    lines = _PROCESSORS.read_text().splitlines() if _PROCESSORS.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def load() -> float | None:
    """Return the load average of the last minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def load_in_words() -> str:
    """Return the load average and whether others were at work."""
    found = load()
    if found is None:
        return "unknown"
    return f"{found:.2f}" if found <= _QUIET else f"{found:.2f}: a shared machine"


def put_into(page: Path, words: str) -> None:
    """Put `words` between the two marks of a Markdown page; end the program where it has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        sys.exit(f"{page} has no {_BEGIN} and {_END}. Put them where the table goes.")
    page.write_text(f"{before}{begin}\n{words}\n{end}{after}", encoding="utf-8")
