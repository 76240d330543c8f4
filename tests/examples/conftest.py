"""A session that the example's agent played into Jaeger, for the examples and the README."""

from __future__ import annotations

import pytest

from servers import Server
from servers.played import Played, play


@pytest.fixture(scope="session")
def played(jaeger: Server) -> Played:
    return play(jaeger)
