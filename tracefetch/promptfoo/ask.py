"""What one row of an eval asks for: its vars over the provider's config, else the prompt's text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracefetch.errors import UsageError

MODES = ("full", "turn")
VIEWS = ("dialogue", "all", "threads")
FORMATS = ("text", "messages")

# JavaScript's Number.MAX_SAFE_INTEGER: a greater YAML number has lost digits before we see it.
MAX_EXACT_INTEGER = 2**53 - 1
MAX_INDEX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Ask:
    """One row's question.

    Attributes:
        ident: an id to be guessed as in `get`; None where `session` or `trace` decides.
        turn_index: over dialogue turns, from 0; negative from the end.
        remark: what to add where nothing is found, about how the id was come by.
    """

    ident: str | None
    session: str | None
    trace: str | None
    mode: str
    turn_index: int
    view: str
    format: str
    remark: str = ""

    @classmethod
    def read(cls, prompt: Any, row: Mapping[str, Any], defaults: Mapping[str, Any]) -> Ask:
        """Read a row's vars over the config's `mode`, `turn_index`, `view` and `format`.

        Raises:
            UsageError: a value can't be used; the message says which and what would do.
        """
        session, trace = _session_id(row), _identifier(row, "traceId")
        decided = session is not None or trace is not None
        return cls(
            ident=None if decided else _prompt_id(prompt),
            session=session,
            trace=trace,
            mode=_choice("mode", _chosen(row, "mode", defaults.get("mode")), MODES, default="full"),
            turn_index=read_index(_chosen(row, "turnIndex", defaults.get("turn_index"))),
            view=_choice("view", _chosen(row, "view", defaults.get("view")), VIEWS, default="dialogue"),
            format=_choice("format", _chosen(row, "format", defaults.get("format")), FORMATS, default="text"),
            remark=_remark(row) if decided else _PROMPT_REMARK,
        )


def read_index(value: Any) -> int:
    """Read a turn index: an integer, or its digits as text; absent means 0."""
    if _is_absent(value):
        return 0
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_EXACT_INTEGER:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(rf"[+-]?[0-9]{{1,{MAX_INDEX_DIGITS}}}", value.strip()):
        return int(value)
    raise UsageError(f"turnIndex is {_shown(value)}; use a whole number: 0 is the first dialogue turn, -1 the last one")


_PROMPT_REMARK = (
    "The id was taken from the prompt's text; a var sessionId, conversationId or traceId decides it instead."
)
_ID_NAMES = ("sessionId", "conversationId", "traceId")


def _remark(row: Mapping[str, Any]) -> str:
    """A YAML number may have been written otherwise (0123, 1e5): only a miss shows it."""
    numbers = [name for name in _ID_NAMES if isinstance(row.get(name), int)]
    if not numbers:
        return ""
    names = " and ".join(numbers)
    return f"The var {names} was a YAML number; if the id has leading zeros, an exponent or underscores, quote it."


def _session_id(row: Mapping[str, Any]) -> str | None:
    session, conversation = _identifier(row, "sessionId"), _identifier(row, "conversationId")
    if session is not None and conversation is not None and session != conversation:
        raise UsageError(
            f"the vars sessionId ({_shown(session)}) and conversationId ({_shown(conversation)}) name two "
            "conversations; give one of them"
        )
    return session if session is not None else conversation


def _identifier(row: Mapping[str, Any], name: str) -> str | None:
    """An id as text; a number only where it is exactly what was written."""
    value = row.get(name)
    if _is_absent(value):
        return None
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_EXACT_INTEGER:
        return str(value)
    raise UsageError(f"the var {name} is {_shown(value)}, which is not text as it was written; quote it: {name}: '…'")


def _prompt_id(prompt: Any) -> str | None:
    if prompt is None or isinstance(prompt, str):
        return (prompt or "").strip() or None
    raise UsageError(
        f"the prompt is {_shown(prompt)}, not an id; set the var sessionId, conversationId or traceId, "
        "or use the prompt '{{sessionId}}'"
    )


def _chosen(row: Mapping[str, Any], name: str, default: Any) -> Any:
    value = row.get(name)
    return default if _is_absent(value) else value


def _choice(name: str, value: Any, allowed: tuple[str, ...], *, default: str) -> str:
    if _is_absent(value):
        return default
    if isinstance(value, str) and value.strip() in allowed:
        return value.strip()
    raise UsageError(f"{name} is {_shown(value)}; use {' or '.join(allowed)}")


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
