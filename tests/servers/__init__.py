"""Real servers for the tests: found or built, started on loopback, ended by their process id."""

from servers.process import MissingServerError, Server

__all__ = ["MissingServerError", "Server"]
