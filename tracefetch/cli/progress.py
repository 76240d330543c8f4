"""What a person sees while a backend works: a line on standard error, only if that is a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracefetch.cli.console import is_lively

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE_SECONDS = 0.5  # quick answers show nothing


class Progress:
    """A line that appears when the wait becomes long, and goes without a trace."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._status: Status | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(PATIENCE_SECONDS, self._show)
        self._timer.daemon = True
        self._over = False

    def start(self) -> None:
        """Begin to wait."""
        self._timer.start()

    def update(self, text: str) -> None:
        """Say what is being done now."""
        with self._lock:
            self._text = text
            if self._status:
                self._status.update(self._markup(text))

    def stop(self) -> None:
        """Take the line away."""
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._status:
                self._status.stop()
                self._status = None

    def _show(self) -> None:
        # Imported here, in its own thread: rich is needed only for a long wait at a terminal.
        from rich.console import Console

        with self._lock:
            if not self._over:
                self._status = Console(stderr=True).status(self._markup(self._text), spinner="dots")
                self._status.start()

    def _markup(self, text: str) -> str:
        from rich.markup import escape as escape_markup

        from tracefetch.formats.escaping import escape_line

        return f"[dim]{escape_markup(escape_line(text))}[/dim]"


@contextmanager
def progress(text: str) -> Iterator[Progress]:
    """Show a line while the block runs, if standard error is a terminal and the wait becomes long."""
    line = Progress(text)
    if is_lively(sys.stderr):
        line.start()
    try:
        yield line
    finally:
        line.stop()
