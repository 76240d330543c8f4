from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracefetch.http.gate import (
    FIRST_REST_SECONDS,
    FIRST_SPACING_SECONDS,
    WIDEST_SPACING_SECONDS,
    Gate,
    parse_retry_after,
)


class Clock:
    """Time that passes when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def delays(gate: Gate, count: int) -> list[float]:
    """How long so many new requests would have to wait."""
    return [round(gate.delay(gate.ticket()), 3) for _ in range(count)]


def test_an_open_gate_holds_nobody(clock: Clock) -> None:
    """Without a limit and without refusals there is no wait."""
    assert delays(Gate(clock=clock), 3) == [0, 0, 0]


def test_requests_per_second_are_kept(clock: Clock) -> None:
    """Requests are spaced evenly, and unused time is not saved up."""
    gate = Gate(4, clock=clock)
    assert delays(gate, 3) == [0, 0.25, 0.5]
    clock.now = 10
    assert delays(gate, 2) == [0, 0.25]


def test_a_rest_holds_everybody(clock: Clock) -> None:
    """Also those who had a place before the backend asked for rest."""
    gate = Gate(clock=clock)
    early = [gate.ticket() for _ in range(2)]
    gate.refuse(3, sent_at=0)
    assert [round(gate.delay(ticket), 3) for ticket in early] == [3, 3 + FIRST_SPACING_SECONDS]
    assert delays(gate, 1) == [3 + 2 * FIRST_SPACING_SECONDS]
    clock.now = 3
    assert gate.delay(early[0]) == 0


def test_a_volley_is_one_refusal(clock: Clock) -> None:
    """What was under way when the gate closed does not close it for longer and longer."""
    gate = Gate(clock=clock)
    for moment in (1.0, 1.1, 1.2):
        clock.now = moment
        gate.refuse(None, sent_at=0.5)
    assert delays(gate, 1) == [round(1 + FIRST_REST_SECONDS - 1.2, 3)]


def test_a_longer_rest_counts_and_a_shorter_does_not(clock: Clock) -> None:
    """The latest end that the backend named holds."""
    gate = Gate(clock=clock)
    gate.refuse(5, sent_at=0)
    gate.refuse(2, sent_at=0)
    assert delays(gate, 1) == [5]
    gate.refuse(9, sent_at=0)
    assert delays(gate, 1) == [9]


def test_refusals_in_a_row_widen_and_successes_narrow(clock: Clock) -> None:
    """The pace adapts to what the backend takes, within bounds."""
    gate = Gate(clock=clock)

    def spacing() -> float:
        first, second = gate.ticket(), gate.ticket()
        return round(second.at - first.at, 6)

    widths = []
    for _ in range(12):
        gate.refuse(1, sent_at=clock.now)
        clock.now += 1000
        widths.append(spacing())
        clock.now += 1000
    assert widths[:3] == [FIRST_SPACING_SECONDS * factor for factor in (1, 2, 4)]
    assert widths[-1] == WIDEST_SPACING_SECONDS
    gate.ease()
    clock.now += 1000
    assert spacing() < WIDEST_SPACING_SECONDS
    for _ in range(60):
        gate.ease()
    clock.now += 1000
    assert spacing() == 0


def test_rests_without_a_word_grow(clock: Clock) -> None:
    """Where the backend names no time, each further refusal doubles it."""
    gate = Gate(clock=clock)
    rests = []
    for _ in range(3):
        gate.refuse(None, sent_at=clock.now)
        rests.append(gate.delay(gate.ticket()))
        clock.now += 100
    assert rests == [FIRST_REST_SECONDS * factor for factor in (1, 2, 4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("3", 3),
        (" 120 ", 120),
        ("Tue, 10 Mar 2026 12:00:05 GMT", 5),
        ("Tue, 10 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("²", None),
        ("9" * 400, 999999999),
    ],
)
def test_retry_after(text: str | None, expected: float | None) -> None:
    """Seconds or a date; what is neither says nothing."""
    assert parse_retry_after(text, now=datetime(2026, 3, 10, 12, tzinfo=UTC)) == expected
