"""What is sent to whom: credentials, tenants, proxies, certificates."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme

from tracefetch.errors import ConfigError, UnreachableError
from tracefetch.http import Batch, Request, Response
from tracefetch.http.values import Operation


def ask(*requests: Request) -> Operation[list[Response]]:
    """One batch, whose answers are the result."""
    responses: list[Response] = yield Batch(requests or (Request("/x"),))
    return responses


def sent(server: Any) -> dict[str, str]:
    """The last request's headers, by lower-case name."""
    return {name.lower(): value for name, value in server.seen[-1][1].items()}


def test_a_token_is_a_bearer_token(run: Any, server: Any) -> None:
    """In the Authorization header."""
    assert run(ask(), url=server.url, token="t0ken").result
    assert sent(server)["authorization"] == "Bearer t0ken"


def test_user_and_password_in_the_url_are_basic_auth(run: Any, server: Any) -> None:
    """As UTF-8, percent-decoded."""
    url = server.url.replace("//", "//ann:p%C3%BC%3A@")
    assert run(ask(), url=url).result
    assert base64.b64decode(sent(server)["authorization"].removeprefix("Basic ")).decode() == "ann:pü:"


def test_headers_are_sent_and_win(run: Any, server: Any) -> None:
    """The user's headers over the defaults, the request's own over all."""
    headers = {"X-Team": "shop", "Authorization": "Custom x", "User-Agent": "mine"}
    request = Request("/x", headers=(("Accept", "application/protobuf"), ("X-Team", "other")))
    assert run(ask(request), url=server.url, token="t0ken", headers=headers).result
    seen = sent(server)
    assert seen["authorization"] == "Custom x"
    assert (seen["user-agent"], seen["accept"], seen["x-team"]) == ("mine", "application/protobuf", "other")


def test_the_user_agent_says_who_asks(run: Any, server: Any) -> None:
    """An operator finds us in the gateway's log."""
    assert run(ask(), url=server.url).result
    assert sent(server)["user-agent"].startswith("tracefetch/")
    assert "authorization" not in sent(server)


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        (None, {"x-scope-orgid": "a|b", "x-tenant": "a|b"}),
        ("tempo", {"x-scope-orgid": "a|b"}),
        ("jaeger", {"x-tenant": "a|b"}),
        ("another", {"x-scope-orgid": "a|b", "x-tenant": "a|b"}),
    ],
)
def test_a_tenant_is_sent_the_backends_way(
    run: Any, server: Any, backend: str | None, expected: dict[str, str]
) -> None:
    """Both ways while probing, the right one once it is known."""
    assert run(ask(), url=server.url, tenant="a|b", backend=backend).result
    assert {name: value for name, value in sent(server).items() if name in ("x-scope-orgid", "x-tenant")} == expected


def test_netrc_is_not_read(run: Any, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential of another program's is not ours to send."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login eve password pw\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(ask(), url=server.url).result
    assert "authorization" not in sent(server)


def test_the_environments_proxy_is_used(run: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy is asked for the backend's whole address."""
    monkeypatch.setenv("HTTP_PROXY", server.url)
    assert run(ask(), url="http://backend.example:1/base").result
    assert server.seen[-1][0] == "http://backend.example:1/base/x"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert run(ask(), url=server.url).result
    assert server.seen[-1][0] == "/x"


@pytest.mark.parametrize("proxy", ["socks5://ann:s3cret@127.0.0.1:1", "weird://ann:s3cret@h"])
def test_a_proxy_that_can_not_be_used_is_a_setting(run: Any, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error about the environment, without the proxy's password."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    error = run(ask(), url="http://backend.example").error
    assert isinstance(error, ConfigError)
    assert "ALL_PROXY" in str(error)
    assert "s3cret" not in str(error)


def test_an_unreachable_proxy_is_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend's address is told, and no password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://ann:s3cret@127.0.0.1:{taken.getsockname()[1]}")
        error = run(ask(), url="http://backend.example").error
    assert isinstance(error, UnreachableError)
    assert "s3cret" not in str(error)


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def test_an_untrusted_certificate_says_how_to_trust(run: Any, secure_server: Any) -> None:
    """Once, without trying again."""
    outcome = run(ask(), url=secure_server.url)
    assert isinstance(outcome.error, UnreachableError)
    assert "--ca-bundle" in str(outcome.error)
    assert outcome.requests == 1


def test_a_ca_bundle_is_trusted(run: Any, secure_server: Any, bundle: Path) -> None:
    """As a file."""
    assert run(ask(), url=secure_server.url, ca_bundle=bundle).result[0].body == b"None"


def test_ssl_cert_file_is_honoured(run: Any, secure_server: Any, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that OpenSSL and curl know."""
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert run(ask(), url=secure_server.url).result[0].status == 200


@pytest.mark.parametrize("apart", [False, True])
def test_a_client_certificate_is_shown(
    run: Any, secure_server: Any, bundle: Path, authority: trustme.CA, tmp_path: Path, apart: bool
) -> None:
    """With its key in the same file or in one of its own."""
    issued = authority.issue_cert(common_name="the client")
    certificate, key = tmp_path / "client.pem", tmp_path / "key.pem"
    if apart:
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
    else:
        issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    options = {"client_cert": certificate, "client_key": key if apart else None, "ca_bundle": bundle}
    assert b"the client" in run(ask(), url=secure_server.url, **options).result[0].body


def test_a_missing_client_certificate_is_asked_for(run: Any, secure_server: Any, bundle: Path) -> None:
    """Where the server wants one and none was given: which flag gives it."""
    secure_server.socket.context.verify_mode = ssl.CERT_REQUIRED
    outcome = run(ask(), url=secure_server.url, ca_bundle=bundle)
    assert isinstance(outcome.error, UnreachableError)
    assert "--client-cert" in str(outcome.error)


@pytest.mark.parametrize("name", ["ca_bundle", "client_cert"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_can_not_be_loaded_are_settings(
    run: Any, tmp_path: Path, name: str, content: str | None
) -> None:
    """A missing or wrong file is told before anything is sent."""
    path = tmp_path / "x.pem"
    if content is not None:
        path.write_text(content)
    outcome = run(ask(), url="https://backend.example", **{name: path})
    assert isinstance(outcome.error, ConfigError)
    assert name in str(outcome.error)
    assert outcome.requests == 0


def test_plain_http_where_tls_is_expected(run: Any, server: Any) -> None:
    """The error asks the right question."""
    error = run(ask(), url=server.url.replace("http:", "https:")).error
    assert isinstance(error, UnreachableError)
    assert "is this port plain http" in str(error)


def test_nothing_leaks_into_threads_left_behind() -> None:
    """After all of this only daemon threads may remain."""
    assert all(thread.daemon or thread is threading.main_thread() for thread in threading.enumerate())


def test_no_secret_reaches_a_log(run: Any, server: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Not even with every library's debug log on."""
    caplog.set_level(0)
    url = server.url.replace("//", "//ann:s3cret@")
    assert run(ask(), url=url, headers={"X-Key": "s3cret"}).result
    assert run(ask(), url=server.url, token="s3cret").result
    assert "s3cret" not in caplog.text
    assert base64.b64encode(b"ann:s3cret").decode() not in caplog.text
