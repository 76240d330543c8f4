"""What must not leak: `${NAME}` in settings, literal secrets, and the origin a credential belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from tracefetch.config.addresses import parse_address
from tracefetch.errors import ConfigError

CREDENTIALS = ("token", "headers", "client_cert", "client_key")
MASK = "********"

_REFERENCE = re.compile(r"\$(\$?)\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_HEADER = re.compile(r"auth|token|secret|password|credential|cookie|api.?key|access.?key|session", re.IGNORECASE)


def expand(value: Any, environ: Mapping[str, str], *, where: str) -> Any:
    """Replace `${NAME}` in all strings of a value; `$${NAME}` stays as `${NAME}`.

    Raises:
        ConfigError: the variable is not set, or is no name.
    """
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _look_up(match, environ, where), value)
    if isinstance(value, Mapping):
        return {key: expand(item, environ, where=where) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [expand(item, environ, where=where) for item in value]
    return value


def expand_url(url: str, environ: Mapping[str, str], *, where: str) -> str:
    """Expand a URL; what stands before the `@` is percent-encoded, so that a password may hold any character."""
    user_info = _user_info(url)
    if not has_reference(user_info):
        return str(expand(url, environ, where=where))
    quoted = {name: quote(value, safe="") for name, value in environ.items()}
    head, _, tail = url.partition(user_info)
    return head + str(expand(user_info, quoted, where=where)) + str(expand(tail, environ, where=where))


def has_reference(value: Any) -> bool:
    """Some string of the value holds a `${NAME}`."""
    if isinstance(value, Mapping):
        return any(has_reference(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_reference(item) for item in value)
    return isinstance(value, str) and any(not match[1] for match in _REFERENCE.finditer(value))


def refuse_literals(values: Mapping[str, Any], *, where: str) -> None:
    """A secret written out in a config that others store is an error.

    Raises:
        ConfigError: a token, a password in the url, or a header that looks like a credential, written out.
    """
    advice = "promptfoo stores its configs, so write ${NAME} and set NAME in the environment"
    if "token" in values and not has_reference(values["token"]):
        raise ConfigError(f"{where}: token is written out; {advice} (or give token_env: NAME)")
    for name, value in _pairs(values.get("headers")):
        if _SECRET_HEADER.search(name) and not has_reference(value):
            raise ConfigError(f"{where}: header {name} is written out; {advice}")
    url = values.get("url")
    if isinstance(url, str) and has_password(url) and not has_reference(_user_info(url)):
        raise ConfigError(f"{where}: the url has a password in it; {advice}")


def has_password(url: str) -> bool:
    """The URL carries a user or a password."""
    return bool(_user_info(url))


def reveal(secret: SecretStr | None) -> str | None:
    """The secret's text, for the one place that sends it."""
    return secret.get_secret_value() if secret is not None else None


def origin_named(values: Mapping[str, Any]) -> str | None:
    """The origin that a layer's own `url` names; None where it names none."""
    url = values.get("url")
    return parse_address(url).origin or None if isinstance(url, str) else None


def _look_up(match: re.Match[str], environ: Mapping[str, str], where: str) -> str:
    escaped, name = match.groups()
    if escaped:
        return match[0][1:]
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{where}: ${{{name}}} is not the name of an environment variable; write ${{NAME}}")
    if name not in environ:
        raise ConfigError(f"{where}: the environment variable {name} is not set")
    return environ[name]


def _pairs(headers: Any) -> list[tuple[str, Any]]:
    if isinstance(headers, Mapping):
        return [(str(name), value) for name, value in headers.items()]
    if isinstance(headers, str):
        headers = [headers]
    if isinstance(headers, list | tuple):
        return [(str(line).partition(":")[0], line) for line in headers]
    return []


def _user_info(url: str) -> str:
    rest = url.partition("://")[2] or url
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return authority.rpartition("@")[0]
