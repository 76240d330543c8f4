"""Both clients behind one door: `Client` as it is, `AsyncClient` with each call run in its event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from servers import Server
from tracefetch import AsyncClient, Client
from tracefetch.client import AsyncListing, Listing
from tracefetch.config import Settings
from tracefetch.errors import TracefetchError
from tracefetch.models import Conversation, Evidence, Summary
from tracefetch.models.diagnosis import Diagnosis
from tracefetch.models.explanation import Explanation

KINDS = ("sync", "async")


class AsyncDoor:
    """`AsyncClient` with `Client`'s methods."""

    def __init__(self, settings: Settings) -> None:
        self._runner = asyncio.Runner()
        self.client = AsyncClient(settings=settings)

    def get(self, ident: str | None = None, **which: Any) -> Conversation:
        return self._runner.run(self.client.get(ident, **which))

    def get_many(self, idents: Iterable[str]) -> Iterator[Conversation | TracefetchError]:
        return self._each(self.client.get_many(idents))

    def search(self, **wanted: Any) -> AsyncRows:
        return AsyncRows(self.client.search(**wanted), self._runner)

    def services(self) -> list[str]:
        return self._runner.run(self.client.services())

    def diagnose(self, **options: Any) -> Diagnosis:
        return self._runner.run(self.client.diagnose(**options))

    def explain(self, ident: str | None = None, **which: Any) -> Explanation:
        return self._runner.run(self.client.explain(ident, **which))

    def close(self) -> None:
        self._runner.run(self.client.close())
        self._runner.close()

    def _each(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(items, None)

        while (item := self._runner.run(following())) is not None:
            yield item


class AsyncRows:
    """An `AsyncListing` for a plain loop."""

    def __init__(self, listing: AsyncListing, runner: asyncio.Runner) -> None:
        self._listing = listing
        self._runner = runner

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self._listing.evidence

    def __iter__(self) -> AsyncRows:
        return self

    def __next__(self) -> Summary:
        async def following() -> Summary | None:
            return await anext(self._listing, None)

        summary = self._runner.run(following())
        if summary is None:
            raise StopIteration
        return summary

    def close(self) -> None:
        self._runner.run(self._listing.close())


Door = Client | AsyncDoor
Rows = Listing | AsyncRows
OpenClient = Callable[..., Any]


@pytest.fixture(params=KINDS)
def client_kind(request: pytest.FixtureRequest) -> str:
    """Each test that uses it runs with both clients."""
    kind: str = request.param
    return kind


@pytest.fixture
def open_client(client_kind: str) -> Iterator[OpenClient]:
    """`open_client(server_or_url, token=…, **settings)`: a client that is closed when the test ends."""
    with ExitStack() as stack:

        def opened(place: Server | str, **options: Any) -> Door:
            settings = settings_for(place, options)
            door: Door = Client(settings=settings) if client_kind == "sync" else AsyncDoor(settings)
            stack.callback(door.close)
            return door

        yield opened


def settings_for(place: Server | str, options: dict[str, Any]) -> Settings:
    """Settings for a server with its headers, or for an address; a token by the environment, as a user gives it."""
    headers = place.headers if isinstance(place, Server) else {}
    environ = {f"H{number}": value for number, value in enumerate(headers.values())}
    given = {name: f"${{H{number}}}" for number, name in enumerate(headers)}
    if token := options.pop("token", None):
        environ["TOKEN"] = token
        options["token"] = "${TOKEN}"
    url = place.url if isinstance(place, Server) else place
    return Settings.load({"url": url, "headers": given or None, **options}, environ=environ, source="library")
