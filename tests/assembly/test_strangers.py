"""Spans that look like a model's calls and that no map reads are a doubt; what merely has text is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.assembly.scenes import Scene, says, user

MOON = [{"role": "user", "content": "What about the moon?"}, {"role": "assistant", "content": "It is far away."}]


def told(attributes: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Losses and doubts of a talk beside which a span has these attributes."""
    scene = Scene()
    scene.call("01", 0, 1, [user("Hello, is anybody there?")], says("Yes, I am here."))
    scene.trace = "b" * 32
    scene.app("02", 60, 61).attributes.update(attributes)
    found = scene.read()
    return [(one.kind, one.span_ids) for one in (*found.losses, *found.doubts)]


@pytest.mark.parametrize(
    "attributes",
    [
        {"acme.messages": json.dumps(MOON)},
        {"acme.question": "What about the moon?", "acme.answer": "It is far away."},
        {"acme.0.role": "user", "acme.0.content": "What about the moon?"},
    ],
    ids=["messages as JSON", "a question and an answer", "indexed messages"],
)
def test_a_call_that_no_map_reads(attributes: dict[str, Any]) -> None:
    """Its words may belong to the talk: the span is named."""
    assert told(attributes) == [("unrecognised-spans", ("02",))]


@pytest.mark.parametrize(
    "attributes",
    [
        {"acme.query": "moon distance kilometres today"},
        {"db.statement": "select answer from talks where question = 'moon'", "http.url": "http://h/x"},
        {"acme.question": "Hello, is anybody there?", "acme.answer": "Yes, I am here."},
        {"acme.body": json.dumps([{"role": "user", "content": "Hello, is anybody there?"}])},
        {"acme.input": '{"id": 7}', "acme.output": '{"rows": [1, 2]}'},
    ],
    ids=["a query alone", "a database", "words that were read", "messages that were read", "data"],
)
def test_no_alarm(attributes: dict[str, Any]) -> None:
    """An application's own span has texts of many kinds."""
    assert told(attributes) == []


def test_a_session_of_nothing_else() -> None:
    """Where no map reads anything, the doubt says more than the loss: which attributes there are."""
    scene = Scene()
    scene.app("02", 60, 61).attributes.update({"acme.messages": json.dumps(MOON)})
    found = scene.read()
    (doubt,) = found.doubts
    assert doubt.kind == "unrecognised-spans"
    assert "acme.messages" in doubt.message
    assert "explain" in doubt.message
