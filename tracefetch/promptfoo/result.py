"""A conversation as promptfoo's provider response: output, metadata, tokens, latency."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, cast

from tracefetch.errors import UsageError
from tracefetch.formats import chat_document, chat_messages, escape, json_text
from tracefetch.models import Conversation, TokenUsage, View
from tracefetch.promptfoo.ask import MAX_EXACT_INTEGER, Ask
from tracefetch.promptfoo.transcript import transcribe

Result = dict[str, Any]


def full_result(conversation: Conversation, ask: Ask) -> Result:
    """Answer with the whole conversation in the view and format asked for."""
    view = cast(View, ask.view)
    if ask.format == "messages":
        output = json_text(chat_document(conversation, view))
    else:
        output = transcribe(conversation, view)
    usage = _token_usage(conversation.usage, requests=_count_calls(conversation))
    return _result(output, conversation, usage, conversation.duration_seconds, {})


def turn_result(conversation: Conversation, ask: Ask) -> Result:
    """Answer with one dialogue turn.

    Raises:
        UsageError: the index is out of range; the message says what is in it.
    """
    turns = conversation.dialogue
    index = ask.turn_index if ask.turn_index >= 0 else len(turns) + ask.turn_index
    if not 0 <= index < len(turns):
        raise UsageError(_out_of_range(conversation, ask.turn_index))
    turn = turns[index]
    output = json_text(chat_messages((turn,))) if ask.format == "messages" else escape(turn.content)
    metadata = {
        "turnIndex": index,
        "role": turn.role,
        "timestamp": _timestamp(turn.timestamp),
        "model": turn.model,
        "error": turn.error,
        "parts": [part.model_dump() for part in turn.parts] or None,
    }
    return _result(output, conversation, _token_usage(turn.usage, requests=1), turn.duration_seconds, metadata)


def _result(
    output: str, conversation: Conversation, usage: Result | None, seconds: float | None, metadata: dict[str, Any]
) -> Result:
    result: Result = {"output": _printable(output)}
    result["metadata"] = _present(_plain(_describe(conversation) | metadata))
    if usage:
        result["tokenUsage"] = usage
    if seconds is not None and math.isfinite(seconds):
        result["latencyMs"] = round(seconds * 1000)
    if conversation.session_id is not None:
        result["sessionId"] = _printable(conversation.session_id)
    return result


def _describe(conversation: Conversation) -> dict[str, Any]:
    return {
        "conversationId": conversation.id,
        "traceIds": list(conversation.trace_ids),
        "totalTurns": len(conversation.dialogue),
        "originalTimestamp": _timestamp(conversation.start),
        "evidence": [item.model_dump() for item in conversation.evidence],
        "isComplete": conversation.is_complete,
    }


def _out_of_range(conversation: Conversation, index: int) -> str:
    count = len(conversation.dialogue)
    name = f"turnIndex {index} is out of range: conversation '{conversation.id}' has"
    if not count:
        why = "; ".join(item.message for item in conversation.losses[:3])
        return f"{name} no dialogue turns" + (f" ({why})" if why else "")
    last = f"0 to {count - 1}, or -{count} to -1 from the end"
    return f"{name} {count} dialogue turn{'s' if count > 1 else ''}; use {last}"


def _token_usage(usage: TokenUsage | None, *, requests: int) -> Result | None:
    if usage is None:
        return None
    total = usage.total
    if total is None and (usage.input is not None or usage.output is not None):
        total = (usage.input or 0) + (usage.output or 0)
    counts = _present({"total": total, "prompt": usage.input, "completion": usage.output})
    return counts | {"numRequests": max(requests, 1)} if counts else None


def _count_calls(conversation: Conversation) -> int:
    """How many model calls the usage is summed over: one span, one call."""
    turns = [*conversation.turns, *(turn for thread in conversation.threads for turn in thread.turns)]
    return len({(turn.trace_id, turn.span_id) for turn in turns if turn.role == "assistant" and turn.span_id})


def _timestamp(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, as JavaScript writes and reads it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """promptfoo lays metadata over the test's own: an unknown value must not hide one of the user's."""
    return {name: value for name, value in values.items() if value is not None}


def _printable(text: str) -> str:
    """A lone surrogate can't be written as UTF-8, and promptfoo's worker would fail on it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    """A JSON value that survives Python's and JavaScript's JSON alike.

    NaN and infinity are no JSON; a whole number above 2^53 would lose digits in JavaScript.
    """
    if isinstance(value, dict):
        return {_printable(str(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return _printable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_EXACT_INTEGER:
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float)) else _printable(str(value))
