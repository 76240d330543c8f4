"""Command lines that `doctor` prints: what to type next, with the flags that got here. No secret is among them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tracefetch.config import Settings
    from tracefetch.models.diagnosis import Diagnosis

# Flags that say where to ask, as whom, how much and how to read.
_CARRIED = {
    "backend": "--backend", "api": "--api", "tenant": "--tenant", "token_env": "--token-env",
    "ca_bundle": "--ca-bundle", "client_cert": "--client-cert", "client_key": "--client-key",
    "session_attributes": "--session-attribute", "conventions": "--convention", "attribute_maps": "--map",
    "service": "--service", "since": "--since", "until": "--until", "config": "--config", "profile": "--profile",
    "timeout_seconds": "--timeout", "max_requests": "--max-requests", "max_bytes": "--max-bytes",
    "concurrency": "--concurrency", "requests_per_second": "--requests-per-second", "search_limit": "--search-limit",
    "max_attribute_bytes": "--max-attribute-bytes",
}  # fmt: skip
_NAMED = re.compile(r"\$\{\w+\}")


def next_steps(found: Diagnosis, settings: Settings, flags: Mapping[str, Any]) -> Iterator[str]:
    """What to type next.

    Args:
        flags: what was typed, by the names of settings.
    """
    given = [*_given(settings, flags), *found.flags]
    if found.tenancy and not settings.tenant:
        yield shlex.join(["tracefetch", "doctor", *given, "--tenant", "NAME"])
        return
    if not found.conversations:
        yield shlex.join(["tracefetch", "search", *given, *([] if flags.get("since") else ["--since", "30d"])])
        return
    talk = next((talk for talk in found.conversations if talk.turns), found.conversations[0])
    which = ["--session", talk.id] if talk.is_session else ["--trace", talk.id]
    yield shlex.join(["tracefetch", "get", *which, *given])
    yield shlex.join(["tracefetch", "search", *given])


def _given(settings: Settings, flags: Mapping[str, Any]) -> Iterator[str]:
    if flags.get("url"):
        yield from ("--url", _with_password_named(str(settings.url), str(flags["url"])))
    for name, flag in _CARRIED.items():
        value = flags.get(name)
        for word in value if isinstance(value, tuple) else (value,):
            yield from (flag, str(word)) if word is not None else ()
    for name, value in (flags.get("headers") or {}).items():
        # Written out it may be a secret; as ${NAME} it is only where to find one.
        yield from ("--header", f"{name}:{value if value.startswith('${') else '${VALUE}'}")
    for meaning, name in (flags.get("attributes") or {}).items():
        yield from ("--attribute", f"{meaning}={name}")


def _with_password_named(url: str, typed: str) -> str:
    """The address with the user that was typed; a password only as `${NAME}`."""
    who, at, _ = urlsplit(typed if "://" in typed else f"//{typed}").netloc.rpartition("@")
    scheme, separator, rest = url.rpartition("://")
    if not at or "@" in rest.partition("/")[0]:
        return url
    user, _, password = who.partition(":")
    return f"{scheme}{separator}{user}:{password if _NAMED.fullmatch(password) else '${PASSWORD}'}@{rest}"
