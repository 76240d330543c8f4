"""Spans into a server: by the OpenTelemetry SDK, or an OTLP payload as it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer

from servers.process import Server

READABLE_SECONDS = 30


@contextmanager
def emit(server: Server, *, service: str = "tracefetch-test", readable: bool = True) -> Iterator[Tracer]:
    """A tracer of the SDK whose spans are in the server when the block ends.

    Args:
        service: the resource's `service.name`.
        readable: also wait until the server answers with the traces, by id and in a search.

    Raises:
        RuntimeError: the server did not take the spans.
    """
    exporter = _Recording(OTLPSpanExporter(f"{server.otlp}/v1/traces", headers=server.headers))
    provider = TracerProvider(resource=Resource({"service.name": service}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=200_000, schedule_delay_millis=200))
    yield provider.get_tracer("tracefetch.tests")
    provider.force_flush(60_000)
    provider.shutdown()
    if exporter.refused:
        raise RuntimeError(f"{server.label} did not take {exporter.refused} batches of spans")
    if readable:
        wait_until_readable(server, exporter.traces)


def push(server: Server, payload: dict[str, Any], *, readable: bool = True) -> None:
    """Send an OTLP JSON object (`{"resourceSpans": …}`) as it is.

    Args:
        readable: also wait until the server answers with the traces, by id and in a search.
    """
    answer = httpx.post(f"{server.otlp}/v1/traces", json=payload, headers=server.headers, timeout=60, trust_env=False)
    answer.raise_for_status()
    if readable:
        spans = [
            span for resource in payload["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]
        ]
        wait_until_readable(server, {span["traceId"].lower() for span in spans})


def wait_until_readable(server: Server, traces: Iterable[str]) -> None:
    """Wait until the server answers with each trace by id; Tempo also in a search.

    Raises:
        RuntimeError: it does not within half a minute.
    """
    deadline = time.monotonic() + READABLE_SECONDS
    with httpx.Client(base_url=server.url, headers=server.headers, trust_env=False, timeout=10) as client:
        for trace in traces:
            while not _readable(client, server.kind, trace):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{server.label} does not answer with trace {trace}\n{server.log_tail()}")
                time.sleep(0.1)


def _readable(client: httpx.Client, kind: str, trace: str) -> bool:
    raw = {"raw": "true"} if kind == "jaeger" else {}
    if client.get(f"/api/traces/{trace}", params=raw).status_code != 200:
        return False
    if kind == "jaeger":
        return True
    now = int(time.time())
    query = {"q": f'{{ trace:id = "{trace}" }}', "limit": "1", "start": str(now - 7 * 86400), "end": str(now + 60)}
    answer = client.get("/api/search", params=query)
    return answer.status_code == 200 and bool(answer.json().get("traces"))


class _Recording(SpanExporter):
    """Remembers which traces went out, and whether a batch was refused."""

    def __init__(self, inner: SpanExporter) -> None:
        self.inner = inner
        self.traces: set[str] = set()
        self.refused = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self.inner.export(spans)
        self.refused += result is not SpanExportResult.SUCCESS
        self.traces |= {format(span.context.trace_id, "032x") for span in spans if span.context}
        return result

    def shutdown(self) -> None:
        self.inner.shutdown()
