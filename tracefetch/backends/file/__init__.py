"""Files with spans: what collectors, backends and their user interfaces write."""

from tracefetch.backends.file.backend import FileBackend

__all__ = ["FileBackend"]
