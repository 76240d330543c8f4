"""The servers themselves: what is sent in comes out, and the gateway counts and refuses."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from opentelemetry.trace import Tracer

from servers import Server, process, store
from servers.fixtures import Pool, refuse
from servers.gateway import Gateway

Emit = Callable[..., AbstractContextManager[Tracer]]


@pytest.mark.live
def test_span_comes_back(any_server: Server, emit: Emit) -> None:
    """A span that the SDK sent is in the answer by id, of every server."""
    with emit(any_server) as tracer, tracer.start_as_current_span("turn", attributes={"word": "lantern"}) as span:
        trace = format(span.get_span_context().trace_id, "032x")
    answer = httpx.get(f"{any_server.url}/api/traces/{trace}", headers=any_server.headers)
    assert "lantern" in answer.text


@pytest.mark.live
def test_tempo_cuts_by_default(tempo_cutting: Server, emit: Emit) -> None:
    """The Tempo with its own default gives back 2048 bytes of a longer text."""
    with emit(tempo_cutting) as tracer, tracer.start_as_current_span("turn", attributes={"w": "x" * 3000}) as span:
        trace = format(span.get_span_context().trace_id, "032x")
    text = httpx.get(f"{tempo_cutting.url}/api/traces/{trace}").text
    assert "x" * 2048 in text
    assert "x" * 2049 not in text


@pytest.mark.live
@pytest.mark.parametrize("kind", ["jaeger", "tempo"])
def test_tenant_is_asked_for(servers: Pool, kind: str) -> None:
    """A server with tenants refuses a request without one, and takes one with it."""
    server = getattr(servers, kind)(base_path="/traces", tenants=("acme", "zoo"))
    path = "/api/v3/services" if kind == "jaeger" else "/api/search/tags"
    assert httpx.get(f"{server.url}{path}").status_code == 401
    assert httpx.get(f"{server.url}{path}", headers=server.headers).status_code == 200


@pytest.mark.live
def test_gateway_counts_and_refuses(jaeger: Server, open_gateway: Callable[..., Gateway]) -> None:
    """The gateway serves below its base path, to those who have the token, and counts what it served."""
    door = open_gateway(jaeger.url, base_path="/team/jaeger", token="open-sesame")
    assert httpx.get(f"{door.url}/api/services").status_code == 401
    allowed = {"Authorization": "Bearer open-sesame"}
    assert httpx.get(f"{door.url}/api/services", params={"a": "b/c"}, headers=allowed).json()["total"] >= 0
    assert httpx.get(door.url.replace("/team/", "/other/") + "/api/services", headers=allowed).status_code == 404
    assert door.paths == ["/api/services?a=b%2Fc"]
    assert door.received > 0


def test_broken_build_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be made whole is not kept, and is made anew the next time."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def half(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError("no more disk")

    def whole(path: Path) -> None:
        path.write_text("whole")

    with pytest.raises(RuntimeError, match="no more disk"):
        store.kept("thing-1", half)
    assert [path.name for path in store.folder().iterdir() if path.suffix != ".lock"] == []
    assert store.kept("thing-1", whole).read_text() == "whole"
    assert store.kept("thing-1", half).read_text() == "whole"


@pytest.mark.parametrize(
    ("kind", "ci", "outcome"),
    [
        ("jaeger", "true", pytest.fail.Exception),
        ("promptfoo", "true", pytest.fail.Exception),
        ("tempo", "true", pytest.skip.Exception),
        ("jaeger", "", pytest.skip.Exception),
    ],
)
def test_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, kind: str, ci: str, outcome: type[BaseException]
) -> None:
    """A missing server skips and says how to get it; in CI a missing Jaeger or promptfoo is a failure."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="get it so"):
        refuse(kind, "get it so")


def test_several_servers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable takes paths and addresses, separated by commas or the path separator."""
    monkeypatch.setenv("NAMES", "/a/tempo:/b/tempo,http://127.0.0.1:1+http://127.0.0.1:2")
    assert process.named("NAMES") == ["/a/tempo", "/b/tempo", "http://127.0.0.1:1+http://127.0.0.1:2"]
    server = process.attach("tempo", process.named("NAMES")[-1])
    assert (server.url, server.otlp) == ("http://127.0.0.1:1", "http://127.0.0.1:2")
