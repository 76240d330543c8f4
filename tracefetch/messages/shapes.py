"""JSON objects as messages: lists of messages, blocks, requests and responses of every vendor.

One reader for all of them, by the keys that are there: a new framework mostly writes one of
these shapes again. What needs more is a decoder (see `decoders`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tracefetch.messages.message import Message, MessageRole, ResultPart, role_of
from tracefetch.messages.parts import add_calls, add_part, add_text, content_text, first

_MESSAGE_TYPES = {"human", "ai", "system", "tool", "function", "AIMessageChunk"}
_ITEM_TYPES = {"message", "function_call", "function_call_output", "reasoning", "custom_tool_call"}
_CONTENT_KEYS = ("content", "parts", "contents", "blocks")
_EVENT_ROLES: dict[str, MessageRole] = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool", "gen_ai.choice": "assistant",
}  # fmt: skip


def messages_from(value: Any, role: MessageRole) -> list[Message]:
    """Read a JSON value as messages.

    Args:
        value: a text, a list, or an object in any vendor's shape.
        role: of a text, or of parts that name none.

    Returns:
        The messages in order; an empty list where the value holds none.
    """
    if isinstance(value, str):
        message = Message(role)
        add_text(message, value)
        return [] if message.is_empty and not message.hidden else [message]
    if isinstance(value, list):
        return _from_list(value, role)
    if isinstance(value, Mapping):
        return _from_mapping(value, role)
    return []


def is_message(value: Any) -> bool:
    """Whether an object is one message."""
    if not isinstance(value, Mapping):
        return False
    if role_of(value.get("role")) is not None or value.get("event.name") in _EVENT_ROLES:
        return True
    if isinstance(value.get("message"), Mapping) and is_message(value["message"]):
        return True
    if isinstance(value.get("kwargs"), Mapping) and isinstance(value.get("id"), list):
        return True
    return value.get("type") in _MESSAGE_TYPES and ("content" in value or isinstance(value.get("data"), Mapping))


def _from_list(values: list[Any], role: MessageRole) -> list[Message]:
    if values and all(isinstance(item, str) for item in values):
        return messages_from("\n".join(values), role) if role == "system" else []
    found: list[Message] = []
    loose: Message | None = None
    for item in values:
        if isinstance(item, list):
            found += _from_list(item, role)
        elif is_message(item):
            found.append(message_of(item, role))
            loose = None
        elif isinstance(item, Mapping) and item.get("type") == "message":
            found.append(message_of(item, role))
            loose = None
        else:
            loose = _loose(found, loose, item, role)
    return [message for message in found if not message.is_empty or message.hidden or message.role == "assistant"]


def _loose(found: list[Message], loose: Message | None, item: Any, role: MessageRole) -> Message | None:
    """A part that stands without a message: calls are the assistant's, answers a tool's."""
    trial = Message(role)
    add_part(trial, item)
    if trial.is_empty and not trial.hidden:
        return loose
    owner: MessageRole = "assistant" if trial.calls or trial.parts and role == "assistant" else role
    owner = "tool" if trial.results else owner
    if loose is None or loose.role != owner:
        loose = Message(owner)
        found.append(loose)
    add_part(loose, item)
    return loose


def message_of(data: Mapping[str, Any], role: MessageRole) -> Message:
    """Read one message object."""
    if isinstance(data.get("message"), Mapping) and not any(key in data for key in ("role", *_CONTENT_KEYS)):
        message = message_of(data["message"], role)
        message.output = message.output or data.get("event.name") == "gen_ai.choice"
        return message
    if isinstance(data.get("kwargs"), Mapping) and isinstance(data.get("id"), list):
        kind = role_of(str(data["id"][-1])) if data["id"] else None
        return message_of({"role": kind or data["kwargs"].get("type"), **data["kwargs"]}, role)
    if isinstance(data.get("data"), Mapping) and data.get("type") in _MESSAGE_TYPES:
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
        text = content_text(content)
        failed = data.get("status") == "error"
        message.results.append(ResultPart(text, str(ident) if ident else None, message.name, failed))
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
        trial = Message(message.role)
        for part in data["contents"]:
            add_part(trial, part)
        if trial.text.strip() in ("", data["content"].strip()):
            add_text(message, data["content"])
        for part in data["contents"]:
            probe = Message(message.role)
            add_part(probe, part)
            if not probe.text or trial.text.strip() != data["content"].strip() and trial.text.strip():
                add_part(message, part)
        return
    for key in _CONTENT_KEYS:
        content = data.get(key)
        if isinstance(content, Mapping):
            content = content.get("parts", [content])
        if isinstance(content, list):
            for part in content:
                add_part(message, part)
        elif content is not None:
            add_text(message, content if isinstance(content, str) else str(content))
        if content:
            return
    if isinstance(data.get("text"), str) and not data.get("type"):
        add_text(message, data["text"])


def _fill_older_calls(message: Message, data: Mapping[str, Any]) -> None:
    extra = data.get("additional_kwargs")
    if not message.calls and isinstance(extra, Mapping) and extra.get("tool_calls"):
        add_calls(message, extra["tool_calls"])
    old = data.get("function_call")
    if not message.calls and isinstance(old, Mapping) and old.get("name"):
        add_calls(message, [old])


def _from_mapping(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    for key, read in _OBJECTS.items():
        if key in data:
            found = read(data, role)
            if found:
                return found
    if is_message(data):
        return [message_of(data, role)]
    trial = Message(role)
    add_part(trial, data)
    if trial.calls or trial.results or (trial.text and ("text" in data or data.get("type") == "text")):
        return _from_list([data], role)
    return list(_named_texts(data, role))


def _named_texts(data: Mapping[str, Any], role: MessageRole) -> Iterator[Message]:
    keys = ("output", "answer", "response", "completion", "result") if role == "assistant" else ("input", "prompt", "question", "query")
    for key in keys:
        if isinstance(data.get(key), str) and data[key]:
            yield Message(role, text=data[key])
            return


def _with_system(system: Any, messages: list[Message]) -> list[Message]:
    return [*(messages_from(system, "system") if messages else []), *messages]


def _messages(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    if not isinstance(data["messages"], list):
        return []
    return _with_system(data.get("system"), _from_list(data["messages"], role))


def _choices(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    choices = [choice for choice in data["choices"] if isinstance(choice, Mapping)] if isinstance(data["choices"], list) else []
    if not choices:
        return []
    choice = choices[0]
    if isinstance(choice.get("message"), Mapping):
        return [message_of(choice["message"], "assistant")]
    return messages_from(choice.get("text") or "", "assistant")


def _generations(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    generations = data["generations"]
    while isinstance(generations, list) and generations and isinstance(generations[0], list):
        generations = generations[0]
    if not isinstance(generations, list) or not generations or not isinstance(generations[0], Mapping):
        return []
    one = generations[0]
    if isinstance(one.get("message"), Mapping):
        return [message_of(one["message"], "assistant")]
    return messages_from(one.get("text") or "", "assistant")


def _contents(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    config = data.get("config") if isinstance(data.get("config"), Mapping) else {}
    system = first(config or {}, "system_instruction", "systemInstruction") or first(data, "system_instruction", "systemInstruction")
    if isinstance(system, Mapping):
        system = system.get("parts", system)
    return _with_system(system, messages_from(data["contents"], "user"))


def _output(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    output = data["output"]
    if isinstance(output, Mapping):
        return messages_from(output, role)
    if isinstance(output, list):
        found = _from_list(output, "assistant" if role == "user" and "usage" in data else role)
        return found or [m for item in output if isinstance(item, Mapping) for m in _from_mapping(item, role)]
    return []


def _input(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    if isinstance(data["input"], list | Mapping):
        return _with_system(data.get("instructions"), messages_from(data["input"], "user"))
    if isinstance(data["input"], str) and "instructions" in data:
        return _with_system(data["instructions"], messages_from(data["input"], "user"))
    return []


def _nested(key: str) -> Callable[[Mapping[str, Any], MessageRole], list[Message]]:
    def read(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
        inner = data[key]
        return messages_from(inner, role) if isinstance(inner, Mapping | list) and not is_message(data) else []

    return read


def _content(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    if is_message(data):
        return [message_of(data, role)]
    content = data["content"]
    if isinstance(content, Mapping) and "parts" in content:
        return [message_of(content, role)]
    if isinstance(content, list) and not data.get("type"):
        return _from_list([{"role": role, "content": content}], role)
    return []


_OBJECTS: dict[str, Callable[[Mapping[str, Any], MessageRole], list[Message]]] = {
    "messages": _messages,
    "choices": _choices,
    "generations": _generations,
    "candidates": lambda data, role: _from_mapping(data["candidates"][0], role) if isinstance(data["candidates"], list) and data["candidates"] and isinstance(data["candidates"][0], Mapping) else [],
    "contents": lambda data, role: [] if is_message(data) else _contents(data, role),
    "output": _output,
    "update": _nested("update"),
    "message": lambda data, role: messages_from(data["message"], role) if isinstance(data["message"], Mapping) else [],
    "input": _input,
    "content": _content,
    "data": lambda data, role: [message_of(data, role)] if is_message(data) else [],
}
