"""promptfoo's door: `call_api`, in the shape in which promptfoo's Python provider calls it.

promptfoo loads a file of the user's by its path, and that file is one line:

    from tracefetch.promptfoo import call_api

An import error there costs an eval minutes and hides its cause, so importing this module never
fails: it needs nothing but the standard library, and whatever breaks later is an answer,
`{"error": …}`.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["call_api"]


def call_api(
    prompt: Any, options: dict[str, Any] | None = None, context: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Answer one row of an eval with a recorded conversation, or with one turn of it.

    Args:
        prompt: the rendered prompt; the id of a session or trace where no var names one.
        options: promptfoo's `{id, config, env}`; `config` holds the settings.
        context: promptfoo's `{vars, …}`; the vars name the conversation and may choose
            `mode`, `turnIndex`, `view` and `format`.

    Returns:
        promptfoo's provider response: `output` with `metadata`, or `error`; never both.
    """
    try:
        from tracefetch.promptfoo.provider import answer

        return answer(prompt, options, context)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the row must say it
        return {"error": _explain_import(problem)}


def _explain_import(problem: Exception) -> str:
    """Name what is missing, and for which Python: promptfoo often runs another than the user's."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    advice = (
        f"Install it for the Python that promptfoo runs ({sys.executable}, {version}; tracefetch needs 3.11): "
        f"'{sys.executable}' -m pip install --upgrade tracefetch, or point PROMPTFOO_PYTHON at the Python that has it."
    )
    return f"tracefetch can't be loaded: {type(problem).__name__}: {problem}. {advice}"
