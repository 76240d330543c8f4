"""What `doctor` prints to be typed next works as it stands, and holds no secret."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tracefetch.cli.next_steps import next_steps
from tracefetch.config import Settings
from tracefetch.models import Summary
from tracefetch.models.diagnosis import Diagnosis

TALK = Summary("sess_1", is_session=True, start=None, turns=2, service=None, status="ok", preview="")


def steps(found: Diagnosis, **flags: Any) -> list[list[str]]:
    settings = Settings.load(dict(flags), environ={"PW": "geheim", "KEY": "k-1"})
    return [shlex.split(line) for line in next_steps(found, settings, flags)]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("http://h:1/base", "http://h:1/base"),
        ("http://me:geheim@h:1/base", "http://me:${PASSWORD}@h:1/base"),
        ("http://me:${PW}@h:1/base", "http://me:${PW}@h:1/base"),
        ("jaeger+http://me:geheim@h:1", "jaeger+http://me:${PASSWORD}@h:1"),
    ],
)
def test_an_address_keeps_who_asks(typed: str, shown: str) -> None:
    """Of user and password in an address the password is only named."""
    for line in steps(Diagnosis(backend="jaeger", conversations=(TALK,)), url=typed):
        assert line[line.index("--url") + 1] == shown
        assert "geheim" not in " ".join(line)


def test_limits_are_carried() -> None:
    """What was needed to get here is needed again."""
    flags = {"url": "http://h:1", "max_requests": "5000", "timeout_seconds": "90", "headers": {"X-Key": "k-1"}}
    get, _ = steps(Diagnosis(backend="jaeger", conversations=(TALK,)), **flags)
    assert get[:4] == ["tracefetch", "get", "--session", "sess_1"]
    assert get[get.index("--max-requests") + 1] == "5000"
    assert get[get.index("--timeout") + 1] == "90"
    assert get[get.index("--header") + 1] == "X-Key:${VALUE}"


def test_a_missing_tenant_comes_first() -> None:
    """Nothing else works before it is named."""
    found = Diagnosis(backend="tempo", tenancy="a tenant is required (X-Scope-OrgID): set --tenant")
    assert steps(found, url="http://h:1") == [["tracefetch", "doctor", "--url", "http://h:1", "--tenant", "NAME"]]
