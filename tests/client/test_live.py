"""What the library promises, on every server that this machine has, through both clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client.doors import OpenClient
from client.talks import ago, chat, fresh, merged, payload, said, talk, trace_id
from servers import Server
from servers.gateway import Gateway
from tracefetch.errors import AmbiguousError, NotAllowedError, NotFoundError
from tracefetch.models import Conversation

pytestmark = pytest.mark.live

Push = Callable[..., None]


def words(conversation: Conversation) -> list[tuple[str, str, str]]:
    return [(turn.number, turn.role, turn.content) for turn in conversation.all]


def told(conversation: Conversation) -> list[str]:
    return [f"{item.kind}: {item.message}" for item in (*conversation.losses, *conversation.doubts)]


def test_session_and_its_traces(any_server: Server, push: Push, open_client: OpenClient, tmp_path: Path) -> None:
    """By session, by trace, by trace and --whole-session, by a guessed id; a file gives the same turns."""
    session, turns = fresh("sess"), said(3)
    body = payload(talk(session, turns, ago(60)))
    push(any_server, body)
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(body))
    client, file = open_client(any_server), open_client(str(path))
    whole = client.get(session)
    assert [turn.content for turn in whole.dialogue] == [text for pair in turns for text in pair]
    assert told(whole) == []
    assert whole.is_complete
    assert words(file.get()) == words(whole) == words(client.get(session=session))
    assert (whole.session_id, len(whole.trace_ids)) == (session, 3)
    first, last = whole.dialogue[0].trace_id, whole.dialogue[-1].trace_id
    assert len(client.get(first).dialogue) == 2
    assert len(client.get(last).dialogue) == 6  # its history holds the others
    assert "session" in {item.kind for item in client.get(first).evidence}
    assert words(client.get(trace=first, whole_session=True)) == words(whole)
    assert words(client.get(first.upper())) == words(client.get(trace=first, session=session))


def test_an_id_of_digits_is_tried_as_a_session_too(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """`12345678` may be a trace; where there is none it is a session; `trace=` decides outright."""
    session = str(int(trace_id()[:12], 16))
    push(any_server, payload(talk(session, said(1), ago(20))))
    client = open_client(any_server)
    assert client.get(session).session_id == session
    with pytest.raises(NotFoundError, match="no trace") as error:
        client.get(trace=session)
    assert (error.value.backend, error.value.ident) == (any_server.kind, session)


def test_not_found_names_the_window(any_server: Server, open_client: OpenClient) -> None:
    """What was searched, how to widen it, that new traces take a while, and which backend it was and why."""
    client, session = open_client(any_server), fresh("nobody")
    with pytest.raises(NotFoundError) as error:
        client.get(session)
    message = error.value.message
    assert "in the window searched, 20" in message
    assert "--since" in message
    assert "after a while" in message
    assert f"taken for {any_server.kind.capitalize()}: /api/" in message
    assert (error.value.backend, error.value.url, error.value.ident) == (any_server.kind, any_server.url, session)
    assert error.value.why
    named = open_client(any_server, backend=any_server.kind)
    with pytest.raises(NotFoundError) as error:
        named.get(session)
    assert error.value.why is None


def test_several_ids_keep_their_order(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """`get_many` answers in the order of the ids, with an error in place of one that is not there."""
    sessions = [fresh("sess") for _ in range(6)]
    push(
        any_server, payload([s for at, one in enumerate(sessions) for s in talk(one, said(1, words=one), ago(60 - at))])
    )
    asked = [*sessions[:3], "nobody", *sessions[3:]]
    answers = list(open_client(any_server, concurrency=4).get_many(iter(asked)))
    assert [getattr(answer, "id", None) or answer.ident for answer in answers] == asked
    assert isinstance(answers[3], NotFoundError)


def test_a_trace_of_several_sessions(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """A batch job's trace is no conversation: the error lists its sessions, and one of them is chosen."""
    trace, sessions = trace_id(), [fresh("a"), fresh("b")]
    spans: list[dict[str, Any]] = []
    for at, session in enumerate(sessions):
        spans += chat(trace, ago(30 - at), f"q {session}", f"a {session}", on_root={"session.id": session})
    push(any_server, payload(spans))
    client = open_client(any_server)
    with pytest.raises(AmbiguousError) as error:
        client.get(trace)
    assert sorted(error.value.choices) == sorted(f"--trace {trace} --session {name}" for name in sessions)
    chosen = client.get(trace=trace, session=sessions[1])
    assert [turn.content for turn in chosen.dialogue] == [f"q {sessions[1]}", f"a {sessions[1]}"]
    with pytest.raises(NotFoundError, match="It holds"):
        client.get(trace=trace, session="nobody")


def test_one_id_of_two_conversations(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """Two services count their sessions from 1: never a mixture; the error's flags choose."""
    session = fresh("1")
    shop = payload(talk(session, said(2, words="shop "), ago(60), user="ann"), service=fresh("shop"))
    bank = payload(talk(session, said(2, words="bank "), ago(55), user="bob"), service=fresh("bank"))
    push(any_server, merged(shop, bank))
    with pytest.raises(AmbiguousError) as error:
        open_client(any_server).get(session)
    assert len(error.value.choices) == 2
    assert (error.value.backend, error.value.ident) == (any_server.kind, session)
    service = shop["resourceSpans"][0]["resource"]["attributes"][0]["value"]["stringValue"]
    assert any(f"--service {service}" in choice for choice in error.value.choices)
    chosen = open_client(any_server, service=service).get(session)
    assert [turn.content for turn in chosen.dialogue] == [text for pair in said(2, words="shop ") for text in pair]
    assert told(chosen) == []


def test_search_shows_what_get_shows(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """Newest first, a session over several traces in one row, turns, start, status and preview as in `get`."""
    service, other = fresh("svc"), fresh("other")
    sessions = {fresh("old"): 3, fresh("mid"): 1, fresh("new"): 2}
    starts = dict(zip(sessions, (300, 200, 100), strict=True))
    bodies = [
        payload(talk(name, said(count, words=name), ago(starts[name]), error=name.startswith("mid")), service=service)
        for name, count in sessions.items()
    ]
    lone = talk(None, [("without a session " * 20, "yes, without one")], ago(10))
    push(
        any_server,
        merged(*bodies, payload(lone, service=service), payload(talk(fresh("x"), said(1), ago(5)), service=other)),
    )
    client = open_client(any_server, service=service)
    listing = client.search()
    rows = list(listing)
    assert [row.id for row in rows] == [lone[0]["traceId"], *list(sessions)[::-1]]
    for row in rows:
        shown = client.get(session=row.id) if row.is_session else client.get(trace=row.id)
        assert (row.turns, row.start, row.status) == (len(shown.dialogue), shown.start, shown.status)
        assert (row.service, row.complete, set(row.trace_ids)) == (service, True, set(shown.trace_ids))
    assert rows[0].preview.endswith("…")
    assert rows[1].preview == f"question {rows[1].id}0"
    assert [row.id for row in client.search(status="error")] == [name for name in sessions if name.startswith("mid")]
    assert "window" in {item.kind for item in listing.evidence}
    assert [item for item in listing.evidence if item.severity != "note"] == []


def test_search_asks_for_older_traces(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """With a limit the listing ends early; a row's older traces, days back, are counted all the same."""
    service, session = fresh("svc"), fresh("long")
    turns = said(4, words=session)
    day = 86400
    spans = talk(session, turns, ago(5 * day), step_seconds=5 * day / 3 - 60, with_history=False)
    decoys = [s for at in range(150) for s in talk(fresh("decoy"), said(1), ago(3600 + at * 3000))]
    push(any_server, payload([*decoys, *spans], service=service))
    client = open_client(any_server, service=service)
    listing = client.search(limit=1)
    rows = list(listing)
    assert [(row.id, row.turns, row.complete) for row in rows] == [(session, 8, True)]
    assert any("limit of 1" in item.message for item in listing.evidence)
    assert len(client.get(session).dialogue) == 8


def test_search_ends_when_it_is_left(
    any_server: Server, push: Push, open_client: OpenClient, open_gateway: Callable[..., Gateway]
) -> None:
    """Nothing is asked before the first row is wanted, and nothing after `close`."""
    service = fresh("svc")
    push(
        any_server,
        payload([s for at in range(40) for s in talk(fresh("s"), said(1), ago(10 + at * 9000))], service=service),
    )
    door = open_gateway(any_server.url)
    client = open_client(door.url, service=service)
    listing = client.search()
    assert door.count == 0
    next(listing)
    asked = door.count
    assert asked > 0
    listing.close()
    assert list(listing) == []
    assert door.count == asked


def test_a_limit_counts_conversations(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """Traces without any are passed over until so many conversations are found, or the window ends."""
    service = fresh("svc")
    spans: list[dict[str, Any]] = []
    names = [fresh("s") for _ in range(4)]
    for at in range(60):
        spans += [dict(one, name="GET /health", attributes=[]) for one in talk(None, said(1), ago(50 + at * 60))[:1]]
    for at, name in enumerate(names):
        spans += talk(name, said(1), ago(60 + at * 1000))
    push(any_server, payload(spans, service=service))
    client = open_client(any_server, service=service)
    assert [row.id for row in client.search(limit=3)] == names[:3]
    assert [row.id for row in client.search(limit=30)] == names
    assert list(client.search(since="30s")) == []


def test_doctor_sees_the_conversations(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """Conventions, session attributes and samples; nothing is wrong where nothing is."""
    service, session = fresh("svc"), fresh("sess")
    spans = talk(session, said(2), ago(30), name="gen_ai.conversation.id")
    for one in spans:
        one["attributes"] += [{"key": "gen_ai.conversation.id", "value": {"stringValue": session}}] * (
            "chat" in one["name"]
        )
    push(any_server, payload(spans, service=service))
    found = open_client(any_server, service=service).diagnose()
    assert found.backend == any_server.kind
    assert [(row.id, row.turns) for row in found.conversations] == [(session, 4)]
    assert found.facts["conventions"] == "genai (2 spans)"
    assert found.facts["session ids"] == "gen_ai.conversation.id (2 of 2 traces)"
    assert found.facts["detected"].startswith("/api/")
    assert found.problems == ()


def test_services(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """Those that sent spans, sorted, each once."""
    service = fresh("svc")
    push(any_server, payload(talk(fresh("s"), said(1), ago(5)), service=service))
    names = open_client(any_server).services()
    assert service in names
    assert names == sorted(set(names))


def test_an_error_through_a_gateway(
    any_server: Server, open_client: OpenClient, open_gateway: Callable[..., Gateway]
) -> None:
    """Without its token every door says what is missing, and never what was sent."""
    door = open_gateway(any_server.url, base_path="/traces", token="open-sesame")
    client = open_client(door.url, token="wrong-word-0815")
    for ask in (lambda: client.get("x"), lambda: list(client.search()), client.services, client.diagnose):
        with pytest.raises(NotAllowedError) as error:
            ask()
        assert "wrong-word" not in error.value.message
        assert error.value.status == 401
