"""Finds out, without importing Qt, whether a window can be shown here.

Qt aborts the whole program where a platform plugin does not load or no display answers, so this
asks first. Only Linux needs it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

# What PySide6's wheels need of Debian and Ubuntu beyond a minimal system, for X11 and Wayland.
_PACKAGES = (
    "libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libx11-xcb1 libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-randr0 libxcb-shape0 libxcb-sync1 "
    "libxcb-xfixes0 libwayland-cursor0 libwayland-egl1"
)


def display_problem() -> str | None:
    """Return one line on why no window can be shown, and the remedy; None when one can."""
    if sys.platform != "linux":
        return None
    names = _platform_names()
    if not names:
        return "No display here. Start this on a desktop, or set DISPLAY, for the window."
    qt = _qt_folder()
    if qt is None:
        return None
    missing = _missing_library(qt / "lib" / "libQt6Widgets.so.6")
    problems = [missing or _platform_problem(qt, name) for name in names]
    return None if None in problems else problems[0]


def library_problem(missing: str) -> str:
    """Return one line that says which library Qt lacks and which packages bring it."""
    return f"No window without {missing}. Remedy: sudo apt-get install {_PACKAGES}"


def _platform_names() -> list[str]:
    """Return the platforms Qt would try, the likeliest first."""
    chosen = os.environ.get("QT_QPA_PLATFORM")
    if chosen:
        return [name.partition(":")[0] for name in chosen.split(";")]
    displays = {"wayland": "WAYLAND_DISPLAY", "xcb": "DISPLAY"}
    return [name for name, variable in displays.items() if os.environ.get(variable)]


def _qt_folder() -> Path | None:
    """Return the folder of Qt inside PySide6's wheel; None for another kind of PySide6."""
    spec = importlib.util.find_spec("PySide6")
    folders = list(spec.submodule_search_locations or []) if spec else []
    qt = Path(folders[0]) / "Qt" if folders else None
    return qt if qt is not None and qt.is_dir() else None


def _platform_problem(qt: Path, name: str) -> str | None:
    plugins = sorted((qt / "plugins" / "platforms").glob(f"libq{name}*.so"))
    for plugin in plugins:
        if problem := _missing_library(plugin):
            return problem
    if name == "xcb" and not _x_server_answers():
        return f"No display answers at DISPLAY={os.environ.get('DISPLAY', '')}. Check it."
    return None


def _missing_library(library: Path) -> str | None:
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        # "libEGL.so.1: cannot open shared object file: No such file or directory"
        return library_problem(str(error).partition(":")[0])
    return None


def _x_server_answers() -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers
