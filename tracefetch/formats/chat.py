"""Turns as OpenAI's chat messages.

Source: https://platform.openai.com/docs/api-reference/chat/create, `messages`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracefetch.formats.labels import arguments_text
from tracefetch.models import Conversation, Thread, ToolCall, Turn, View

ChatMessage = dict[str, Any]


def chat_messages(turns: Iterable[Turn]) -> list[ChatMessage]:
    """One message per turn: role, content, and `tool_calls` or `tool_call_id` where there are any.

    `content` is None for an assistant message that only calls tools; `arguments` is always JSON text,
    or the text that was recorded where that was not JSON.
    """
    return [_message(turn) for turn in turns]


def chat_document(conversation: Conversation, view: View = "all") -> list[ChatMessage] | dict[str, Any]:
    """What the format `openai` prints: a list of messages.

    In the view `threads` it is an object: `messages`, the main talk, and `threads`, a list of
    objects with id, kind, name, turn, tool_call_id and messages. One list would mix talks that
    never heard each other.
    """
    messages = chat_messages(conversation.view(view))
    return (
        messages if view != "threads" else {"messages": messages, "threads": [_thread(t) for t in conversation.threads]}
    )


def _message(turn: Turn) -> ChatMessage:
    content = turn.content if turn.content or not turn.tool_calls else None
    message: ChatMessage = {"role": turn.role, "content": content}
    if turn.tool_calls:
        message["tool_calls"] = [_call(call) for call in turn.tool_calls]
    if turn.role == "tool":
        message |= {"tool_call_id": turn.tool_call_id} if turn.tool_call_id else {}
        message |= {"name": turn.tool_name} if turn.tool_name else {}
    return message


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = "{}" if call.arguments is None else arguments_text(call.arguments)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _thread(thread: Thread) -> dict[str, Any]:
    head = thread.model_dump(include={"id", "kind", "name", "turn", "tool_call_id"})
    return {**head, "messages": chat_messages(thread.turns)}
