"""Files through both clients: without an id, by trace, by session, by what may be either."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from client.doors import OpenClient
from client.talks import ago, chat, merged, payload, said, talk, trace_id
from tracefetch.errors import AmbiguousError, DeadlineError, NotFoundError, UsageError

RECORDINGS = Path(__file__).parent.parent / "data" / "recordings"


def written(folder: Path, *payloads: dict[str, Any]) -> str:
    path = folder / "spans.json"
    path.write_text(json.dumps(merged(*payloads)))
    return str(path)


def texts(conversation: Any) -> list[str]:
    return [turn.content for turn in conversation.dialogue]


def test_one_conversation_needs_no_id(open_client: OpenClient, tmp_path: Path) -> None:
    """Traces without words beside it don't count."""
    silent = talk(None, said(1), ago(5))[:1]
    conversation = open_client(written(tmp_path, payload(talk("s", said(2), ago(60))), payload(silent))).get()
    assert (conversation.id, conversation.session_id, len(conversation.dialogue)) == ("s", "s", 4)


def test_one_trace_without_session_needs_no_id(open_client: OpenClient, tmp_path: Path) -> None:
    """Then the trace is the conversation."""
    spans = talk(None, said(1), ago(60))
    conversation = open_client(written(tmp_path, payload(spans))).get()
    assert (conversation.id, conversation.session_id) == (spans[0]["traceId"], None)


def test_several_conversations_need_one(open_client: OpenClient, tmp_path: Path) -> None:
    """The error lists them as they are chosen; each line typed gives that one."""
    lone = talk(None, said(1, words="lone "), ago(10))
    path = written(tmp_path, payload(talk("a b", said(1, words="a "), ago(60))), payload(lone))
    client = open_client(path)
    with pytest.raises(AmbiguousError) as error:
        client.get()
    assert error.value.choices == ("--session 'a b'", f"--trace {lone[0]['traceId']}")
    assert (error.value.backend, error.value.url) == ("file", path)
    assert texts(client.get(session="a b"))[0] == "question a 0"
    assert texts(client.get(trace=lone[0]["traceId"]))[0] == "question lone 0"


def test_nothing_that_speaks(open_client: OpenClient, tmp_path: Path) -> None:
    """Spans without words and session: not found, and how to name one's own attributes."""
    with pytest.raises(NotFoundError, match="--attribute prompt=NAME"):
        open_client(written(tmp_path, payload(talk(None, said(1), ago(5))[:1]))).get()


def test_a_file_of_many_sessions_in_one_trace(open_client: OpenClient, tmp_path: Path) -> None:
    """Trace and session together pick one; the trace alone is refused with its sessions."""
    trace = trace_id()
    spans = [
        one
        for at, name in enumerate(("a", "b"))
        for one in chat(trace, ago(60 - at), f"q {name}", f"a {name}", on_root={"session.id": name})
    ]
    client = open_client(written(tmp_path, payload(spans)))
    for ask in (lambda: client.get(trace), lambda: client.get(trace=trace)):
        with pytest.raises(AmbiguousError) as error:
            ask()
        assert error.value.choices == (f"--trace {trace} --session a", f"--trace {trace} --session b")
        assert error.value.ident == trace
    assert texts(client.get(trace=trace, session="b")) == ["q b", "a b"]
    assert texts(client.get("a")) == ["q a", "a a"]


def test_whole_session_is_a_setting_too(open_client: OpenClient, tmp_path: Path) -> None:
    """A trace gives what it knows and names its session; whole_session fetches the rest."""
    spans = talk("s", said(3), ago(60), with_history=False)
    first, path = spans[0]["traceId"], written(tmp_path, payload(spans))
    alone = open_client(path).get(first)
    assert (len(alone.dialogue), alone.session_id, alone.is_complete) == (2, "s", True)
    assert any("--whole-session" in item.message for item in alone.evidence)
    assert len(open_client(path).get(first, whole_session=True).dialogue) == 6
    assert len(open_client(path, whole_session=True).get(first).dialogue) == 6


def test_hex_that_is_a_session(open_client: OpenClient, tmp_path: Path) -> None:
    """A session of hex digits is found where no trace has that id; `trace=` does not look for it."""
    client = open_client(written(tmp_path, payload(talk("cafe", said(1), ago(60)))))
    assert client.get("cafe").session_id == "cafe"
    assert client.get(session="cafe").session_id == "cafe"
    with pytest.raises(NotFoundError, match="no trace 'cafe'"):
        client.get(trace="cafe")
    with pytest.raises(NotFoundError, match="no trace and no session 'beef'"):
        client.get("beef")
    with pytest.raises(NotFoundError, match="no session 'not-hex'"):
        client.get("not-hex")


def test_hex_that_is_both(open_client: OpenClient, tmp_path: Path) -> None:
    """A trace is tried first; `session=` decides outright."""
    spans = talk(None, said(1, words="trace "), ago(60))
    other = talk(spans[0]["traceId"], said(1, words="session "), ago(50))
    client = open_client(written(tmp_path, payload(spans), payload(other)))
    assert texts(client.get(spans[0]["traceId"]))[0] == "question trace 0"
    assert texts(client.get(session=spans[0]["traceId"]))[0] == "question session 0"


@pytest.mark.parametrize(
    ("ident", "which"),
    [
        ("a", {"trace": "b"}),
        ("a", {"session": "b"}),
        ("", {}),
        ("  ", {}),
        (None, {"session": ""}),
        (None, {"trace": " "}),
    ],
)
def test_questions_that_can_t_be(open_client: OpenClient, ident: str | None, which: dict[str, str]) -> None:
    """An id beside trace or session, or an empty one."""
    with pytest.raises(UsageError):
        open_client("spans.json").get(ident, **which)


def test_no_address(open_client: OpenClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Says how to give one."""
    from tracefetch import Client

    monkeypatch.delenv("TRACEFETCH_URL", raising=False)
    with Client() as client, pytest.raises(UsageError, match="--url"):
        client.get("x")


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.name.split(".")[0])
def test_rows_of_recordings_are_what_get_shows(open_client: OpenClient, path: Path) -> None:
    """For every instrumentation: each row's id, given to `get`, has that many turns, that start and status."""
    client = open_client(str(path))
    rows = list(client.search())
    assert {"sess-alpha", "sess-beta"} <= {row.id for row in rows}
    for row in rows:
        shown = client.get(session=row.id) if row.is_session else client.get(trace=row.id)
        assert (row.turns, row.status, row.complete) == (len(shown.dialogue), shown.status, True)
        assert row.start == (shown.start or row.start)
        first = next((turn.content for turn in shown.turns if turn.role == "user"), "")
        assert " ".join(first.split()).startswith(row.preview.rstrip("…"))
    assert len({row.id for row in rows}) == len(rows)


def test_several_ids_from_a_file(open_client: OpenClient, tmp_path: Path) -> None:
    """In order, an error in place of one that is not there; an equal id twice is answered twice."""
    client = open_client(written(tmp_path, payload(talk("a", said(1), ago(60))), payload(talk("b", said(2), ago(50)))))
    answers = list(client.get_many(["b", "nobody", "a", "b"]))
    assert [getattr(answer, "id", None) for answer in answers] == ["b", None, "a", "b"]
    assert isinstance(answers[1], NotFoundError)
    assert list(client.get_many([])) == []


@pytest.mark.parametrize("form", ["plain", "otlp"])
def test_spans_without_time_stay_as_written(open_client: OpenClient, tmp_path: Path, form: str) -> None:
    """Neither ids nor digests decide the order of what has no time, and evidence says how it was found."""
    words = [
        {"llm.request.prompt": f"q{turn}", "llm.response.content": f"a{turn}", "session.id": "s"} for turn in range(9)
    ]
    spans = [{"name": "chat", "attributes": attributes} for attributes in words]
    path = tmp_path / "spans.json"
    path.write_text(json.dumps({"spans": spans} if form == "plain" else _timeless(words)))
    conversation = open_client(str(path)).get()
    assert texts(conversation) == [f"{who}{turn}" for turn in range(9) for who in "qa"]
    assert [item.kind for item in conversation.doubts] == ["order-guessed"]


def _timeless(words: list[dict[str, str]]) -> dict[str, Any]:
    """OTLP spans in traces of their own, with ids that fall."""
    spans = [
        {
            "traceId": f"{100 - turn:032x}",
            "spanId": f"{100 - turn:016x}",
            "name": "chat",
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        }
        for turn, attributes in enumerate(words)
    ]
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}


def test_an_overdue_answer_names_the_place(open_client: OpenClient, tmp_path: Path) -> None:
    """The deadline's error says where was asked, also where several places are configured."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DeadlineError, match=re.escape(f"(asked {tmp_path}/pipe)")):
        open_client(str(tmp_path / "pipe"), timeout_seconds=0.2).get()


def test_an_id_in_quotes(open_client: OpenClient, tmp_path: Path) -> None:
    """As it is stored (JSON-encoded) or as it is meant: the same session either way."""
    client = open_client(written(tmp_path, payload(talk('"s 1"', said(1), ago(60)))))
    assert texts(client.get(session='"s 1"')) == texts(client.get("s 1"))
    assert texts(client.get('"s 1"'))[0] == "question 0"
