"""The clients of this process: one for equal settings, so that rows share connections and cache."""

from __future__ import annotations

import atexit
import threading

from tracefetch.client import Client
from tracefetch.config import Settings

# What a row may choose for itself says nothing about the backend.
_ROW_FIELDS = {"mode", "turn_index", "view", "format", "strict"}

_clients: list[tuple[dict[str, object], Client]] = []
_lock = threading.Lock()


def client_for(settings: Settings) -> Client:
    """The client for these settings, opened once.

    Settings are compared as values, so that no credential has to become part of a key.
    """
    wanted = settings.model_dump(exclude=_ROW_FIELDS)
    with _lock:
        for known, client in _clients:
            if known == wanted:
                return client
        client = Client(settings=settings)
        _clients.append((wanted, client))
        return client


def close_clients() -> None:
    """Close what was opened; runs when promptfoo ends the worker."""
    with _lock:
        opened = [client for _, client in _clients]
        _clients.clear()
    for client in opened:
        client.__exit__(None, None, None)


atexit.register(close_clients)
