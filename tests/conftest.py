"""Fixtures for all tests: real servers (see `servers/fixtures.py`)."""

from __future__ import annotations

pytest_plugins = ["servers.fixtures"]
