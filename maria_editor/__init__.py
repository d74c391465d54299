"""Maria Editor: a desktop text editor that fills blanks with a model on the writer's own machine.

Knows PySide6 and `maria_model`'s requests, results and errors; never torch.
"""

from maria_model import __version__

__all__ = ["__version__"]
