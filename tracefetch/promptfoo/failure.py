"""What went wrong as promptfoo's error row, in the words of a promptfoo config."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tracefetch.config import Settings
from tracefetch.config.names import ALIASES, snake_case
from tracefetch.errors import AmbiguousError, NotAllowedError, NotFoundError, TracefetchError
from tracefetch.formats import escape, findings
from tracefetch.models import Conversation, Severity

_FLAG = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)(?![\w-])")
_VARS = {"trace": "traceId:", "session": "sessionId:"}


def error_result(error: TracefetchError, *, remarks: Sequence[str] = ()) -> dict[str, Any]:
    """Tell an error in the row; without an output no assertion runs on it.

    Args:
        remarks: what may explain that nothing was found or allowed.
    """
    lines = [_FLAG.sub(_as_setting, error.message)]
    if isinstance(error, AmbiguousError):
        lines += [f"- {choice}" for choice in error.choices if choice not in error.message]
    if isinstance(error, NotFoundError | NotAllowedError):
        lines += [remark for remark in remarks if remark]
    return failure("\n".join(lines))


def incomplete_result(conversation: Conversation) -> dict[str, Any]:
    """With `strict`, losses and doubts are an error that lists them, a line per kind."""
    found = [item for item in findings(conversation.evidence) if item.severity is not Severity.NOTE]
    lines = [
        f"- {item.severity}: {item.kind}{f' ({item.count})' if item.count > 1 else ''}: {item.message}"
        for item in found
    ]
    head = f"conversation {conversation.id!r} may not be whole, and strict is on (strict: false shows it all the same):"
    return failure("\n".join([head, *lines]))


def failure(message: str) -> dict[str, Any]:
    """An error row that promptfoo does not take for a rate limit.

    promptfoo repeats a row whose error has "429" or "rate limit" in it (an id is enough) with
    growing pauses, unless `metadata.rateLimitKind` is "quota" (0.123, its scheduler's
    `isProviderResponseRateLimited`). What is worth repeating was repeated before we report it.
    """
    text = escape(message)
    result: dict[str, Any] = {"error": text}
    if "429" in text or "rate limit" in text.lower():
        result["metadata"] = {"rateLimitKind": "quota"}
    return result


def _as_setting(match: re.Match[str]) -> str:
    """A flag of the command line as the provider's config writes it."""
    flag = match[1]
    name = ALIASES.get(snake_case(flag), snake_case(flag))
    if flag in _VARS:
        return _VARS[flag]
    if name not in Settings.model_fields:
        return match[0]
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others) + ":"
