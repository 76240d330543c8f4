"""One backend as the drivers see it: address, credentials, what was sent and received so far.

Both drivers build their requests here and have their answers judged here, so that they differ in
how they wait and in nothing else.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

from tracefetch.config import Settings
from tracefetch.config.addresses import origin_of
from tracefetch.errors import ConfigError, DeadlineError, LimitError, TracefetchError
from tracefetch.http.audit import Audit, Exchange
from tracefetch.http.budget import Budget
from tracefetch.http.failures import elsewhere, not_allowed
from tracefetch.http.gate import Gate
from tracefetch.http.pages import escape, excerpt
from tracefetch.http.values import Request, Response

TENANT_HEADERS = {"tempo": "X-Scope-OrgID", "jaeger": "x-tenant"}
MASK = "***"
# A header's value shorter than this is a flag or a number, and masking it would garble messages.
_SECRET_CHARACTERS = 4


class Connection:
    """Settings made into requests, and the state that all requests to one backend share.

    Attributes:
        backend: "jaeger", "tempo", …, or None while it is being found out; set it when known.
        requests: requests sent, repetitions and followed redirects included.
        bytes_received: of all bodies, after decompression.
    """

    def __init__(self, settings: Settings, *, audit: Audit | None = None) -> None:
        self.settings = settings
        self.backend = settings.named_backend
        self.requests = 0
        self.bytes_received = 0
        self.gate = Gate(settings.requests_per_second)
        self._audit = audit
        self._lock = threading.Lock()
        address = settings.address
        self.base = address.url if address is not None and address.kind == "http" else ""
        self.origin = address.origin if address is not None else ""
        # On this machine compression costs the backend more time than it saves.
        self._encoding = "identity" if address is not None and address.is_loopback else "gzip"
        self._credentials = _credentials(settings)
        self._secrets = _secrets(settings, self._credentials)

    def budget(self) -> Budget:
        """A fresh budget for one question."""
        settings = self.settings
        return Budget(
            timeout_seconds=settings.timeout_seconds, max_requests=settings.max_requests, max_bytes=settings.max_bytes
        )

    def url(self, request: Request) -> str:
        """Where a request goes.

        Raises:
            ConfigError: there is no server to ask.
        """
        if not self.base:
            raise ConfigError("no url: give the address of a Jaeger or Tempo with --url, or set TRACEFETCH_URL")
        # An id may hold a lone surrogate; it has to be asked for, not to fail here.
        query = urlencode(request.params, quote_via=quote, errors="surrogatepass") if request.params else ""
        return f"{self.base}{request.path}" + (f"?{query}" if query else "")

    def headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        """All headers of a request; the request's own win over the settings'."""
        headers = {
            "accept": "*/*",
            "accept-encoding": self._encoding,
            "user-agent": _user_agent(),
            **self._tenant(),
            **self._credentials,
            **{name.lower(): value for name, value in request.headers},
        }
        return [(name.encode("ascii"), value.strip().encode("utf-8", "replace")) for name, value in headers.items()]

    def redirect(self, url: str, location: str) -> str | None:
        """The next URL of a redirect within the origin; None where it leads elsewhere."""
        target = urlsplit(urljoin(url, location))
        try:
            at_home = target.scheme in ("http", "https") and origin_of(target) == self.origin
        except ValueError:
            return None
        # A user name in a redirect would become basic auth.
        return urlunsplit(target._replace(netloc=target.netloc.rpartition("@")[2], fragment="")) if at_home else None

    def receive(self, request: Request, url: str, status: int, headers: Mapping[str, str], body: bytes) -> Response:
        """A response value, with its `error` where no backend could use it."""
        shown = display(url)
        response = Response(request, status, headers, body, shown)
        error: TracefetchError | None = None
        if status in (401, 403):
            error = not_allowed(response, settings=self.settings, backend=self.backend, sent=bool(self._credentials))
        elif 300 <= status < 400 and "location" in headers:
            error = elsewhere(response, target=display(urljoin(url, headers["location"])), backend=self.backend)
        if error is None:
            return response
        return Response(request, status, headers, body, shown, self.clean(error))

    def settle(self, request: Request, error: TracefetchError, *, optional: bool) -> Response:
        """An error as the answer to an optional request; else, and where a bound was passed, it is raised."""
        if not optional or isinstance(error, DeadlineError | LimitError | ConfigError):
            raise error
        return Response(request, 0, {}, b"", error.url or self.base, error)

    def accept(self, response: Response, *, optional: bool) -> Response:
        """An answer; its error is raised where the request was not optional."""
        if response.error is not None and not optional:
            raise response.error
        return response

    def clean(self, error: TracefetchError) -> TracefetchError:
        """Mask secrets that a server echoed, and say which backend it was."""
        error.message = self.mask(error.message)
        error.args = (error.message,)
        error.body = self.mask(error.body) if error.body else None
        error.backend = error.backend or self.backend
        error.url = error.url or self.base or None
        return error

    def mask(self, text: str) -> str:
        """The text without any of the settings' secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
            # An excerpt may have been cut in the middle of a secret.
            cut = (size for size in range(len(secret) - 1, _SECRET_CHARACTERS - 1, -1) if text.endswith(secret[:size]))
            if (size := next(cut, 0)) > 0:
                text = text[:-size] + MASK
        return text

    def count(self, *, requests: int = 0, received: int = 0) -> None:
        """Add to the counters."""
        with self._lock:
            self.requests += requests
            self.bytes_received += received

    def report(self, exchange: Exchange) -> None:
        """Hand a record to the audit, one at a time."""
        if self._audit is not None:
            with self._lock:
                self._audit(exchange)

    def auditable(self, url: str) -> str:
        """A URL as the audit shows it."""
        return self.mask(escape(url))

    def excerpt(self, body: bytes) -> str:
        """A body's first characters, escaped and masked."""
        return self.mask(excerpt(body))

    def _tenant(self) -> dict[str, str]:
        tenant = self.settings.tenant
        if tenant is None:
            return {}
        known = TENANT_HEADERS.get(self.backend or "")
        return {name.lower(): tenant for name in ([known] if known else TENANT_HEADERS.values())}


def display(url: str) -> str:
    """A URL without credentials, query and fragment, control characters escaped."""
    parts = urlsplit(url)
    return escape(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")))


def _credentials(settings: Settings) -> dict[str, str]:
    """The headers that settings ask for, by lower-case name; an explicit Authorization wins."""
    headers = {name.lower(): value.get_secret_value() for name, value in settings.headers.items()}
    if "authorization" in headers:
        return headers
    if settings.token is not None:
        headers["authorization"] = f"Bearer {settings.token.get_secret_value().strip()}"
    elif settings.username is not None or settings.password is not None:
        password = settings.password.get_secret_value() if settings.password is not None else ""
        pair = f"{settings.username or ''}:{password}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(pair).decode('ascii')}"
    return headers


def _secrets(settings: Settings, credentials: Mapping[str, str]) -> tuple[str, ...]:
    """All texts that must appear nowhere, the longest first."""
    texts = {value for value in credentials.values() if len(value) >= _SECRET_CHARACTERS}
    texts |= {value.partition(" ")[2] for value in texts}
    texts |= {secret.get_secret_value() for secret in (settings.token, settings.password) if secret is not None}
    texts |= {quote(text, safe="") for text in texts}
    return tuple(sorted((text for text in texts if text), key=len, reverse=True))


@cache
def _user_agent() -> str:
    try:
        return f"tracefetch/{version('tracefetch')}"
    except PackageNotFoundError:
        return "tracefetch"
