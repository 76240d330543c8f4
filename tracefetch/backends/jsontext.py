"""JSON from outside: bytes to values, whatever is wrong with them.

A lone surrogate (half a character, what a UTF-16 program leaves when it cuts) becomes U+FFFD: no
UTF-8 output could carry it. Of nesting past all depth null stays. Both are told, not raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import Flag, auto
from typing import Any

DEEPEST = 200  # levels that are kept of a text in which Python's reader (some 1,000) comes to its end

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")
_LINE = re.compile(r"(?<=\n)[{\[]")
_SPACE = re.compile(r"[\s\x1e\ufeff]*")  # RFC 7464's record separator and a BOM count as space
_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)  # or a string, which may hold some


class Repair(Flag):
    """What had to be done to a value before it could be used."""

    NONE = 0
    HALVES = auto()  # lone surrogates became U+FFFD
    DEPTH = auto()  # null stands in the place of what is nested past `DEEPEST`


class JsonTroubleError(ValueError):
    """The text is no JSON value. `at_end`: it breaks off, as a cut file does."""

    def __init__(self, message: str, *, at_end: bool = False) -> None:
        super().__init__(message)
        self.at_end = at_end


def read_json(body: bytes) -> tuple[Any, Repair]:
    """One JSON value, and what was repaired in it.

    Raises:
        JsonTroubleError: it is not JSON, or not UTF-8.
    """
    repair = Repair.NONE
    try:
        value = json.loads(body)
    except RecursionError:
        value, _ = _read_shallow(body.decode("utf-8", "replace"), 0)
        repair = Repair.DEPTH
    except (ValueError, UnicodeDecodeError) as error:
        raise JsonTroubleError(str(error)) from error
    if _SURROGATE_ESCAPE.search(body):
        value, more = _mended(value, body.decode("utf-8", "replace"), 0)
        repair |= more
    return value, repair


def _mended(value: Any, text: str, start: int) -> tuple[Any, Repair]:
    """The value of this text with whole characters only, and what that took."""
    depth = Repair.NONE
    try:
        value, halves = mend(value)
    except RecursionError:
        value, halves = mend(_read_shallow(text, start)[0])
        depth = Repair.DEPTH
    return value, depth | (Repair.HALVES if halves else Repair.NONE)


def _read_shallow(text: str, start: int) -> tuple[Any, int]:
    """The value that begins there without what is nested past `DEEPEST`, and where it ends.

    Raises:
        JsonTroubleError: it does not end, or is no JSON for another reason.
    """
    pieces, depth, position = [], 0, start
    for token in _BRACKET.finditer(text, start, _next_line(text, start)):
        if token[0] in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                pieces.append(text[position : token.start()])
        elif token[0] in "]}":
            depth -= 1
            if depth == DEEPEST:
                pieces.append("null")
                position = token.end()
            if depth <= 0:
                return _loads("".join([*pieces, text[position : token.end()]])), token.end()
    raise JsonTroubleError("it is nested past all depth, and breaks off")


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise JsonTroubleError(str(error)) from error


def mend(value: Any) -> tuple[Any, bool]:
    """The value with lone surrogates replaced by U+FFFD, and whether there were any."""
    if isinstance(value, str):
        return (_LONE.sub("\ufffd", value), True) if _LONE.search(value) else (value, False)
    if isinstance(value, dict):
        keys, names = _mend_all(list(value))
        values, contents = _mend_all(list(value.values()))
        return dict(zip(keys, values, strict=True)), names or contents
    if isinstance(value, list):
        return _mend_all(value)
    return value, False


def _mend_all(values: list[Any]) -> tuple[list[Any], bool]:
    pairs = [mend(value) for value in values]
    return [value for value, _ in pairs], any(mended for _, mended in pairs)


def read_values(text: str) -> Iterator[tuple[Any, Repair]]:
    """The JSON values that follow one another in a text: lines, concatenated, or one; and what was repaired.

    In the place of one that can't be read stands a `JsonTroubleError`; what follows on its own line is
    read again.
    """
    decoder = json.JSONDecoder()
    position = _skip(text, 0)
    may_have_halves = "\\u" in text
    while position < len(text):
        repair = Repair.NONE
        try:
            try:
                value, end = decoder.raw_decode(text, position)
            except RecursionError:
                value, end = _read_shallow(text, position)
                repair = Repair.DEPTH
        except JsonTroubleError as trouble:
            value, end = trouble, _next_line(text, position)
        except json.JSONDecodeError as error:
            value, end = JsonTroubleError(str(error), at_end=_breaks_off(text, error)), _next_line(text, position)
        if may_have_halves:
            value, more = _mended(value, text, position)
            repair |= more
        yield value, repair
        position = _skip(text, end)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _next_line(text: str, position: int) -> int:
    """Where the next line begins that may begin a value: values within others are indented or follow a comma."""
    match = _LINE.search(text, position + 1)
    return match.start() if match else len(text)


def _breaks_off(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the fault is that the text ends too early."""
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
