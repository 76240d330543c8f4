"""What a person sees while a backend works: a line on standard error, only if that is a terminal."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracefetch.cli.console import is_lively, say

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE_SECONDS = 0.5  # quick answers show nothing


class Progress:
    """A line that appears when the wait becomes long, and goes without a trace."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._detail = ""
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
        self._text = text
        self._refresh()

    def add(self, detail: str) -> None:
        """Say behind the text how far it got."""
        self._detail = detail
        self._refresh()

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
                self._status = Console(stderr=True).status(self._markup(), spinner="dots")
                self._status.start()

    def _refresh(self) -> None:
        with self._lock:
            if self._status:
                self._status.update(self._markup())

    def _markup(self) -> str:
        from rich.markup import escape as escape_markup

        from tracefetch.formats.escaping import escape_line

        return f"[dim]{escape_markup(escape_line(self._text + self._detail))}[/dim]"


class Watch(logging.Handler):
    """Hears of each request that is sent: says it, or counts it in the line of progress.

    The library logs what it asks of the backend as "tracefetch".

    Args:
        verbose: say each on standard error; then there is no line.
    """

    def __init__(self, *, verbose: bool) -> None:
        super().__init__()
        self.requests = 0
        self._verbose = verbose
        self._line: Progress | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """One request was sent."""
        self.requests += 1
        line = self._line
        if self._verbose:
            say(record.getMessage(), style="dim")
        elif line:
            line.add(f" ({self.requests:,} requests)")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what is logged while the block runs."""
        logger = logging.getLogger("tracefetch")
        level, propagate = logger.level, logger.propagate
        logger.addHandler(self)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        try:
            yield
        finally:
            logger.removeHandler(self)
            logger.setLevel(level)
            logger.propagate = propagate

    @contextmanager
    def progress(self, text: str) -> Iterator[Progress]:
        """Show a line while the block runs, if standard error is a terminal and the wait becomes long."""
        self._line = line = Progress(text)
        if is_lively(sys.stderr) and not self._verbose:
            line.start()
        try:
            yield line
        finally:
            self._line = None
            line.stop()
