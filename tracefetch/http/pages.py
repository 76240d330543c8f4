"""Bodies that are shown to people: an excerpt, and what a web page tells about a wrong address."""

from __future__ import annotations

import re

from tracefetch.errors import BODY_CHARACTERS, NotABackendError
from tracefetch.http.values import Response

_BEGINS_LIKE_HTML = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|sso|oauth2?|saml2?|auth|authorize)(?:[/.?]|$)", re.IGNORECASE)
_LOGIN_WORDS = re.compile(
    r"type=[\"']?password|\b(?:log|sign)[ -]?(?:in|on)\b|single sign-on|authenticate", re.IGNORECASE
)


def is_html(response: Response) -> bool:
    """A web page came back, whatever its label says (an old Jaeger labels JSON as text/plain)."""
    begin = response.body[:2048]
    return response.content_type in ("text/html", "application/xhtml+xml") or bool(_BEGINS_LIKE_HTML.match(begin))


def not_a_backend(response: Response, *, backend: str | None = None) -> NotABackendError:
    """The error that says what this page is and which address to try."""
    return NotABackendError(
        f"{response.url} {describe_page(response)}",
        backend=backend,
        url=response.url,
        status=response.status or None,
        body=excerpt(response.body),
    )


def describe_page(response: Response) -> str:
    """What answers there, as the rest of a sentence that begins with the URL."""
    text = response.body[:65536].decode("utf-8", "replace")
    found = _TITLE.search(text)
    title = excerpt(found[1].encode("utf-8", "replace"))[:80] if found else ""
    if not is_html(response):
        return "answers, but not as Jaeger or Tempo do: check host, port and base path"
    if _is_grafana(text, title):
        return _of_grafana(response, text)
    if _LOGIN_PATH.search(response.url) or _LOGIN_WORDS.search(title) or _LOGIN_WORDS.search(_visible(text)):
        return (
            f"answers with a login page{_named(title)}: give a token (--token-env NAME) or an address behind the login"
        )
    if "jaeger" in title.lower() or "JAEGER_CONFIG" in text:
        way = "the base path is not right, or this path needs a newer Jaeger"
        return f"answers with the Jaeger web page, not its API: {way}"
    return f"answers with a web page{_named(title)}, not a tracing backend: check host, port and base path"


def excerpt(body: bytes) -> str:
    """The first 200 characters of a body in one line, control characters as visible escapes."""
    text = body[: BODY_CHARACTERS * 8].decode("utf-8", "replace")
    return escape(" ".join(text.split()))[:BODY_CHARACTERS]


def escape(text: str) -> str:
    """Text with everything that can't be printed as a visible escape."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in text)


def _is_grafana(text: str, title: str) -> bool:
    return "grafanaBootData" in text or "grafana" in title.lower()


def _of_grafana(response: Response, text: str) -> str:
    way = "its data source proxy is GRAFANA/api/datasources/proxy/uid/UID"
    if _LOGIN_PATH.search(response.url) or '"isSignedIn":false' in text:
        return f"answers with Grafana's login page: give a service account's token (--token-env NAME); {way}"
    return f"answers with Grafana's front page, not a tracing backend: {way}"


def _visible(text: str) -> str:
    """The page without scripts and styles, whose words nobody reads."""
    return re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.IGNORECASE | re.DOTALL)[:16384]


def _named(title: str) -> str:
    return f" ({title!r})" if title else ""
