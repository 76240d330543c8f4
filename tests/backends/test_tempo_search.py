"""Tempo's search: queries, windows, limits, and old servers. Answers as the sources write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from backends.play import SINCE, UNTIL, otlp, otlp_span, params, play, query, reply, settings
from backends.test_tempo_by_id import envelope
from backends.test_values import as_protobuf
from tracefetch.backends.tempo import Tempo
from tracefetch.backends.tempo.traceql import QUERY_CHARACTERS, Dialect, attribute, literals, session_queries
from tracefetch.errors import LimitError, ResponseError
from tracefetch.http.values import Request, Response

Traces = dict[int, dict[str, str]]  # number (its second in the window) -> attributes


class FakeTempo:
    """Answers from a few traces, with the limits that a Tempo has."""

    def __init__(self, traces: Traces, *, longest: timedelta = timedelta(hours=168), knows: Callable[[str], bool]):
        self.traces = traces
        self.longest = longest.total_seconds()
        self.knows = knows

    def __call__(self, request: Request) -> Response:
        if request.path == "/api/search":
            return self._search(request)
        number = int(request.path.rsplit("/", 1)[1], 16)
        attributes = self.traces.get(number)
        spans = otlp(otlp_span(number, attributes)) if attributes is not None else []
        return reply(request, envelope(as_protobuf(spans)))

    def _search(self, request: Request) -> Response:
        asked = params(request)
        start, end, limit = int(asked["start"]), int(asked["end"]), int(asked["limit"])
        if not self.knows(asked["q"]):
            return reply(request, "invalid TraceQL query: parse error at line 1, col 9: syntax error", 400)
        if end - start > self.longest:
            text = f"range specified by start and end exceeds {int(self.longest // 3600)}h0m0s. received start={start}"
            return reply(request, text, 400)
        begin = int(SINCE.timestamp())
        hits = [
            number for number in self.traces if start <= begin + number <= end and self._matches(asked["q"], number)
        ]
        rows = [
            {"traceID": f"{number:x}", "startTimeUnixNano": str((begin + number) * 10**9)} for number in hits[:limit]
        ]
        return reply(request, {"traces": rows, "metrics": {"completedJobs": 1, "totalJobs": 1}})

    def _matches(self, q: str, number: int) -> bool:
        return any(f'.{key}="{value}"' in q or f".{key}!=nil" in q for key, value in self.traces[number].items())


def everything(q: str) -> bool:
    return True


def test_session_is_found_and_foreign_ones_are_not() -> None:
    """Only traces with the exact id under a candidate attribute; ids trimmed by the search are padded."""
    server = FakeTempo(
        {1: {"session.id": "sess_1"}, 2: {"session.id": "sess_12"}, 3: {"other.id": "sess_1"}}, knows=everything
    )
    played = play(Tempo(settings()).session(query()), server)
    assert played.traces == {f"{1:032x}"}
    assert played.paths == ["/api/search", f"/api/v2/traces/{1:032x}"]
    assert played.kinds == ["window"]


def test_what_search_finds_is_checked() -> None:
    """A trace that does not hold the id is left out, whatever the server thought."""
    server = FakeTempo({1: {"session.id": "sess_1"}, 2: {"session.id": "sess_2"}}, knows=everything)
    server._matches = lambda q, number: True  # type: ignore[method-assign]
    played = play(Tempo(settings()).session(query()), server)
    assert played.traces == {f"{1:032x}"}
    assert "filtered" in played.kinds


def test_full_answer_is_asked_in_halves() -> None:
    """An answer as long as the limit is not believed: every trace of the window is found."""
    server = FakeTempo({number: {"session.id": "sess_1"} for number in range(0, 600, 7)}, knows=everything)
    played = play(Tempo(settings(search_limit=5)).session(query()), server)
    assert len(played.traces) == len(server.traces)
    assert "list-cut" not in played.kinds


def test_limit_within_one_second_is_told() -> None:
    """Where the window can't be halved any more, the cut is a doubt."""
    server = FakeTempo({1: {"session.id": "sess_1"}}, knows=everything)
    begin = int(SINCE.timestamp())

    def answer(request: Request) -> Response:
        asked = params(request)
        if request.path == "/api/search" and int(asked["start"]) <= begin + 5 <= int(asked["end"]):
            rows = [{"traceID": "1", "startTimeUnixNano": "1"}, {"traceID": "1"}]
            return reply(request, {"traces": rows})
        return server(request)

    played = play(Tempo(settings(search_limit=2)).session(query()), answer)
    assert [item.severity for item in played.evidence if item.kind == "list-cut"] == ["doubt"] * played.kinds.count(
        "list-cut"
    )
    assert "list-cut" in played.kinds


def test_stated_range_is_obeyed() -> None:
    """A server that allows a day is asked day by day, and the whole window is searched."""
    day = timedelta(hours=24)
    last = int((UNTIL - SINCE).total_seconds()) - 1
    server = FakeTempo({1: {"session.id": "sess_1"}, last: {"session.id": "sess_1"}}, longest=day, knows=everything)
    tempo = Tempo(settings())
    played = play(tempo.session(query()), server)
    assert played.traces == {f"{1:032x}", f"{last:032x}"}
    searches = [params(request) for request in played.requests if request.path == "/api/search"]
    assert all(int(asked["end"]) - int(asked["start"]) <= 86400 for asked in searches[1:])
    first = next(request for request in play(tempo.session(query()), server).requests)
    assert int(params(first)["end"]) - int(params(first)["start"]) <= 86400


@pytest.mark.parametrize("unknown", ["most_recent", "event."])
def test_old_dialects(unknown: str) -> None:
    """What an older TraceQL does not know is left out, and not tried again in the next search."""
    server = FakeTempo({1: {"session.id": "sess_1"}}, knows=lambda q: unknown not in q)
    tempo = Tempo(settings())
    assert play(tempo.session(query()), server).traces == {f"{1:032x}"}
    again = play(tempo.session(query()), server)
    assert again.paths.count("/api/search") == 1


def test_other_400_is_an_error() -> None:
    """A refusal that we can do nothing about is told with the server's words."""
    with pytest.raises(ResponseError, match="no idea"):
        play(Tempo(settings()).session(query()), lambda request: reply(request, "no idea", 400))


def test_unfinished_search_is_a_doubt() -> None:
    """Fewer jobs done than planned: traces may be missing."""
    body = {"traces": [], "metrics": {"completedJobs": 3, "totalJobs": 4}}
    assert "search-unfinished" in play(Tempo(settings()).session(query()), lambda r: reply(r, body)).kinds


def test_found_and_gone_is_a_loss() -> None:
    """What the search lists and by-id does not have is missing words."""
    server = FakeTempo({1: {"session.id": "sess_1"}}, knows=everything)

    def answer(request: Request) -> Response:
        return server(request) if request.path == "/api/search" else reply(request, b"", 404)

    played = play(Tempo(settings()).session(query()), answer)
    assert [item.severity for item in played.evidence if item.kind == "trace-missing"] == ["loss"]


def test_requests_are_capped() -> None:
    """The cap ends in an error that says what to do, not in a part of the session."""
    server = FakeTempo({number: {"session.id": "sess_1"} for number in range(60)}, knows=everything)
    with pytest.raises(LimitError, match="--since"):
        play(Tempo(settings(max_requests=20)).session(query()), server)


def test_conversations_come_newest_first() -> None:
    """Windows from the newest to the oldest, and within one the newest trace first."""
    server = FakeTempo(
        {n: {"session.id": str(n)} for n in (5, 400000, 90, 590000)}, longest=timedelta(hours=48), knows=everything
    )
    played = play(Tempo(settings()).conversations(query(None, markers=("gen_ai.system",))), server)
    assert [int(group[0], 16) for group in played.groups] == [590000, 400000, 90, 5]


@pytest.mark.parametrize(
    ("value", "forms"),
    [
        ("sess_1", ['"sess_1"', r'"\"sess_1\""']),
        ("42", ['"42"', r'"\"42\""', "42"]),
        ("042", ['"042"', r'"\"042\""']),
        ("true", ['"true"', r'"\"true\""', "true"]),
        ("1.5", ['"1.5"', r'"\"1.5\""', "1.5"]),
        ("9223372036854775808", ['"9223372036854775808"', r'"\"9223372036854775808\""']),
        ('a"b\\c\n', [r'"a\"b\\c\n"', r'"\"a\\\"b\\\\c\\n\""']),
        ("é😀", ['"é😀"', r'"\"é😀\""']),
    ],
)
def test_literals_are_typed_and_quoted(value: str, forms: list[str]) -> None:
    """A number never equals a string in TraceQL: each form that the id could have is asked for."""
    assert list(literals(value)) == forms


def test_names_are_quoted_where_they_must_be() -> None:
    """Plain names stay plain, for servers before 2.3; a name that begins as a scope is quoted."""
    assert attribute("", "session.id") == ".session.id"
    assert attribute("event", 'my key"x') == r'event."my key\"x"'
    assert attribute("", "span.id") == '."span.id"'
    assert attribute("", "genkit:sessionId") == '."genkit:sessionId"'


def test_injected_query_stays_a_value() -> None:
    """An id that looks like TraceQL is only text in it."""
    (text,) = session_queries(("a",), '" || .b="', service=None, dialect=Dialect(False, False))
    assert re.sub(r'"(?:[^"\\]|\\.)*"', "S", text) == "{ .a=S || .a=S }"


def test_many_attributes_fit_into_addresses() -> None:
    """A query that no gateway would let through is asked in several; together they find everything."""
    names = tuple(f"some.convention.with.a.long.name.{number}" for number in range(60))
    queries = session_queries(names, "x" * 36, service=None, dialect=Dialect())
    assert len(queries) > 1
    assert all(len(quote(text)) < QUERY_CHARACTERS + 300 for text in queries)
    assert all(len(text.encode()) < 1000 for text in queries)  # one piece of Tempo's lexer
    server = FakeTempo({n: {names[n]: "sess_1"} for n in (0, 30, 59)}, knows=everything)
    server.knows = lambda q: "most_recent" not in q  # all portions meet the same refusal, which is one lesson
    played = play(Tempo(settings()).session(query(session_attributes=names)), server)
    assert len(played.traces) == 3
    assert any("event." in params(request).get("q", "") for request in played.requests[-10:])


def test_service_narrows_the_query() -> None:
    """With a service the trace must have a span of it."""
    played: list[Any] = []

    def answer(request: Request) -> Response:
        played.append(params(request)["q"])
        return reply(request, {"traces": []})

    play(Tempo(settings()).session(query(service='a"b')), answer)
    assert played[0].startswith(r'{ resource.service.name="a\"b" } && { .session.id="sess_1" || ')
