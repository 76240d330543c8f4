"""A session that is far from the newest traces of a busy Jaeger, found without naming a service."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract.conftest import Ask
from servers import Server
from servers.emission import push, wait_until_readable
from servers.fixtures import Pool
from servers.gateway import Gateway
from tracefetch.errors import LimitError
from tracefetch.maps import load
from tracefetch.models import Query

pytestmark = pytest.mark.live

SERVICES = 20
TRACES = 5000
SESSION = "sess_1"
NAMES = load().session_attributes


def payloads(wanted: dict[str, str], decoys: int) -> Iterator[dict[str, Any]]:
    """Batches of traces, the wanted ones (id -> attribute) first and oldest, in hours before now."""
    begin = time.time_ns() - 3 * 3600 * 10**9
    step = 2 * 3600 * 10**9 // (decoys + len(wanted))
    rows = [(trace, name, SESSION) for trace, name in wanted.items()]
    rows += [(uuid.uuid4().hex, *decoy(number)) for number in range(decoys)]
    for first in range(0, len(rows), 500):
        groups = []
        for number, (trace, name, session) in enumerate(rows[first : first + 500], first):
            groups.append(group(f"service-{number % SERVICES:02}", trace, begin + number * step, {name: session}))
        yield {"resourceSpans": groups}


def decoy(number: int) -> tuple[str, str]:
    """Longer ids, the same id under a foreign attribute, and other sessions under every candidate name."""
    if number % 10 == 0:
        return "session.id", f"{SESSION}{number}"
    if number % 10 == 1:
        return "enduser.note", SESSION
    return NAMES[number % len(NAMES)], f"other_{number}"


def group(service: str, trace: str, start: int, attributes: dict[str, str]) -> dict[str, Any]:
    spans = [
        {
            "traceId": trace,
            "spanId": f"{number:016x}",
            "parentSpanId": "" if number == 1 else f"{1:016x}",
            "name": name,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 10**6),
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        }
        for number, name in enumerate(("POST /chat", "chat"), 1)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return {"resource": resource, "scopeSpans": [{"spans": spans}]}


@pytest.fixture(scope="module")
def busy(servers: Pool) -> Iterator[tuple[Server, set[str]]]:
    """A Jaeger that holds 5,000 other traces of 20 services, all of them newer than the wanted ones."""
    names = ("session.id", "conversation.session_id", "traceloop.association.properties.session_id")
    wanted = {uuid.uuid4().hex: names[number % 3] for number in range(7)}
    with servers.fresh_jaeger() as server:
        last = ""
        for payload in payloads(wanted, TRACES):
            push(server, payload, readable=False)
            last = payload["resourceSpans"][-1]["scopeSpans"][0]["spans"][0]["traceId"]
        wait_until_readable(server, {last, *wanted})
        yield server, set(wanted)


def test_old_session_is_found(
    busy: tuple[Server, set[str]], ask: Ask, window: Callable[..., Query], open_gateway: Callable[..., Gateway]
) -> None:
    """All of its traces and no other; requests are bounded, and of the traces little more than the session comes."""
    server, wanted = busy
    door = open_gateway(server.url)
    query = window(SESSION, session_attributes=NAMES)
    answer = ask(door.url, lambda backend: backend.session(query))
    assert answer.traces == wanted
    assert len(answer.spans) == 2 * len(wanted)
    assert answer.told == set()
    assert door.count <= SERVICES * len(NAMES) + 10
    assert door.received < 200_000
    door.clear()
    named = window(SESSION, session_attributes=("session.id",))
    assert len(ask(door.url, lambda backend: backend.session(named)).traces) == 3
    assert door.count <= SERVICES + 10


def test_cap_is_an_error_that_helps(busy: tuple[Server, set[str]], ask: Ask, window: Callable[..., Query]) -> None:
    """Too few requests for all services and attributes: an error that names an attribute which works."""
    server, _ = busy
    query = window(SESSION, session_attributes=NAMES)
    with pytest.raises(LimitError, match=r"--session-attribute (session\.id|conversation\.session_id)"):
        ask(server, lambda backend: backend.session(query), max_requests=300)


def test_listing_stops_when_the_caller_has_enough(busy: tuple[Server, set[str]], ask: Ask, window: Any) -> None:
    """All conversations of a quarter of an hour, newest first, without more traces than are there."""
    server, wanted = busy
    answer = ask(server, lambda backend: backend.conversations(window(hours=1.25, session_attributes=NAMES)))
    starts = [min(span.start_ns or 0 for span in spans) for spans in answer.groups]
    assert starts == sorted(starts, reverse=True)
    assert len(answer.traces) == len(answer.groups) > 300
    assert answer.told == set()
    assert not answer.traces & wanted
