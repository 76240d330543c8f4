"""A conversation as text, Markdown, chat messages or JSON: pure, each escaping for its medium."""

from __future__ import annotations

from typing import Literal, get_args

from tracefetch.errors import UsageError
from tracefetch.formats.chat import chat_document, chat_messages
from tracefetch.formats.diagnosis import diagnosis_document, render_diagnosis
from tracefetch.formats.escaping import escape, escape_line, json_text
from tracefetch.formats.exact import exact_document
from tracefetch.formats.explanation import explanation_document, render_explanation
from tracefetch.formats.labels import Finding, findings
from tracefetch.formats.listing import render_listing, summary_document
from tracefetch.formats.markdown import render_markdown
from tracefetch.formats.table import render_table
from tracefetch.formats.text import render_text
from tracefetch.models import Conversation, View

Format = Literal["text", "json", "openai", "markdown"]
FORMATS: tuple[Format, ...] = get_args(Format)

__all__ = [
    "FORMATS",
    "Finding",
    "Format",
    "chat_document",
    "chat_messages",
    "diagnosis_document",
    "escape",
    "escape_line",
    "exact_document",
    "explanation_document",
    "findings",
    "json_text",
    "render",
    "render_diagnosis",
    "render_explanation",
    "render_line",
    "render_listing",
    "render_markdown",
    "render_table",
    "render_text",
    "summary_document",
]


def render(conversation: Conversation, format: Format = "text", view: View = "all", *, color: bool = False) -> str:
    """One conversation as a document, ending in a newline.

    Args:
        format: `text` a transcript; `markdown` a document; `openai` a list of chat messages as JSON
            (an object with `messages` and `threads` in the view `threads`); `json` all of it, exact.
        color: with terminal colours; `text` only.
    """
    if format == "text":
        return render_text(conversation, view, color=color)
    if format == "markdown":
        return render_markdown(conversation, view)
    if format == "openai":
        return json_text(chat_document(conversation, view), indent=2) + "\n"
    if format == "json":
        return json_text(exact_document(conversation, view), indent=2) + "\n"
    raise UsageError(f"There is no format {format!r}; choose one of {', '.join(FORMATS)}.")


def render_line(conversation: Conversation, format: Literal["json", "openai"], view: View = "all") -> str:
    """One conversation of many as one line of JSON, ending in a newline.

    `json`: the conversation; `openai`: an object with `id` and `messages` (and `threads` in that view).
    """
    if format == "json":
        return json_text(exact_document(conversation, view)) + "\n"
    document = chat_document(conversation, view)
    messages = {"messages": document} if isinstance(document, list) else document
    return json_text({"id": conversation.id, **messages}) + "\n"
