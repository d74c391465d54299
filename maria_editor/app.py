"""Starts the editor: in a window, or in the terminal where no window can be shown.

Imports neither Qt nor torch itself: the worker's child process passes through here as well.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence

from maria_editor.display import display_problem, library_problem
from maria_editor.options import LaunchOptions, parse_options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the editor; return the exit code."""
    multiprocessing.freeze_support()
    options = parse_options(argv)
    if options.selftest:
        return _test_itself(options)
    problem = display_problem()
    if problem is not None:
        return _run_in_terminal(options, problem)
    try:
        from maria_editor.desktop import run_desktop
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "maria_editor":
            raise
        return _run_in_terminal(options, library_problem(str(error).partition(":")[0]))
    return run_desktop(options)


def _test_itself(options: LaunchOptions) -> int:
    if display_problem() is not None:
        # No display answers: Qt draws into memory instead.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    problem = display_problem()
    if problem is None:
        try:
            from maria_editor.selftest import run_selftest

            return run_selftest(options)
        except ImportError as error:
            if (error.name or "").partition(".")[0] == "maria_editor":
                raise
            problem = library_problem(str(error).partition(":")[0])
    print(f"Could not open the window: {problem}", file=sys.stderr)
    return 1


def _run_in_terminal(options: LaunchOptions, problem: str) -> int:
    from maria_editor.terminal import fill_in_terminal

    print(f"{problem} Until then, in the terminal:\n", file=sys.stderr, flush=True)
    return fill_in_terminal(options)
