"""Real instrumentations' spans of a known conversation come back whole, or say what they lost."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.talks.encoders.base import RECORDINGS, recorded
from tests.talks.judge import canonical
from tests.talks.reader import read
from tests.talks.truth import Session, ground_truth
from tracefetch.models import Conversation, Span

DATA = Path(__file__).parents[1] / "data"
TRUTH = json.loads((DATA / "ground_truth.json").read_text(encoding="utf-8"))["sessions"]
EXPECT = json.loads((DATA / "expect.json").read_text(encoding="utf-8"))
NAMES = sorted(path.name.split(".")[0] for path in RECORDINGS.glob("*.otlp.json"))
# The history styles that the walk-through names; any of their spans may go missing.
WALK = (
    "custom_turns", "custom_messages", "openinference_openai", "openinference_openai_stream",
    "traceloop_openai", "traceloop_openai_old", "genai_openai",
)  # fmt: skip
Item = tuple[str, str]


def want(session: Session, rule: dict[str, Any]) -> list[Item]:
    """What the recording holds of the truth."""
    tools: dict[str, str] = rule.get("tools", {})
    calls: dict[str | None, str] = {}
    found: list[Item] = [("system", session.system)]
    for message in session.messages:
        if message.role == "tool":
            found.append(("tool", f"{canonical(message.content)} <- {calls[message.answers]}"))
        elif message.content:
            found.append((message.role, message.content.strip()))
        for call in message.calls:
            calls[call.id] = f"{tools.get(call.name, call.name)} {canonical(call.arguments)}"
            found.append(("tool", calls[call.id]))
    return [item for item in found if item[0] in rule["holds"]]


def got(conversation: Conversation) -> list[Item]:
    """What is shown, results with the call that they answer."""
    calls: dict[str | None, str] = {}
    found: list[Item] = []
    for turn in conversation.turns:
        if turn.role == "tool":
            found.append(("tool", f"{canonical(turn.content)} <- {calls.get(turn.tool_call_id, '')}"))
        elif turn.content.strip():
            found.append((turn.role, turn.content.strip()))
        for call in turn.tool_calls:
            calls[call.id] = f"{call.name} {canonical(call.arguments)}"
            found.append(("tool", calls[call.id]))
    return found


def same(shown: list[Item], said: list[Item], texts: str) -> bool:
    """Item by item; where a framework wraps texts, the wrapped one holds its own text."""
    if len(shown) != len(said):
        return False
    pairs = zip(shown, said, strict=True)
    if texts == "exact":
        return shown == said
    return all(one[0] == other[0] and (one == other or other[1] in one[1]) for one, other in pairs)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_read_whole(name: str, number: int) -> None:
    """Each session in full, no alarm where nothing is missing, a loss where the source lost words."""
    rule = {**EXPECT["default"], **EXPECT.get(name, {})}
    session = ground_truth(TRUTH)[number]
    conversation = read(recorded(name), session)
    shown = [item for item in got(conversation) if item[0] in rule["holds"]]
    assert same(shown, want(session, rule), rule["texts"]), (shown, conversation.evidence)
    warnings = [*conversation.losses, *conversation.doubts]
    assert bool(warnings) == bool(rule["lost"]), warnings


@pytest.mark.parametrize("name", WALK)
def test_each_span_that_is_dropped_is_told_or_not_needed(name: str) -> None:
    """Without any one span: the whole conversation, or a part of it and a warning."""
    session = ground_truth(TRUTH)[0]
    everything = want(session, EXPECT["default"])
    mine = {span.trace_id for span in recorded(name) if session.id in span.attributes.values()}
    for gone in (span for span in recorded(name) if span.trace_id in mine):
        rest = [span for span in recorded(name) if span is not gone]
        conversation = read(rest, session)
        shown = got(conversation)
        assert all(item in everything or item[1].endswith(" <- ") for item in shown), gone.name
        if shown != everything and _knowable(rest, gone):
            assert conversation.losses or conversation.doubts, (gone.name, gone.trace_id, shown)


def _knowable(rest: list[Span], gone: Span) -> bool:
    """Where a whole trace is out of reach, or the last thing said is gone with all its words, nobody can know."""
    if gone.attributes.get("conversation.role") == "system":
        return False
    if any(span.parent_id == gone.span_id for span in rest):
        return True
    numbers = [span.attributes.get("conversation.turn_number", 0) for span in rest]
    return gone.attributes.get("conversation.turn_number", 99) < max(numbers)  # after the last one nothing tells


@pytest.mark.parametrize("name", WALK)
def test_a_cut_attribute_is_told_or_made_good(name: str) -> None:
    """Each text cut by a backend that marks it: the whole text from elsewhere, or a warning."""
    session = ground_truth(TRUTH)[0]
    everything = want(session, EXPECT["default"])
    for at, key in _long(recorded(name), session):
        spans = copy.deepcopy(list(recorded(name)))
        spans[at].attributes[key] = spans[at].attributes[key][:20]
        spans[at].suspect = (key,)
        conversation = read(spans, session)
        if got(conversation) != everything:
            assert conversation.losses, (key, got(conversation))


def _long(spans: tuple[Span, ...], session: Session) -> list[tuple[int, str]]:
    mine = {span.trace_id for span in spans if session.id in span.attributes.values()}
    return [
        (at, key)
        for at, span in enumerate(spans)
        if span.trace_id in mine
        for key, value in span.attributes.items()
        if isinstance(value, str) and len(value) > 20
    ]


@pytest.mark.parametrize("name", WALK)
def test_a_dropped_count_is_told(name: str) -> None:
    """The span that ends the talk lost attributes: words may be missing, and it is said."""
    session = ground_truth(TRUTH)[0]
    spans = copy.deepcopy(list(recorded(name)))
    mine = {span.trace_id for span in spans if session.id in span.attributes.values()}
    last = max((s for s in spans if s.trace_id in mine and _speaks(s)), key=lambda span: span.start_ns or 0)
    last.dropped_attributes = 3
    for key in [key for key in last.attributes if _output(key)]:
        del last.attributes[key]
    conversation = read(spans, session)
    assert conversation.losses, got(conversation)


def _output(key: str) -> bool:
    words = ("output", "completion.", "response.content", "conversation.content")
    return any(word in key for word in words)


def _speaks(span: Span) -> bool:
    return any(_output(key) for key in span.attributes)
