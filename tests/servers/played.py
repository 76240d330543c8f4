"""A session that the example's agent played into a server."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from servers.emission import wait_until_readable
from servers.process import Server

AGENT = Path(__file__).resolve().parents[2] / "examples" / "agent" / "agent.py"


@dataclass(frozen=True)
class Played:
    """The session's id, and its traces in order."""

    session: str
    traces: list[str]


def play(server: Server) -> Played:
    """Run the agent as a person would, and wait until the server has what it sent."""
    session = f"sess-{uuid4()}"
    command = [sys.executable, str(AGENT), "--otlp", server.otlp, "--session", session]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    traces = re.findall(r"\b[0-9a-f]{32}\b", printed)
    wait_until_readable(server, traces)
    return Played(session, traces)
