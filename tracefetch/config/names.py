"""Settings' names as the doors write them: kebab-case, camelCase, singular flags."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

from tracefetch.errors import ConfigError

ALIASES = {
    "timeout": "timeout_seconds",
    "ttl": "ttl_seconds",
    "map": "attribute_maps",
    "maps": "attribute_maps",
    "convention": "conventions",
    "session_attribute": "session_attributes",
    "header": "headers",
}
# What promptfoo itself reads in a Python provider's `config:`.
PROMPTFOO_KEYS = frozenset({"base_path", "workers", "timeout", "python_executable"})
# What chooses a layer rather than being a setting.
CHOOSERS = frozenset({"config", "profile"})


def snake_case(name: str) -> str:
    """`timeoutSeconds` and `timeout-seconds` as `timeout_seconds`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()


def normalise(layer: Mapping[str, Any], *, known: Collection[str], where: str) -> dict[str, Any]:
    """The layer under the settings' own names, without what is None.

    Raises:
        ConfigError: a key that no setting has (the nearest is named), or one setting given twice.
    """
    values: dict[str, Any] = {}
    for written, value in layer.items():
        if value is None:
            continue
        name = snake_case(str(written))
        name = name if name in known else ALIASES.get(name, name)
        if name not in known:
            raise ConfigError(f"{where}: there is no setting {written!r}.{suggest(name, known)}")
        if name in values:
            raise ConfigError(f"{where}: {written!r} sets {name} a second time; keep one of the two")
        values[name] = value
    return values


def suggest(name: str, known: Collection[str]) -> str:
    """` Did you mean …?`, or nothing where nothing is near."""
    near = difflib.get_close_matches(name, [*known, *ALIASES], n=1, cutoff=0.5)
    return f" Did you mean {ALIASES.get(near[0], near[0])!r}?" if near else ""
