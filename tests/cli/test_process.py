"""The command as a process of its own: pipes, disks, interrupts and terminals, with a real file and a real socket."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracefetch.cli.exits import Exit

RECORDING = Path(__file__).parents[1] / "data" / "recordings" / "genai_openai.otlp.json"
COMMAND = [sys.executable, "-m", "tracefetch"]
GET = [*COMMAND, "get", "sess-alpha", "--url", str(RECORDING)]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment without anybody's settings."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "xterm-256color", "LANG": "C"}


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_recording_is_printed(environ: dict[str, str]) -> None:
    """A real trace in, the talk out; UTF-8 whatever the locale; standard error stays empty."""
    done = subprocess.run([*GET, "--format", "openai"], env=environ, capture_output=True, check=True)
    messages = json.loads(done.stdout.decode())
    assert [m["role"] for m in messages] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "tool",
        *["assistant", "user"],
        "assistant",
    ]
    assert messages[-1]["content"] == "You mentioned Paris — enjoy the café terraces."
    assert done.stderr == b""


def test_two_conversations_in_a_file_are_ambiguous(environ: dict[str, str]) -> None:
    """Without an id a file with two conversations is a usage error that says how to choose."""
    done = subprocess.run(
        [*COMMAND, "get", "--url", str(RECORDING)], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("--session sess-alpha") == 1


def test_not_found(environ: dict[str, str]) -> None:
    """1, and nothing on standard output."""
    done = subprocess.run(
        [*COMMAND, "get", "nobody", "--url", str(RECORDING)], env=environ, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")


def test_spans_from_standard_input(environ: dict[str, str]) -> None:
    """`--url -` reads the spans themselves."""
    command = [*COMMAND, "get", "sess-beta", "--url", "-", "--format", "openai"]
    done = subprocess.run(command, env=environ, input=RECORDING.read_bytes(), capture_output=True, check=True)
    assert len(json.loads(done.stdout)) > 5


@pytest.mark.parametrize("arguments", [["get", "sess-alpha", "--url", str(RECORDING)], ["--help"], ["maps"]])
def test_a_reader_who_leaves_is_no_error(environ: dict[str, str], arguments: list[str]) -> None:
    """`| head` that closes the pipe at once: no message, no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, *arguments], env=environ, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told(environ: dict[str, str]) -> None:
    """Standard output that takes nothing: exit 3 and one line."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(GET, env=environ, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "Error: Can't write to standard output: No space left on device.\n")


def test_closed_streams(environ: dict[str, str]) -> None:
    """Without a standard output the answer can't be written; without a standard error nothing breaks."""
    shell = " ".join(f"'{word}'" for word in GET)
    done = subprocess.run(["/bin/sh", "-c", f"{shell} >&-"], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n"), "Traceback" in done.stderr) == (3, 1, False)
    done = subprocess.run(["/bin/sh", "-c", f"{shell} nobody 2>&-"], env=environ, capture_output=True, check=False)
    assert done.returncode == 1


def test_ctrl_c_ends_at_once(environ: dict[str, str], silent: str, tmp_path: Path) -> None:
    """A backend that never answers: 130 without a traceback, long before the deadline; the file stays as it was."""
    path = tmp_path / "talk.txt"
    path.write_text("old")
    command = [*COMMAND, "get", "sess_1", "--url", silent, "--timeout", "300", "-o", str(path)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (Exit.INTERRUPTED, b"", b"")
    assert (path.read_text(), sorted(p.name for p in tmp_path.iterdir())) == ("old", ["talk.txt"])


def test_an_unreachable_backend_is_a_line(environ: dict[str, str]) -> None:
    """Nobody listens: exit 3, and one line that names the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    done = subprocess.run(
        [*COMMAND, "get", "x", "--url", url], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert url in done.stderr


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.shown = b""
        self._pid, self._end = pty.fork()
        if self._pid == 0:
            os.execve(command[0], command, environ)

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def read_until(self, text: bytes, seconds: float = 60) -> None:
        stop = time.monotonic() + seconds
        while text not in self.shown and time.monotonic() < stop:
            self._read(0.1)
        assert text in self.shown, self.shown

    def finish(self) -> int:
        while self._read(60):
            pass
        os.close(self._end)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self, seconds: float) -> bool:
        if not select.select([self._end], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._end, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.shown += data
        return bool(data)


@pytest.mark.parametrize(
    ("extra", "has_colors"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_on_a_terminal(environ: dict[str, str], extra: dict[str, str], has_colors: bool) -> None:
    """Colours where a terminal has them and nobody asked for none; the words are the same."""
    terminal = Terminal(GET, environ | extra)
    assert terminal.finish() == 0
    assert (b"\x1b[" in terminal.shown) == has_colors
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", terminal.shown).replace(b"\r\n", b"\n").decode()
    assert "[2] assistant" in plain
    assert "  Paris is a fine choice; when do you leave?\n" in plain


def test_progress_and_ctrl_c_on_a_terminal(environ: dict[str, str], silent: str) -> None:
    """A long wait shows a line; Ctrl-C ends it with 130, the cursor visible again and no traceback."""
    terminal = Terminal([*COMMAND, "get", "sess_1", "--url", silent, "--timeout", "300"], environ)
    terminal.read_until("Looking for sess_1 …".encode())
    terminal.press(b"\x03")
    assert terminal.finish() == Exit.INTERRUPTED
    assert b"Traceback" not in terminal.shown
    assert terminal.shown.rindex(b"\x1b[?25h") > terminal.shown.rindex(b"\x1b[?25l")
