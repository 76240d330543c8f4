from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tracefetch.config import Settings
from tracefetch.errors import ConfigError


def load(layer: dict[str, Any] | None = None, **environ: str) -> Settings:
    return Settings.load(layer or {}, environ=environ)


def test_a_profile_is_laid_over_the_top_level(here: Path, user_folder: Path) -> None:
    """The profile's own settings win, the rest comes from the file's top."""
    (user_folder / "tracefetch.toml").write_text('service = "a"\ntenant = "t"\n[profiles.prod]\nservice = "b"\n')
    settings = load({"profile": "prod"})
    assert (settings.service, settings.tenant) == ("b", "t")
    assert settings.sources["service"].endswith("tracefetch.toml [profiles.prod]")
    assert load(TRACEFETCH_PROFILE="prod").service == "b"
    assert load(TRACEFETCH_PROFILE="prod", TRACEFETCH_SERVICE="e").service == "e"


def test_a_missing_profile_lists_those_there(here: Path, user_folder: Path) -> None:
    """A wrong name is told with the right ones."""
    (user_folder / "tracefetch.toml").write_text("[profiles.prod]\n[profiles.dev]\n")
    with pytest.raises(ConfigError, match=r"no profile 'prd'; there: dev, prod"):
        load({"profile": "prd"})


def test_paths_in_a_file_are_relative_to_it(here: Path, tmp_path: Path) -> None:
    """A file can be used from any folder."""
    (tmp_path / "other.toml").write_text('url = "dump.json"\nca_bundle = "ca.pem"\nattribute_maps = ["m.toml"]\n')
    settings = load({"config": "../other.toml"})
    assert settings.url is not None
    assert Path(settings.url).resolve() == tmp_path / "dump.json"
    assert settings.ca_bundle is not None
    assert settings.ca_bundle.resolve() == tmp_path / "ca.pem"
    assert Path(settings.attribute_maps[0]).resolve() == tmp_path / "m.toml"


def test_a_named_file_leaves_the_others_aside(here: Path, user_folder: Path) -> None:
    """`--config` means that file, and neither the user's nor the folder's."""
    (user_folder / "tracefetch.toml").write_text('service = "user"')
    (here / "tracefetch.toml").write_text('since = "1d"')
    (here / "named.toml").write_text('tenant = "t"')
    settings = load({"config": "named.toml"})
    assert (settings.service, settings.since, settings.tenant) == (None, "7d", "t")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("service = ", "is no TOML"),
        ("servise = 'x'", "Did you mean 'service'"),
        ("profiles = 3", "a profile is written as a table"),
        ("token = '${UNSET}'", "UNSET is not set"),
    ],
)
def test_a_wrong_file_is_named(here: Path, user_folder: Path, text: str, words: str) -> None:
    """Errors in a file name the file."""
    (user_folder / "tracefetch.toml").write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        load()
    assert "tracefetch.toml" in str(caught.value)


def test_a_missing_file_is_an_error_when_named(here: Path) -> None:
    """What was asked for by name has to be there."""
    with pytest.raises(ConfigError, match="no such file"):
        load({"config": "nowhere.toml"})


def test_the_current_folder_may_set_names_maps_and_windows(here: Path) -> None:
    """What a project shares with its people."""
    (here / "tracefetch.toml").write_text(
        'service = "shop"\nsession_attributes = ["s"]\nattribute_maps = ["m.toml"]\nsince = "1d"\n'
        '[attributes]\nprompt = "p"\n[profiles.wide]\nsince = "30d"\n'
    )
    settings = load()
    assert (settings.service, settings.since, settings.attributes) == ("shop", "1d", {"prompt": "p"})
    assert settings.attribute_maps == (str(here / "m.toml"),)
    assert load({"profile": "wide"}).since == "30d"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('token = "x"', "can't set token"),
        ('token_env = "AWS_SECRET"', "can't set token_env"),
        ('headers = {Authorization = "x"}', "can't set headers"),
        ('ca_bundle = "evil.pem"', "can't set ca_bundle"),
        ('client_cert = "c.pem"', "can't set client_cert"),
        ('backend = "evil"', "can't set backend"),
        ('service = "${HOME}"', "may not use"),
        ('url = "http://evil.example/${HOME}"', "may not use"),
        ('url = "http://ann:pw@evil.example"', "has a password"),
        ('[attributes]\nprompt = "${HOME}"', "may not use"),
    ],
)
def test_the_current_folder_may_set_nothing_else(here: Path, text: str, words: str) -> None:
    """Whoever wrote the folder is not who runs the command: no secret, no reference, no trust."""
    (here / "tracefetch.toml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        load(HOME="/root")


def test_the_current_folder_may_name_an_address_that_gets_no_secret(here: Path) -> None:
    """A team's server without login; the environment's token stays at home."""
    (here / "tracefetch.toml").write_text('url = "http://team.example:16686"')
    settings = load(TRACEFETCH_TOKEN="t0ken")
    assert (settings.url, settings.token) == ("http://team.example:16686", None)


@pytest.mark.parametrize("layer", [{"token_env": "T"}, {"headers": ["X-Key: k"]}, {"client_cert": "c.pem"}])
def test_the_current_folders_address_with_a_secret_is_an_error(here: Path, layer: dict[str, Any]) -> None:
    """A secret of the command's is not sent to an address of the folder's."""
    (here / "tracefetch.toml").write_text('url = "http://evil.example"')
    with pytest.raises(ConfigError, match="would be sent to it"):
        load(layer, T="t0ken")
    assert load({**layer, "url": "http://h:1"}, T="t0ken").url == "http://h:1"


def test_the_current_folders_address_yields_to_the_users(here: Path, user_folder: Path) -> None:
    """A folder can't lead the user's questions elsewhere."""
    (here / "tracefetch.toml").write_text('url = "http://evil.example"')
    (user_folder / "tracefetch.toml").write_text('url = "http://good.example"')
    assert load().url == "http://good.example"
