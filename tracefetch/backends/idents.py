"""Trace and span ids: hex, base64, padded, trimmed or as somebody wrote them."""

from __future__ import annotations

import base64
import binascii

from tracefetch.errors import UsageError

TRACE_WIDTH = 32
SPAN_WIDTH = 16

_HEX = frozenset("0123456789abcdefABCDEF")


def is_hex(text: str) -> bool:
    """Whether the text has hex digits only, and at least one."""
    return bool(text) and _HEX.issuperset(text)


def padded(ident: str, width: int = TRACE_WIDTH) -> str:
    """A hex id in lower case with its leading zeros; any other text as it is."""
    return ident.lower().rjust(width, "0") if is_hex(ident) and len(ident) <= width else ident


def server_id(trace_id: str, *, backend: str) -> str:
    """A trace id such as servers know, as it was given; nothing else may go into the path of a request.

    Raises:
        UsageError: it is not 1 to 32 hex digits.
    """
    ident = trace_id.strip()
    if not is_hex(ident) or len(ident) > TRACE_WIDTH:
        rule = f"{backend.capitalize()}'s are 1 to 32 hex digits"
        raise UsageError(
            f"{trace_id[:100]!r} is no trace id: {rule}. Is it a session's?", backend=backend, ident=trace_id
        )
    return ident


def read_id(value: object, width: int) -> str:
    """An id as OTLP/JSON or Tempo write it: hex in lower case, base64 becomes hex; "" where there is none.

    What is neither stays as written: files of other tools have ids of any length.
    """
    if not isinstance(value, str):
        return "" if value is None else str(value)
    if len(value) == width and value.isalnum() and (raw := _from_hex(value)) is not None:
        return value.lower() if raw.strip(b"\0") else ""  # as most write it
    if is_hex(value):
        return "" if not value.strip("0") else (value.lower() if len(value) == width else value)
    if value.endswith("="):
        return _from_base64(value, width) or value
    return value


def _from_hex(value: str) -> bytes | None:
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None


def _from_base64(value: str, width: int) -> str | None:
    """Base64 of exactly the bytes of an id, which always ends in `=`, as hex."""
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) * 2 == width else None


def same_id(one: str, other: str) -> bool:
    """Whether two ids are equal but for case and leading zeros."""
    return one == other or (is_hex(one) and is_hex(other) and one.lower().lstrip("0") == other.lower().lstrip("0"))
