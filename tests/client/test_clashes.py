"""One id, two conversations: never a mixture, and no false alarm either. From files, through both clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client.doors import OpenClient
from client.talks import ago, chat, merged, payload, said, span, talk, trace_id
from tracefetch.errors import AmbiguousError
from tracefetch.models import Conversation

Get = Callable[..., Conversation]
SHOP, BANK = said(2, words="shop "), said(2, words="bank ")


@pytest.fixture
def get(open_client: OpenClient, tmp_path: Path) -> Get:
    """`get(*payloads, **settings)`: the session `1` of a file that holds them."""

    def got(*payloads: dict[str, Any], **options: Any) -> Conversation:
        path = tmp_path / "spans.json"
        path.write_text(json.dumps(merged(*payloads)))
        conversation: Conversation = open_client(str(path), **options).get(session="1")
        return conversation

    return got


def texts(conversation: Conversation) -> list[str]:
    return [turn.content for turn in conversation.dialogue]


def flat(turns: list[tuple[str, str]]) -> list[str]:
    return [text for pair in turns for text in pair]


def kinds(conversation: Conversation) -> list[str]:
    return [item.kind for item in (*conversation.losses, *conversation.doubts)]


def test_two_services_at_one_time_clash(get: Get) -> None:
    """Both count from 1: the error lists them with what chooses, and choosing gives one of them whole."""
    payloads = (payload(talk("1", SHOP, ago(60)), service="shop"), payload(talk("1", BANK, ago(55)), service="bank"))
    with pytest.raises(AmbiguousError) as error:
        get(*payloads)
    chosen = [choice.partition("  ")[0] for choice in error.value.choices]
    assert chosen == ["--session 1 --service shop", "--session 1 --service bank"]
    assert "2 traces" in error.value.choices[0]
    assert "question shop 0" in error.value.choices[0]
    assert all(choice in error.value.message for choice in error.value.choices)
    assert texts(get(*payloads, service="bank")) == flat(BANK)


def test_two_attributes_at_one_time_clash(get: Get) -> None:
    """One service, two counters: --session-attribute chooses."""
    payloads = (payload(talk("1", SHOP, ago(60))), payload(talk("1", BANK, ago(55), name="thread.id")))
    with pytest.raises(AmbiguousError) as error:
        get(*payloads)
    assert [choice.partition("  ")[0] for choice in error.value.choices] == [
        "--session 1 --session-attribute session.id",
        "--session 1 --session-attribute thread.id",
    ]
    assert texts(get(*payloads, session_attributes=["thread.id"])) == flat(BANK)


def test_two_users_clash(get: Get) -> None:
    """One service, days apart, but two people: a trace is what is left to choose by."""
    payloads = (
        payload(talk("1", SHOP, ago(90_000), user="ann")),
        payload(talk("1", BANK, ago(60), user="bob")),
    )
    with pytest.raises(AmbiguousError) as error:
        get(*payloads)
    assert all("--trace" in choice for choice in error.value.choices)
    assert "user ann" in error.value.choices[0]


def test_nothing_shared_and_no_clash_is_a_doubt(get: Get) -> None:
    """Two services, days apart: one conversation, told."""
    conversation = get(
        payload(talk("1", SHOP, ago(90_000)), service="shop"), payload(talk("1", BANK, ago(60)), service="bank")
    )
    assert texts(conversation) == flat(SHOP) + flat(BANK)
    assert kinds(conversation) == ["id-in-several-places"]


def test_one_user_in_two_services_is_a_doubt(get: Get) -> None:
    """A router that sends turns to two services, for one named person: not refused, but told."""
    conversation = get(
        payload(talk("1", SHOP, ago(60), user="ann"), service="shop"),
        payload(talk("1", BANK, ago(55), user="ann"), service="bank"),
    )
    assert len(conversation.dialogue) == 8
    assert "id-in-several-places" in kinds(conversation)


@pytest.mark.parametrize("with_history", [True, False])
def test_a_plain_session_is_one(get: Get, with_history: bool) -> None:
    """Many traces of one service and attribute, with or without history, also of days: no doubt."""
    conversation = get(payload(talk("1", said(5), ago(300_000), with_history=with_history, step_seconds=50_000)))
    assert texts(conversation) == flat(said(5))
    assert kinds(conversation) == []


def test_history_binds_services(get: Get) -> None:
    """Turns of two services whose requests hold each other's answers are one conversation."""
    turns = said(4)
    spans = talk("1", turns, ago(60))
    traces = list(dict.fromkeys(one["traceId"] for one in spans))
    even = [one for one in spans if traces.index(one["traceId"]) % 2 == 0]
    odd = [one for one in spans if traces.index(one["traceId"]) % 2 == 1]
    conversation = get(payload(even, service="sales"), payload(odd, service="support"))
    assert texts(conversation) == flat(turns)
    assert kinds(conversation) == []


def test_an_answer_that_another_service_was_given_binds(get: Get) -> None:
    """A sub-agent in a trace of its own (propagation broke): its answer stands in the main agent's request."""
    result = "It is 18 degrees and sunny in Paris, says the weather service."
    sub = chat(trace_id(), ago(57.3), "weather in Paris", result, on_root={"session.id": "1"})
    main = chat(
        trace_id(),
        ago(57),
        "Shall I take a coat?",
        "No, it is warm.",
        history=[("user", "Is it warm?"), ("assistant", "Let me see."), ("user", result)],
        on_root={"session.id": "1"},
    )
    conversation = get(payload(sub, service="weather"), payload(main, service="agent"))
    assert "No, it is warm." in texts(conversation)
    assert "id-in-several-places" not in kinds(conversation)


def test_one_span_with_two_attributes_is_one(get: Get) -> None:
    """The same id twice on a span, and in two services of one trace, is nothing to tell."""
    spans = talk("1", SHOP, ago(60))
    for one in spans:
        one["attributes"].append({"key": "thread.id", "value": {"stringValue": "1"}})
    trace = spans[0]["traceId"]
    gateway = span("gateway", trace, ago(61), values={"conversation.id": "1"})
    conversation = get(payload(spans, service="agent"), payload([gateway], service="gateway"))
    assert texts(conversation) == flat(SHOP)
    assert kinds(conversation) == []


def test_a_trace_without_words_clashes_with_nobody(get: Get) -> None:
    """A frontend whose trace was not joined to the agent's carries the id, and says nothing."""
    page = span("GET /", trace_id(), ago(58), values={"session.id": "1", "user.id": "session-cookie-7"})
    conversation = get(payload(talk("1", SHOP, ago(60), user="ann"), service="agent"), payload([page], service="web"))
    assert texts(conversation) == flat(SHOP)
    assert kinds(conversation) == []


def test_equal_greetings_bind_nobody(get: Get) -> None:
    """Two conversations that begin with the same words are two all the same."""
    hello = ("Hello!", "Hello, how can I help you today?")
    payloads = (
        payload(talk("1", [hello, *SHOP], ago(60)), service="shop"),
        payload(talk("1", [hello, *BANK], ago(55)), service="bank"),
    )
    with pytest.raises(AmbiguousError):
        get(*payloads)


def test_search_lists_a_clashing_id(open_client: OpenClient, tmp_path: Path) -> None:
    """A list has a row for it that is not complete, and a doubt that says so; it does not fail."""
    path = tmp_path / "spans.json"
    both = (payload(talk("1", SHOP, ago(60)), service="shop"), payload(talk("1", BANK, ago(55)), service="bank"))
    path.write_text(json.dumps(merged(*both)))
    listing = open_client(str(path)).search()
    assert [(row.id, row.complete) for row in listing] == [("1", False)]
    assert "id-in-several-places" in {item.kind for item in listing.evidence if item.severity == "doubt"}
