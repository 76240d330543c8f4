"""`TRACEFETCH_*`: settings as environment variables, all of them text."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from tracefetch.config.layers import Layer
from tracefetch.config.names import ALIASES, CHOOSERS, suggest
from tracefetch.errors import ConfigError

PREFIX = "TRACEFETCH_"
# Variables of the test suite share the prefix and are no settings.
_FOREIGN = ("TEST_",)


def read_environment(environ: Mapping[str, str], *, known: Collection[str]) -> tuple[Layer, dict[str, str], list[str]]:
    """The environment's layer, its `config` and `profile`, and notes on names that no setting has.

    An unknown variable is a note and no error: the environment is shared with other programs.
    An empty one counts as not set.
    """
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    choosers: dict[str, str] = {}
    notes: list[str] = []
    for variable in sorted(environ):
        text = environ[variable]
        rest = variable.removeprefix(PREFIX)
        if rest == variable or not text.strip() or rest.startswith(_FOREIGN):
            continue
        name = rest.lower()
        name = name if name in known else ALIASES.get(name, name)
        if name in CHOOSERS:
            choosers[name] = text
        elif name in known:
            values[name], places[name] = text, f"environment {variable}"
        else:
            notes.append(f"the environment variable {variable} is no setting.{suggest(name, known)}")
    return Layer(values, "environment", places=places), choosers, notes


def as_list(value: Any) -> Any:
    """`a,b` as a list of two; a list as it is."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def as_mapping(value: Any, *, name: str, separator: str) -> Any:
    """`{"a": "b"}`, `a=b,c=d` (headers: `a: b`, a line each) or a list of such pairs as a mapping.

    Raises:
        ConfigError: a pair lacks its separator. The value is not repeated: it may be a secret.
    """
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            raise ConfigError(f"{name}: begins like JSON but is none") from None
    pairs = _pairs(value, separator) if isinstance(value, str) else value
    if not isinstance(pairs, list | tuple) or not all(isinstance(pair, str) for pair in pairs):
        return value
    return dict(_split(pair, name, separator) for pair in pairs)


def _pairs(text: str, separator: str) -> list[str]:
    # A header's value may hold commas, so headers are told apart by lines only.
    parts = text.splitlines() if separator == ":" else text.split(",")
    return [part for part in parts if part.strip()]


def _split(pair: str, name: str, separator: str) -> tuple[str, str]:
    key, found, value = pair.partition(separator)
    if not found or not key.strip():
        raise ConfigError(f"{name}: each entry is written NAME{separator}VALUE")
    return key.strip(), value.strip()
