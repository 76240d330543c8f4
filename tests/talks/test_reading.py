"""What an encoder writes on a model call's span, the maps read back, word for word."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.talks.encoders import CAN, DIALECTS
from tests.talks.judge import canonical
from tests.talks.play import play
from tests.talks.truth import Message, Node, Talk
from tracefetch import maps as builtin
from tracefetch.messages import Message as Read
from tracefetch.messages import read
from tracefetch.models import Span

SPOKEN = sorted(set(DIALECTS) - {"plain_messages"})
Item = tuple[str, str]


def wanted(messages: Iterable[Message]) -> list[Item]:
    """Messages as items, part order and grouping aside."""
    found: list[Item] = []
    for message in messages:
        if message.role == "tool":
            found.append(("result", canonical(message.content)))
            continue
        found += [(message.role, message.content.strip())] if message.content.strip() else []
        found += [("call", f"{call.id} {call.name} {canonical(call.arguments)}") for call in message.calls]
    return found


def got(messages: Iterable[Read]) -> list[Item]:
    """What was read, as items."""
    found: list[Item] = []
    for message in messages:
        found += [(message.role, message.text.strip())] if message.text.strip() else []
        found += [("call", f"{call.id} {call.name} {canonical(call.arguments)}") for call in message.calls]
        found += [("result", canonical(result.content)) for result in message.results]
    return found


@pytest.mark.parametrize("dialect", SPOKEN)
def test_the_maps_read_every_call(dialect: str) -> None:
    """Request, answer and system prompt of every model call in thirty random talks."""
    maps = builtin.load()
    for seed in range(30):
        for node, span in calls(play(seed, CAN, dialect=dialect)):
            reading = read(span, maps)
            system = [Message("system", node.system)] if node.system else []
            request = node.request[-1:] if dialect == "plain_turns" else node.request
            assert got([*reading.system, *reading.input]) == wanted([*system, *request]), (seed, node.id)
            assert sorted(got(reading.output)) == sorted(wanted(node.answer)), (seed, node.id)


def calls(talk: Talk) -> Iterable[tuple[Node, Span]]:
    """Model calls with the spans that hold their words."""
    spans = {span.span_id: span for span in DIALECTS[talk.dialect].encode(talk)}
    return [(node, spans[node.id]) for node in talk.nodes if node.kind == "llm" and node.words]
