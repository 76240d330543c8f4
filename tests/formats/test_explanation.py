"""The account of a conversation: a tree that a person can follow."""

from __future__ import annotations

from datetime import UTC, datetime

from tracefetch.formats import explanation_document, render_explanation
from tracefetch.models import Conversation, note
from tracefetch.models.explanation import Explanation, SpanAccount, UnreadAttribute

FOUND = Explanation(
    Conversation(id="sess_1", evidence=(note("window", "7 days"),)),
    (
        SpanAccount("a" * 4, "01", "POST /chat", service="web", start=datetime(2026, 8, 12, 14, 3, 22, tzinfo=UTC)),
        SpanAccount(
            "a" * 4, "02", "chat\x1b[2J", depth=1, duration_seconds=0.04, kind="call", maps=("plain",),
            sources={"input": "plain: llm.request.prompt"}, verdict="spoke", turns=("1", "2"),
            fates={"said": 2, "echo": 3}, reason="heard by 03",
        ),
        SpanAccount("b" * 4, "03", "other", error=True, unread=(UnreadAttribute("my.text", "Hi…", "prompt=my.text"),)),
    ),
)  # fmt: skip


def test_tree() -> None:
    """Each span under its parent, with what it is to the talk, where its words were read, what nobody reads."""
    assert render_explanation(FOUND) == (
        "sess_1\n"
        "0 turns · 3 spans\n"
        "5 messages recorded: 2 said, 3 echo\n"
        "\n"
        "trace aaaa\n"
        "  POST /chat  01 · web · 14:03:22\n"
        "    chat\\x1b[2J  02 · 40 ms\n"
        "      = spoke 1, 2; 2 said, 3 echo; heard by 03\n"
        "      < plain: input llm.request.prompt\n"
        "\n"
        "trace bbbb\n"
        "  other  03 · failed\n"
        "    ? my.text is read by no map, but looks like content: Hi… (--attribute prompt=my.text)\n"
        "\n"
        "evidence\n"
        "  note: window: 7 days\n"
    )


def test_document() -> None:
    """Everything as JSON values."""
    document = explanation_document(FOUND)
    assert document["fates"] == {"said": 2, "echo": 3}
    assert document["spans"][0]["start"] == "2026-08-12T14:03:22Z"
    assert document["conversation"]["id"] == "sess_1"
