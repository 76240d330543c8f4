"""One message object, in any vendor's keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracefetch.messages.message import Message, MessageRole, ResultPart, role_of
from tracefetch.messages.parts import add_calls, add_part, add_text, answer_text, first

_MESSAGE_TYPES = {"human", "ai", "system", "tool", "function", "AIMessageChunk"}
_CONTENT_KEYS = ("content", "parts", "contents", "blocks")
_EVENT_ROLES: dict[str, MessageRole] = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool", "gen_ai.choice": "assistant",
}  # fmt: skip


def is_message(value: Any) -> bool:
    """Whether an object is one message."""
    if not isinstance(value, dict):
        return False
    if role_of(value.get("role")) is not None or value.get("event.name") in _EVENT_ROLES:
        return True
    if isinstance(value.get("message"), dict) and is_message(value["message"]):
        return True
    if isinstance(value.get("kwargs"), dict) and isinstance(value.get("id"), list):
        return True
    return value.get("type") in _MESSAGE_TYPES and ("content" in value or isinstance(value.get("data"), dict))


def is_definition(data: Mapping[str, Any]) -> bool:
    """Whether a message of a tool's only defines the tool (Langfuse's LangChain handler appends those to requests)."""
    content = data.get("content")
    return (
        role_of(data.get("role")) == "tool"
        and isinstance(content, dict)
        and content.get("type") == "function"
        and isinstance(content.get("function"), dict)
    )


def message_of(data: Mapping[str, Any], role: MessageRole) -> Message:
    """Read one message object."""
    if isinstance(data.get("message"), dict) and not any(key in data for key in ("role", *_CONTENT_KEYS)):
        message = message_of(data["message"], role)
        message.output = message.output or data.get("event.name") == "gen_ai.choice"
        return message
    if isinstance(data.get("kwargs"), dict) and isinstance(data.get("id"), list):
        kind = role_of(str(data["id"][-1])) if data["id"] else None
        return message_of({"role": kind or data["kwargs"].get("type"), **data["kwargs"]}, role)
    if isinstance(data.get("data"), dict) and data.get("type") in _MESSAGE_TYPES:
        return message_of({"role": data["type"], **data["data"]}, role)
    event = str(data.get("event.name") or "")
    own = role_of(data.get("role")) or _EVENT_ROLES.get(event) or role_of(data.get("type")) or role
    message = Message(own, name=data.get("name") if isinstance(data.get("name"), str) else None)
    message.output = event == "gen_ai.choice"
    _fill(message, data)
    return message


def _fill(message: Message, data: Mapping[str, Any]) -> None:
    ident = first(data, "tool_call_id", "toolCallId", "call_id", "tool_use_id")
    if message.role == "tool" and _is_plain_result(data):
        ident = ident or data.get("id")
        content = first(data, *_CONTENT_KEYS)
        failed = data.get("status") == "error"
        message.results.append(ResultPart(answer_text(content), str(ident) if ident else None, message.name, failed))
        return
    _fill_contents(message, data)
    calls = first(data, "tool_calls", "toolCalls")
    add_calls(message, calls if calls is not None else ())
    _fill_older_calls(message, data)
    if isinstance(data.get("reasoning_content"), str) and data["reasoning_content"]:
        add_part(message, {"type": "reasoning", "content": data["reasoning_content"]})
    if not message.text and isinstance(data.get("refusal"), str):
        add_text(message, data["refusal"])
    for result in message.results:
        if result.id is None and ident:
            result.id = str(ident)


def _is_plain_result(data: Mapping[str, Any]) -> bool:
    content = first(data, *_CONTENT_KEYS)
    blocks = content if isinstance(content, list) else []
    trial = Message("tool")
    for block in blocks:
        add_part(trial, block)
    return not trial.results


def _fill_contents(message: Message, data: Mapping[str, Any]) -> None:
    if isinstance(data.get("content"), str) and isinstance(data.get("contents"), list):
        _fill_twice(message, data["content"], data["contents"])
        return
    for key in _CONTENT_KEYS:
        content = data.get(key)
        _fill_content(message, content.get("parts", [content]) if isinstance(content, dict) else content)
        if content:
            return
    if isinstance(data.get("text"), str) and not data.get("type"):
        add_text(message, data["text"])


def _fill_content(message: Message, content: Any) -> None:
    if isinstance(content, list):
        for part in content:
            add_part(message, part)
    elif content is not None:
        add_text(message, content if isinstance(content, str) else str(content))


def _fill_twice(message: Message, text: str, parts: list[Any]) -> None:
    """A text beside parts that may hold it too: what both say is said once (OpenInference)."""
    inner = Message(message.role)
    for part in parts:
        add_part(inner, part)
    letters, told = "".join(text.split()), "".join(inner.text.split())
    if letters == told:
        inner.text = text
    elif letters not in told:
        add_text(message, text)
    add_text(message, inner.text)
    message.calls, message.results, message.parts = inner.calls, inner.results, inner.parts
    message.hidden = message.hidden or inner.hidden


def _fill_older_calls(message: Message, data: Mapping[str, Any]) -> None:
    extra = data.get("additional_kwargs")
    if not message.calls and isinstance(extra, dict) and extra.get("tool_calls"):
        add_calls(message, extra["tool_calls"])
    old = data.get("function_call")
    if not message.calls and isinstance(old, dict) and old.get("name"):
        add_calls(message, [old])
