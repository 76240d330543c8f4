"""The two streams: standard output for data, standard error for all that is said about it."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from contextlib import suppress
from typing import TextIO

from tracefetch.errors import AmbiguousError, TracefetchError

WIDEST = 100  # cells; longer lines are hard to read


def is_terminal(stream: TextIO | None) -> bool:
    """A person looks at this stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def both_in_sight() -> bool:
    """Standard output and standard error are seen on one terminal."""
    return is_terminal(sys.stdout) and is_terminal(sys.stderr)


def has_color(stream: TextIO | None) -> bool:
    """The stream is a terminal with colours, and nobody asked for none (https://no-color.org)."""
    return is_lively(stream) and not os.environ.get("NO_COLOR")


def is_lively(stream: TextIO | None) -> bool:
    """The stream is a terminal that can move its cursor and do more than print."""
    return is_terminal(stream) and os.environ.get("TERM", "") not in ("dumb", "unknown")


def terminal_width(stream: TextIO | None, *, widest: int | None = WIDEST) -> int | None:
    """The cells to wrap at, `widest` at most; None where the stream is no terminal."""
    if not is_terminal(stream):
        return None
    columns = shutil.get_terminal_size().columns
    return min(columns, widest) if widest else columns


def say(text: str, *, style: str | None = None) -> None:
    """Write a message on standard error, escaped; on a terminal in a style and wrapped. Never fails."""
    from tracefetch.formats.escaping import escape
    from tracefetch.formats.ink import Ink

    ink = Ink(has_color(sys.stderr), terminal_width(sys.stderr))
    # What does not fit is indented, so that nothing from outside can begin a line.
    lines = ["\n  ".join(ink.wrap(line, 2)) for line in escape(text).split("\n")]
    # Where standard error is closed, nobody can be told that nobody can be told.
    with suppress(OSError, ValueError):
        print("\n".join(ink.paint(line, style) for line in lines), file=sys.stderr, flush=True)  # noqa: T201


def say_error(error: TracefetchError, *, about: str | None = None) -> None:
    """One error for a person: what failed and what to try; the choices of an ambiguous one below."""
    say(f"Error: {about}: {error.message}" if about else f"Error: {error.message}", style="error")
    choices = error.choices if isinstance(error, AmbiguousError) else ()
    for choice in (choice for choice in choices if choice not in error.message):
        say(f"  {choice}")


def say_bug(error: BaseException, *, verbose: bool) -> None:
    """An error that nobody foresaw: one line that asks for a report; with `verbose` where it was raised."""
    if verbose:
        say("".join(traceback.format_exception(error)).rstrip())
    hint = "the lines above" if verbose else "what --verbose adds"
    summary = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    say(f"Error: this is a bug in tracefetch ({summary}). Please report it, with {hint}.", style="error")
