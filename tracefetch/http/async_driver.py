"""The driver for asyncio: `async with AsyncDriver(settings) as driver: await driver.run(operation).finish()`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tracefetch.config import Settings
from tracefetch.errors import TracefetchError
from tracefetch.http.audit import Audit
from tracefetch.http.budget import Budget
from tracefetch.http.connection import Connection
from tracefetch.http.course import Course
from tracefetch.http.threads import spawn
from tracefetch.http.values import Batch, Blocking, Found, Operation, Request, Response

if TYPE_CHECKING:
    import httpx

    from tracefetch.http.async_channel import AsyncChannel

T = TypeVar("T")


class AsyncRun(Course[T], AsyncIterator[Found]):
    """An operation under way: iterate over what is found, then read `result`; or `await finish()`."""

    def __init__(
        self,
        operation: Operation[T],
        budget: Budget,
        clean: Callable[[TracefetchError], object],
        serve: Callable[[Batch | Blocking, Budget], Awaitable[Any]],
    ) -> None:
        super().__init__(operation, budget, clean)
        self._serve = serve

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Found:
        step = self.resume()
        while step is not None:
            if isinstance(step, Found):
                self.hand_on()
                return step
            try:
                value = await self._serve(step, self.budget)
            except BaseException as error:  # noqa: BLE001 - the operation decides whether it can go on
                step = self.throw(error)
            else:
                step = self.send(value)
        raise StopAsyncIteration

    async def finish(self) -> T:
        """Run to the end, drop what is found, and return the result."""
        async for _ in self:
            pass
        return self.result


class AsyncDriver:
    """Runs operations against one backend, many at a time, within one event loop.

    Args:
        settings: address, credentials, bounds.
        transport: instead of the network, for tests.
        audit: called with a record of each request sent.
    """

    def __init__(
        self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None, audit: Audit | None = None
    ) -> None:
        self.connection = Connection(settings, audit=audit)
        self._transport = transport
        self._channel: AsyncChannel | None = None

    @property
    def backend(self) -> str | None:
        """Which backend it is; set it once it is found out: it decides how a tenant is sent."""
        return self.connection.backend

    @backend.setter
    def backend(self, name: str | None) -> None:
        self.connection.backend = name

    @property
    def requests(self) -> int:
        """Requests sent so far, repetitions included."""
        return self.connection.requests

    @property
    def bytes_received(self) -> int:
        """Bytes of bodies received so far, after decompression."""
        return self.connection.bytes_received

    def budget(self) -> Budget:
        """A fresh budget, to share between the operations of one question."""
        return self.connection.budget()

    def run(self, operation: Operation[T], *, budget: Budget | None = None) -> AsyncRun[T]:
        """Start an operation; it goes on as the run is iterated.

        Raises (while iterating):
            TracefetchError: what the operation raised, or did not catch.
        """
        return AsyncRun(operation, budget or self.budget(), self.connection.clean, self._serve)

    async def close(self) -> None:
        """Close all connections."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def _serve(self, step: Batch | Blocking, budget: Budget) -> Any:
        budget.check()
        if isinstance(step, Blocking):
            # Not the loop's own executor: its threads are waited for when the loop ends.
            return (await _collect([asyncio.wrap_future(spawn(step.call))], budget))[0]
        budget.spend(len(step.requests))
        channel = self._open()
        asked = [self._ask(channel, request, budget, step.optional) for request in step.requests]
        return await _collect([asyncio.ensure_future(one) for one in asked], budget)

    async def _ask(self, channel: AsyncChannel, request: Request, budget: Budget, optional: bool) -> Response:
        try:
            response = await channel.ask(request, budget)
        except TracefetchError as error:
            return self.connection.settle(request, error, optional=optional)
        return self.connection.accept(response, optional=optional)

    def _open(self) -> AsyncChannel:
        """The channel; httpx is imported when the first request is sent, since files need none."""
        from tracefetch.http.async_channel import AsyncChannel  # noqa: PLC0415

        if self._channel is None:
            self._channel = AsyncChannel(self.connection, self._transport)
        return self._channel


async def _collect(futures: list[asyncio.Future[Any]], budget: Budget) -> list[Any]:
    """All results in order; the first error at once; the deadline's where one is not there in time."""
    try:
        async with asyncio.timeout(max(0.0, budget.remaining())) as limit:
            return list(await asyncio.gather(*futures))
    except TimeoutError:
        if limit.expired():
            raise budget.overdue() from None
        raise
    finally:
        for future in futures:
            future.cancel()
        # Cancelled tasks get their turn to close their streams before the caller goes on.
        await asyncio.gather(*futures, return_exceptions=True)
