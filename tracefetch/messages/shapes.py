"""JSON values as messages: lists, blocks, requests and responses of every vendor.

One reader for all of them, by the keys that are there: a new framework mostly writes one of
these shapes again. What needs more is a decoder (see `decoders`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tracefetch.messages.lists import from_list, text_messages
from tracefetch.messages.message import Message, MessageRole
from tracefetch.messages.objects import is_message, message_of
from tracefetch.messages.parts import add_part, first

_ANSWERS = ("output", "answer", "response", "completion", "result")
_QUESTIONS = ("input", "prompt", "question", "query", "task")


def messages_from(value: Any, role: MessageRole) -> list[Message]:
    """Read a JSON value as messages.

    Args:
        value: a text, a list, or an object in any vendor's shape.
        role: of a text, or of parts that name none.

    Returns:
        The messages in order; an empty list where the value holds none.
    """
    if isinstance(value, str):
        return text_messages(value, role)
    if isinstance(value, list):
        return from_list(value, role)
    if isinstance(value, dict):
        return _from_mapping(value, role)
    return []


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
        return from_list([data], role)
    return list(_named_texts(data, role))


def _named_texts(data: Mapping[str, Any], role: MessageRole) -> Iterator[Message]:
    for key in _ANSWERS if role == "assistant" else _QUESTIONS:
        if isinstance(data.get(key), str) and data[key]:
            yield Message(role, text=data[key])
            return


def _with_system(system: Any, messages: list[Message]) -> list[Message]:
    return [*(messages_from(system, "system") if messages else []), *messages]


def _messages(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    if not isinstance(data["messages"], list):
        return []
    return _with_system(data.get("system"), from_list(data["messages"], role))


def _first_of(values: Any) -> Mapping[str, Any]:
    """The first object of a list; an empty one where there is none. Of several choices the first is the answer."""
    listed = values if isinstance(values, list) else []
    return next((value for value in listed if isinstance(value, dict)), {})


def _counted(messages: list[Message], choices: Any) -> list[Message]:
    for message in messages[:1]:
        message.others = len(choices) - 1
    return messages


def _choices(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    choice = _first_of(data["choices"])
    message = choice.get("message")
    found = [message_of(message, "assistant")] if isinstance(message, dict) else None
    return _counted(found or messages_from(choice.get("text") or "", "assistant"), data["choices"])


def _generations(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    generations = data["generations"]
    while isinstance(generations, list) and generations and isinstance(generations[0], list):
        generations = generations[0]
    if not isinstance(generations, list) or not generations or not isinstance(generations[0], dict):
        return []
    one = generations[0]
    if isinstance(one.get("message"), dict):
        return [message_of(one["message"], "assistant")]
    return messages_from(one.get("text") or "", "assistant")


def _candidates(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    candidate = _first_of(data["candidates"])
    return _counted(_from_mapping(candidate, role), data["candidates"]) if candidate else []


def _contents(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    config = data["config"] if isinstance(data.get("config"), dict) else {}
    names = ("system_instruction", "systemInstruction")
    system = first(config, *names) or first(data, *names)
    if isinstance(system, dict):
        system = system.get("parts", system)
    return _with_system(system, messages_from(data["contents"], "user"))


def _output(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    output = data["output"]
    if isinstance(output, dict):
        return messages_from(output, role)
    if isinstance(output, list):
        found = from_list(output, "assistant" if role == "user" and "usage" in data else role)
        return found or [m for item in output if isinstance(item, dict) for m in _from_mapping(item, role)]
    return []


def _input(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    if isinstance(data["input"], list | dict):
        return _with_system(data.get("instructions"), messages_from(data["input"], "user"))
    if isinstance(data["input"], str) and "instructions" in data:
        return _with_system(data["instructions"], messages_from(data["input"], "user"))
    return []


def _nested(key: str) -> Callable[[Mapping[str, Any], MessageRole], list[Message]]:
    def read(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
        inner = data[key]
        return messages_from(inner, role) if isinstance(inner, dict | list) and not is_message(data) else []

    return read


def _content(data: Mapping[str, Any], role: MessageRole) -> list[Message]:
    if is_message(data):
        return [message_of(data, role)]
    content = data["content"]
    if isinstance(content, dict) and "parts" in content:
        return [message_of(content, role)]
    if isinstance(content, list) and not data.get("type"):
        return from_list([{"role": role, "content": content}], role)
    return []


_OBJECTS: dict[str, Callable[[Mapping[str, Any], MessageRole], list[Message]]] = {
    "messages": _messages,
    "choices": _choices,
    "generations": _generations,
    "candidates": _candidates,
    "contents": lambda data, role: [] if is_message(data) else _contents(data, role),
    "output": _output,
    "update": _nested("update"),
    "message": lambda data, role: messages_from(data["message"], role) if isinstance(data["message"], dict) else [],
    "input": _input,
    "content": _content,
    "data": lambda data, role: [message_of(data, role)] if is_message(data) else [],
}
