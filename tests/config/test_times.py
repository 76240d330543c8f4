from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tracefetch.config import Settings, parse_age, parse_time, window
from tracefetch.errors import ConfigError

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's zone: five hours behind UTC in winter."""
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("90m", timedelta(minutes=90)),
        ("2w", timedelta(weeks=2)),
        ("1d12h", timedelta(hours=36)),
        ("1.5h", timedelta(minutes=90)),
        ("500ms", timedelta(milliseconds=500)),
        ("7", None),
        ("d", None),
        ("7 parsecs", None),
    ],
)
def test_ages(text: str, expected: timedelta | None) -> None:
    """Numbers with units are ages, and nothing else is."""
    assert parse_age(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("now", NOW),
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00+02:00", datetime(2026, 2, 28, 22, tzinfo=UTC)),
    ],
)
def test_a_time_with_a_zone_needs_no_word(text: str, expected: datetime) -> None:
    """Ages and times with a zone are what they are."""
    assert parse_time(text, now=NOW) == (expected, None)


@pytest.mark.usefixtures("in_new_york")
def test_a_time_without_zone_is_local_and_said() -> None:
    """A reader learns how the time was understood."""
    moment, note = parse_time("2026-03-01T08:00", now=NOW, name="since")
    assert moment == datetime(2026, 3, 1, 13, tzinfo=UTC)
    assert note is not None
    assert "since" in note
    assert "local time: 2026-03-01T08:00:00-05:00" in note


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "", "99999999999999999999d", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_an_error(text: str) -> None:
    """Nonsense, and times that can't be counted, are settings errors and no tracebacks."""
    with pytest.raises(ConfigError):
        parse_time(text, now=NOW)


def test_the_default_window_is_the_last_seven_days() -> None:
    """Without since and until."""
    assert window(Settings(), NOW) == (NOW - timedelta(days=7), NOW, ())


def test_the_default_length_counts_back_from_until() -> None:
    """An until of long ago still has a window before it."""
    until = datetime(2020, 1, 8, tzinfo=UTC)
    assert window(Settings(until="2020-01-08T00:00:00Z"), NOW) == (until - timedelta(days=7), until, ())


def test_an_age_that_was_asked_for_counts_back_from_now() -> None:
    """`--since 2d --until 1d` is the day before yesterday."""
    assert window(Settings(since="2d", until="1d"), NOW) == (NOW - timedelta(days=2), NOW - timedelta(days=1), ())


@pytest.mark.usefixtures("in_new_york")
def test_both_ends_can_be_local() -> None:
    """Each end without zone has its note."""
    _, _, notes = window(Settings(since="2026-03-01", until="2026-03-02"), NOW)
    assert [note.split()[0] for note in notes] == ["since", "until"]


@pytest.mark.parametrize(("since", "until"), [("1d", "2d"), ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z")])
def test_since_after_until_is_an_error(since: str, until: str) -> None:
    """A window that ends before it begins is refused."""
    with pytest.raises(ConfigError, match="is not before until"):
        window(Settings(since=since, until=until), NOW)


@pytest.mark.parametrize(
    "setting", [{"since": "nonsense"}, {"until": "soon"}, {"since": "0s"}, {"since": "2099-01-01T00:00Z"}]
)
def test_a_window_that_cannot_be_is_refused_at_once(setting: dict[str, str]) -> None:
    """Settings with it can't be loaded, so that no backend is asked first."""
    with pytest.raises(ConfigError, match=next(iter(setting))):
        Settings.load(setting)
