"""JSON as spans hold it: parsed, or salvaged as far as it goes where a limit cut it."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json


class UnreadableError(ValueError):
    """The text is not JSON and no whole element can be taken out of it."""


def looks_like_json(text: str) -> bool:
    """Whether the text may be a JSON object, list or string."""
    return text[:1] in ("{", "[", '"') or text.lstrip()[:1] in ("{", "[")


def parse(text: str) -> Any:
    """Parse JSON.

    Raises:
        UnreadableError: the text is not JSON, or is nested past all depth.
    """
    try:
        return from_json(text, allow_inf_nan=True)
    except ValueError:
        return _parse_slowly(text)  # a lone surrogate or a deep nesting, which the standard parser may still take


def _parse_slowly(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from error


def salvage(text: str) -> Any:
    """The beginning of a JSON text that was cut: elements kept, the last text as far as it goes.

    Raises:
        UnreadableError: nothing can be taken out of it.
    """
    try:
        return from_json(text.rstrip("\ufffd"), allow_partial="trailing-strings")
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def compact(value: Any) -> str:
    """A JSON value as text, with its characters unescaped."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return str(value)
