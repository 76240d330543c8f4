from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tracefetch.config import Settings, provenance
from tracefetch.errors import ConfigError

pytestmark = pytest.mark.usefixtures("here")


def load(layer: dict[str, Any], **options: Any) -> Settings:
    return Settings.load(layer, **{"environ": {}, **options})


def test_flags_are_kebab_case_and_singular() -> None:
    """The command line's spellings reach the settings' names; what is None was not given."""
    layer = {
        "timeout": "90s",
        "max-bytes": "1MiB",
        "session-attribute": ["a", "b"],
        "convention": ("genai",),
        "header": ["X-A: b: c"],
        "service": None,
    }
    settings = load(layer)
    assert settings.timeout_seconds == 90
    assert settings.max_bytes == 1024 * 1024
    assert settings.session_attributes == ("a", "b")
    assert settings.conventions == ("genai",)
    assert settings.headers["X-A"].get_secret_value() == "b: c"
    assert "service" not in settings.model_fields_set


def test_a_providers_config_is_camel_case() -> None:
    """promptfoo's users write camelCase; numbers may be text."""
    settings = load({"timeoutSeconds": "5", "turnIndex": "-1", "wholeSession": True, "mode": "turn"}, source="provider")
    assert (settings.timeout_seconds, settings.turn_index, settings.whole_session) == (5, -1, True)


def test_promptfoos_own_keys_are_tolerated(here: Path) -> None:
    """Keys that promptfoo reads itself are no mistakes; basePath anchors paths."""
    config = {
        "basePath": str(here),
        "workers": 4,
        "timeout": 300000,
        "pythonExecutable": "python3",
        "url": "dump.json",
        "attributeMaps": ["my.toml"],
    }
    settings = load(config, source="provider")
    assert settings.url == str(here / "dump.json")
    assert settings.attribute_maps == (str(here / "my.toml"),)
    assert settings.timeout_seconds == 60


def test_promptfoos_timeout_shortens_ours() -> None:
    """Our error must come before promptfoo ends the call; what is set outright stands."""
    assert load({"timeout": 10000}, source="provider").timeout_seconds == 9
    assert load({"timeout": 10000, "timeoutSeconds": 30}, source="provider").timeout_seconds == 30


@pytest.mark.parametrize("url", ["-", "http://localhost:1"])
def test_a_base_path_leaves_servers_alone(url: str) -> None:
    """Only file paths are relative to basePath."""
    assert load({"url": url, "basePath": "/x"}, source="provider").url == url


@pytest.mark.parametrize(
    ("layer", "source", "nearest"),
    [
        ({"urll": "x"}, "flags", "url"),
        ({"sessionAttribut": "x"}, "provider", "session_attributes"),
        ({"timeoutSecond": 3}, "provider", "timeout_seconds"),
        ({"workers": 3}, "flags", None),
        ({"password": "x"}, "library", None),
    ],
)
def test_an_unknown_key_names_the_nearest(layer: dict[str, Any], source: str, nearest: str | None) -> None:
    """A typing mistake is an error that helps; promptfoo's keys are known to the provider only."""
    with pytest.raises(ConfigError, match="there is no setting") as caught:
        load(layer, source=source)
    if nearest is not None:
        assert f"Did you mean {nearest!r}?" in str(caught.value)


def test_a_header_may_be_a_number() -> None:
    """As YAML gives it."""
    assert load({"headers": {"X-Org": 42}}, source="provider").headers["X-Org"].get_secret_value() == "42"


def test_one_setting_twice_is_an_error() -> None:
    """Which of two spellings counts is not guessed."""
    with pytest.raises(ConfigError, match="a second time"):
        load({"timeout": 1, "timeout_seconds": 2})


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"concurrency": 0}, "concurrency .the command line.*it is 0"),
        ({"timeout": "soon"}, "timeout_seconds.*'soon'"),
        ({"timeout": "-1"}, "timeout_seconds"),
        ({"api": "v2"}, "api .*'auto', 'legacy' or 'v3'"),
        ({"requests_per_second": 0}, "requests_per_second"),
        ({"client_key": "k.pem"}, "client_key needs client_cert"),
        ({"header": ["X-A b"]}, "NAME:VALUE"),
        ({"tenant": "a\nb"}, "tenant"),
        ({"url": "file://x"}, "drop the file://"),
    ],
)
def test_an_invalid_value_names_its_place(layer: dict[str, Any], words: str) -> None:
    """An error says which setting, from where, and what it is."""
    with pytest.raises(ConfigError, match=words):
        load(layer)


@pytest.mark.parametrize(
    "layer",
    [
        {"url": "http://ann:s3cret-word@h:1/?x"},
        {"headers": {"Authorization": "s3cret-word\n"}},
        {"headers": {"X-Key": "s3cret-word\x01"}},
        {"headers": {"Bad Name": "s3cret-word"}},
        {"headers": "{s3cret-word"},
        {"headers": ["s3cret-word"]},
        {"token": "s3cret-word\n"},
        {"token": ["s3cret-word"]},
    ],
)
def test_an_invalid_secret_is_not_repeated(layer: dict[str, Any]) -> None:
    """Neither the error nor its chain holds what was wrong with a secret."""
    with pytest.raises(ConfigError) as caught:
        load(layer)
    error: BaseException | None = caught.value
    while error is not None:
        assert "s3cret-word" not in repr(error)
        error = error.__cause__


def test_secrets_are_in_no_text_of_the_settings() -> None:
    """repr, str, dump and provenance mask them."""
    settings = load({"url": "http://ann:s3cret-pass@h:1", "token_env": None, "headers": {"X-Key": "s3cret-key"}})
    with_token = Settings(token="s3cret-token")  # type: ignore[arg-type]
    texts = [repr(settings), str(settings), repr(with_token), settings.model_dump_json(), repr(provenance(settings))]
    assert all("s3cret" not in text for text in texts)
    assert settings.url == "http://h:1"
    assert settings.username == "ann"


def test_settings_are_frozen() -> None:
    """Settings are shared between threads, so nobody changes them."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().url = "x"  # type: ignore[misc]


def test_settings_survive_pickling() -> None:
    """A worker process gets what its parent had."""
    settings = load({"url": "jaeger+http://h:1"})
    copied = pickle.loads(pickle.dumps(settings))
    assert copied == settings
    assert copied.address == settings.address


@pytest.mark.parametrize(
    ("layer", "backend"),
    [
        ({"url": "http://h:1"}, None),
        ({"url": "tempo+http://h:1"}, "tempo"),
        ({"url": "http://h:1", "backend": "jaeger"}, "jaeger"),
        ({"url": "a.json"}, "file"),
        ({}, None),
    ],
)
def test_the_backend_that_is_named(layer: dict[str, Any], backend: str | None) -> None:
    """`backend` or the scheme decides; else it is to be found out."""
    assert load(layer).named_backend == backend


def test_provenance_tells_where_each_setting_is_from() -> None:
    """For `tracefetch config`: every setting, with its value and place."""
    environ = {"TRACEFETCH_URL": "http://ann:pw@h:1", "TRACEFETCH_TENANT": "acme"}
    rows = {row.name: row for row in provenance(load({"service": "shop"}, environ=environ))}
    assert set(rows) == set(Settings.model_fields)
    assert (rows["service"].value, rows["service"].source) == ("shop", "the command line")
    assert (rows["tenant"].value, rows["tenant"].source) == ("acme", "environment TRACEFETCH_TENANT")
    assert (rows["password"].value, rows["password"].source) == ("********", "environment TRACEFETCH_URL")
    assert (rows["since"].value, rows["since"].source) == ("7d", "default")


def test_every_setting_is_described() -> None:
    """The reference in docs/ is generated from the model."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
