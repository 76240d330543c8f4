"""Holds what may be asked for, and how an id of unknown kind is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracefetch import Client
from tracefetch.client import Question
from tracefetch.errors import UsageError


@pytest.mark.parametrize("value", [5, b"sess", ["a"]])
def test_an_id_is_text(value: object) -> None:
    """Anything else is a usage error that says so, whoever asks."""
    with pytest.raises(UsageError, match="give it as a string"):
        Question.of(value)  # type: ignore[arg-type]


def test_a_trace_of_a_file_may_have_any_id(tmp_path: Path) -> None:
    """A transformer's file names traces as it likes: the id alone finds one."""
    attributes = [
        {"key": "llm.request.prompt", "value": {"stringValue": "hello"}},
        {"key": "llm.response.content", "value": {"stringValue": "hi"}},
    ]
    spans = [
        {"traceId": ident, "spanId": f"s-{ident}", "name": "turn", "startTimeUnixNano": "1", "attributes": attributes}
        for ident in ("t-1", "t-2")
    ]
    path = tmp_path / "spans.json"
    path.write_text(json.dumps([{"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}]))
    with Client(path) as client:
        conversation = client.get("t-1")
    assert conversation.trace_ids == ("t-1",)
    assert [turn.content for turn in conversation.dialogue] == ["hello", "hi"]
