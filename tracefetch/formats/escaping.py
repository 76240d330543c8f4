"""Text from outside, made safe to show: control characters become visible escapes."""

from __future__ import annotations

import json
import re
from typing import Any

# What may move a cursor, reorder what is read, hide it or break a line: C0 (but not tab and newline),
# DEL and C1, Unicode's line and paragraph separators, its overrides, embeddings and isolates of
# direction (UAX #9), the byte order mark, language tags (invisible text), and lone surrogates.
_UNSAFE = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f"
_ESCAPED = re.compile(f"[{_UNSAFE}]")
_ESCAPED_IN_LINES = re.compile(f"[{_UNSAFE}\t\n]")
_NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def escape(text: str) -> str:
    r"""Control characters as visible escapes (`\x1b`, `\u202e`); newlines and tabs are layout and stay."""
    return _ESCAPED.sub(_visible, text.replace("\r\n", "\n"))


def escape_line(text: str) -> str:
    r"""The same for what must stay on one line: a newline reads `\n`, a tab `\t`."""
    return _ESCAPED_IN_LINES.sub(_visible, text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""JSON that is exact, readable and safe to print: what could act on a terminal is written `\uXXXX`.

    Lone surrogates are escaped too, so that the text is always encodable.
    """
    return _ESCAPED.sub(_json_escape, json.dumps(value, ensure_ascii=False, indent=indent))


def _visible(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(match: re.Match[str]) -> str:
    character = match.group()
    # The only raw control characters that json.dumps leaves are the newlines of its own layout,
    # and those are not matched: everything here stands inside a JSON string.
    return json.dumps(character)[1:-1]
