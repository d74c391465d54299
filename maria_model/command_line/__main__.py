"""Runs the command line as `python -m maria_model.command_line`."""

import sys

from maria_model.command_line.program import main

if __name__ == "__main__":
    sys.exit(main())
