"""JSON from outside: bytes to values, whatever is wrong with them.

A lone surrogate (half a character, what a UTF-16 program leaves when it cuts) becomes U+FFFD: no
UTF-8 output could carry it. That and nesting past all depth are told, not raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")
_LINE = re.compile(r"(?<=\n)[{\[]")
_SPACE = re.compile(r"[\s\x1e\ufeff]*")  # RFC 7464's record separator and a BOM count as space


class JsonTroubleError(ValueError):
    """The text is no JSON value. `at_end`: it breaks off, as a cut file does."""

    def __init__(self, message: str, *, at_end: bool = False) -> None:
        super().__init__(message)
        self.at_end = at_end


def read_json(body: bytes) -> tuple[Any, bool]:
    """One JSON value, and whether lone surrogates in it were replaced.

    Raises:
        JsonTroubleError: it is not JSON, not UTF-8, or nested past all depth.
    """
    try:
        value = json.loads(body)
    except RecursionError as error:
        raise JsonTroubleError("it is nested past all depth") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise JsonTroubleError(str(error)) from error
    return mend(value) if _SURROGATE_ESCAPE.search(body) else (value, False)


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


def read_values(text: str) -> Iterator[Any]:
    """The JSON values that follow one another in a text: lines, concatenated, or one.

    In the place of one that can't be read stands a `JsonTroubleError`; what follows on its own line is
    read again.
    """
    decoder = json.JSONDecoder()
    position = _skip(text, 0)
    while position < len(text):
        try:
            value, end = decoder.raw_decode(text, position)
        except RecursionError:
            value, end = JsonTroubleError("it is nested past all depth"), _next_line(text, position)
        except json.JSONDecodeError as error:
            value, end = JsonTroubleError(str(error), at_end=_breaks_off(text, error)), _next_line(text, position)
        yield value
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
