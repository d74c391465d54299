"""What the models read of a text's surface: its line ends, its spaces, where sentences begin.

Knows nothing of blanks, of pieces or of models.
"""

from __future__ import annotations

import re

# A shorter line that the next one does not go on with in lower case was ended on purpose.
WRAPPED_LINE_LENGTH = 45
# What the tokenizers here read as a space.
SPACES = " \u00a0\u2007\u2009\u200a\u202f"
_LINE_ENDS = re.compile("\r\n|\r|\u2028|\u2029")
_SENTENCE_END = re.compile(r"(?:[!?]|(?<!\.)\.[\"”’')\]]?)[*_]*$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|cf|vs|etc|al|ca|approx|no|p|pp|[ap]\.m)\.$", re.I
)
_SINGLE_LINE_FEED = re.compile(r"(?<!\n)\n(?!\n)")
_OPEN_ENDS = ",;-–—'’"
_OPENERS = "\"'“‘([*_"
# Markdown's signs around a blank: where emphasis begins before it, and where it ends behind it.
_OPENED_EMPHASIS = re.compile(r"(?<![^\s(\[\"“‘'])(?:[*_]{1,3}|~~)$")
_CLOSED_EMPHASIS = re.compile(r"^(?:[*_]{1,3}|~~)(?![\w*~])")


def readable_text(text: str, *, after_blank: bool) -> str:
    """Return the text as the models know text: no byte-order mark, a blank line at a paragraph.

    A single line end is a paragraph's where it looks like one; where a line was only wrapped it
    is a space. `after_blank` says that a blank stands before the text.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\ufeff", "")

    def read_line_end(line_end: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, line_end.start()) + 1 : line_end.start()].rstrip(SPACES)
        following = text[line_end.end() : line_end.end() + 1]
        is_open = (line[-1].isalnum() or line[-1] in _OPEN_ENDS) if line else after_blank
        is_wrapped = following.islower() or (
            len(line) >= WRAPPED_LINE_LENGTH and (not following or following.isalnum())
        )
        return " " if is_open and is_wrapped else "\n\n"

    return _SINGLE_LINE_FEED.sub(read_line_end, text)


def without_emphasis(text: str, *, after_blank: bool, before_blank: bool) -> str:
    """Return a text without Markdown's emphasis where it touches a blank.

    The models have hardly read such signs: behind one they would go on with it, not begin a word.
    """
    if after_blank:
        text = _CLOSED_EMPHASIS.sub("", text)
    return _OPENED_EMPHASIS.sub("", text) if before_blank else text


def in_style_of(text: str, fill: str) -> str:
    """Return `fill` with curly apostrophes where the text uses more of them than straight ones."""
    if "'" in fill and text.count("’") > text.count("'"):
        return fill.replace("'", "’")
    return fill


def starts_sentence(before: str, *, at_start: bool) -> bool:
    """Whether a word right after `before` begins a sentence, as far as can be told safely.

    `at_start` says that nothing stands before `before`. Where it is open (a list, a verse, after
    a quoted question), the answer is no.
    """
    before = before[-80:]
    if before.endswith(tuple(_OPENERS)):
        before = before.rstrip(_OPENERS)
    before = before.rstrip(SPACES + "\t")
    if not before:
        return at_start
    if before.endswith("\n\n") or before.endswith("\r\n\r\n"):
        return True
    before = before.rstrip()
    return bool(_SENTENCE_END.search(before)) and not _ABBREVIATION.search(before)


def ends_spaced(stretch: str) -> bool:
    """Whether a text ends in what the tokenizers read as a space."""
    return stretch.endswith(tuple(SPACES))
