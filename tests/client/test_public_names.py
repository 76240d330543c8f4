"""The public names: which there are, of which types, and that both clients have the same."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import tracefetch
from tracefetch import AsyncClient, Client

HERE = Path(__file__).parent
NAMES = {
    "AsyncClient", "Client", "Conversation", "Diagnosis", "Evidence", "Severity", "Summary", "Thread", "TokenUsage",
    "ToolCall", "TracefetchError", "Turn", "__version__",
}  # fmt: skip
METHODS = {"close", "diagnose", "explain", "get", "get_many", "retrieve", "search", "services"}


def test_names() -> None:
    """Adding a public name is a decision; each one that is listed can be had."""
    assert set(tracefetch.__all__) == NAMES
    assert all(getattr(tracefetch, name) is not None for name in NAMES)
    with pytest.raises(AttributeError):
        tracefetch.Nothing  # noqa: B018


def test_importing_is_cheap() -> None:
    """The package itself loads neither pydantic nor httpx, and a file is read without httpx."""
    recording = HERE.parent / "data" / "recordings" / "custom_turns.otlp.json"
    program = (
        "import sys, tracefetch\n"
        "assert not {'pydantic', 'httpx', 'asyncio'} & set(sys.modules), 'at import'\n"
        f"with tracefetch.Client({str(recording)!r}) as client:\n"
        "    assert client.get('sess-alpha').dialogue\n"
        "assert 'httpx' not in sys.modules, 'for a file'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_both_clients_have_the_same_methods() -> None:
    """By name and by arguments."""
    for kind in (Client, AsyncClient):
        assert {name for name in vars(kind) if not name.startswith("_")} == METHODS
    for name in [*METHODS, "__init__"]:
        ours, theirs = (inspect.signature(getattr(kind, name)).parameters for kind in (Client, AsyncClient))
        assert ours == theirs, name


def test_types_are_those_promised() -> None:
    """mypy, strict, on a script that uses all of them."""
    pytest.importorskip("mypy")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--follow-imports=silent",
        "--no-incremental",
    ]
    done = subprocess.run(
        [*command, str(HERE / "public_names.py")], capture_output=True, text=True, cwd=HERE.parents[1]
    )
    assert done.returncode == 0, done.stdout + done.stderr
