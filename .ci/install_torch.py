"""Installs PyTorch in the environment that runs this: the small CPU build, or the CUDA one.

    python .ci/install_torch.py cpu|cuda REQUIREMENT [--index URL]

On Linux PyPI's torch is the CUDA build. The CPU build comes from an index of its own where that
index answers, and otherwise from wherever pip is set up to look. Standard library only.
"""

from __future__ import annotations

import argparse
import runpy
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

INDEX_TIMEOUT_SECONDS = 5
# torch's own note of how it was built; importing torch takes longer and needs its dependencies.
VERSION_FILE = Path(sysconfig.get_path("platlib")) / "torch" / "version.py"


def main() -> int:
    """Install the build that was asked for, unless it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", choices=("cpu", "cuda"))
    parser.add_argument("requirement")
    parser.add_argument("--index")
    arguments = parser.parse_args()
    if installed_build() not in (None, arguments.build) and sys.platform == "linux":
        pip("uninstall", "--yes", "torch")
    pip("install", *index_options(arguments.index), arguments.requirement)
    if arguments.build == "cuda" and installed_build() != "cuda":
        print("TORCH=cuda: the torch that pip found here has no CUDA. Take TORCH=cpu.")
        return 1
    return 0


def installed_build() -> str | None:
    """Return cpu or cuda, or None where torch is not installed."""
    if not VERSION_FILE.is_file():
        return None
    return "cuda" if runpy.run_path(str(VERSION_FILE)).get("cuda") else "cpu"


def index_options(index: str | None) -> list[str]:
    """Return pip's options for the CPU build: its own index, for torch alone, where it answers."""
    if index is None or sys.platform != "linux":
        return []
    try:
        urllib.request.urlopen(f"{index}/torch/", timeout=INDEX_TIMEOUT_SECONDS).close()
    except OSError:
        print(f"{index} does not answer: taking the torch of pip's usual places.", flush=True)
        return []
    return ["--no-deps", "--index-url", index]


def pip(*arguments: str) -> None:
    """Run pip, and stop with its exit code when it fails."""
    command = [sys.executable, "-m", "pip", *arguments]
    code = subprocess.run(command).returncode
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    sys.exit(main())
