from __future__ import annotations

import pytest

from tracefetch.config import parse_address
from tracefetch.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "kind", "backend", "url", "origin"),
    [
        ("http://localhost:16686", "http", None, "http://localhost:16686", "http://localhost:16686"),
        ("HTTPS://Tempo.Example/base/", "http", None, "https://Tempo.Example/base", "https://tempo.example:443"),
        ("localhost:16686", "http", None, "http://localhost:16686", "http://localhost:16686"),
        ("10.0.0.1:3200/tempo", "http", None, "http://10.0.0.1:3200/tempo", "http://10.0.0.1:3200"),
        ("[::1]:3200", "http", None, "http://[::1]:3200", "http://[::1]:3200"),
        ("jaeger+http://h:1", "http", "jaeger", "http://h:1", "http://h:1"),
        ("tempo+https://h", "http", "tempo", "https://h", "https://h:443"),
        ("sql://h/db", "other", "sql", "sql://h/db", "sql://h"),
        ("traces.json", "file", "file", "traces.json", ""),
        ("./a:1", "file", "file", "./a:1", ""),
        ("dumps/*.json.gz", "file", "file", "dumps/*.json.gz", ""),
        ("-", "file", "file", "-", ""),
        ("C:\\dumps\\a.json", "file", "file", "C:\\dumps\\a.json", ""),
    ],
)
def test_an_address_is_taken_apart(text: str, kind: str, backend: str | None, url: str, origin: str) -> None:
    """Servers, bare host:port, schemes that decide the backend, and paths are told apart."""
    address = parse_address(text)
    assert (address.kind, address.backend, address.url, address.origin) == (kind, backend, url, origin)


def test_credentials_leave_the_url() -> None:
    """User and password are decoded, and stand neither in the url nor in the repr."""
    address = parse_address("http://ann:p%40ss%2Fw@h:1/x")
    assert address.url == "http://h:1/x"
    assert address.username == "ann"
    assert address.password is not None
    assert address.password.get_secret_value() == "p@ss/w"
    assert "p@ss" not in repr(address)


def test_credentials_before_a_bare_host() -> None:
    """`user:password@host:port` is a server too."""
    assert parse_address("ann:secret@h:1").url == "http://h:1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("file:///tmp/a%20b.json", "/tmp/a b.json"),
        ("file:a.json", "drop the file:"),
        ("http://", "no host"),
        ("http://h:99999", "malformed"),
        ("http://h/?orgId=1", "without ?"),
        ("http://h/#x", "without ?"),
    ],
)
def test_a_wrong_address_says_what_to_write(text: str, words: str) -> None:
    """Each mistake has an error of its own."""
    with pytest.raises(ConfigError, match=words.replace("?", r"\?")):
        parse_address(text)


@pytest.mark.parametrize("text", ["http://ann:s3cret/x@h:1", "http://ann:s3cret@h:port", "http://ann:s3cret@[bad"])
def test_a_malformed_address_keeps_its_password(text: str) -> None:
    """An error about an address does not repeat it."""
    with pytest.raises(ConfigError) as caught:
        parse_address(text)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "expected"), [("localhost:1", True), ("127.0.0.9:1", True), ("h:1", False), ("-", False)]
)
def test_loopback_is_known(text: str, expected: bool) -> None:
    """What is on this machine is told from what is not."""
    assert parse_address(text).is_loopback is expected
