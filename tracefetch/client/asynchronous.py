"""`AsyncClient`: the same questions for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from tracefetch.cache import Entry
from tracefetch.client.core import Core, audit, settings_from
from tracefetch.client.listing import AsyncListing
from tracefetch.client.many_async import in_order_async
from tracefetch.client.question import Question
from tracefetch.client.retrieval import Retrieved
from tracefetch.config import Settings
from tracefetch.errors import TracefetchError
from tracefetch.http import AsyncDriver, AsyncRun
from tracefetch.http.values import Operation
from tracefetch.models import Conversation
from tracefetch.models.diagnosis import Diagnosis
from tracefetch.models.explanation import Explanation

T = TypeVar("T")


class AsyncClient:
    """`Client` for asyncio: what it says of arguments, answers and errors holds here; for one event loop.

    async with AsyncClient("http://localhost:16686") as client:
        conversation = await client.get("sess_123")
    """

    def __init__(
        self, url: str | os.PathLike[str] | None = None, *, settings: Settings | None = None, **options: Any
    ) -> None:
        self.settings = settings_from(url, settings, options)
        self._core = Core(self.settings)
        self._driver = AsyncDriver(self.settings, audit=audit)
        self._connecting = asyncio.Lock()

    async def get(
        self,
        ident: str | None = None,
        *,
        trace: str | None = None,
        session: str | None = None,
        whole_session: bool = False,
    ) -> Conversation:
        """One conversation; see `Client.get`."""
        question = Question.of(ident, trace=trace, session=session, whole_session=whole_session)

        async def ask() -> Entry[Conversation]:
            return await self._ask(self._core.answer(question))

        return await self._core.cache.get_async(self._core.key(question), ask)

    def get_many(self, idents: Iterable[str]) -> AsyncIterator[Conversation | TracefetchError]:
        """Conversations in the order of the ids, several at once; see `Client.get_many`."""
        return in_order_async(idents, self._get_or_error, at_once=self._core.at_once)

    def search(
        self,
        *,
        service: str | None = None,
        status: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
    ) -> AsyncListing:
        """Conversations, the last active first, with `async for`; see `Client.search`."""
        wanted = {"service": service, "status": status, "since": since, "until": until, "limit": limit}
        return AsyncListing(partial(self._run, self._core.search(**wanted)))

    async def services(self) -> list[str]:
        """The services that sent spans, sorted."""
        return await self._ask(self._core.services())

    async def diagnose(self, *, sample: int = 5) -> Diagnosis:
        """What the backend is and what is there; see `Client.diagnose`."""
        return await self._ask(self._core.diagnose(sample=sample))

    async def explain(
        self,
        ident: str | None = None,
        *,
        trace: str | None = None,
        session: str | None = None,
        whole_session: bool = False,
    ) -> Explanation:
        """How a conversation came about; see `Client.explain`."""
        question = Question.of(ident, trace=trace, session=session, whole_session=whole_session)
        return await self._ask(self._core.explain(question))

    async def retrieve(self, question: Question) -> Retrieved:
        """A conversation with everything that was found on the way, past the cache."""
        return await self._ask(self._core.retrieve(question))

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def _get_or_error(self, ident: str) -> Conversation | TracefetchError:
        try:
            return await self.get(ident)
        except TracefetchError as error:
            return error

    async def _ask(self, operation: Operation[T]) -> T:
        return await (await self._run(operation)).finish()

    async def _run(self, operation: Operation[T]) -> AsyncRun[T]:
        """Start an operation, with one budget for it and for finding out which backend it is."""
        budget = self._driver.budget()
        async with self._connecting:
            if self._driver.backend is None or self._core.retrieval.backend is None:
                self._driver.backend = await self._driver.run(self._core.connect(), budget=budget).finish()
        return self._driver.run(operation, budget=budget)
