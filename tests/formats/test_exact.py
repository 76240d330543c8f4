"""JSON keeps the whole conversation, and the schema in docs/ describes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracefetch.errors import UsageError
from tracefetch.formats import render
from tracefetch.formats.exact import schema_text
from tracefetch.models import Conversation, Part, ToolCall, Turn

SCHEMA = Path(__file__).parents[2] / "docs" / "conversation.schema.json"


@pytest.mark.parametrize("view", ["all", "threads"])
def test_everything_comes_back(talk: Conversation, view: str) -> None:
    """The model reads its own JSON back equal, evidence and threads included."""
    assert Conversation.model_validate_json(render(talk, "json", view)) == talk  # type: ignore[arg-type]


def test_dialogue_leaves_out_the_rest(talk: Conversation) -> None:
    """Asked for the dialogue, JSON has no other turns and no threads, but all the evidence."""
    document = json.loads(render(talk, "json", "dialogue"))
    assert [turn["number"] for turn in document["turns"]] == ["1", "2"]
    assert document["threads"] == []
    assert len(document["evidence"]) == 4


def test_a_lone_surrogate_is_kept() -> None:
    r"""Half a character is written as `\udXXX`: valid UTF-8, and exact when read."""
    talk = Conversation(id="x", turns=(Turn(role="user", content="cut \ud83d\x1b"),), metadata={"k\ud800": "\x9b"})
    text = render(talk, "json")
    assert r"cut \ud83d\u001b" in text
    assert json.loads(text.encode())["turns"][0]["content"] == "cut \ud83d\x1b"


def test_what_json_has_no_form_for() -> None:
    """Bytes are base64, not-a-number is null, and what is nested past all depth is its JSON text."""
    deep: object = "end"
    for _ in range(400):
        deep = [deep]
    call = ToolCall(name="a", arguments={"deep": deep, "bytes": b"\xff"})
    talk = Conversation(
        id="x",
        turns=(Turn(role="assistant", tool_calls=(call,), parts=(Part(type="blob", data=b"\x00"),)),),
        metadata={"nan": float("nan"), "bytes": b"\xfe"},
    )
    document = json.loads(render(talk, "json"))
    assert document["metadata"] == {"nan": None, "bytes": "/g=="}
    turn = document["turns"][0]
    assert turn["parts"][0]["data"] == "AA=="
    inner = turn["tool_calls"][0]["arguments"]
    assert inner["bytes"] == "/w=="
    value = inner["deep"]
    while isinstance(value, list):
        value = value[0]
    assert json.dumps(json.loads(value)).count("[") + 99 == 400
    assert json.loads(render(talk, "openai"))[0]["tool_calls"][0]["function"]["name"] == "a"


def test_schema_is_current() -> None:
    """docs/conversation.schema.json is what the model says; `python docs/write.py` writes it."""
    assert SCHEMA.read_text("utf-8") == schema_text()


def test_an_unknown_format_names_the_known_ones() -> None:
    """A wrong format is a usage error."""
    with pytest.raises(UsageError, match="text, json, openai, markdown"):
        render(Conversation(id="x"), "yaml")  # type: ignore[arg-type]
