"""A command's way to a backend: settings from its flags, a client with them, notes where they help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracefetch.cli.console import say
from tracefetch.cli.options import load_settings
from tracefetch.cli.progress import Progress, Watch
from tracefetch.errors import TracefetchError

if TYPE_CHECKING:
    from tracefetch.client import Client
    from tracefetch.config import Settings


@dataclass(frozen=True, slots=True)
class Asking:
    """What a command asks with."""

    client: Client
    settings: Settings
    verbose: bool
    watch: Watch

    def progress(self, text: str) -> AbstractContextManager[Progress]:
        """Show a line while a block asks, if somebody waits for it at a terminal."""
        return self.watch.progress(text)


@contextmanager
def asking(flags: Mapping[str, Any], *, verbose: bool) -> Iterator[Asking]:
    """A client with the settings of these flags.

    How the settings came about (a token withheld, a variable unknown) is said where it was asked
    for, and where something fails: it may be the reason.

    Raises:
        TracefetchError: from the settings, the client, or the block.
    """
    from tracefetch.client import Client

    settings = load_settings(flags)
    watch = Watch(verbose=verbose)
    if verbose:
        _say_notes(settings)
    try:
        with watch.listening(), Client(settings=settings) as client:
            yield Asking(client, settings, verbose, watch)
    except TracefetchError:
        if not verbose:
            _say_notes(settings)
        raise


def _say_notes(settings: Settings) -> None:
    for text in settings.notes:
        say(f"note: {text}", style="note")
