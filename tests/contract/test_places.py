"""Where servers stand: tenants and base paths of their own, and a Tempo that cuts as it does by default."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from contract.conftest import Ask
from contract.test_contract import Emit, Window, payload, say
from servers import Server
from servers.fixtures import Pool
from tracefetch.errors import NotAllowedError

pytestmark = pytest.mark.live


def test_tenants_and_a_base_path(servers: Pool, emit: Emit, ask: Ask, window: Window) -> None:
    """Without a tenant it is said that one is missing; with it, and below the base path, all is found."""
    server = servers.tempo(base_path="/traces", tenants=("acme", "zoo"))
    session = f"sess-{uuid.uuid4().hex}"
    with emit(server) as tracer:
        wanted = say(tracer, session)
    for operation in (lambda b: b.session(window(session)), lambda b: b.trace(wanted)):
        assert ask(server.url, operation, tenant="acme").traces == {wanted}
        assert ask(server.url, operation, tenant="zoo").traces == set()
        with pytest.raises(NotAllowedError, match="tenant"):
            ask(server.url, operation)


def test_tenants_of_jaeger(servers: Pool, ask: Ask, window: Window) -> None:
    """A Jaeger that wants a tenant is found to be one, and answers with it. It stores nothing for tenants."""
    server = servers.jaeger(base_path="/traces", tenants=("acme", "zoo"))
    for operation in (lambda b: b.session(window("sess_1")), lambda b: b.trace("abc"), lambda b: b.services()):
        assert ask(server.url, operation, tenant="acme").backend == "jaeger"
        with pytest.raises(NotAllowedError, match="tenant"):
            ask(server.url, operation)
        with pytest.raises(NotAllowedError, match="tenant"):
            ask(server.url, operation, tenant="nobody")


def test_tempo_of_several_tenants(servers: Pool, emit: Emit, ask: Ask, window: Window) -> None:
    """`a|b` asks both."""
    server = servers.tempo(base_path="/traces", tenants=("acme", "zoo"))
    session = f"sess-{uuid.uuid4().hex}"
    wanted = set()
    for tenant in ("acme", "zoo"):
        one = Server(server.kind, server.label, server.url, server.otlp, {"X-Scope-OrgID": tenant})
        with emit(one) as tracer:
            wanted.add(say(tracer, session))
    assert ask(server.url, lambda b: b.session(window(session)), tenant="acme|zoo").traces == wanted


def test_cut_strings_are_marked(tempo_cutting: Server, push: Callable[..., None], ask: Ask, window: Window) -> None:
    """Of whole and cut strings only the cut ones are suspect, even where the cut splits a character."""
    session, trace = f"sess-{uuid.uuid4().hex}", uuid.uuid4().hex
    texts = {"whole": "x" * 2047, "cut": "x" * 3000, "split": "x" + "ä" * 2000, "emoji": "xx" + "😀" * 900}
    attributes: dict[str, Any] = {key: {"stringValue": text} for key, text in texts.items()}
    attributes["list"] = {"arrayValue": {"values": [{"stringValue": "x" * 3000}]}}
    events = [{"name": "e", "timeUnixNano": "1", "attributes": [{"key": "cut", "value": {"stringValue": "x" * 3000}}]}]
    push(tempo_cutting, payload(trace, {**attributes, "session.id": {"stringValue": session}}, events=events))
    for operation in (lambda b: b.trace(trace), lambda b: b.session(window(session))):
        answer = ask(tempo_cutting, operation)
        span = answer.spans[0]
        assert set(span.suspect) == {"cut", "split", "emoji", "event.0.cut"}
        assert span.attributes["whole"] == texts["whole"]
        assert all(texts[key].startswith(str(span.attributes[key]).rstrip("\ufffd")) for key in texts)
        assert span.attributes["list"] == ["x" * 3000]
        assert answer.told == set()
