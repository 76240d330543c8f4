"""Fixtures for all tests: real servers (see `servers/fixtures.py`), and how hypothesis runs."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["servers.fixtures"]

# The same examples in every run, and no word about how long one takes; --hypothesis-profile=explore looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000, database=None)
settings.load_profile("repeatable")
