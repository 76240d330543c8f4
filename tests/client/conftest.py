"""Fixtures of the library's tests."""

from client.doors import client_kind, open_client

__all__ = ["client_kind", "open_client"]
