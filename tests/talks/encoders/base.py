"""What all encoders share: a node becomes spans; a dialect says only how it writes words.

What a recording's span carries beside the words (model, server, tool definitions) is copied from the
recording itself, so that an encoder's spans look like the real ones.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.talks.truth import Message, Node, Talk
from tracefetch.models import Event, Resource, Span

RECORDINGS = Path(__file__).parents[2] / "data" / "recordings"
INDEX = re.compile(r"\.\d+(?=\.|$)")


@dataclass(frozen=True, slots=True)
class Writing:
    """How a library turns messages over.

    Attributes:
        split: in a request each parallel call is a message of its own.
        calls_first: in an answer the calls stand before the text.
    """

    split: bool = False
    calls_first: bool = False


def value(any_value: Mapping[str, Any]) -> Any:
    """An OTLP JSON value as a Python value."""
    for kind, inner in any_value.items():
        if kind == "arrayValue":
            return [value(one) for one in inner.get("values", [])]
        if kind == "kvlistValue":
            return {one["key"]: value(one["value"]) for one in inner.get("values", [])}
        return int(inner) if kind == "intValue" else inner
    return None


def attributes(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """OTLP JSON key-value pairs as a dict."""
    return {pair["key"]: value(pair["value"]) for pair in pairs}


@functools.cache
def recorded(recording: str) -> tuple[Span, ...]:
    """The spans of a recording."""
    found = []
    data = json.loads((RECORDINGS / f"{recording}.otlp.json").read_text(encoding="utf-8"))
    for resource in data["resourceSpans"]:
        source = Resource(attributes(resource.get("resource", {}).get("attributes", [])))
        for scope in resource["scopeSpans"]:
            found += [_span(one, source, scope.get("scope", {}).get("name")) for one in scope["spans"]]
    return tuple(found)


def _span(one: Mapping[str, Any], resource: Resource, scope: str | None) -> Span:
    times = (int(one["startTimeUnixNano"]), int(one["endTimeUnixNano"]))
    span = Span(one["traceId"], one["spanId"], one["name"], one.get("parentSpanId") or None, *times)
    span.attributes, span.resource, span.scope = attributes(one.get("attributes", [])), resource, scope
    span.kind, span.error = one.get("kind", 0), one.get("status", {}).get("code") == 2
    for event in one.get("events", []):
        written = attributes(event.get("attributes", []))
        span.events.append(Event(event["name"], int(event.get("timeUnixNano", 0)), written))
    return span


def parsed(text: str) -> Any:
    """The JSON value of a text, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def dumps(what: Any) -> str:
    """JSON as most SDKs write it."""
    return json.dumps(what, ensure_ascii=False)


class Dialect:
    """One way to write nodes as spans.

    Attributes:
        can: what it can express: "agent" spans with words, "tool-spans", "numbers", "chained", "turns".
        recording: the recording whose shapes it reproduces.
        kinds: by node kind, how to find the recording's spans of that kind, by span name.
        noise: paths of the recording that hold no words and are not written.
        content: names (or beginnings of names) of attributes that hold words, or that a node decides.
    """

    name = ""
    can: frozenset[str] = frozenset()
    recording: str | None = None
    kinds: ClassVar[dict[str, str]] = {}
    content: tuple[str, ...] = ()
    noise = "$^"
    scope: str | None = None
    session_key = "session.id"
    user_key = "user.id"

    def encode(self, talk: Talk, writing: Writing | None = None) -> list[Span]:
        """All spans of a talk, as they would arrive."""
        self.writing = writing or Writing("split-calls" in talk.labels, talk.seed % 3 == 0)
        return [span for node in talk.nodes for span in self.spans(node, talk)]

    def spans(self, node: Node, talk: Talk) -> list[Span]:
        """The spans of one node; a dialect may write several for one."""
        shift = talk.skew.get(node.host, 0.0)
        span = Span(node.trace, node.id, node.name, node.parent)
        span.start_ns, span.end_ns = int((node.start + shift) * 1e9), int((node.end + shift) * 1e9)
        span.resource = Resource({"service.name": "emit" if node.host == "app" else f"emit-{node.host}"})
        span.kind = {"app": 2, "llm": 3}.get(node.kind, 1)
        span.attributes = dict(self.incidental(node.kind))
        span.scope = "emit.app" if node.kind == "app" else self.scope
        self.identify(node, span)
        getattr(self, node.kind)(node, span)
        if node.error:
            span.error, span.error_message = True, node.error
            span.attributes["error.type"] = node.error
            text = {"exception.type": node.error, "exception.message": "please retry"}
            span.events.append(Event("exception", span.end_ns, text))
        return [span]

    def incidental(self, kind: str) -> dict[str, Any]:
        """What the recording's span of this kind carries beside words."""
        return _incidental(self.recording, self.kinds.get(kind, ""), self.content) if self.recording else {}

    def identify(self, node: Node, span: Span) -> None:
        """Whose span it is."""
        app = node.kind == "app"
        if node.session:
            span.attributes["session.id" if app else self.session_key] = node.session
        if node.user and self.user_key:
            span.attributes["user.id" if app else self.user_key] = node.user

    def app(self, node: Node, span: Span) -> None:
        """The application's own span: no words."""
        span.attributes["http.route"] = "/chat"

    def agent(self, node: Node, span: Span) -> None:
        """An agent's span; some dialects write words on it."""

    def llm(self, node: Node, span: Span) -> None:
        """A model call's span."""
        raise NotImplementedError

    def tool(self, node: Node, span: Span) -> None:
        """A tool's span."""

    def split(self, messages: Sequence[Message]) -> list[Message]:
        """Request messages as this library hands them over."""
        if not self.writing.split:
            return list(messages)
        return [part for message in messages for part in _split(message)]


def _split(message: Message) -> list[Message]:
    if len(message.calls) < 2:
        return [message]
    first = [Message(message.role, message.content)] if message.content else []
    return [*first, *(Message(message.role, "", (call,)) for call in message.calls)]


@functools.cache
def _incidental(recording: str, name: str, content: tuple[str, ...]) -> dict[str, Any]:
    for span in recorded(recording):
        if name and re.fullmatch(name, span.name):
            return {k: v for k, v in span.attributes.items() if not k.startswith(content)}
    return {}
