"""Chat messages as OpenAI has them."""

from __future__ import annotations

import json

from tracefetch.formats import chat_messages, render, render_line
from tracefetch.models import Conversation, ToolCall, Turn


def test_messages(talk: Conversation) -> None:
    """Role, content, calls with arguments as JSON text, results under the id of their call."""
    assert json.loads(render(talk, "openai")) == [
        {"role": "system", "content": "You are a concise travel assistant."},
        {"role": "user", "content": "What is the weather\nin Paris?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                },
                {"id": "call_2", "type": "function", "function": {"name": "research", "arguments": "not json"}},
            ],
        },
        {"role": "tool", "content": '{"temp_c": 18}', "tool_call_id": "call_1", "name": "get_weather"},
        {"role": "tool", "content": "rainy", "tool_call_id": "call_2", "name": "research"},
        {"role": "assistant", "content": 'It is 18 °C and "cloudy".'},
    ]


def test_empty_talk_is_an_empty_list() -> None:
    """A session whose words were not recorded is a list without messages."""
    assert render(Conversation(id="x"), "openai") == "[]\n"


def test_edges() -> None:
    """An empty answer stays a text; a call without arguments has an empty object; no id is no key."""
    turns = (Turn(role="assistant"), Turn(role="assistant", tool_calls=(ToolCall(name="a"),)), Turn(role="tool"))
    empty, call, result = chat_messages(turns)
    assert empty == {"role": "assistant", "content": ""}
    assert call["tool_calls"][0]["function"]["arguments"] == "{}"
    assert "tool_call_id" not in result


def test_threads_are_beside_the_messages(talk: Conversation) -> None:
    """In the view `threads` the talk and its threads are told apart: one list would mix them."""
    document = json.loads(render(talk, "openai", "threads"))
    assert len(document["messages"]) == 6
    assert document["threads"][0] == {
        "id": "t1",
        "kind": "sub-agent",
        "name": "researcher",
        "turn": "1.1",
        "tool_call_id": "call_2",
        "messages": [{"role": "user", "content": "weather?"}, {"role": "assistant", "content": "rainy"}],
    }


def test_one_of_many_is_a_line(talk: Conversation) -> None:
    """Of several conversations each is one line of JSON, with its id."""
    line = render_line(talk, "openai", "dialogue")
    assert line.count("\n") == 1
    assert json.loads(line).keys() == {"id", "messages"}
    assert json.loads(render_line(talk, "openai", "threads")).keys() == {"id", "messages", "threads"}
    assert json.loads(render_line(talk, "json"))["id"] == "sess-alpha"
