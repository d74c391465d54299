"""How torch and its kin behave inside the program. Call before they are imported."""

from __future__ import annotations

import os

_ENVIRONMENT = {
    # Nothing may be fetched at run time.
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # Nothing but our own words may appear in the writer's terminal.
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    # Threads that wait for each other in a spin starve each other on a busy machine; those that
    # sleep at once are slow on an idle one. These spin for some microseconds.
    "GOMP_SPINCOUNT": "10000",
}


def quiet_libraries() -> None:
    """Keep the libraries off the network and out of the terminal."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
