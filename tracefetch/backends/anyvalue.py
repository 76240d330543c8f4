"""OTLP's AnyValue in JSON as Python values.

Source: opentelemetry-proto, common/v1/common.proto, and the OTLP/JSON mapping (int64 as strings).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tracefetch.models import Attributes


def read_attributes(items: Iterable[Any] | None) -> Attributes:
    """Attributes from OTLP/JSON's list of `{key, value}`; the last of equal keys wins."""
    found: Attributes = {}
    for item in items or ():
        value = item.get("value")
        text = value.get("stringValue") if value else None
        found[item["key"]] = text if isinstance(text, str) else read_value(value)
    return found


def read_value(value: Any) -> Any:
    """One AnyValue of OTLP/JSON; None where it holds nothing."""
    if not isinstance(value, dict) and not isinstance(value, Mapping):
        return value  # written by hand: the plain value instead of `{"stringValue": …}`
    for key, content in value.items():
        reader = _JSON_READERS.get(key)
        if reader is not None and content is not None:
            return reader(content)
    return None


def _number(content: Any) -> float:
    return float(content)


def _integer(content: Any) -> int:
    return int(content)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else str(content)


def _array(content: Any) -> list[Any]:
    return [read_value(item) for item in content.get("values") or ()]


def _map(content: Any) -> dict[str, Any]:
    return {item["key"]: read_value(item.get("value")) for item in content.get("values") or ()}


def _bytes(content: Any) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return str(content).encode()


_JSON_READERS: dict[str, Callable[[Any], Any]] = {
    "stringValue": _text,
    "intValue": _integer,
    "doubleValue": _number,
    "boolValue": lambda content: content is True or content == "true",
    "arrayValue": _array,
    "kvlistValue": _map,
    "bytesValue": _bytes,
    "string_value": _text,
    "int_value": _integer,
    "double_value": _number,
    "bool_value": lambda content: content is True or content == "true",
    "array_value": _array,
    "kvlist_value": _map,
    "bytes_value": _bytes,
}
