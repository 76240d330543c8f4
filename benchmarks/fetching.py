"""A whole `get` of a trace of 10,000 spans against the bare download, decoding and walk of the same bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx

from benchmarks.measuring import Work, peak_mib, take_turns
from benchmarks.servers import push, running
from benchmarks.tables import Row, Skipped
from benchmarks.traces import service_trace, talking_trace
from tracefetch import Client
from tracefetch.backends.tempo.envelope import Envelope

SPANS = 10_000
TRACES: dict[str, Callable[..., dict[str, Any]]] = {
    "an application's trace": service_trace,
    "every span speaks": talking_trace,
}


def rows(*, rounds: int, spans: int = SPANS) -> Iterator[Row | Skipped]:
    """Rows for each server and each trace."""
    for kind in ("jaeger", "tempo"):
        with running(kind) as server:
            if isinstance(server, str):
                yield Skipped(f"whole get, {kind}", server)
                continue
            begin_ns = now_ns()
            for number, (label, make) in enumerate(TRACES.items()):
                trace_id = f"{number + 1:032x}"
                push(server, make(trace_id, spans=spans, begin_ns=begin_ns))
                yield measure(f"{server.label}, {label}", kind, server.url, trace_id, rounds=rounds, spans=spans)


def now_ns() -> int:
    """When a fresh trace begins: a minute ago, so that no part of it lies ahead of the clock."""
    return time.time_ns() - 60_000_000_000


def measure(label: str, kind: str, url: str, trace_id: str, *, rounds: int, spans: int) -> Row:
    """Time both on one server."""
    with Client(f"{kind}+{url}", ttl_seconds=0) as client, httpx.Client(trust_env=False, timeout=60) as http:
        ours = partial(client.get, trace=trace_id)
        floor = partial(WALKS[kind], http, url, trace_id)
        seen, length = floor()
        assert seen == spans, f"{label}: {seen} spans came, not {spans}"
        assert ours().dialogue, f"{label}: no conversation came"
        timings = take_turns({"floor": floor, "ours": ours}, rounds=rounds)
    return Row(
        label,
        "download, decode, walk",
        timings["ours"],
        timings["floor"],
        note=f"{spans:,} spans, {length / 1e6:.1f} MB",
        peaks=(peak_mib(whole_alone, kind, url, trace_id), peak_mib(bare_alone, kind, url, trace_id)),
    )


def whole_alone(kind: str, url: str, trace_id: str) -> Work:
    """`get`, with a client of its own."""

    def get() -> Any:
        with Client(f"{kind}+{url}", ttl_seconds=0) as client:
            return client.get(trace=trace_id)

    return get


def bare_alone(kind: str, url: str, trace_id: str) -> Work:
    """The floor, with a client of its own."""

    def walk() -> Any:
        with httpx.Client(trust_env=False, timeout=60) as http:
            return WALKS[kind](http, url, trace_id)

    return walk


# What anybody pays: the bytes, decoded, and each attribute of each span as a Python value in a dict.


def walk_json(http: httpx.Client, url: str, trace_id: str) -> tuple[int, int]:
    """Jaeger's v3; how many spans came, in how many bytes."""
    body = http.get(f"{url}/api/v3/traces/{trace_id}?raw_traces=true").content
    seen = []
    for group in json.loads(body)["result"]["resourceSpans"]:
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                pairs = ((item["key"], next(iter(item["value"].values()))) for item in span.get("attributes", ()))
                seen.append((span["spanId"], dict(pairs)))
    return len(seen), len(body)


def walk_protobuf(http: httpx.Client, url: str, trace_id: str) -> tuple[int, int]:
    """Tempo's protobuf; the same."""
    headers = {"Accept": "application/protobuf"}
    body = http.get(f"{url}/api/v2/traces/{trace_id}", headers=headers).content
    seen = []
    answer: Any = Envelope.FromString(body)
    for group in answer.trace.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                pairs = ((item.key, getattr(item.value, item.value.WhichOneof("value"))) for item in span.attributes)
                seen.append((span.span_id, dict(pairs)))
    return len(seen), len(body)


WALKS = {"jaeger": walk_json, "tempo": walk_protobuf}
