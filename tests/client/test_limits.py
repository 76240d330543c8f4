"""Caps and cut lists in a listing: what was found stands, and is told not to be all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from client.doors import OpenClient
from client.talks import ago, fresh, payload, said, talk
from servers import Server
from servers.fixtures import Pool
from tracefetch.errors import LimitError

pytestmark = pytest.mark.live
Push = Callable[..., None]


def test_a_cap_ends_a_listing_with_a_doubt(any_server: Server, push: Push, open_client: OpenClient) -> None:
    """Rows that were found before the cap are given; the doubt says that the list ends early and what to do."""
    service = fresh("svc")
    spans = [one for at in range(60) for one in talk(fresh("s"), said(1), ago(30 + at * 9000))]
    push(any_server, payload(spans, service=service))
    whole = list(open_client(any_server, service=service).search())
    assert len(whole) == 60
    most = {"jaeger": 6, "tempo": 40}[any_server.kind]
    listing = open_client(any_server, service=service, max_requests=most, search_limit=10).search(limit=50)
    rows = list(listing)
    assert 0 < len(rows) < 60
    assert [row.id for row in rows] == [row.id for row in whole[: len(rows)]]
    doubts = [item.message for item in listing.evidence if item.severity == "doubt"]
    assert any("before the window does" in message and "max_requests" in message for message in doubts)


def test_a_cap_that_leaves_nothing_is_an_error(servers: Pool, push: Push, open_client: OpenClient) -> None:
    """An empty list would say that there is nothing."""
    server, service = servers.jaeger(), fresh("svc")
    push(server, payload(talk("s", said(1), ago(30)), service=service))
    with pytest.raises(LimitError, match="max_requests") as error:
        list(open_client(server, max_requests=2).search())
    assert error.value.backend == "jaeger"


def test_rows_beyond_the_share_are_marked(servers: Pool, push: Push, open_client: OpenClient) -> None:
    """Where asking every service for every session would cost too much, the rest may have more turns, and say so."""
    with servers.fresh_jaeger() as server:
        groups = []
        for number in range(12):
            spans = [one for at in range(4) for one in talk(fresh("s"), said(1), ago(30 + at * 20_000 + number))]
            groups += payload(spans, service=f"svc-{number:02}")["resourceSpans"]
        push(server, {"resourceSpans": groups})
        client = open_client(server, max_requests=200, api="legacy", search_limit=2)
        rows = list(client.search(limit=30))
        assert len(rows) == 30
        assert rows[0].complete
        assert not rows[-1].complete
        assert {row.turns for row in rows} == {2}
