"""How a typed script uses the public names: checked by mypy, never run. A wrong type here is a broken promise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import assert_type

from tracefetch import (
    AsyncClient,
    Client,
    Conversation,
    Diagnosis,
    Evidence,
    Severity,
    Summary,
    Thread,
    TokenUsage,
    ToolCall,
    TracefetchError,
    Turn,
    __version__,
)
from tracefetch.client import AsyncListing, Listing
from tracefetch.errors import AmbiguousError, NotFoundError, UsageError
from tracefetch.models.explanation import Explanation

assert_type(__version__, str)


def with_threads(path: Path) -> None:
    """The sync client."""
    with Client("http://localhost:16686", since="24h", concurrency=4) as client:
        assert_type(client, Client)
        assert_type(client.get("sess_123"), Conversation)
        assert_type(client.get(), Conversation)
        assert_type(client.get(trace="abc", session="sess_123", whole_session=True), Conversation)
        assert_type(client.get_many(["a", "b"]), Iterator[Conversation | TracefetchError])
        listing = client.search(service="agent", status="error", since="24h", until=None, limit=3)
        assert_type(listing, Listing)
        assert_type([row for row in listing], list[Summary])  # noqa: C416
        assert_type(listing.evidence, tuple[Evidence, ...])
        assert_type(client.services(), list[str])
        assert_type(client.diagnose(), Diagnosis)
        assert_type(client.explain("sess_123"), Explanation)
    assert_type(Client(path).get(), Conversation)


async def with_asyncio() -> None:
    """The async client."""
    async with AsyncClient("http://localhost:3200", tenant="a") as client:
        assert_type(client, AsyncClient)
        assert_type(await client.get("sess_123"), Conversation)
        assert_type(client.get_many(["a"]), AsyncIterator[Conversation | TracefetchError])
        listing = client.search(limit=3)
        assert_type(listing, AsyncListing)
        assert_type([row async for row in listing], list[Summary])
        assert_type(listing.evidence, tuple[Evidence, ...])
        assert_type(await client.services(), list[str])
        assert_type(await client.diagnose(), Diagnosis)
        assert_type(await client.explain(trace="abc"), Explanation)


def with_a_conversation(conversation: Conversation) -> None:
    """What a script reads."""
    assert_type(conversation.dialogue, tuple[Turn, ...])
    assert_type(conversation.losses, tuple[Evidence, ...])
    assert_type(conversation.is_complete, bool)
    assert_type(conversation.threads, tuple[Thread, ...])
    assert_type(conversation.usage, TokenUsage | None)
    for turn in conversation.all:
        assert_type(turn.number, str)
        assert_type(turn.timestamp, datetime | None)
        assert_type(turn.tool_calls, tuple[ToolCall, ...])
    for item in conversation.evidence:
        assert_type(item.severity, Severity)


def with_errors(client: Client) -> None:
    """One tree."""
    try:
        client.get("x")
    except AmbiguousError as error:
        assert_type(error.choices, tuple[str, ...])
    except (NotFoundError, UsageError) as error:
        assert_type(error.ident, str | None)
    except TracefetchError as error:
        assert_type((error.backend, error.why, error.url), tuple[str | None, str | None, str | None])
        assert_type(error.status, int | None)
