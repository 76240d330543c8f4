"""Who answers at an address: by its answers, and what is said when nobody that we know does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from backends.play import Played, play, reply, settings
from tracefetch.backends import registry
from tracefetch.backends.detection import detect
from tracefetch.backends.file import FileBackend
from tracefetch.backends.jaeger import Jaeger
from tracefetch.backends.tempo import Tempo
from tracefetch.errors import (
    ConfigError,
    MissingExtraError,
    NotABackendError,
    NotAllowedError,
    ResponseError,
    UnreachableError,
)
from tracefetch.http.values import Request, Response

PAGE = "<!doctype html><html><head><title>Jaeger UI</title></head></html>"
GRAFANA = "<!DOCTYPE html><html><head><title>Grafana</title></head><script>window.grafanaBootData = {}</script></html>"
MISS = {"error": {"httpCode": 404, "message": "No traces found"}}
LEGACY_MISS = {"data": None, "total": 0, "errors": [{"code": 404, "msg": "trace not found"}]}

Server = Callable[[Request], Response]


def server(answers: dict[str, Any], *, other: Any = b"", status: int = 404) -> Server:
    """Answers by path; everything else gets `other` with `status`."""

    def answer(request: Request) -> Response:
        for path, body in answers.items():
            if request.path.startswith(path):
                return body(request) if callable(body) else reply(request, body)
        return reply(request, other, status)

    return answer


def found(answer: Server) -> Played:
    return play(detect(settings()), answer)


SERVERS: dict[str, tuple[str, Server]] = {
    "tempo": ("tempo", server({"/api/echo": "echo"})),
    "tempo-without-echo": ("tempo", server({"/api/status/buildinfo": {"version": "3.0.3"}})),
    "jaeger-2.13": ("jaeger", server({"/api/v3/services": {"services": ["a"]}}, other=PAGE, status=200)),
    "jaeger-empty": ("jaeger", server({"/api/v3/services": {}}, other=PAGE, status=200)),
    "jaeger-v1": ("jaeger", server({"/api/services": {"data": ["a"], "errors": None}}, other=PAGE, status=200)),
    "jaeger-main": ("jaeger", server({"/api/v3/services": {"services": []}}, other="404 page not found")),
    "gateway-tempo-v2": ("tempo", server({"/api/v2/traces": {"trace": {}, "metrics": {}}}, status=403)),
    "gateway-tempo-search": ("tempo", server({"/api/search": {"traces": [], "metrics": {}}}, status=401)),
    "gateway-jaeger-v3": ("jaeger", server({"/api/v3/traces": lambda r: reply(r, MISS, 404)}, status=403)),
    "gateway-jaeger-legacy": ("jaeger", server({"/api/traces": lambda r: reply(r, LEGACY_MISS, 404)}, status=403)),
}


@pytest.mark.parametrize("name", SERVERS)
def test_servers_are_told_apart(name: str) -> None:
    """By the body: a 2.13 answers 200 and a page to anything, a gateway may pass one path only."""
    wanted, answer = SERVERS[name]
    played = found(answer)
    assert played.result.name == wanted
    assert played.result.why
    assert len(played.requests) <= 8


def test_usual_servers_cost_two_requests() -> None:
    """A Tempo and a Jaeger are known by the first pair of questions."""
    for name in ("tempo", "jaeger-2.13", "jaeger-main"):
        assert len(found(SERVERS[name][1]).requests) == 2


@pytest.mark.parametrize("name", ["jaeger", "tempo", "file"])
def test_what_the_user_says_is_not_questioned(name: str) -> None:
    """`backend:` decides and asks nothing; the scheme does so too."""
    assert play(detect(settings(backend=name))).result.name == name
    if name != "file":
        assert play(detect(settings(url=f"{name}+http://host.test/x"))).result.name == name
    else:
        assert isinstance(play(detect(settings(url="traces.json"))).result.backend, FileBackend)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (server({}, other=GRAFANA, status=200), NotABackendError, "datasources/proxy/uid"),
        (server({}, other=PAGE, status=200), NotABackendError, "Jaeger web page"),
        (server({}, other="404 page not found"), NotABackendError, "neither Jaeger nor Tempo"),
        (server({}, other="<html><form><input type='password'></form></html>", status=200), NotABackendError, "login"),
        (server({}, other="upstream away", status=503), ResponseError, "upstream away"),
        (server({}, other={"version": 3}, status=200), NotABackendError, "jaeger\\+http"),
    ],
)
def test_anything_else_is_named(answer: Server, error: type[Exception], words: str) -> None:
    """A front page, a login page, a failing gateway, another API: each error says what it is and what to try."""
    if words.startswith("jaeger"):
        answer = server({}, other={"hello": "world"}, status=200)
    with pytest.raises(error, match=words):
        found(answer)


def test_drivers_errors_come_through() -> None:
    """Refused everywhere is "not allowed", no connection is "unreachable": in the driver's own words."""
    for error, status in ((NotAllowedError("give a token"), 401), (UnreachableError("no route"), 0)):

        def answer(request: Request, error: Any = error, status: int = status) -> Response:
            return replace(reply(request, b"", status), error=error)

        with pytest.raises(type(error), match=str(error)):
            found(answer)


def test_unreachable_is_told_at_once() -> None:
    """Where nothing answers the first pair of questions, no more are asked."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return replace(reply(request, b"", 0), error=UnreachableError("no route"))

    with pytest.raises(UnreachableError):
        found(answer)
    assert len(asked) == 2


# The entry-point group.


def test_built_in_backends_come_through_the_group() -> None:
    """The three are registered as a third party's would be."""
    assert set(registry.backend_names()) >= {"file", "jaeger", "tempo"}
    kinds = {"file": FileBackend, "jaeger": Jaeger, "tempo": Tempo}
    for name, kind in kinds.items():
        assert isinstance(registry.open_backend(name, settings()), kind)


class Throwaway:
    """A backend from outside."""

    name = "throwaway"

    def __init__(self, options: Any) -> None:
        self.options = options


def test_third_partys_backend_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered one is used under its name; one that can't be imported says what it lacks."""
    points = [
        EntryPoint("throwaway", f"{__name__}:Throwaway", registry.GROUP),
        EntryPoint("broken", "no_such_module_at_all:X", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    assert play(detect(settings(backend="throwaway"))).result.name == "throwaway"
    with pytest.raises(MissingExtraError, match="no_such_module_at_all"):
        registry.open_backend("broken", settings())
    with pytest.raises(ConfigError, match="throwaway"):
        registry.open_backend("other", settings())
