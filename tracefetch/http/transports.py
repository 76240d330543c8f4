"""What both httpx clients are built with: trust, limits, and proxies of the environment."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from tracefetch.config import Settings
from tracefetch.errors import ConfigError
from tracefetch.http.budget import Budget

CONNECT_SECONDS = 10.0


def client_options(settings: Settings) -> dict[str, Any]:
    """The arguments of `httpx.Client` and `httpx.AsyncClient`, all but `transport`.

    `trust_env` means proxies and SSL_CERT_FILE; httpx reads no .netrc by itself.

    Raises:
        ConfigError: a certificate can't be loaded.
    """
    size = settings.concurrency
    return {
        "verify": _trust(settings),
        "limits": httpx.Limits(max_connections=size, max_keepalive_connections=size),
        "follow_redirects": False,
        "trust_env": True,
    }


def unusable_proxy(error: Exception) -> ConfigError:
    """The environment's proxy is of a kind that httpx can't use; its text may hold a password."""
    kind = "a SOCKS proxy, which needs httpx[socks]" if isinstance(error, ImportError) else "one that can't be used"
    return ConfigError(
        f"the proxy in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) is {kind}; set NO_PROXY=HOST"
    )


def timeouts(budget: Budget) -> httpx.Timeout:
    """No wait of the socket's outlasts the deadline."""
    left = max(budget.remaining(), 0.001)
    return httpx.Timeout(left, connect=min(CONNECT_SECONDS, left))


def _trust(settings: Settings) -> ssl.SSLContext:
    address = settings.address
    if address is None or not address.url.startswith("https:"):
        # Loading the certificate authorities takes 20 ms, and nothing here speaks TLS. This
        # context trusts nobody, so a mistake fails closed.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context = _authorities(settings)
        if settings.client_cert is not None:
            # An empty password: never a prompt on the terminal for an encrypted key.
            context.load_cert_chain(settings.client_cert, settings.client_key, password=lambda: b"")
        return context
    except OSError as error:  # ssl.SSLError is one
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            f"the certificates can't be loaded ({reason}): check ca_bundle, client_cert, client_key and SSL_CERT_FILE"
        ) from error


def _authorities(settings: Settings) -> ssl.SSLContext:
    bundle = settings.ca_bundle
    if bundle is None:
        return httpx.create_ssl_context()  # honours SSL_CERT_FILE and SSL_CERT_DIR
    return ssl.create_default_context(capath=bundle) if bundle.is_dir() else ssl.create_default_context(cafile=bundle)
