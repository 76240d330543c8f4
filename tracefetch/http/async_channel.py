"""Requests over httpx's async client, within one event loop."""

from __future__ import annotations

import asyncio

import httpx
import tenacity

from tracefetch.http.attempt import Attempt, too_long_a_rest
from tracefetch.http.budget import Budget
from tracefetch.http.connection import Connection
from tracefetch.http.policy import policy
from tracefetch.http.transports import client_options, timeouts, unusable_proxy
from tracefetch.http.values import Request, Response


class AsyncChannel:
    """A connection's client; cancelling a task ends what it has under way."""

    def __init__(self, connection: Connection, transport: httpx.AsyncBaseTransport | None) -> None:
        self._connection = connection
        self._places = asyncio.Semaphore(connection.settings.concurrency)
        options = client_options(connection.settings)
        try:
            self._client = httpx.AsyncClient(transport=transport, **options)
        except (ImportError, ValueError) as error:
            raise unusable_proxy(error) from None

    async def ask(self, request: Request, budget: Budget) -> Response:
        """An answer, after as many tries as the policy allows.

        Raises:
            TracefetchError: nothing that a backend could use came back.
        """
        retrying = tenacity.AsyncRetrying(**policy(budget))
        number = iter(range(1, 1000))

        async def send() -> Response:
            return await self._send(request, budget, next(number))

        async with self._places:
            return await retrying(send)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _send(self, request: Request, budget: Budget, number: int) -> Response:
        await self._pass_gate(budget)
        with Attempt(self._connection, request, budget, number) as attempt:
            while True:
                attempt.send()
                url, headers = attempt.url, attempt.headers
                async with self._client.stream("GET", url, headers=headers, timeout=timeouts(budget)) as raw:
                    if attempt.moved(raw):
                        continue
                    body = attempt.body(raw)
                    if not raw.is_stream_consumed:
                        async for chunk in raw.aiter_raw():
                            body.feed(chunk)
                    return attempt.finish(raw, body)

    async def _pass_gate(self, budget: Budget) -> None:
        ticket = self._connection.gate.ticket()
        while (delay := self._connection.gate.delay(ticket)) > 0:
            if delay >= budget.remaining():
                raise too_long_a_rest(delay, budget)
            await asyncio.sleep(delay)
