"""One row of an eval: settings and question in, a conversation or an error out."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracefetch.config import Settings
from tracefetch.errors import TracefetchError
from tracefetch.models import Conversation
from tracefetch.promptfoo.ask import Ask
from tracefetch.promptfoo.configuration import load_settings, row_defaults
from tracefetch.promptfoo.failure import error_result, failure, incomplete_result
from tracefetch.promptfoo.registry import client_for
from tracefetch.promptfoo.result import Result, full_result, turn_result


def answer(prompt: Any, options: Mapping[str, Any] | None, context: Mapping[str, Any] | None) -> Result:
    """Answer a row; whatever goes wrong is an `error` that says what to do, and never an `output`.

    Raises:
        ImportError: a library that is loaded only now is missing; `call_api` says how to get it.
    """
    remarks: list[str] = []
    try:
        settings = load_settings(_mapping(options, "config"), _environment(options))
        remarks += settings.notes
        ask = Ask.read(prompt, _mapping(context, "vars"), row_defaults(settings))
        remarks.append(ask.remark)
        return _respond(_fetch(ask, settings), ask, strict=settings.strict)
    except TracefetchError as error:
        result = error_result(error, remarks=remarks)
        _tell_before_crash(options, result)
        return result
    except ImportError:
        raise
    except Exception as bug:  # noqa: BLE001 - an exception would cost the row its reason
        return failure(_unexpected(bug))


def _fetch(ask: Ask, settings: Settings) -> Conversation:
    client = client_for(settings)
    return client.get(ask.ident, session=ask.session, trace=ask.trace, whole_session=settings.whole_session)


def _respond(conversation: Conversation, ask: Ask, *, strict: bool) -> Result:
    if strict and not conversation.is_complete:
        return incomplete_result(conversation)
    return turn_result(conversation, ask) if ask.mode == "turn" else full_result(conversation, ask)


def _mapping(holder: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _environment(options: Mapping[str, Any] | None) -> Mapping[str, str]:
    """The worker's environment, and over it what the provider's own `env:` sets."""
    own = {name: value for name, value in _mapping(options, "env").items() if isinstance(value, str)}
    return {**os.environ, **own} if own else os.environ


def _tell_before_crash(options: Mapping[str, Any] | None, result: Result) -> None:
    """Write the reason to promptfoo's log where promptfoo is about to lose its rows.

    Where `url` is an object, as a `file://….json` becomes, it fails as a whole after the run
    (0.123.1, `isPromptfooSampleTarget`). Its log takes lines that begin with ERROR.
    """
    if isinstance(_mapping(options, "config").get("url"), Mapping):
        sys.stderr.write(f"ERROR: tracefetch: {result['error']}\n")
        sys.stderr.flush()


def _unexpected(bug: Exception) -> str:
    """Where it broke, but not the exception's text: it may quote a setting, and settings hold secrets."""
    frames = traceback.extract_tb(bug.__traceback__)[-3:]
    where = ", ".join(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames)
    return (
        f"tracefetch failed in a way that it does not know: {type(bug).__name__} at {where}. "
        "This is a defect of tracefetch: please report it with these places"
    )
