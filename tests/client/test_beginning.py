"""A session that begins before the window is told to, and how to see the rest; a whole one is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from client.doors import OpenClient
from client.talks import ago, fresh, payload, said, talk
from servers import Server

pytestmark = pytest.mark.live


def test_the_window_cuts_a_session(
    any_server: Server, push: Callable[..., None], open_client: OpenClient, tmp_path: Path
) -> None:
    """Two of four turns are older than --since: a doubt with the call's span, gone with a longer window or a file."""
    session = fresh("sess")
    body = payload(talk(session, said(4), ago(4000), step_seconds=1000))
    push(any_server, body)
    short = open_client(any_server, since="2500s").get(session)
    (doubt,) = short.doubts
    assert doubt.kind == "begins-before-window"
    assert "2 earlier turns" in doubt.message
    assert "--since" in doubt.message
    assert len(doubt.span_ids) == 1
    assert len(short.trace_ids) == 2
    assert open_client(any_server, since="2h").get(session).is_complete
    part = {"resourceSpans": [{**group, "scopeSpans": _newest(group, 4)} for group in body["resourceSpans"]]}
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(part))
    assert open_client(str(path)).get(session).is_complete  # no window applies to files


def _newest(group: dict[str, list[dict[str, list[object]]]], count: int) -> list[dict[str, list[object]]]:
    return [{"spans": group["scopeSpans"][0]["spans"][-count:]}]
