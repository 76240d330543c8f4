"""Jaeger: both APIs by id, decoding, and which session search is chosen.

Memory, Badger and main are tested live in tests/contract. What Cassandra and Elasticsearch do is
constructed here from their documented behaviour, as is the Jaeger of 2.19 and 2.20.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from backends.play import SINCE, Played, legacy_trace, otlp, otlp_span, params, play, query, reply, settings
from tracefetch.backends.jaeger import Jaeger
from tracefetch.backends.jaeger.forms import escape_lucene
from tracefetch.backends.jaeger_json import read_jaeger_traces
from tracefetch.errors import LimitError, NotABackendError, ResponseError, TooOldError
from tracefetch.http.values import Request, Response

IDENT = "abc"
PAGE = "<!doctype html><html><head><title>Jaeger UI</title></head></html>"
NOT_FOUND = {"error": {"httpCode": 404, "message": "No traces found"}}


def missing_path(request: Request) -> Response:
    return reply(request, "404 page not found\n", 404)


def page(request: Request) -> Response:
    return reply(request, PAGE, headers=[("content-type", "text/html")])


def by_id(answer: Callable[[Request], Response], **options: Any) -> Played:
    return play(Jaeger(settings(**options)).trace(IDENT), answer)


# By id.


def test_v3_is_asked_raw_and_padded() -> None:
    """One request where the server has v3."""
    played = by_id(lambda request: reply(request, {"result": {"resourceSpans": otlp(otlp_span(1))}}))
    assert played.paths == [f"/api/v3/traces/{0xABC:032x}"]
    assert params(played.requests[0]) == {"raw_traces": "true"}
    assert played.traces == {f"{1:032x}"}


@pytest.mark.parametrize("absent", [missing_path, page])
def test_legacy_where_v3_is_absent(absent: Callable[[Request], Response]) -> None:
    """A plain 404 or a web page with 200 is no v3; the second question goes to the legacy API at once."""
    jaeger = Jaeger(settings())

    def answer(request: Request) -> Response:
        if "/v3/" in request.path:
            return absent(request)
        return reply(request, {"data": [legacy_trace(1, {"a": "b"})], "errors": None})

    assert play(jaeger.trace(IDENT), answer).paths[-1] == f"/api/traces/{0xABC:032x}"
    again = play(jaeger.trace(IDENT), answer)
    assert (len(again.requests), params(again.requests[0])) == (1, {"raw": "true"})
    assert again.spans[0].attributes == {"a": "b"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (NOT_FOUND, 404),
        ({"error": {"grpcCode": 5, "httpCode": 404, "message": "trace not found"}}, 404),
        ({"result": {}}, 200),
    ],
)
def test_v3_miss_ends_the_question(body: Any, status: int) -> None:
    """v3's own 404 is a miss: the legacy API knows no more."""
    played = by_id(lambda request: reply(request, body, status))
    assert (played.spans, len(played.requests)) == ([], 1)


@pytest.mark.parametrize("status", [200, 404])
def test_legacy_miss(status: int) -> None:
    """A miss in `errors` is one with 404 and with 200."""
    body = {"data": None, "errors": [{"code": 404, "msg": "trace not found"}]}
    assert by_id(lambda request: reply(request, body, status), api="legacy").spans == []


def test_both_absent_is_no_jaeger() -> None:
    """Pages from both APIs are no answer."""
    with pytest.raises(NotABackendError, match="Jaeger web page"):
        by_id(page)


def test_a_failing_server_is_told() -> None:
    """500 carries the server's words."""
    body = {"data": None, "errors": [{"code": 500, "msg": "cassandra is away"}]}
    with pytest.raises(ResponseError, match="cassandra is away"):
        by_id(lambda request: missing_path(request) if "/v3/" in request.path else reply(request, body, 500))


@pytest.mark.parametrize("api", ["v3", "legacy"])
def test_api_decides_outright(api: str) -> None:
    """`api` asks that one only, and says when it is not there."""
    with pytest.raises(TooOldError, match=f"no {api} API"):
        by_id(missing_path, api=api)


def test_streamed_chunks_are_one_answer() -> None:
    """v1 wrote one object after another; an error after spans is a loss."""
    chunks = [{"result": {"resourceSpans": otlp(otlp_span(number))}} for number in (1, 2)]
    text = "\n".join(json.dumps(item) for item in [*chunks, {"error": {"httpCode": 500, "message": "gone"}}])
    played = by_id(lambda request: reply(request, text))
    assert len(played.traces) == 2
    assert played.kinds == ["answer-broken-off"]


@pytest.mark.parametrize(
    ("body", "kind"), [("x\\ud83d", "broken-character"), ("[" * 2000 + "]" * 2000, "nested-too-deep")]
)
@pytest.mark.parametrize("api", ["v3", "legacy"])
def test_broken_json_is_told(api: str, body: str, kind: str) -> None:
    """Half characters and nesting past all depth cost themselves, not the trace, in both APIs."""
    v3, legacy = {"result": {"resourceSpans": otlp(otlp_span(1, {"a": "A"}))}}, {"data": [legacy_trace(1, {"a": "A"})]}
    text = json.dumps(v3 if api == "v3" else legacy).replace('"A"', body if kind == "nested-too-deep" else f'"{body}"')
    played = by_id(lambda request: reply(request, text), api=api)
    assert played.traces == {f"{1:032x}"}
    assert [(item.kind, item.severity) for item in played.evidence] == [(kind, "doubt")]


def test_truncated_trace_is_a_loss() -> None:
    """`max_trace_size` leaves only a warning, in both APIs; it is no attribute of the span."""
    warning = "trace has more than 5 spans, showing first 5 spans only"
    span = otlp_span(1)
    span["attributes"] = [{"key": "@jaeger@warnings", "value": {"arrayValue": {"values": [{"stringValue": warning}]}}}]
    played = by_id(lambda request: reply(request, {"result": {"resourceSpans": otlp(span)}}))
    assert [(item.kind, item.severity) for item in played.evidence] == [("trace-truncated", "loss")]
    assert played.spans[0].attributes == {}
    trace = legacy_trace(1, {})
    trace["spans"][0]["warnings"] = [warning, "clock skew"]
    assert by_id(lambda r: reply(r, {"data": [trace], "errors": None}), api="legacy").kinds == ["trace-truncated"]


def test_spans_that_came_twice_are_one() -> None:
    """Raw traces are not de-duplicated by Jaeger; spans that share an id and differ are kept."""
    groups = otlp(otlp_span(1), otlp_span(1), otlp_span(1, name="other"))
    played = by_id(lambda request: reply(request, {"result": {"resourceSpans": groups}}))
    assert [span.name for span in played.spans] == ["chat", "other"]
    assert played.kinds == ["duplicates-merged"]


# Legacy JSON.


def test_legacy_span_is_decoded() -> None:
    """Fields that the translator made tags of are fields again; types and big integers survive."""
    trace = legacy_trace(1, {}, at_us=1_700_000_000_000_123)
    span = trace["spans"][0]
    other = {"traceID": "99", "spanID": "77"}
    span["traceID"] = span["spanID"] = "ab"
    span["references"] = [
        {"refType": "CHILD_OF", "traceID": "ab", "spanID": "5"},
        {"refType": "FOLLOWS_FROM", **other},
    ]
    span["tags"] = [
        {"key": "n", "type": "int64", "value": 5},
        {"key": "big", "type": "int64", "value": "9007199254740993"},
        {"key": "f", "type": "float64", "value": 1},
        {"key": "b", "type": "bool", "value": False},
        {"key": "raw", "type": "binary", "value": "AP8="},
        {"key": "list", "type": "string", "value": '["a"]'},
        {"key": "span.kind", "type": "string", "value": "client"},
        {"key": "otel.status_code", "type": "string", "value": "ERROR"},
        {"key": "error", "type": "bool", "value": True},
        {"key": "otel.status_description", "type": "string", "value": "boom"},
        {"key": "otel.scope.name", "type": "string", "value": "lib"},
        {"key": "otel.scope.version", "type": "string", "value": "2"},
    ]
    span["logs"] = [
        {
            "timestamp": 1_700_000_000_000_200,
            "fields": [{"key": "event", "type": "string", "value": "e"}, {"key": "k", "type": "string", "value": "v"}],
        }
    ]
    decoded = read_jaeger_traces([trace]).spans[0]
    assert decoded.attributes == {
        "n": 5,
        "big": 9007199254740993,
        "f": 1.0,
        "b": False,
        "raw": b"\x00\xff",
        "list": '["a"]',
    }
    assert (decoded.trace_id, decoded.span_id, decoded.parent_id) == (f"{0xAB:032x}", f"{0xAB:016x}", f"{5:016x}")
    assert [(link.trace_id, link.span_id) for link in decoded.links] == [(f"{0x99:032x}", f"{0x77:016x}")]
    assert (decoded.kind, decoded.error, decoded.error_message) == (3, True, "boom")
    assert (decoded.scope, decoded.scope_version, decoded.resource.service) == ("lib", "2", "shop")
    assert (decoded.start_ns, decoded.end_ns) == (1_700_000_000_000_123_000, 1_700_000_000_005_123_000)
    assert [(event.name, event.attributes) for event in decoded.events] == [("e", {"k": "v"})]


# Session search.


class Store:
    """Traces by number: service and tags. Answers as a Jaeger of some version over some storage."""

    def __init__(self, traces: dict[int, tuple[str, dict[str, str]]], *, more_services: int = 0) -> None:
        self.traces = traces
        self.names = sorted({service for service, _ in traces.values()} | {f"idle-{n}" for n in range(more_services)})
        self.capability: bool | None = None
        self.has_legacy = True
        self.v3: str = "ignores"  # ignores, filters, refuses, silent, absent
        self.regex = False

    def __call__(self, request: Request) -> Response:
        if request.path == "/":
            caps = "" if self.capability is None else json.dumps({"searchWithoutServiceName": self.capability})
            return reply(request, f"<html><script>const JAEGER_BACKEND_CAPABILITIES = {caps};</script></html>")
        if request.path.startswith("/api/v3/"):
            return missing_path(request) if self.v3 == "absent" else self._v3(request)
        if not self.has_legacy:
            return missing_path(request)
        if request.path == "/api/services":
            return reply(request, {"data": self.names, "errors": None})
        if request.path == "/api/traces":
            return self._legacy(request)
        return reply(request, {"data": [], "errors": []}, 404)

    def _v3(self, request: Request) -> Response:
        asked = params(request)
        if request.path == "/api/v3/services":
            return reply(request, {"services": self.names})
        if request.path != "/api/v3/traces":
            return reply(request, NOT_FOUND, 404)
        service = asked.get("query.service_name")
        if service is None and self.v3 == "refuses":
            return reply(request, {"error": {"httpCode": 500, "message": "service name must be set"}}, 500)
        tags = json.loads(asked.get("query.attributes", "{}")) if self.v3 != "ignores" else {}
        since, until = (datetime.fromisoformat(asked[f"query.start_time_{end}"]) for end in ("min", "max"))
        numbers = self._find(service, tags, since, until, int(asked["query.num_traces"]))
        if service is None and self.v3 == "silent":
            numbers = []
        groups = [group for number in numbers for group in self._group(number)]
        return reply(request, {"result": {"resourceSpans": groups}}) if groups else reply(request, NOT_FOUND, 404)

    def _group(self, number: int) -> list[dict[str, Any]]:
        service, tags = self.traces[number]
        return otlp(otlp_span(number, tags), service=service)

    def _legacy(self, request: Request) -> Response:
        asked = params(request)
        since, until = (datetime.fromtimestamp(int(asked[name]) / 1e6, UTC) for name in ("start", "end"))
        if not asked["service"]:
            return reply(request, {"errors": [{"code": 400, "msg": "parameter 'service' is required"}]}, 400)
        tags = json.loads(asked.get("tags", "{}"))
        try:
            numbers = self._find(asked["service"], tags, since, until, int(asked["limit"]))
        except re.error:
            return reply(request, {"data": None, "errors": [{"code": 500, "msg": "failed to parse regexp"}]}, 500)
        return reply(
            request,
            {"data": [legacy_trace(n, self.traces[n][1], service=self.traces[n][0]) for n in numbers], "errors": None},
        )

    def _find(
        self, service: str | None, tags: dict[str, str], since: datetime, until: datetime, limit: int
    ) -> list[int]:
        begin = SINCE.timestamp()
        found = [
            number
            for number, (owner, own) in self.traces.items()
            if service in (None, owner)
            and since.timestamp() <= begin + number <= until.timestamp()
            and all(key in own and self._equal(value, own[key]) for key, value in tags.items())
        ]
        return sorted(found, reverse=True)[:limit]

    def _equal(self, wanted: str, value: str) -> bool:
        return re.fullmatch(wanted, value) is not None if self.regex else wanted == value


MANY = {number: (f"svc-{number % 20}", {"session.id": f"sess_{number}"}) for number in range(1000, 1300)}
WANTED = {
    1: ("svc-1", {"session.id": "sess_1"}),
    2: ("svc-2", {"gen_ai.conversation.id": "sess_1"}),
    3: ("svc-3", {"foreign.id": "sess_1"}),
    4: ("svc-4", {"session.id": "sess_12"}),
}
FOUND = {f"{1:032x}", f"{2:032x}"}


def search(store: Store, session: str = "sess_1", *, jaeger: Jaeger | None = None, **options: Any) -> Played:
    return play((jaeger or Jaeger(settings(**options))).session(query(session)), store)


def searches(played: Played) -> list[str]:
    return [path for path in played.paths if path in ("/api/traces", "/api/v3/traces")]


@pytest.mark.parametrize("v3", ["ignores", "refuses", "silent", "absent"])
def test_legacy_search_where_v3_proves_nothing(v3: str) -> None:
    """A v3 that ignores the filter, wants a service, is silent without one or is missing: legacy, every service."""
    store = Store(WANTED | MANY)
    store.v3 = v3
    played = search(store)
    assert played.traces == FOUND
    legacy = [params(request) for request in played.requests if request.path == "/api/traces"]
    assert len(legacy) == 20 * 2
    assert {asked["service"] for asked in legacy} == set(store.names)
    assert [json.loads(asked["tags"]) for asked in legacy[:20]] == [{"session.id": "sess_1"}] * 20
    assert played.largest_batch <= 8 * 4


def test_own_trace_as_the_newest_proves_nothing() -> None:
    """A server that ignores the filter answers the newest trace: the session's own, in a quiet store."""
    store = Store({number: trace for number, trace in WANTED.items() if number < 3})
    assert search(store).traces == FOUND
    assert search(Store({1: WANTED[1]})).traces == {f"{1:032x}"}


def test_v3_search_where_it_filters() -> None:
    """2.19 on a storage that needs no service: one request per attribute, after the proof."""
    store = Store(WANTED | MANY)
    store.v3 = "filters"
    played = search(store)
    assert played.traces == FOUND
    assert "/api/traces" not in played.paths
    assert len(searches(played)) <= 4
    jaeger = Jaeger(settings())
    search(store, jaeger=jaeger)
    assert len(search(store, jaeger=jaeger).requests) == 2


def test_silence_is_proof_only_with_a_control() -> None:
    """Nothing found by v3 is a miss only where v3 gives something without the filter."""
    store = Store(MANY)
    store.v3 = "filters"
    assert search(store, "nobody").traces == set()
    assert "/api/traces" not in search(store, "nobody").paths
    store.v3 = "silent"
    assert "/api/traces" in search(store, "nobody").paths


@pytest.mark.parametrize("capability", [True, False])
def test_capability_is_read(capability: bool) -> None:
    """A newer server states on its front page whether it needs a service; the legacy search is gone there."""
    store = Store(WANTED | MANY)
    store.v3, store.capability, store.has_legacy = ("filters" if capability else "refuses"), capability, False
    played = search(store)
    assert played.traces == FOUND
    assert len(searches(played)) == (2 if capability else 40)


@pytest.mark.parametrize("api", ["legacy", "v3"])
def test_api_decides_the_search(api: str) -> None:
    """`api: legacy` asks v3 nothing; `api: v3` on a server that ignores the filter says so."""
    store = Store(WANTED | MANY)
    if api == "legacy":
        assert not any("/v3/" in path for path in search(store, api=api).paths)
    else:
        with pytest.raises(TooOldError, match="ignores attributes"):
            search(store, api=api)


def test_every_service_is_asked_whatever_hit_before() -> None:
    """Hits order the requests of the next search; none is dropped."""
    store = Store(WANTED | MANY)
    jaeger = Jaeger(settings(api="legacy"))
    search(store, jaeger=jaeger)
    played = search(store, jaeger=jaeger)
    asked = [params(request)["service"] for request in played.requests if request.path == "/api/traces"]
    assert asked[:2] == ["svc-1", "svc-2"]
    assert sorted(asked) == sorted(store.names * 2)


def test_service_narrows() -> None:
    """With a service only that one is asked, and only traces with a span of it count."""
    played = play(Jaeger(settings()).session(query(service="svc-2")), Store(WANTED | MANY))
    assert played.traces == {f"{2:032x}"}
    assert len(searches(played)) == 2


def test_full_answers_are_halved() -> None:
    """A session of more traces than the limit is found whole."""
    traces = {number: ("shop", {"session.id": "sess_1"}) for number in range(500)}
    played = search(Store(traces), api="legacy", search_limit=20)
    assert len(played.traces) == 500
    assert played.kinds == ["window"]


def test_cut_within_a_millisecond_is_told() -> None:
    """Where the window can't be halved any more, the cut is a doubt."""

    class Same(Store):
        def _find(self, *arguments: Any) -> list[int]:
            return list(self.traces)[: arguments[-1]] if arguments[2] <= SINCE <= arguments[3] else []

    played = search(Same({n: ("shop", {"session.id": "sess_1"}) for n in range(9)}), api="legacy", search_limit=5)
    assert {item.severity for item in played.evidence if item.kind == "list-cut"} == {"doubt"}


def test_cap_names_the_attribute_that_works() -> None:
    """A search that can't be finished ends in an error that names what would work, not in a part."""
    store = Store(WANTED | MANY)
    with pytest.raises(LimitError, match=r"--session-attribute session\.id"):
        search(store, api="legacy", max_requests=40)
    with pytest.raises(LimitError, match="--service"):
        search(store, "nobody", api="legacy", max_requests=40)


def test_silent_services_are_no_reason_to_give_up() -> None:
    """Before the cap ends a search, services without traces in the window are told apart, soundly."""
    store = Store(WANTED, more_services=60)
    jaeger = Jaeger(settings(api="legacy", max_requests=150))
    played = play(jaeger.session(query(session_attributes=("a", "session.id", "b", "gen_ai.conversation.id"))), store)
    assert played.traces == FOUND


def test_dropped_attributes_are_told_whatever_the_search() -> None:
    """The legacy search hides their count, so what it finds is read again by id where v3 is there."""

    class Dropping(Store):
        def _v3(self, request: Request) -> Response:
            if request.path != f"/api/v3/traces/{1:032x}":
                return super()._v3(request)
            span = {**otlp_span(1, self.traces[1][1]), "droppedAttributesCount": 3}
            return reply(request, {"result": {"resourceSpans": otlp(span)}})

    played = search(Dropping(WANTED | MANY))
    assert played.traces == FOUND
    assert {span.trace_id: span.dropped_attributes for span in played.spans} == {f"{1:032x}": 3, f"{2:032x}": 0}


def test_json_encoded_ids_are_found() -> None:
    """Ids stored with JSON's quotes around them (#8541), when the plain form gives nothing."""
    assert search(Store({1: ("shop", {"session.id": '"sess_1"'})}), api="legacy").traces == {f"{1:032x}"}


@pytest.mark.parametrize("session", ["a.b", "a+b(c)", "user@x.org", "[1]", 'q"x', "a\\b"])
@pytest.mark.parametrize("regex", [False, True])
def test_special_characters(session: str, regex: bool) -> None:
    """Found on storages that compare text and on Elasticsearch, which reads a pattern; and nothing else is."""
    traces = {
        1: ("shop", {"session.id": session}),
        2: ("shop", {"session.id": "axb"}),
        3: ("shop", {"session.id": "1"}),
    }
    store = Store(traces)
    store.regex = regex
    assert search(store, session, api="legacy").traces == {f"{1:032x}"}


def test_lucene_escape_is_exact() -> None:
    """Each special character has a backslash, the others none."""
    assert escape_lucene('a.b"c-é') == r"a\.b\"c-é"


def test_depth_is_lowered() -> None:
    """A memory store with room for few traces refuses a larger limit: less is asked."""
    store = Store({1: ("shop", {"session.id": "sess_1"})})

    def answer(request: Request) -> Response:
        if request.path == "/api/traces" and int(params(request)["limit"]) > 10:
            message = "search depth must be greater than 0 and less than max traces"
            return reply(request, {"data": None, "errors": [{"code": 500, "msg": message}]}, 500)
        return store(request)

    assert play(Jaeger(settings(api="legacy")).session(query()), answer).traces == {f"{1:032x}"}


def test_failing_search_is_no_miss() -> None:
    """One service that can't be searched fails the whole search."""
    store = Store(WANTED)

    def answer(request: Request) -> Response:
        if request.path == "/api/traces" and params(request)["service"] == "svc-4":
            return reply(request, {"data": None, "errors": [{"code": 500, "msg": "shard failed"}]}, 500)
        return store(request)

    with pytest.raises(ResponseError, match="shard failed"):
        play(Jaeger(settings(api="legacy")).session(query()), answer)


def test_partial_traces_are_completed() -> None:
    """A trace whose parent is missing in the search's answer is asked for by id; evidence of others stays away."""
    part = legacy_trace(1, {"session.id": "sess_1"})
    part["spans"][0]["references"] = [{"refType": "CHILD_OF", "traceID": f"{1:032x}", "spanID": "ff"}]
    parent = legacy_trace(1, {})["spans"][0]
    parent["spanID"] = f"{0xFF:016x}"
    whole = {**part, "spans": [*part["spans"], parent]}
    foreign = legacy_trace(2, {"session.id": "sess_2"})
    foreign["spans"][0]["warnings"] = ["trace has more than 1 spans, showing first 1 spans only"]

    def answer(request: Request) -> Response:
        if request.path == "/api/services":
            return reply(request, {"data": ["shop"], "errors": None})
        traces = [part, foreign] if request.path == "/api/traces" else [whole]
        return reply(request, {"data": traces, "errors": None})

    played = play(Jaeger(settings(api="legacy")).session(query()), answer)
    assert len(played.spans) == 2
    assert played.kinds == ["window"]


def test_long_ids_are_told_when_not_found() -> None:
    """Values of 256 bytes are in no index of Cassandra or Elasticsearch: a miss says so."""
    assert "value-not-indexed" in search(Store(MANY), "x" * 256, api="legacy").kinds


# Listing.


@pytest.mark.parametrize("api", ["auto", "legacy"])
def test_conversations_newest_first(api: str) -> None:
    """Traces with a marker or a session attribute, newest first, though most of a service have neither."""
    plain = {number: ("shop", {"http.route": "/"}) for number in range(0, 600_000, 300)}
    talks = {n: ("shop", {"gen_ai.system": "x"}) for n in (7, 5_001, 500_001)} | {9_001: ("pay", {"session.id": "s"})}
    jaeger = Jaeger(settings(api=api))
    played = play(jaeger.conversations(query(None, markers=("gen_ai.system",))), Store(plain | talks))
    assert [int(group[0], 16) for group in played.groups] == [500_001, 9_001, 5_001, 7]
    assert "2004 traces" in played.evidence[-1].message


def test_services_are_listed() -> None:
    """Through the API that is there, sorted."""
    store = Store(WANTED)
    store.has_legacy = False
    assert play(Jaeger(settings()).services(), store).result == ["svc-1", "svc-2", "svc-3", "svc-4"]
