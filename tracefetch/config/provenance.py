"""What the settings are and where each came from, with secrets masked; and their digest."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from tracefetch.config.secrets import MASK
from tracefetch.config.settings import Settings

DEFAULT = "default"

# Settings that change how an answer is fetched or shown, but not what the answer is.
_WITHOUT_EFFECT = frozenset(
    {
        *("timeout_seconds", "max_bytes", "max_requests", "concurrency", "requests_per_second"),
        *("ttl_seconds", "cache_bytes", "mode", "turn_index", "view", "format", "strict", "token_env"),
    }
)
# A key of this process alone: a digest of a short password can't be looked up in a table.
_KEY = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Provenance:
    """One setting as it is in force: its value as text (secrets masked) and its place."""

    name: str
    value: str
    source: str


def provenance(settings: Settings) -> list[Provenance]:
    """All settings in the model's order."""
    return [
        Provenance(name, _shown(getattr(settings, name)), _source(settings, name))
        for name in type(settings).model_fields
    ]


def fingerprint(settings: Settings) -> str:
    """A digest of everything that decides an answer, credentials included; good within this process."""
    values = {
        name: _plain(getattr(settings, name)) for name in type(settings).model_fields if name not in _WITHOUT_EFFECT
    }
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=_KEY, digest_size=16).hexdigest()


def _source(settings: Settings, name: str) -> str:
    place = "url" if name in ("username", "password") else name
    if name not in settings.model_fields_set:
        return DEFAULT
    return settings.sources.get(place, "given")


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, dict):
        return ", ".join(f"{key}={_shown(item)}" for key, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
