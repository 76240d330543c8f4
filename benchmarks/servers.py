"""The servers that the tests use (`tests/servers`), for one benchmark; one that is missing is told and left out."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from servers import emission, jaeger, tempo
from servers.process import MissingServerError, Server

KINDS = {"jaeger": jaeger, "tempo": tempo}


@contextmanager
def running(kind: str) -> Iterator[Server | str]:
    """The first server of a kind, started for this block; else the line that says how to get one."""
    home: Any = KINDS[kind]
    sources = home.sources()
    if not sources:
        yield home.HOW
        return
    with tempfile.TemporaryDirectory(prefix=f"tracefetch-{kind}-") as folder:
        try:
            server = home.start(sources[0], Path(folder))
        except MissingServerError as error:
            yield str(error)
            return
        try:
            yield server
        finally:
            server.stop()


def push(server: Server, payload: dict[str, Any]) -> None:
    """Send an OTLP JSON object in portions of a thousand spans, and wait until the server answers with the trace."""
    group = payload["resourceSpans"][0]
    scope = group["scopeSpans"][0]
    spans = scope["spans"]
    for first in range(0, len(spans), 1000):
        part = {**group, "scopeSpans": [{**scope, "spans": spans[first : first + 1000]}]}
        emission.push(server, {"resourceSpans": [part]}, readable=False)
    emission.wait_until_readable(server, {spans[0]["traceId"]})
