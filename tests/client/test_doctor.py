"""`doctor`: what is wrong is named with the line that mends it, and what it prints can be typed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client.doors import OpenClient
from client.talks import ago, chat, fresh, payload, said, span, talk, trace_id
from servers import Server
from servers.fixtures import Pool
from servers.gateway import Gateway
from tracefetch.cli.application import run

RECORDINGS = Path(__file__).parent.parent / "data" / "recordings"
Push = Callable[..., None]


def written(folder: Path, spans: list[dict[str, Any]]) -> str:
    path = folder / "spans.json"
    path.write_text(json.dumps(payload(spans)))
    return str(path)


def on_calls(session: str, **values: Any) -> dict[str, Any]:
    return {"gen_ai.conversation.id": session, **values}


def healthy(session: str) -> list[dict[str, Any]]:
    return chat(trace_id(), ago(60), "Hi", "Hello, what can I do?", on_call=on_calls(session))


def test_nothing_is_wrong(open_client: OpenClient, tmp_path: Path) -> None:
    """A session with words and ids on its calls: facts, and no problem."""
    found = open_client(written(tmp_path, healthy("s"))).diagnose()
    assert found.problems == ()
    assert found.facts["conventions"] == "genai (1 spans)"
    assert found.facts["session ids"] == "gen_ai.conversation.id (1 of 1 traces)"
    assert [(row.id, row.turns) for row in found.conversations] == [("s", 2)]


@pytest.mark.parametrize(
    ("recording", "mend"),
    [
        ("autogen_agent", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true"),
        ("otel_openai_v2_legacy", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true"),
    ],
)
def test_content_that_is_not_captured(open_client: OpenClient, recording: str, mend: str) -> None:
    """Real instrumentations that put no words on spans: the variable that makes them do it."""
    found = open_client(str(RECORDINGS / f"{recording}.otlp.json")).diagnose()
    assert any("have no words" in problem and mend in problem for problem in found.problems)


def test_whole_recordings_have_words(open_client: OpenClient) -> None:
    """No false alarm: where words are captured nobody is told that they are not."""
    for name in ("genai_openai", "openinference_openai", "traceloop_openai", "custom_turns", "pydantic_ai_agent"):
        problems = open_client(str(RECORDINGS / f"{name}.otlp.json")).diagnose().problems
        assert not [problem for problem in problems if "no words" in problem or "limit" in problem], name


def test_ids_on_application_spans_only(open_client: OpenClient, tmp_path: Path) -> None:
    """A trace whose own span is lost is lost to the session: how to put the id on model calls."""
    problems = open_client(written(tmp_path, talk("s", said(2), ago(60)))).diagnose().problems
    assert any("session.id is only on the application's own spans" in problem for problem in problems)


def test_no_session_ids(open_client: OpenClient, tmp_path: Path) -> None:
    """An attribute that looks like one is offered as it is typed; else how to set one."""
    alike = chat(trace_id(), ago(60), "Hi", "Hello", on_root={"acme.chat_id": "c-1"})
    problems = open_client(written(tmp_path, alike)).diagnose().problems
    assert any("--session-attribute acme.chat_id" in problem for problem in problems)
    problems = open_client(written(tmp_path, talk(None, said(1), ago(60)))).diagnose().problems
    assert any("set session.id" in problem for problem in problems)


def test_dropped_attributes(open_client: OpenClient, tmp_path: Path) -> None:
    """The SDK's own limit, and its variable."""
    spans = healthy("s")
    spans[1] |= {"droppedAttributesCount": 3, "droppedEventsCount": 2}
    problems = open_client(written(tmp_path, spans)).diagnose().problems
    assert any(p.startswith("3 attributes") and "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT" in p for p in problems)
    assert any(p.startswith("2 span events") and "OTEL_SPAN_EVENT_COUNT_LIMIT" in p for p in problems)


def test_hidden_words(open_client: OpenClient, tmp_path: Path) -> None:
    """OpenInference's masking is the operator's choice, and said."""
    call = {
        "openinference.span.kind": "LLM",
        "session.id": "s",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "__REDACTED__",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "__REDACTED__",
    }
    problems = open_client(written(tmp_path, [span("llm", trace_id(), ago(60), values=call)])).diagnose().problems
    assert any("__REDACTED__" in problem and "OPENINFERENCE_HIDE_INPUTS=false" in problem for problem in problems)


def test_an_empty_file(open_client: OpenClient, tmp_path: Path) -> None:
    """Nothing is claimed of conversations that are not there."""
    found = open_client(written(tmp_path, [span("GET /health", trace_id(), ago(60))])).diagnose()
    assert found.conversations == ()
    assert "conversations" not in found.facts


@pytest.mark.live
def test_a_tempo_that_cuts(servers: Pool, push: Push, open_client: OpenClient) -> None:
    """Strings of exactly 2048 bytes were cut by Tempo: the line of its configuration."""
    server = servers.tempo(max_attribute_bytes=None)
    service, session = fresh("svc"), fresh("s")
    long = "a very long question " * 200
    push(server, payload(chat(trace_id(), ago(20), long, "I see.", on_call=on_calls(session)), service=service))
    found = open_client(server, service=service).diagnose()
    assert any("gen_ai.input.messages" in p and "max_attribute_bytes: 0" in p for p in found.problems)
    assert found.version


@pytest.mark.live
def test_too_many_services_for_the_cap(servers: Pool, push: Push, open_client: OpenClient) -> None:
    """Where a session would take more requests than allowed, the flag that spares them is named and typed."""
    with servers.fresh_jaeger() as server:
        groups = [payload(talk(f"s{at}", said(1), ago(60 + at)), service=f"svc-{at:02}") for at in range(8)]
        push(server, {"resourceSpans": [group for one in groups for group in one["resourceSpans"]]})
        client = open_client(server, max_requests=100, api="legacy")
        found = client.diagnose()
        assert found.flags == ("--session-attribute", "session.id")
        assert any("--session-attribute session.id" in problem for problem in found.problems)
        assert len(found.conversations) == 5


def typed(text: str, start: str) -> list[str]:
    """The first line that begins so, as a shell would read it."""
    line = next(line.strip() for line in text.splitlines() if line.strip().startswith(start))
    return shlex.split(line)[1:]


@pytest.mark.live
@pytest.mark.parametrize("base_path", ["", "/api/datasources/proxy/uid/abc"])
def test_from_an_address_and_a_token_to_a_transcript(
    any_server: Server,
    push: Push,
    open_gateway: Callable[..., Gateway],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    base_path: str,
) -> None:
    """A person types `doctor` with a gateway's address and a token, and then only what it printed."""
    service, session = fresh("svc"), fresh("a session's id")
    push(
        any_server, payload(talk(session, [("I need a password reset.", "Check your mail.")], ago(30)), service=service)
    )
    door = open_gateway(any_server.url, base_path=base_path, token="open-sesame-0815")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_TOKEN", "open-sesame-0815")
    arguments = ["doctor", "--url", door.url, "--token-env", "GATEWAY_TOKEN", "--service", service]
    assert run(arguments) == 0
    screen = capfd.readouterr().out
    assert screen.lower().startswith(any_server.kind)
    assert "open-sesame" not in screen
    assert len(screen.splitlines()) <= 40
    assert run(typed(screen, "tracefetch get")) == 0
    transcript = capfd.readouterr()
    assert "I need a password reset." in transcript.out
    assert "Check your mail." in transcript.out
    assert transcript.err == ""
    assert run(typed(screen, "tracefetch search")) == 0
    assert session in capfd.readouterr().out


@pytest.mark.live
def test_without_the_token_it_says_how(
    any_server: Server,
    open_gateway: Callable[..., Gateway],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What the error names, typed, is what is needed."""
    door = open_gateway(any_server.url, token="open-sesame-0815")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run(["doctor", "--url", door.url]) == 4
    assert "--token-env NAME" in capfd.readouterr().err
    monkeypatch.setenv("NAME", "open-sesame-0815")
    assert run(["doctor", "--url", door.url, "--token-env", "NAME"]) == 0
