"""The errors of `maria_model`, named by what the user must do next.

    MariaError
    ├── ConfigurationError        a setting or an argument is out of range: change it
    │   └── BlankSyntaxError      a blank is written wrong: correct it in the text
    ├── NoBlankError              nothing to fill: mark a blank
    ├── ContextLengthError        a blank does not fit the model's context: shorten the passage
    ├── NotSupportedError         understood, but this version cannot do it: ask for less
    ├── ModelNotFoundError        no such model: choose another
    ├── DownloadError             a model could not be fetched: try again, or bring its files
    ├── CheckpointError           the model's files are damaged or of another kind: get them again
    ├── TokenizerMismatchError    the two backbones do not share a vocabulary: choose another pair
    ├── DeviceUnavailableError    no such device here: choose another
    └── OutOfMemoryError          the device is full: take a smaller model or the CPU

Every message is one line that says what, where and the remedy. Knows nothing of torch.
"""

from __future__ import annotations


class MariaError(Exception):
    """Base of every error that `maria_model` raises on purpose."""


class ConfigurationError(MariaError, ValueError):
    """A setting or an argument is out of its range."""


class BlankSyntaxError(ConfigurationError):
    """A `[MASK...]` in the text does not follow the grammar.

    `start` and `end` are code-point offsets of the offending blank.
    """

    def __init__(self, message: str, *, start: int = 0, end: int = 0) -> None:
        super().__init__(message)
        self.start = start
        self.end = end

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling of exceptions.
        return (_rebuild_blank_syntax_error, (str(self), self.start, self.end))


class NoBlankError(MariaError):
    """The text has no blank to fill."""


class ContextLengthError(MariaError):
    """A blank and the words around it do not fit the model's context."""


class NotSupportedError(MariaError):
    """The request is understood, but this version cannot do it."""


class ModelNotFoundError(MariaError):
    """No model has that name, or the folder holds none."""


class DownloadError(MariaError):
    """A model's files could not be fetched."""


class CheckpointError(MariaError):
    """A model's files are damaged, incomplete or of another kind."""


class TokenizerMismatchError(MariaError):
    """The causal and the masked language model do not share a vocabulary."""


class DeviceUnavailableError(MariaError):
    """The device that was asked for is not there."""


class OutOfMemoryError(MariaError):
    """The device has not enough memory."""


def first_line(error: BaseException) -> str:
    """Return another library's message as one line, without its full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _rebuild_blank_syntax_error(message: str, start: int, end: int) -> BlankSyntaxError:
    return BlankSyntaxError(message, start=start, end=end)
