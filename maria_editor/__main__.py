"""Runs the editor: `python -m maria_editor`."""

import multiprocessing

if __name__ == "__main__":
    # Before every other import: in a frozen program the worker's child starts here as well.
    multiprocessing.freeze_support()

    from maria_editor.app import main

    raise SystemExit(main())
