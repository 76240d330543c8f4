"""The driver for threads: `with SyncDriver(settings) as driver: driver.run(operation).finish()`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tracefetch.config import Settings
from tracefetch.errors import TracefetchError
from tracefetch.http.audit import Audit
from tracefetch.http.budget import Budget
from tracefetch.http.connection import Connection
from tracefetch.http.course import Course
from tracefetch.http.threads import AbandonedError, Pool, spawn
from tracefetch.http.values import Batch, Blocking, Found, Operation, Request, Response

if TYPE_CHECKING:
    import httpx

    from tracefetch.http.sync_channel import SyncChannel

T = TypeVar("T")
# Workers notice the deadline themselves and say more; this is for those that can't.
_GRACE_SECONDS = 0.2


class Run(Course[T], Iterator[Found]):
    """An operation under way: iterate over what is found, then read `result`; or `finish()`."""

    def __init__(
        self,
        operation: Operation[T],
        budget: Budget,
        clean: Callable[[TracefetchError], object],
        serve: Callable[[Batch | Blocking, Budget], Any],
    ) -> None:
        super().__init__(operation, budget, clean)
        self._serve = serve

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Found:
        step = self.resume()
        while step is not None:
            if isinstance(step, Found):
                self.hand_on()
                return step
            try:
                value = self._serve(step, self.budget)
            except BaseException as error:  # noqa: BLE001 - the operation decides whether it can go on
                step = self.throw(error)
            else:
                step = self.send(value)
        raise StopIteration

    def finish(self) -> T:
        """Run to the end, drop what is found, and return the result."""
        for _ in self:
            pass
        return self.result


class SyncDriver:
    """Runs operations against one backend; safe to share between threads.

    Args:
        settings: address, credentials, bounds.
        transport: instead of the network, for tests.
        audit: called with a record of each request sent, one at a time, from any thread.
    """

    def __init__(
        self, settings: Settings, *, transport: httpx.BaseTransport | None = None, audit: Audit | None = None
    ) -> None:
        self.connection = Connection(settings, audit=audit)
        self._transport = transport
        self._pool = Pool(settings.concurrency)
        self._channel: SyncChannel | None = None
        self._stops: set[threading.Event] = set()
        self._lock = threading.Lock()

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

    def run(self, operation: Operation[T], *, budget: Budget | None = None) -> Run[T]:
        """Start an operation; it goes on as the run is iterated.

        Raises (while iterating):
            TracefetchError: what the operation raised, or did not catch.
        """
        return Run(operation, budget or self.budget(), self.connection.clean, self._serve)

    def close(self) -> None:
        """Cancel what is under way and close all connections; waits for nothing."""
        with self._lock:
            channel, self._channel = self._channel, None
            for stop in self._stops:
                stop.set()
        self._pool.close()
        if channel is not None:
            channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _serve(self, step: Batch | Blocking, budget: Budget) -> Any:
        budget.check()
        if isinstance(step, Blocking):
            return _collect([spawn(step.call)], budget)[0]
        budget.spend(len(step.requests))
        channel, stop = self._open(), threading.Event()
        futures: list[Future[Response]] = []
        with self._lock:
            self._stops.add(stop)
        try:
            for request in step.requests:
                futures.append(self._pool.submit(partial(self._ask, channel, request, budget, stop, step.optional)))
            return _collect(futures, budget)
        except BaseException:
            stop.set()
            for future in futures:
                future.cancel()
            raise
        finally:
            with self._lock:
                self._stops.discard(stop)

    def _ask(
        self, channel: SyncChannel, request: Request, budget: Budget, stop: threading.Event, optional: bool
    ) -> Response:
        try:
            response = channel.ask(request, budget, stop)
        except TracefetchError as error:
            return self.connection.settle(request, error, optional=optional)
        return self.connection.accept(response, optional=optional)

    def _open(self) -> SyncChannel:
        """The channel; httpx is imported when the first request is sent, since files need none."""
        from tracefetch.http.sync_channel import SyncChannel  # noqa: PLC0415

        with self._lock:
            if self._channel is None:
                self._channel = SyncChannel(self.connection, self._transport)
            return self._channel


def _collect(futures: list[Future[Any]], budget: Budget) -> list[Any]:
    """All results in order; the first error at once; the deadline's where one is not there in time."""
    done, pending = wait(futures, timeout=max(0.0, budget.remaining()) + _GRACE_SECONDS, return_when=FIRST_EXCEPTION)
    for future in done:
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or isinstance(error, AbandonedError):
            raise RuntimeError("the driver was closed while it was asked")
        if error is not None:
            raise error
    if pending:
        raise budget.overdue()
    return [future.result() for future in futures]
