"""Message parts and content blocks of every vendor: text, call, result, reasoning, media."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracefetch.messages.json_text import UnreadableError, compact, looks_like_json, parse
from tracefetch.messages.message import HIDDEN, CallPart, Message, ResultPart
from tracefetch.messages.python_text import python_value
from tracefetch.models import Part

_CALL_TYPES = {
    "tool_call", "tool_use", "tool-call", "function_call", "functioncall", "server_tool_call", "server_tool_use",
    "mcp_call", "custom_tool_call", "tooluse",
}  # fmt: skip
_RESULT_TYPES = {
    "tool_call_response", "tool_result", "tool-result", "function_call_output", "tool_response", "tool-error",
    "server_tool_call_response", "custom_tool_call_output", "toolresult",
}  # fmt: skip
_TEXT_TYPES = {"text", "input_text", "output_text", "text_delta"}
_REASONING_TYPES = {"reasoning", "thinking", "redacted_thinking", "reasoning_text", "summary_text"}
_CALL_KEYS = ("toolUse", "functionCall", "function_call", "toolRequest", "tool_call")
_RESULT_KEYS = ("toolResult", "functionResponse", "function_response", "toolResponse")
_MEDIA_KEYS = (
    "image", "image_url", "inlineData", "inline_data", "fileData", "file_data", "document", "media", "video", "audio",
)  # fmt: skip
_WRAPPINGS = ("text", "json", "content", "error-text", "error-json")


def first(data: Mapping[str, Any], *keys: str) -> Any:
    """The first value present that is not None."""
    for key in keys:
        value = data.get(key)
        if value is not None:
            return value
    return None


def _ident(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def arguments_of(value: Any) -> Any:
    """Arguments as a JSON value, unwrapping one level of encoding twice at most; else the text."""
    for _ in range(2):
        if not isinstance(value, str) or not looks_like_json(value):
            return value
        try:
            value = parse(value)
        except UnreadableError:
            return value
    return value


def call_of(data: Mapping[str, Any]) -> CallPart | None:
    """A tool call, in any vendor's keys; None where it has no name."""
    function = data.get("function")
    inner = function if isinstance(function, dict) else data
    name = first(inner, "name", "toolName", "tool_name") or first(data, "name", "toolName", "tool_name")
    arguments = first(inner, "arguments", "input", "args", "parameters")
    if arguments is None:
        arguments = first(data, "arguments", "input", "args", "parameters")
    ident = first(data, "call_id", "id", "toolCallId", "toolUseId", "tool_call_id", "ref")
    if not isinstance(name, str) or not name:
        return None
    return CallPart(name, arguments_of(arguments), _ident(ident))


def content_text(value: Any) -> str:
    """The text of a tool's answer: blocks joined, a value as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _mapping_text(value)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        texts = [_block_text(item) for item in value]
        if all(text is not None for text in texts):
            return "".join(text or "" for text in texts)
    return compact(value)


def answer_text(value: Any) -> str:
    """The text of a tool's answer that may be the AI SDK's wrapping, written out: `{"type": "text", "value": …}`."""
    if isinstance(value, str) and value.startswith("{") and '"value"' in value and '"type"' in value:
        try:
            data = parse(value)
        except UnreadableError:
            return value
        if isinstance(data, dict) and set(data) == {"type", "value"} and data["type"] in _WRAPPINGS:
            return content_text(data)
    return content_text(value)


def _mapping_text(value: Mapping[str, Any]) -> str:
    if value.get("type") in _WRAPPINGS and "value" in value:
        return content_text(value["value"])
    if value.get("type") in _TEXT_TYPES and isinstance(value.get("text"), str):
        return str(value["text"])
    return compact(dict(value))


def _block_text(item: Mapping[str, Any]) -> str | None:
    if set(item) == {"json"}:
        return compact(item["json"])
    text = item.get("text", item.get("content") if item.get("type") in _TEXT_TYPES else None)
    return text if isinstance(text, str) and set(item) <= {"type", "text", "content", "annotations"} else None


def result_of(data: Mapping[str, Any]) -> ResultPart:
    """A tool's answer, in any vendor's keys."""
    content = first(data, "response", "result", "output", "content")
    ident = first(data, "call_id", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "id", "ref")
    name = first(data, "name", "toolName", "tool_name")
    failed = bool(data.get("is_error")) or data.get("status") == "error" or str(data.get("type")) == "tool-error"
    return ResultPart(answer_text(content), _ident(ident), name if isinstance(name, str) else None, failed)


def add_text(message: Message, text: Any) -> None:
    """Add a text to the message, noticing one that the operator hid."""
    if text == HIDDEN:
        message.hidden = True
        return
    if not isinstance(text, str) or not text:
        return
    joint = "\n" if message.text and message.role in ("user", "system") else ""
    message.text += joint + text


def add_part(message: Message, part: Any) -> None:
    """Add one part or block to the message."""
    if isinstance(part, str):
        add_text(message, part)
    elif isinstance(part, dict):
        _add_mapping(message, part)


def _add_mapping(message: Message, part: Mapping[str, Any]) -> None:
    kind = str(part.get("type") or "").lower()
    if "message_content" in part and isinstance(part["message_content"], dict):
        _add_mapping(message, part["message_content"])
    elif kind in _CALL_TYPES:
        _add_call(message, part)
    elif kind in _RESULT_TYPES:
        message.results.append(result_of(part))
    elif kind in _REASONING_TYPES:
        text = first(part, "content", "text", "thinking", "reasoning", "summary")
        message.parts.append(Part(type="reasoning", text=content_text(text) or None))
    elif kind == "refusal":
        add_text(message, first(part, "refusal", "content", "text"))
    elif kind in _TEXT_TYPES or (not kind and isinstance(part.get("text"), str)):
        _add_plain(message, part)
    else:
        _add_keyed(message, part, kind)


def _add_plain(message: Message, part: Mapping[str, Any]) -> None:
    text = first(part, "text", "content")
    if part.get("thought") is True:
        message.parts.append(Part(type="reasoning", text=str(text)))
    elif isinstance(text, dict):
        add_text(message, first(text, "value", "text"))
    elif not (message.role == "assistant" and _add_python(message, text)):
        add_text(message, text)


def _add_python(message: Message, text: Any) -> bool:
    """A part of the assistant's in Python's notation instead of JSON (openai-agents-v2)."""
    if not isinstance(text, str) or not text.startswith(("{'", "Response")):
        return False
    data = python_value(text)
    kind = data.get("type") if isinstance(data, dict) else None
    if kind not in ("output_text", "function_call"):
        return False
    _add_mapping(message, data)
    return True


def _add_call(message: Message, part: Mapping[str, Any]) -> None:
    inner = part.get("tool_call")
    call = call_of(inner if isinstance(inner, dict) else part)
    if call is not None and not _is_known(message, call):
        message.calls.append(call)


def _is_known(message: Message, call: CallPart) -> bool:
    return any(call.id is not None and other.id == call.id and other.name == call.name for other in message.calls)


def _add_keyed(message: Message, part: Mapping[str, Any], kind: str) -> None:
    for key in _CALL_KEYS:
        if isinstance(part.get(key), dict):
            _add_call(message, {"type": "tool_call", **part[key]})
            return
    for key in _RESULT_KEYS:
        if isinstance(part.get(key), dict):
            message.results.append(result_of(part[key]))
            return
    if isinstance(part.get("reasoningContent"), dict):
        message.parts.append(Part(type="reasoning", text=content_text(part["reasoningContent"])))
    elif kind or any(key in part for key in _MEDIA_KEYS):
        message.parts.append(_media(part, kind))
    elif isinstance(part.get("content"), str):
        add_text(message, part["content"])


def _media(part: Mapping[str, Any], kind: str) -> Part:
    key = next((key for key in _MEDIA_KEYS if key in part), "")
    body = part.get(key) if key else part
    inner = body if isinstance(body, dict) else {}
    uri = first(part, "uri", "url", "file_uri") or first(inner, "url", "uri", "fileUri", "file_uri")
    uri = body if isinstance(body, str) and uri is None and key else uri
    mime = first(part, "mime_type", "mimeType", "media_type", "mediaType") or first(inner, "mimeType", "mime_type")
    if isinstance(uri, dict):
        uri = first(uri, "url")
    return Part(
        type=kind or key,
        mime_type=str(mime) if mime else None,
        uri=str(uri) if uri else None,
        data={str(name): value for name, value in part.items() if name != "type"} if uri is None else None,
    )


def add_calls(message: Message, calls: Any) -> None:
    """Add the entries of a `tool_calls` list, written in any vendor's keys."""
    entries = calls.values() if isinstance(calls, dict) else calls
    for entry in entries if isinstance(entries, list) or hasattr(entries, "__iter__") else ():
        if isinstance(entry, dict):
            inner = entry.get("tool_call")
            call = call_of(inner if isinstance(inner, dict) else entry)
            if call is not None and not _is_known(message, call):
                message.calls.append(call)
