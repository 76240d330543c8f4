"""The use case as a library: settings in, conversations out; `Client` and `AsyncClient` over one core."""

from typing import TYPE_CHECKING, Any

from tracefetch.client.listing import AsyncListing, Listing
from tracefetch.client.question import Question
from tracefetch.client.retrieval import Retrieved
from tracefetch.client.sync import Client

if TYPE_CHECKING:
    from tracefetch.client.asynchronous import AsyncClient

__all__ = ["AsyncClient", "AsyncListing", "Client", "Listing", "Question", "Retrieved"]


def __getattr__(name: str) -> Any:
    """Load the async client when it is first used: commands need only the other."""
    if name == "AsyncClient":
        from tracefetch.client.asynchronous import AsyncClient

        return AsyncClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
