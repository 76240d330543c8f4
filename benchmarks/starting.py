"""The start of the process against a Python that imports the same libraries."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.measuring import Work, take_turns
from benchmarks.tables import Row

RECORDING = Path(__file__).resolve().parents[1] / "examples" / "travel-recording.json"
SESSION = "sess-alpha"
# What each command can't do without; the rest of its time is ours.
BASIC = ("click", "pydantic", "cachetools")
HTTP = (*BASIC, "httpx", "tenacity")


def rows(*, rounds: int) -> Iterator[Row]:
    """One row for each command."""
    trace = _first_trace()
    with answering(trace) as address:
        yield _row("--version", ["--version"], ("click",), rounds)
        yield _row("get FILE", ["get", SESSION, "--url", str(RECORDING)], BASIC, rounds)
        yield _row("get, from a server", ["get", "--trace", trace["traceId"], "--url", address], HTTP, rounds)


def _row(label: str, arguments: list[str], libraries: tuple[str, ...], rounds: int) -> Row:
    imports = f"import {', '.join(libraries)}"
    ours = _process(["-m", "tracefetch", *arguments])
    timings = take_turns({"floor": _process(["-c", imports]), "ours": ours}, rounds=rounds)
    return Row(f"`tracefetch {label}`", imports, timings["ours"], timings["floor"])


def _process(arguments: list[str]) -> Work:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)


def _first_trace() -> dict[str, str]:
    span: dict[str, str] = json.loads(RECORDING.read_text())["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    return span


@contextmanager
def answering(span: dict[str, str]) -> Iterator[str]:
    """An address that answers as Jaeger does with the recorded trace of a span, while the block runs."""
    groups = json.loads(RECORDING.read_text())["resourceSpans"]
    for scope in (scope for group in groups for scope in group["scopeSpans"]):
        scope["spans"] = [one for one in scope["spans"] if one["traceId"] == span["traceId"]]
    body = json.dumps({"result": {"resourceSpans": groups}}).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"jaeger+http://127.0.0.1:{server.server_port}"
        server.shutdown()
