from __future__ import annotations

from typing import Any

import pytest

from tracefetch.config import Settings, fingerprint
from tracefetch.errors import ConfigError

pytestmark = pytest.mark.usefixtures("here")
ENVIRON = {"HOST": "h", "T": "t0ken", "PW": "p@ss/w:rd?#%"}


def load(config: dict[str, Any], source: Any = "provider") -> Settings:
    return Settings.load(config, environ=ENVIRON, source=source)


def test_references_are_expanded_everywhere() -> None:
    """In plain settings, lists and pairs; a doubled dollar keeps the text."""
    settings = load(
        {
            "url": "http://${HOST}:1",
            "token": "${T}",
            "headers": {"Authorization": "Bearer ${T}"},
            "sessionAttributes": ["${HOST}.id"],
            "service": "$${HOST}",
        }
    )
    assert settings.url == "http://h:1"
    assert settings.headers["Authorization"].get_secret_value() == "Bearer t0ken"
    assert settings.session_attributes == ("h.id",)
    assert settings.service == "${HOST}"


def test_a_password_may_hold_any_character() -> None:
    """What is expanded before the @ is percent-encoded first."""
    settings = load({"url": "http://ann:${PW}@h:1"})
    assert settings.password is not None
    assert settings.password.get_secret_value() == ENVIRON["PW"]
    assert settings.url == "http://h:1"


@pytest.mark.parametrize(
    ("text", "words"), [("${UNSET}", "UNSET is not set"), ("${}", "not the name"), ("${a b}", "not the name")]
)
def test_a_reference_that_leads_nowhere_is_an_error(text: str, words: str) -> None:
    """Never an empty secret in silence."""
    with pytest.raises(ConfigError, match=words):
        load({"service": text})


def test_the_environments_own_values_are_not_expanded() -> None:
    """A value is not read twice."""
    assert Settings.load({}, environ={"TRACEFETCH_SERVICE": "${HOST}"}).service == "${HOST}"


@pytest.mark.parametrize(
    "config",
    [
        {"token": "literal"},
        {"url": "http://ann:literal@h:1"},
        {"headers": {"Authorization": "Bearer literal"}},
        {"headers": {"X-Api-Key": "literal"}},
        {"headers": ["Cookie: literal"]},
        {"token": "$${T}"},
    ],
)
def test_a_literal_secret_in_a_config_is_refused(config: dict[str, Any]) -> None:
    """promptfoo stores its configs; the message says how to do it, and not the secret."""
    with pytest.raises(ConfigError, match=r"promptfoo stores its configs, so write \$\{NAME\}") as caught:
        load(config)
    assert "literal" not in str(caught.value)


@pytest.mark.parametrize(
    "config", [{"headers": {"X-Team": "shop"}}, {"url": "http://${U}:${PW}@h"}, {"tenant": "acme"}]
)
def test_what_is_no_secret_may_be_written_out(config: dict[str, Any]) -> None:
    """Only what looks like a credential is refused."""
    Settings.load(config, environ={**ENVIRON, "U": "ann"}, source="provider")


def test_a_script_may_pass_its_token() -> None:
    """The rule is about stored configs, not about calls."""
    assert load({"token": "literal"}, source="library").token is not None


def test_the_fingerprint_covers_what_decides_an_answer() -> None:
    """Backend, tenant, credential, maps, service and window change it; bounds and views do not."""
    base = {"url": "http://h:1", "token": "a"}
    prints = [
        fingerprint(Settings.load({**base, **more}, environ={}, source="library"))
        for more in (
            {},
            {"url": "http://h:2"},
            {"token": "b"},
            {"tenant": "x"},
            {"headers": {"a": "b"}},
            {"attributes": {"prompt": "p"}},
            {"service": "s"},
            {"since": "1d"},
            {"session_attributes": ["s"]},
        )
    ]
    assert len(set(prints)) == len(prints)
    same = Settings.load({**base, "timeout": 5, "view": "all", "concurrency": 2}, environ={}, source="library")
    assert fingerprint(same) == prints[0]
