"""Requests over httpx's sync client, from any thread."""

from __future__ import annotations

import threading

import httpx
import tenacity

from tracefetch.http.attempt import Attempt, too_long_a_rest
from tracefetch.http.budget import Budget
from tracefetch.http.connection import Connection
from tracefetch.http.policy import policy
from tracefetch.http.threads import AbandonedError
from tracefetch.http.transports import client_options, timeouts, unusable_proxy
from tracefetch.http.values import Request, Response


class SyncChannel:
    """A connection's client; `stop` events end what is under way."""

    def __init__(self, connection: Connection, transport: httpx.BaseTransport | None) -> None:
        self._connection = connection
        options = client_options(connection.settings)
        try:
            self._client = httpx.Client(transport=transport, **options)
        except (ImportError, ValueError) as error:
            raise unusable_proxy(error) from None

    def ask(self, request: Request, budget: Budget, stop: threading.Event) -> Response:
        """An answer, after as many tries as the policy allows.

        Raises:
            TracefetchError: nothing that a backend could use came back.
            AbandonedError: `stop` was set.
        """
        retrying = tenacity.Retrying(**policy(budget), sleep=tenacity.sleep_using_event(stop))
        number = iter(range(1, 1000))
        return retrying(lambda: self._send(request, budget, stop, next(number)))

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _send(self, request: Request, budget: Budget, stop: threading.Event, number: int) -> Response:
        self._pass_gate(budget, stop)
        with Attempt(self._connection, request, budget, number) as attempt:
            while True:
                attempt.send()
                url, headers = attempt.url, attempt.headers
                with self._client.stream("GET", url, headers=headers, timeout=timeouts(budget)) as raw:
                    if attempt.moved(raw):
                        continue
                    body = attempt.body(raw)
                    if not raw.is_stream_consumed:
                        for chunk in raw.iter_raw():
                            _check(stop)
                            body.feed(chunk)
                    return attempt.finish(raw, body)

    def _pass_gate(self, budget: Budget, stop: threading.Event) -> None:
        ticket = self._connection.gate.ticket()
        _check(stop)
        while (delay := self._connection.gate.delay(ticket)) > 0:
            if delay >= budget.remaining():
                raise too_long_a_rest(delay, budget)
            stop.wait(delay)
            _check(stop)


def _check(stop: threading.Event) -> None:
    if stop.is_set():
        raise AbandonedError
