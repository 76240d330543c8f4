"""What went wrong on the wire, in the words of the error tree."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from tracefetch.errors import (
    ConfigError,
    NotABackendError,
    NotAllowedError,
    ResponseError,
    TracefetchError,
    UnreachableError,
)
from tracefetch.http.bodies import BrokenBodyError
from tracefetch.http.pages import escape, excerpt

if TYPE_CHECKING:
    from tracefetch.config import Settings
    from tracefetch.http.values import Response

# Tempo's and Jaeger's words for a request without, or with an unknown, tenant.
_TENANT_WORDS = ("no org id", "missing tenant header", "unknown tenant", "org id")


def not_allowed(response: Response, *, settings: Settings, backend: str | None, sent: bool) -> NotAllowedError:
    """401 or 403: whether a tenant or a credential is missing, or was refused."""
    words = response.body[:4096].decode("utf-8", "replace").lower()
    if any(phrase in words for phrase in _TENANT_WORDS):
        message = _tenant_message(settings, unknown="unknown tenant" in words)
    else:
        message = _credential_message(settings, sent=sent)
    return NotAllowedError(
        f"{response.url} answers {response.status}: {message}",
        backend=backend,
        url=response.url,
        status=response.status,
        body=excerpt(response.body),
    )


def elsewhere(response: Response, *, target: str, backend: str | None) -> NotABackendError:
    """A redirect that was not followed, since it leads to another origin."""
    return NotABackendError(
        f"{response.url} redirects to {target}, which was not followed: a login page? "
        "If the backend is there, give that address as url; else give a token (--token-env NAME)",
        backend=backend,
        url=response.url,
        status=response.status,
    )


def circular(url: str, hops: int) -> ResponseError:
    """Redirects within the origin that do not end."""
    return ResponseError(f"{url} redirects more than {hops} times: check the base path and the gateway", url=url)


# asyncio does not say why the other side ended a connection.
_TLS_HINT = " (where it asks for a client certificate, give --client-cert FILE)"


def transport_failure(error: Exception, *, url: str, base: str) -> TracefetchError:
    """An exception of httpx's, by what it means; the cause stays chained by the caller."""
    import httpx  # noqa: PLC0415 - heavy, and loaded already wherever this is called

    place = f"{base} can't be reached"
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return ConfigError(f"{url} is no address that can be asked; write http://host:port/path", url=url)
    if isinstance(error, httpx.LocalProtocolError | UnicodeError):
        # Its text may quote a header's value.
        return ConfigError("a header, token or tenant has a character that HTTP does not allow", url=url)
    if isinstance(error, httpx.RemoteProtocolError) and "location header" in str(error):
        # httpx reads the target of a redirect even where it is not to follow it.
        return ResponseError(f"{url} redirects to what is no address: {_text(error)}", url=url)
    if isinstance(error, httpx.ProxyError):
        return UnreachableError(f"{place} through the proxy of the environment: {_text(error)}", url=url)
    if isinstance(error, httpx.ConnectTimeout):
        return UnreachableError(f"{place}: no connection in time; check host, port and firewall", url=url)
    if isinstance(error, httpx.ConnectError):
        return UnreachableError(f"{place}: {_why_unconnected(error)}", url=url)
    if _wants_certificate(error):
        return UnreachableError(f"{place}: it asks for a client certificate; give one with --client-cert FILE", url=url)
    if isinstance(error, BrokenBodyError | httpx.TransportError):
        hint = _TLS_HINT if base.startswith("https:") and not str(error) else ""
        return UnreachableError(f"the connection to {base} broke: {_text(error)}; try again{hint}", url=url)
    return ResponseError(f"the answer of {url} can't be used: {_text(error)}", url=url)


def is_lasting(error: BaseException) -> bool:
    """Asking again can't help: a certificate that is not trusted, or none of ours where one is wanted."""
    return _cause(error, ssl.SSLCertVerificationError) is not None or _wants_certificate(error)


def _wants_certificate(error: BaseException) -> bool:
    """The server ended the handshake for want of a client's certificate (TLS 1.3)."""
    return "CERTIFICATE_REQUIRED" in str(_cause(error, ssl.SSLError) or "")


def _tenant_message(settings: Settings, *, unknown: bool) -> str:
    if settings.tenant is None:
        return "the backend has tenants, and none was given: --tenant NAME (or TRACEFETCH_TENANT)"
    state = "does not know" if unknown else "does not accept"
    return f"the backend {state} the tenant {escape(settings.tenant)!r}: check --tenant"


def _credential_message(settings: Settings, *, sent: bool) -> str:
    withheld = " ".join(note for note in settings.notes if "was not used for" in note)
    if withheld:
        return withheld
    if not sent:
        return "no credential was sent; give a token (--token-env NAME), a header, or user and password in the url"
    return "the credential that was sent was refused; check that it is valid and may read traces"


def _why_unconnected(error: Exception) -> str:
    refused = _cause(error, ssl.SSLCertVerificationError)
    if isinstance(refused, ssl.SSLCertVerificationError):
        reason = escape(str(refused.verify_message))
        return f"its certificate is not trusted ({reason}); give its authority with --ca-bundle FILE or SSL_CERT_FILE"
    if _cause(error, ssl.SSLError) is not None:
        return "the TLS handshake failed; is this port plain http, or does it want a client certificate?"
    if _cause(error, ConnectionRefusedError) is not None:
        return "the connection was refused; is it running, and is the port right?"
    return f"{_text(error)}; check host and port"


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    """The nearest exception of a kind in the chain of causes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kind):
            return error
        seen.add(id(error))
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
        error = inner or error.__cause__ or error.__context__
    return None


def _text(error: Exception) -> str:
    return escape(str(error))[:200] or error.__class__.__name__
