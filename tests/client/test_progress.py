"""A talk still in progress raises no alarm; the same trace, long over, does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from client.doors import OpenClient
from client.talks import ago, fresh, messages, payload, span, trace_id


@pytest.mark.parametrize(("age", "told"), [(20, []), (4000, ["parent-missing"])])
@pytest.mark.parametrize("rooted", [False, True])
def test_spans_that_still_run(
    open_client: OpenClient, tmp_path: Path, age: float, told: list[str], rooted: bool
) -> None:
    """An agent and a step below it have not ended: two parents are missing. With a root in the trace they are lost."""
    trace, session = trace_id(), fresh("s")
    said = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": messages([("user", "Hello?")])}
    said |= {"gen_ai.output.messages": messages([("assistant", "Yes?")]), "session.id": session}
    spans = [
        span("chat", trace, ago(age), parent="a" * 16, values=said),
        span("save", trace, ago(age - 1), parent="b" * 16, values={"session.id": session}),
        *([span("other", trace, ago(age))] if rooted else []),
    ]
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(payload(spans)))
    found = open_client(str(path)).get(session)
    assert [one.kind for one in (*found.losses, *found.doubts)] == (["parent-missing"] if rooted else told)
    assert bool(told or rooted) != any(one.kind == "in-progress" for one in found.evidence)


@pytest.mark.parametrize(("age", "told"), [(20, []), (4000, ["question-unanswered"])])
def test_a_question_that_waits(open_client: OpenClient, tmp_path: Path, age: float, told: list[str]) -> None:
    """Where each message is a span, a question is sent before its answer is there."""
    session = fresh("s")
    spans = [
        span("message", trace_id(), ago(age - at), values={**said, "conversation.session_id": session})
        for at, said in enumerate(
            [
                {"conversation.role": "user", "conversation.content": "Hello?"},
                {"conversation.role": "assistant", "conversation.content": "Yes?"},
                {"conversation.role": "user", "conversation.content": "Is it warm?"},
            ]
        )
    ]
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(payload(spans)))
    found = open_client(str(path)).get(session)
    assert [one.kind for one in (*found.losses, *found.doubts)] == told
