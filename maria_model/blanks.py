"""The grammar of blanks: what a `[MASK...]` in a text means, and how one is written.

    blank      = "[MASK]" | "[MASK:" item ("," item)* "]"
    item       = length | name | constraint          each at most once
    length     = N | N "-" M | "auto"                words, 1 to 999; one word when not given
    name       = "name=" ID                          letters, digits, "_", "-"; links equal names
    constraint = KEY "=" value
    KEY        = contains | starts | ends | regex | allowed | forbidden | max_chars
    value      = '"' text '"'                        \\" and \\\\ stand for " and \\; “ ” do too

`allowed` and `forbidden` are lists parted by "|" (`allowed="red|green"`); `max_chars` is a whole
number and needs no quotes. Spaces around items do not matter. A blank stays on one line. After an
odd number of backslashes `[MASK]` is literal text, and so is `[MASK` followed by anything but `]`
or `:`. Knows nothing of models; imports no torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from maria_model.automata import Pattern
from maria_model.errors import BlankSyntaxError, ConfigurationError, NotSupportedError

MAXIMUM_WORDS = 999
CONSTRAINT_KEYS = ("contains", "starts", "ends", "regex", "allowed", "forbidden", "max_chars")
LIST_KEYS = ("allowed", "forbidden")

_OPENING = re.compile(r"\[MASK(?=[\]:])")
_LENGTH = re.compile(r"([0-9]+)(?:\s*[-–]\s*([0-9]+))?")
_NAME = re.compile(r"[\w-]+")
# Before anything else a backslash stands for itself: patterns are full of them.
_ESCAPE = re.compile(r'\\(["\\])')
_QUOTED = re.compile(r'"((?:[^"\\\n\r]|\\.)*)"|“((?:[^”\\\n\r]|\\.)*)”')
_BARE = re.compile(r"[^,\]\s]*")
_KEY = re.compile(r"\s*([A-Za-z_]+)\s*=\s*")
_CLOSED_QUOTES = re.compile(r'[^\]"“\n\r]*(?:' + _QUOTED.pattern + r'|[^\]"“\n\r]+)*')


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One rule for the fill; `value` is the text between the quotes, escapes undone."""

    key: str
    value: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words of an `allowed` or `forbidden` list."""
        return tuple(word.strip() for word in self.value.split("|"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A blank at `text[start:end]` (code points) for `minimum` to `maximum` words.

    Both are None for `[MASK:auto]`. `error` is one line for the writer when the blank is written
    wrong; only `find_blanks(..., strict=False)` returns such blanks.
    """

    start: int
    end: int
    minimum: int | None = 1
    maximum: int | None = 1
    name: str | None = None
    constraints: tuple[Constraint, ...] = ()
    error: str | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether the blank says exactly how many words it holds."""
        return self.minimum is not None and self.minimum == self.maximum

    @property
    def is_auto(self) -> bool:
        """Whether any number of words will do."""
        return self.minimum is None


def find_blanks(text: str, *, strict: bool = True) -> tuple[Blank, ...]:
    """Return the blanks of a text in reading order.

    Raises:
        BlankSyntaxError: a blank is written wrong (`strict` only; otherwise its `error` says so).
    """
    blanks, position = [], 0
    while opening := _OPENING.search(text, position):
        if _is_escaped(text, opening.start()):
            position = opening.end()
            continue
        blank = _parse_blank(text, opening.start(), opening.end())
        if strict and blank.error is not None:
            raise BlankSyntaxError(blank.error, start=blank.start, end=blank.end)
        blanks.append(blank)
        position = blank.end
    return tuple(blanks)


def format_blank(
    *,
    minimum: int | None = 1,
    maximum: int | None = None,
    name: str | None = None,
    constraints: Iterable[Constraint] = (),
) -> str:
    """Write a blank. `minimum` None is `auto`; `maximum` None is the same as `minimum`.

    Raises:
        BlankSyntaxError: the result would not follow the grammar.
    """
    items = []
    if minimum is None:
        items.append("auto")
    elif maximum is not None and maximum != minimum:
        items.append(f"{minimum}-{maximum}")
    elif minimum != 1:
        items.append(str(minimum))
    if name is not None:
        items.append(f"name={name}")
    items += [f"{rule.key}={_quote(rule.value)}" for rule in constraints]
    literal = f"[MASK:{','.join(items)}]" if items else "[MASK]"
    find_blanks(literal)
    return literal


class _Mistake(Exception):  # noqa: N818 - becomes a BlankSyntaxError once the position is known
    """What is wrong with a blank, and the remedy."""


def _parse_blank(text: str, start: int, after_word: int) -> Blank:
    if text[after_word] == "]":
        return Blank(start=start, end=after_word + 1)
    end, is_closed = _closing_bracket(text, after_word + 1)
    try:
        if not is_closed:
            raise _Mistake('it has no closing "]"; end it with ] on the same line')
        return _parse_items(text[after_word + 1 : end - 1], start=start, end=end)
    except _Mistake as mistake:
        error = f"{_place(text, start)}: {_shown(text[start:end])}: {mistake}."
        return Blank(start=start, end=end, error=error)


def _closing_bracket(text: str, start: int) -> tuple[int, bool]:
    """Return the end of the blank whose items begin at `start`, and whether it is closed."""
    quoted = _CLOSED_QUOTES.match(text, start)
    end = quoted.end() if quoted else start
    if text[end : end + 1] == "]":
        return end + 1, True
    # A quote is open: the blank ends at the first bracket all the same, or with the line.
    line = re.compile(r"[^\]\n\r]*").match(text, start)
    end = line.end() if line else start
    return (end + 1, True) if text[end : end + 1] == "]" else (end, False)


def _parse_items(items: str, *, start: int, end: int) -> Blank:
    length: tuple[int | None, int | None] | None = None
    name: str | None = None
    constraints: dict[str, Constraint] = {}
    position = 0
    while True:
        key_match = _KEY.match(items, position)
        if key_match is None:
            word, position = _bare(items, position)
            if not word:
                raise _Mistake("an item is missing; take the comma or colon out or write one")
            if length is not None:
                raise _Mistake(f"{_shown(word)} is a second length; keep one")
            length = _parse_length(word)
        else:
            key = key_match[1]
            if key in constraints or (key == "name" and name is not None):
                raise _Mistake(f"{key} stands there twice; keep one")
            value, position = _value(items, key_match.end(), key)
            if key == "name":
                name = _parse_name(value)
            else:
                constraints[key] = _parse_constraint(key, value)
        if position == len(items):
            break
        position += 1
    minimum, maximum = length or (1, 1)
    return Blank(
        start=start,
        end=end,
        minimum=minimum,
        maximum=maximum,
        name=name,
        constraints=tuple(constraints.values()),
    )


def _bare(items: str, position: int) -> tuple[str, int]:
    comma = items.find(",", position)
    stop = len(items) if comma < 0 else comma
    return items[position:stop].strip(), stop


def _value(items: str, position: int, key: str) -> tuple[str, int]:
    """Read a value at `position`; return it and the position of the comma or the end after it."""
    if items[position : position + 1] in ('"', "“"):
        quoted = _QUOTED.match(items, position)
        if quoted is None:
            raise _Mistake(f'the quote after {key}= is not closed; end it with "')
        value = _ESCAPE.sub(r"\1", quoted[1] if quoted[1] is not None else quoted[2])
        stop = quoted.end()
    else:
        if key not in ("name", "max_chars") and key in CONSTRAINT_KEYS:
            raise _Mistake(f'put the value of {key} in quotes, for instance {key}="..."')
        bare = _BARE.match(items, position)
        value, stop = (bare[0], bare.end()) if bare else ("", position)
    rest = re.compile(r"\s*").match(items, stop)
    stop = rest.end() if rest else stop
    if stop < len(items) and items[stop] != ",":
        raise _Mistake(f"put a comma before {_shown(items[stop:])}")
    return value, stop


def _parse_length(word: str) -> tuple[int | None, int | None]:
    if word == "auto":
        return None, None
    match = _LENGTH.fullmatch(word)
    if match is None:
        known = ", ".join(["name", *CONSTRAINT_KEYS])
        raise _Mistake(
            f"{_shown(word)} is no item; write a length (3, 2-5, auto) or one of "
            f'{known} as key="value"'
        )
    minimum = _words(match[1])
    maximum = minimum if match[2] is None else _words(match[2])
    if maximum < minimum:
        raise _Mistake(f"the range runs backwards; write {maximum}-{minimum}")
    return minimum, maximum


def _words(digits: str) -> int:
    significant = digits.lstrip("0")
    if not significant or len(significant) > 3:
        raise _Mistake(f"a blank holds 1 to {MAXIMUM_WORDS} words, not {_shown(digits)}")
    return int(significant)


def _parse_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise _Mistake(
            f"{_shown(value) or 'nothing'} is no name; use letters, digits, _ and -, "
            "for instance name=hero"
        )
    return value


def _parse_constraint(key: str, value: str) -> Constraint:
    if key not in CONSTRAINT_KEYS:
        raise _Mistake(f"{key} is no key; use name, {', '.join(CONSTRAINT_KEYS)}")
    rule = Constraint(key=key, value=value)
    if not value or (key in LIST_KEYS and not all(rule.words)):
        raise _Mistake(f'{key} needs a value, for instance {key}="..."')
    if key == "max_chars" and not re.fullmatch(r"0*[1-9][0-9]{0,5}", value):
        raise _Mistake(f"max_chars takes a number of 1 or more, not {_shown(value)}")
    if key == "regex":
        try:
            Pattern.of(value)
        except (ConfigurationError, NotSupportedError) as error:
            raise _Mistake(str(error).rstrip(".")) from None
    return rule


def _is_escaped(text: str, position: int) -> bool:
    first = position
    while first and text[first - 1] == "\\":
        first -= 1
    return (position - first) % 2 == 1


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"Line {line}, column {position - text.rfind(chr(10), 0, position)}"


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
