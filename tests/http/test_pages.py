from __future__ import annotations

import pytest

from tracefetch.errors import NotABackendError
from tracefetch.http import Request, Response, describe_page, excerpt, is_html, not_a_backend

GRAFANA = (
    b'<!DOCTYPE html>\n<html lang="en-US"><head><title>Grafana</title></head><body><script>'
    b'window.grafanaBootData = {user: {"isSignedIn":%s}}</script></body></html>'
)
LOGIN = (
    b'<html><head><title>Sign in to your account</title></head><body><form><input type="password"></form></body></html>'
)
JAEGER = (
    b'<!doctype html><html><head><title>Jaeger UI</title></head><body><div id="jaeger-ui-root"></div></body></html>'
)


def page(body: bytes, *, url: str = "http://h/x", kind: str = "text/html; charset=UTF-8") -> Response:
    return Response(Request("/x"), 200, {"content-type": kind}, body, url)


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"anything", "text/html", True),
        (b"  <!-- hi -->\n<!DOCTYPE HTML>", "text/plain", True),
        (b"\xef\xbb\xbf<html>", "", True),
        (b'{"services": []}', "text/plain", False),
        (b"echo", "text/plain", False),
        (b"<batches>", "application/xml", False),
        (b"", "", False),
    ],
)
def test_a_page_is_known_by_label_or_by_text(body: bytes, kind: str, expected: bool) -> None:
    """Labels can't be relied on: old Jaegers call JSON text/plain."""
    assert is_html(page(body, kind=kind)) is expected


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (page(GRAFANA % b"true"), ["Grafana's front page", "/api/datasources/proxy/uid/UID"]),
        (page(GRAFANA % b"false"), ["Grafana's login page", "--token-env"]),
        (page(GRAFANA % b"true", url="http://h/login"), ["Grafana's login page"]),
        (page(LOGIN), ["login page ('Sign in to your account')", "--token-env"]),
        (page(b"<html>Welcome</html>", url="https://h/oauth2/start"), ["login page"]),
        (page(JAEGER), ["Jaeger web page", "base path"]),
        (page(b"<html><title>nginx</title></html>"), ["web page ('nginx')", "base path"]),
        (page(b"hello", kind="text/plain"), ["not as Jaeger or Tempo do"]),
    ],
)
def test_what_answers_is_told_apart(response: Response, words: list[str]) -> None:
    """A login page, Grafana's front page, Jaeger's own page, some other page, no page at all."""
    described = describe_page(response)
    assert [word for word in words if word not in described] == []


def test_words_in_scripts_are_not_read() -> None:
    """A page whose script could log in is not a login page."""
    body = b"<html><title>Shop</title><script>var x = 'type=password sign in'</script><body>Buy</body></html>"
    assert "login" not in describe_page(page(body))


def test_the_error_carries_what_it_knows() -> None:
    """Backend, url, status and an escaped excerpt."""
    error = not_a_backend(page(b"<html>\x1b[31m\x00</html>"), backend="tempo")
    assert isinstance(error, NotABackendError)
    assert (error.backend, error.url, error.status) == ("tempo", "http://h/x", 200)
    assert error.body == "<html>\\x1b[31m\\x00</html>"


def test_a_title_can_not_write_to_the_terminal() -> None:
    """Text from outside is escaped in messages too."""
    error = not_a_backend(page(b"<html><title>\x1b]0;evil\x07\xe2\x80\xae</title></html>"))
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"", ""), (b"  a\r\n\tb ", "a b"), (b"\xff\x1b", "\ufffd\\x1b"), ("ü€".encode(), "ü€"), (b"x" * 500, "x" * 200)],
)
def test_an_excerpt_is_short_and_printable(body: bytes, expected: str) -> None:
    """At most 200 characters in one line, control characters visible."""
    assert excerpt(body) == expected
