"""A server process on loopback: free ports, start, wait for health, end by process id."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

READY_SECONDS = 60


class MissingServerError(Exception):
    """Not on this machine; the message says how to get it."""


@dataclass
class Server:
    """A running server.

    Attributes:
        kind: "jaeger" or "tempo".
        label: for test ids, e.g. "jaeger-2.13-badger".
        url: of the query API, with its base path.
        otlp: of the OTLP/HTTP receiver; spans go to `{otlp}/v1/traces`.
        headers: what a request needs to be let in (a tenant).
        log: what the process wrote; None for a server that somebody else runs.
    """

    kind: str
    label: str
    url: str
    otlp: str
    headers: dict[str, str] = field(default_factory=dict)
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def stop(self) -> None:
        """End the process that we started, by its id; another's server is left alone.

        At once: what it stored goes with it, and Tempo takes its time to shut down in order.
        """
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def log_tail(self, lines: int = 15) -> str:
        """The end of the log, for a failing test's report."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(line[:300] for line in self.log.read_text(errors="replace").splitlines()[-lines:])


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def start(command: Sequence[str], *, health: str, log: Path) -> subprocess.Popen[bytes]:
    """Start `command` and wait until `health` answers 200.

    Raises:
        RuntimeError: the process ended or did not get ready; with the end of its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=log.parent
        )
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(health):
            return process
        time.sleep(0.1)
    process.kill()
    process.wait()
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise RuntimeError(f"{command[0]} did not get ready at {health}; its log {log} ends:\n{tail}")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def named(variable: str) -> list[str]:
    """The binaries and addresses in an environment variable.

    They are separated by commas, paths also by the system's path separator. An address is
    `QUERY_URL+OTLP_URL`, e.g. `http://127.0.0.1:16686+http://127.0.0.1:4318`.
    """
    names: list[str] = []
    for part in re.split(r"[,\s]+", os.environ.get(variable, "")):
        names += [part] if "://" in part else part.split(os.pathsep)
    return [name for name in names if name]


def attach(kind: str, address: str) -> Server:
    """A server that somebody else runs, by its `QUERY_URL+OTLP_URL`."""
    url, plus, otlp = address.partition("+")
    if not plus or "://" not in otlp:
        raise MissingServerError(f"{address}: also give where spans go in, as QUERY_URL+OTLP_URL")
    return Server(kind, f"{kind}-{urlsplit(url).port or 80}", url.rstrip("/"), otlp.rstrip("/"))
