"""Where data goes: standard output as it comes, or a file whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypedDict

from tracefetch.cli.console import both_in_sight, has_color, terminal_width
from tracefetch.errors import OutputError


class Look(TypedDict):
    """How a transcript is to look in a place; the options of `render_text`."""

    color: bool
    width: int | None
    evidence: bool


class Output(Protocol):
    """A place for data; a context manager that finishes on a good end only."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...
    def look(self) -> Look:
        """How a transcript is to look here."""

    def columns(self) -> int | None:
        """How wide a table may be, in cells; None for as wide as it is."""

    def write(self, text: str) -> None:
        """Add text."""


def open_output(path: str | None) -> Output:
    """Standard output where `path` is None or `-`, else that file.

    Raises:
        OutputError: a file that can't be written, told before anything is asked.
    """
    return StandardOutput() if path in (None, "-") else FileOutput(Path(path))


class StandardOutput:
    """Standard output in UTF-8, flushed at every write; a reader who left (`| head`) is no error."""

    def __init__(self) -> None:
        self._gone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def look(self) -> Look:
        """As the terminal can show it; losses and doubts are left to standard error where both are in sight."""
        return {
            "color": has_color(sys.stdout),
            "width": terminal_width(sys.stdout),
            "evidence": not both_in_sight(),
        }

    def columns(self) -> int | None:
        """The whole width of a terminal."""
        return terminal_width(sys.stdout, widest=None)

    def write(self, text: str) -> None:
        """Write at once.

        Raises:
            OutputError: the disk is full, or there is no standard output.
        """
        if self._gone:
            return
        if sys.stdout is None:
            raise OutputError("Can't write: there is no standard output. Open it, or write a file with --output.")
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode())
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self._gone = True
            silence_stdout()
        except (OSError, ValueError) as error:
            silence_stdout()
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"Can't write to standard output: {reason}.") from error


class FileOutput:
    """A file that is replaced when all is there, readable by its owner only; else it stays as it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._chunks: list[str] = []
        self._check()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None and self._chunks:
            self._replace("".join(self._chunks).encode())

    def look(self) -> Look:
        """Plain, and with losses and doubts: whoever opens the file later has nothing else."""
        return {"color": False, "width": None, "evidence": True}

    def columns(self) -> int | None:
        """As wide as it is."""
        return None

    def write(self, text: str) -> None:
        """Keep the text until the end."""
        self._chunks.append(text)

    def _check(self) -> None:
        try:
            mode = os.lstat(self.path).st_mode
        except FileNotFoundError:
            folder = self.path.parent
            if not folder.is_dir():
                raise self._error(f"there is no folder {folder}", "Make it first.") from None
            return
        except OSError as error:
            raise self._error(error.strerror or str(error)) from error
        if stat.S_ISLNK(mode):
            raise self._error("it is a symbolic link", "Name the file that it leads to.")
        if stat.S_ISDIR(mode):
            raise self._error("it is a folder", "Name a file in it.")
        if not stat.S_ISREG(mode):
            raise self._error("it is no regular file", "Use `-o -` for standard output.")

    def _replace(self, data: bytes) -> None:
        self._check()
        temporary: str | None = None
        try:
            # In the same folder, since a rename is atomic within one file system only; mode 0600 is mkstemp's.
            handle, temporary = tempfile.mkstemp(prefix=f".{self.path.name[:100]}.", dir=self.path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
            temporary = None
        except OSError as error:
            raise self._error(error.strerror or str(error)) from error
        finally:
            if temporary:
                with suppress(OSError):
                    os.unlink(temporary)

    def _error(self, reason: str, advice: str = "Choose another place with --output.") -> OutputError:
        return OutputError(f"Can't write {self.path}: {reason}. {advice}")


def silence_stdout() -> None:
    """Send what is left in standard output's buffer nowhere, so that the exit of Python does not fail over it."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
