"""The command line: `maria fill`, `refine`, `score`, `generate` and `models`.

One module per command; `program` puts them together and turns errors into one line and an exit
code. torch is imported only when a command loads a model. Knows nothing of Qt.
"""

from maria_model.command_line.program import main

__all__ = ["main"]
