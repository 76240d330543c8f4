"""Where a backend is: `url` taken apart, its credentials kept away from its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from tracefetch.errors import ConfigError

Kind = Literal["http", "file", "other"]

_HOST_AND_PORT = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):\d{1,5}(?:/|$)")
_USER_AND_HOST = re.compile(r"^[^/\\@\s]+@[^/\\@\s]+:\d{1,5}(?:/|$)")
_PASSWORD = re.compile(r"^[^/\\@]*:[^/\\]*@")
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed `url`.

    Attributes:
        kind: "http" for a server, "file" for a path, glob, folder or `-`, "other" for a scheme
            that a third party's backend brings.
        url: what may be shown: without credentials, without a trailing slash; a path for a file.
        backend: what the scheme decides (`jaeger+http://` -> "jaeger", `sql://` -> "sql").
        origin: `scheme://host:port`, lower-case, the port always written; "" for a file.
        username, password: from the URL, percent-decoded.
    """

    kind: Kind
    url: str
    backend: str | None = None
    origin: str = ""
    username: str | None = None
    password: SecretStr | None = None

    @property
    def setting(self) -> str:
        """The address as a `url` setting, without credentials."""
        scheme = self.url.partition("://")[0].lower()
        decides = self.kind != "file" and self.backend not in (None, scheme)
        return f"{self.backend}+{self.url}" if decides else self.url

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        host = urlsplit(self.url).hostname or ""
        return self.kind == "http" and (host in ("localhost", "::1") or host.startswith("127."))


def parse_address(text: str) -> Address:
    """Take a `url` setting apart.

    Raises:
        ConfigError: no address, a `file://` URL, a query or fragment, no host, a bad port.
    """
    text = text.strip()
    if not text:
        raise ConfigError("url is empty: give http://host:port, a file, a folder, or - for standard input")
    if _HOST_AND_PORT.match(text) or _USER_AND_HOST.match(text):
        text = "http://" + text
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _path(text)
    if scheme[1].lower() == "file":
        raise ConfigError(f"url: drop the file:// and give the plain path: {unquote(text[len('file://') :])}")
    return _server(text, scheme[1].lower())


def origin_of(parts: SplitResult) -> str:
    """`scheme://host:port` with the default port filled in."""
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _DEFAULT_PORTS.get(scheme, "")
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _path(text: str) -> Address:
    if text.lower().startswith("file:"):
        raise ConfigError(f"url: drop the file: and give the plain path: {text[len('file:') :]}")
    if _PASSWORD.match(text):
        # Neither a path nor quite a server; and not to be shown as either.
        raise ConfigError("url: what looks like user:password@host needs its scheme: http://user:password@host:port")
    return Address(kind="file", url=text, backend="file")


def _server(text: str, scheme: str) -> Address:
    backend, plus, web = scheme.rpartition("+")
    parts = _split(web + text[len(scheme) :])
    if web in ("http", "https"):
        if parts.query or parts.fragment:
            raise ConfigError("url: give the address up to its path, without ? or #")
        return _address(parts, "http", backend if plus else None)
    return _address(parts, "other", backend or web)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        # Neither the text nor the cause is told: a password may stand in them.
        raise ConfigError("url: host or port is malformed; write http://host:port/path") from None
    if parts.scheme in _DEFAULT_PORTS and (not parts.hostname or port == 0):
        raise ConfigError("url has no host or no usable port; write http://host:port/path")
    return parts


def _address(parts: SplitResult, kind: Kind, backend: str | None) -> Address:
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
    if kind == "http":
        shown = shown._replace(path=parts.path.rstrip("/"))
    return Address(
        kind=kind,
        url=urlunsplit(shown),
        backend=backend,
        origin=origin_of(parts) if kind == "http" else f"{parts.scheme}://{shown.netloc.lower()}",
        username=unquote(parts.username) if parts.username else None,
        password=SecretStr(unquote(parts.password)) if parts.password else None,
    )
