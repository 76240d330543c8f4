"""Turns of the user's before the first span: told from history, from turn numbers, from response ids."""

from __future__ import annotations

import pytest

from tests.assembly.scenes import SECOND, ZERO, Scene, asks, gets, says, user
from tracefetch.assembly import Assembly, assemble_talk
from tracefetch.assembly.findings.beginning import earlier_turns
from tracefetch.maps import load
from tracefetch.models import Span

EARLIER = [user("Hello, who are you?"), says("I am Bob."), user("And your age?"), says("Seven.")]


def count(found: Assembly) -> int:
    earlier = earlier_turns(found)
    return earlier[0] if earlier else 0


def plain(turn: int | None, ident: str = "01", **more: object) -> Span:
    attributes = {"conversation.session_id": "s1", "llm.request.prompt": f"Question {turn}", **more}
    if turn is not None:
        attributes["conversation.turn_number"] = turn
    span = Span(ident * 16, ident, "chat", None, ZERO + (turn or 1) * SECOND, ZERO + (turn or 1) * SECOND + 1)
    span.attributes = {**attributes, "llm.response.content": f"Answer {turn}"}
    return span


def test_history_that_no_span_has() -> None:
    """Two answered questions stand before the first one that a call asked."""
    scene = Scene()
    scene.call("01", 0, 1, [*EARLIER, user("Where do you live?")], says("In Rome."))
    assert count(scene.assembled()[0]) == 2


@pytest.mark.parametrize(
    "given",
    [
        [user("Hello")],
        [says("Welcome! How can I help?"), user("Hello")],
        [user("Weather?"), asks(("c1", "weather", {})), gets(("c1", "warm"))],
        [user("Hello"), user("Are you there?")],
    ],
    ids=["a first question", "a greeting", "a call before the first recorded one", "a question in two messages"],
)
def test_a_talk_that_begins_here(given: list[dict[str, object]]) -> None:
    """A greeting or the course of the first turn is no earlier turn."""
    scene = Scene()
    scene.call("01", 0, 1, given, says("Fine."))
    assert count(scene.assembled()[0]) == 0


def test_a_trace_without_a_call_was_the_turn() -> None:
    """The application answered the first question by itself: its span is there, and the talk begins with it."""
    scene = Scene()
    scene.app("0a", 0, 1)
    scene.trace = "b" * 32
    scene.call("01", 60, 61, [*EARLIER[:2], user("Where do you live?")], says("In Rome."))
    assert count(scene.assembled()[0]) == 0


def test_a_span_for_each_message() -> None:
    """Messages with spans of their own are no history, though they stand below one parent."""
    said = [("user", "Hello?"), ("assistant", "Hi."), ("user", "Bye?"), ("assistant", "Bye.")]
    spans = [
        Span("a" * 32, str(at), "message", None, ZERO + at * SECOND, ZERO + at * SECOND + 1,
             {"conversation.session_id": "s1", "conversation.role": role, "conversation.content": text})
        for at, (role, text) in enumerate(said)
    ]  # fmt: skip
    assert count(assemble_talk(spans, maps=load(), session="s1")) == 0


@pytest.mark.parametrize(("first", "missing"), [(1, 0), (3, 2), (None, 0)])
def test_turn_numbers(first: int | None, missing: int) -> None:
    """A session whose first number is three has two turns before it."""
    assert count(assemble_talk([plain(first)], maps=load(), session="s1")) == missing


def test_a_response_that_no_span_has() -> None:
    """A request that goes on from an unknown response is not the first."""
    scene = Scene()
    scene.call("01", 0, 1, [user("Where do you live?")], says("In Rome."))
    scene.spans[0].attributes["gen_ai.request.previous_response_id"] = "resp_1"
    assert count(scene.assembled()[0]) == 1
