from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tracefetch.config import Settings
from tracefetch.errors import ConfigError

pytestmark = pytest.mark.usefixtures("here")

FLAGS, NAMED, ENVIRONMENT, LOCAL, USER = "flags", "named", "environment", "local", "user"


@pytest.mark.parametrize(
    ("places", "winner"),
    [
        ([FLAGS, NAMED, ENVIRONMENT, LOCAL], FLAGS),
        ([NAMED, ENVIRONMENT], NAMED),
        ([ENVIRONMENT, LOCAL, USER], ENVIRONMENT),
        ([LOCAL, USER], LOCAL),
        ([USER], USER),
        ([], None),
    ],
)
def test_the_order_of_places(places: list[str], winner: str | None, here: Path, user_folder: Path) -> None:
    """Flags, a file that they name, the environment, the current folder, the user's file, the defaults."""
    layer: dict[str, Any] = {"service": FLAGS} if FLAGS in places else {}
    environ = {"TRACEFETCH_SERVICE": ENVIRONMENT} if ENVIRONMENT in places else {}
    if NAMED in places:
        (here / "named.toml").write_text('service = "named"')
        layer["config"] = "named.toml"
    if LOCAL in places:
        (here / "tracefetch.toml").write_text('service = "local"')
    if USER in places:
        (user_folder / "tracefetch.toml").write_text('service = "user"')
    assert Settings.load(layer, environ=environ).service == winner


def test_the_environment_sets_everything() -> None:
    """Text becomes numbers, lists, pairs and sizes."""
    environ = {
        "TRACEFETCH_URL": "localhost:1",
        "TRACEFETCH_TIMEOUT": "2m",
        "TRACEFETCH_MAX_BYTES": "2MB",
        "TRACEFETCH_STRICT": "true",
        "TRACEFETCH_SESSION_ATTRIBUTES": "a, b",
        "TRACEFETCH_ATTRIBUTES": "prompt=p,session=s",
        "TRACEFETCH_HEADERS": "X-A: 1, 2\nX-B: 3",
        "TRACEFETCH_SERVICE": "",
    }
    settings = Settings.load({}, environ=environ)
    assert (settings.timeout_seconds, settings.max_bytes, settings.strict) == (120, 2_000_000, True)
    assert settings.session_attributes == ("a", "b")
    assert settings.attributes == {"prompt": "p", "session": "s"}
    assert {name: value.get_secret_value() for name, value in settings.headers.items()} == {"X-A": "1, 2", "X-B": "3"}
    assert settings.service is None


def test_an_unknown_variable_is_noted() -> None:
    """A typing mistake in the environment is told; the variables of the tests are not."""
    settings = Settings.load({}, environ={"TRACEFETCH_TENNANT": "x", "TRACEFETCH_TEST_TEMPO": "y"})
    assert settings.notes == ("the environment variable TRACEFETCH_TENNANT is no setting. Did you mean 'tenant'?",)


def token_of(layer: dict[str, Any], environ: dict[str, str], **options: Any) -> str | None:
    token = Settings.load(layer, environ=environ, **options).token
    return token.get_secret_value() if token is not None else None


HOME = {"TRACEFETCH_URL": "https://home.example/tempo", "TRACEFETCH_TOKEN": "t0ken"}


@pytest.mark.parametrize("url", [None, "https://home.example:443/other/path", "tempo+https://HOME.example"])
def test_the_token_goes_to_its_own_origin(url: str | None) -> None:
    """TRACEFETCH_TOKEN is sent to the origin of TRACEFETCH_URL, however that is written."""
    assert token_of({"url": url}, HOME) == "t0ken"


@pytest.mark.parametrize(
    "url",
    [
        "http://home.example/tempo",
        "https://home.example:8443",
        "https://home.example.evil.example",
        "https://evil.example/home.example",
    ],
)
def test_the_token_goes_nowhere_else(url: str) -> None:
    """Another scheme, port or host is another origin, and the reader is told why there is no token."""
    settings = Settings.load({"url": url}, environ=HOME)
    assert settings.token is None
    assert settings.notes
    assert "belongs to https://home.example:443" in settings.notes[0]
    assert "t0ken" not in settings.notes[0]


def test_a_host_before_an_at_sign_is_a_user() -> None:
    """The origin is what is really asked."""
    assert token_of({"url": "https://home.example@evil.example"}, HOME) is None


def test_a_token_without_a_url_of_its_own_is_not_used() -> None:
    """TRACEFETCH_TOKEN alone belongs nowhere."""
    settings = Settings.load({"url": "http://h:1"}, environ={"TRACEFETCH_TOKEN": "t0ken"})
    assert settings.token is None
    assert "came without a url of its own" in settings.notes[0]


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ({"token-env": "TRACEFETCH_TOKEN"}, "flags"),
        ({"token": "${TRACEFETCH_TOKEN}"}, "provider"),
        ({"tokenEnv": "TRACEFETCH_TOKEN"}, "provider"),
        ({"token": "t0ken"}, "library"),
    ],
)
def test_the_command_or_config_may_send_a_token_anywhere(layer: dict[str, Any], source: str) -> None:
    """Where it refers to a token itself, that is what it means."""
    assert token_of({"url": "http://h:1", **layer}, HOME, source=source) == "t0ken"
    assert token_of(layer, HOME, source=source) == "t0ken"


def test_headers_and_certificates_are_bound_like_tokens() -> None:
    """A header may be a credential, and a client certificate is one."""
    environ = {
        "TRACEFETCH_URL": "https://home.example",
        "TRACEFETCH_HEADERS": "X-Api-Key: k",
        "TRACEFETCH_CLIENT_CERT": "c.pem",
    }
    bound = Settings.load({}, environ=environ)
    assert (list(bound.headers), bound.client_cert) == (["X-Api-Key"], Path("c.pem"))
    away = Settings.load({"url": "https://evil.example"}, environ=environ)
    assert (away.headers, away.client_cert) == ({}, None)
    assert len(away.notes) == 2


def test_a_profiles_token_stays_with_the_profiles_origin(user_folder: Path) -> None:
    """Each layer's credential goes to that layer's origin; the first that fits is taken."""
    (user_folder / "tracefetch.toml").write_text(
        'url = "https://b.example"\ntoken = "b"\n[profiles.a]\nurl = "https://a.example"\ntoken = "${A}"\n'
    )
    environ = {**HOME, "A": "a"}
    assert token_of({"profile": "a"}, environ) == "a"
    assert token_of({"profile": "a", "url": "https://home.example"}, environ) == "t0ken"
    assert token_of({"profile": "a", "url": "https://b.example"}, environ) == "b"
    assert token_of({"profile": "a", "url": "https://c.example"}, environ) is None
    assert token_of({}, {"A": "a"}) == "b"


def test_a_password_in_the_url_outranks_a_weaker_token() -> None:
    """A command that gives user and password means those."""
    settings = Settings.load({"url": "https://ann:pw@home.example"}, environ=HOME)
    assert (settings.token, settings.username) == (None, "ann")


def test_a_password_and_a_token_in_one_place_is_an_error() -> None:
    """Which of two credentials counts is not guessed."""
    with pytest.raises(ConfigError, match="at once"):
        Settings.load({"url": "http://ann:pw@h:1", "token": "t"}, environ={}, source="library")


@pytest.mark.parametrize("layer", [{"token": "t", "token_env": "T"}, {"token_env": "UNSET"}, {"token_env": "EMPTY"}])
def test_token_env_names_a_variable_that_is_set(layer: dict[str, Any]) -> None:
    """An unset or empty one is an error, and so is a token beside it."""
    with pytest.raises(ConfigError, match="token_env"):
        Settings.load(layer, environ={"T": "t", "EMPTY": ""}, source="library")
