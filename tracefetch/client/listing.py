"""A listing as an iterator, for threads and for asyncio: conversations one by one, and what was looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tracefetch.client.searching import Row
from tracefetch.http.values import Found
from tracefetch.models import Evidence, Summary

if TYPE_CHECKING:
    from tracefetch.http import AsyncRun, Run


class _Heard:
    """The evidence of a listing so far."""

    def __init__(self) -> None:
        self._evidence: list[Evidence] = []

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was looked at, and whether the list may not be whole; all of it once the listing has ended."""
        return tuple(self._evidence)

    def _hear(self, found: Found) -> Summary | None:
        self._evidence += found.evidence
        return found.summary if isinstance(found, Row) else None


class Listing(_Heard, Iterator[Summary]):
    """Conversations, the last active first. Nothing is asked before the first is wanted, nor after `close`.

    Also a context manager, for a loop that is left early; one that is dropped asks nothing more either.
    """

    def __init__(self, start: Callable[[], Run[None]]) -> None:
        super().__init__()
        self._start = start
        self._run: Run[None] | None = None
        self._is_closed = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Summary:
        if self._is_closed:
            raise StopIteration
        if self._run is None:
            self._run = self._start()
        for found in self._run:
            if (summary := self._hear(found)) is not None:
                return summary
        raise StopIteration

    def close(self) -> None:
        """End the listing where it stands."""
        self._is_closed = True
        if self._run is not None:
            self._run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


class AsyncListing(_Heard, AsyncIterator[Summary]):
    """The same with `async for`, `async with` and `await close()`."""

    def __init__(self, start: Callable[[], Awaitable[AsyncRun[None]]]) -> None:
        super().__init__()
        self._start = start
        self._run: AsyncRun[None] | None = None
        self._is_closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Summary:
        if self._is_closed:
            raise StopAsyncIteration
        if self._run is None:
            self._run = await self._start()
        async for found in self._run:
            if (summary := self._hear(found)) is not None:
                return summary
        raise StopAsyncIteration

    async def close(self) -> None:
        """End the listing where it stands."""
        self._is_closed = True
        if self._run is not None:
            self._run.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()
