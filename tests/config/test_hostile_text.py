"""Whatever is typed or pasted: a settings error or a result, never a traceback, and no password shown."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from tracefetch.config import Settings, parse_address, parse_age, parse_time, window
from tracefetch.errors import ConfigError

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PASSWORD = "s3cret-pass"
URL_TEXT = st.text(st.sampled_from("htps:/.@[]%#?+-*~$0123456789abc\\ é\u2100\ud800\x00\n"), max_size=40)


@given(st.one_of(st.text(max_size=60), URL_TEXT, URL_TEXT.map(lambda text: "http://" + text)))
@example("http://[")
@example("http://a\u2100b")
@example("x+http://:0")
@example("http://h:65536")
def test_any_text_is_an_address_or_a_settings_error(text: str) -> None:
    """Parsing an address has two outcomes, and the settings agree with it."""
    try:
        address = parse_address(text)
    except ConfigError:
        return
    settings = Settings(url=text)
    assert settings.address is not None
    assert (settings.address.url, settings.address.origin) == (address.url, address.origin)


@given(st.one_of(URL_TEXT, st.text(max_size=30)), st.sampled_from(["http://", "tempo+https://", "sql://", ""]))
def test_a_password_never_shows(text: str, scheme: str) -> None:
    """Neither in settings nor in the error, wherever the @ stands."""
    try:
        shown = repr(Settings(url=f"{scheme}ann:{PASSWORD}@{text}"))
    except ConfigError as error:
        shown = repr(error) + repr(error.__cause__)
    assert PASSWORD not in shown


@given(st.text(max_size=40))
@example("0001-01-01")
@example("9999-12-31T23:59:59-14:00")
@example("99999999999999999999w")
def test_any_text_is_a_time_or_a_settings_error(text: str) -> None:
    """Times and ages too."""
    for ask in (lambda: parse_time(text, now=NOW), lambda: parse_age(text), lambda: window(Settings(since=text), NOW)):
        with contextlib.suppress(ConfigError):
            ask()
