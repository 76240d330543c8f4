"""The provider on live backends and files, called as promptfoo's worker calls it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from servers.gateway import Gateway
from servers.process import Server
from tracefetch.promptfoo import call_api, registry

RECORDINGS = Path(__file__).parent.parent / "data" / "recordings"
Emit = Callable[..., Any]


@pytest.fixture(autouse=True)
def fresh_clients() -> Iterator[None]:
    registry.close_clients()
    yield
    registry.close_clients()


def ask(config: dict[str, Any], **row: Any) -> dict[str, Any]:
    return call_api("", {"config": config}, {"vars": row})


def speak(server: Server, emit: Emit, session: str) -> None:
    with emit(server, service="support") as tracer:
        for prompt, response in [("I need a password reset.", "Check your mail."), ("Thanks", "Bye.")]:
            with tracer.start_as_current_span("turn") as span:
                span.set_attribute("llm.request.prompt", prompt)
                span.set_attribute("llm.response.content", response)
                span.set_attribute("conversation.session_id", session)


@pytest.mark.live
def test_every_server_gives_the_same(any_server: Server, emit: Emit) -> None:
    """Full, turn, trace, both, and a miss that names what was asked."""
    session = f"sess_{uuid.uuid4().hex[:8]}"
    speak(any_server, emit, session)
    config = {"url": any_server.url}
    full = ask(config, sessionId=session)
    assert full["output"].split("\n---\n") == [
        "[Turn 1] user: I need a password reset.",
        "[Turn 2] assistant: Check your mail.",
        "[Turn 3] user: Thanks",
        "[Turn 4] assistant: Bye.",
    ]
    assert full["metadata"]["isComplete"], full["metadata"]["evidence"]
    first, second = full["metadata"]["traceIds"]
    assert ask(config, sessionId=session, mode="turn", turnIndex=-1)["output"] == "Bye."
    assert ask(config, traceId=second)["metadata"]["traceIds"] == [second]
    both = ask(config, sessionId=session, traceId=first)
    assert (both["metadata"]["traceIds"], both["metadata"]["totalTurns"]) == ([first], 2)
    assert ask({**config, "wholeSession": True}, traceId=second)["output"] == full["output"]
    assert call_api(first.upper(), {"config": config}, {"vars": {}})["metadata"]["traceIds"] == [first]
    miss = ask(config, sessionId="sess_other", traceId=first)
    assert "sess_other" in miss["error"]
    assert first in miss["error"]
    assert "output" not in miss


@pytest.mark.live
def test_many_askers_cause_one_fetch(jaeger: Server, emit: Emit, open_gateway: Callable[..., Gateway]) -> None:
    """Threads of one process, each in a mode and view of its own; without the cache each fetches."""
    session = f"sess_{uuid.uuid4().hex[:8]}"
    speak(jaeger, emit, session)
    door = open_gateway(jaeger.url)
    ask({"url": door.url}, sessionId=session)
    one = door.count
    registry.close_clients()
    door.clear()
    rows: list[dict[str, Any]] = [{"mode": "turn", "turnIndex": 1}, {}, {"view": "all"}, {"format": "messages"}] * 4
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda row: ask({"url": door.url}, sessionId=session, **row), rows))
    assert all("output" in answer for answer in answers), answers
    assert door.count == one
    door.clear()
    for _ in range(2):
        ask({"url": door.url, "ttlSeconds": 0}, sessionId=session)
    assert door.count > one


def test_nothing_listens(tmp_path: Path) -> None:
    """The address and what to try, no output."""
    answer = ask({"url": "http://127.0.0.1:9", "timeoutSeconds": 5}, sessionId="s")
    assert "127.0.0.1:9" in answer["error"]
    assert "output" not in answer


def test_a_folder_of_recordings(tmp_path: Path) -> None:
    """Relative to basePath: a folder, a pattern, a file; each finds the session among the others."""
    talks = tmp_path / "talks"
    talks.mkdir()
    recording = RECORDINGS / "custom_turns.otlp.json"
    (talks / recording.name).write_bytes(recording.read_bytes())
    other = {"llm.request.prompt": "hi", "llm.response.content": "hello", "conversation.session_id": "other"}
    (talks / "other.json").write_text(json.dumps({"spans": [{"name": "turn", "attributes": other}]}))
    outputs = {
        ask({"basePath": str(tmp_path), "url": url}, sessionId="sess-alpha")["output"]
        for url in ("talks", "talks/*.json", f"talks/{recording.name}")
    }
    (output,) = outputs
    assert output.startswith("[Turn 1] user: Hi, I am planning a trip to Paris.\n---\n")


def test_one_conversation_needs_no_id(tmp_path: Path) -> None:
    """A file with one gives it; with several, their names."""
    turn = {"llm.request.prompt": "hi", "llm.response.content": "hello", "conversation.session_id": "only"}
    (tmp_path / "one.json").write_text(json.dumps({"spans": [{"name": "turn", "attributes": turn}]}))
    answer = ask({"basePath": str(tmp_path), "url": "one.json"})
    assert answer["output"] == "[Turn 1] user: hi\n---\n[Turn 2] assistant: hello"
    assert answer["sessionId"] == "only"
    other = {**turn, "conversation.session_id": "other"}
    spans = [{"name": "turn", "attributes": attributes} for attributes in (turn, other)]
    (tmp_path / "two.json").write_text(json.dumps({"spans": spans}))
    error = ask({"basePath": str(tmp_path), "url": "two.json"})["error"]
    assert "sessionId: only" in error
    assert "sessionId: other" in error
