"""The errors of `maria_editor`, named by what the writer must do next.

    EditorError
    ├── OpenError        this file cannot be opened as text: choose another, or mend it elsewhere
    │   ├── EncodingError    (document.encodings) it is text, but not UTF-8: choose a reading
    │   └── MissingFileError there is no such file: check the name, or begin it
    └── SaveError        the text could not be written here: save it somewhere else
        └── OvertakenError   another program wrote the file meanwhile: choose whose text stays

Every message is one line that says what, where and the remedy. Errors of the model are
`maria_model.errors`. Knows nothing of Qt.
"""

from __future__ import annotations


class EditorError(Exception):
    """Base of every error that `maria_editor` raises on purpose."""


class OpenError(EditorError):
    """A file cannot be opened as text. The file is untouched."""


class MissingFileError(OpenError):
    """There is no such file, but its folder is there: it can be begun."""


class SaveError(EditorError):
    """A text could not be written. What stood on disk still stands there."""


class OvertakenError(SaveError):
    """Another program made or changed the file before the text was there. Theirs stands there."""
