"""`tracefetch.toml`: settings in files, and the profiles in them.

The top level holds settings; `[profiles.NAME]` holds more, laid over the top level when NAME is
chosen. Paths in a file are relative to its folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import platformdirs

from tracefetch.config.layers import Layer
from tracefetch.config.names import normalise
from tracefetch.config.secrets import has_password, has_reference
from tracefetch.errors import ConfigError

FILE_NAME = "tracefetch.toml"
# What a file in the current folder may set: names, maps and windows. Whoever wrote the folder
# is not who runs the command. `url` is let through and then kept from all credentials.
LOCAL_SETTINGS = frozenset(
    {
        *("url", "service", "session_attributes", "conventions", "attribute_maps", "attributes"),
        *("since", "until", "view", "format", "strict", "whole_session", "max_attribute_bytes"),
    }
)


def user_file() -> Path:
    """`tracefetch.toml` in the user's config folder, whether or not it is there."""
    return Path(platformdirs.user_config_dir("tracefetch", appauthor=False)) / FILE_NAME


def read_file(path: Path, *, known: Collection[str], profile: str | None = None) -> list[Layer]:
    """The layers of a file, the profile's first.

    Raises:
        ConfigError: the file can't be read, has an unknown setting, or lacks the profile.
    """
    document = _parse(path)
    profiles = document.pop("profiles", {})
    if not isinstance(profiles, Mapping) or not all(isinstance(table, Mapping) for table in profiles.values()):
        raise ConfigError(f"{path}: a profile is written as a table, [profiles.NAME]")
    layers = [Layer(normalise(document, known=known, where=str(path)), str(path))]
    if profile is not None:
        if profile not in profiles:
            there = ", ".join(sorted(profiles)) or "none"
            raise ConfigError(f"{path}: there is no profile {profile!r}; there: {there}")
        where = f"{path} [profiles.{profile}]"
        layers.insert(0, Layer(normalise(profiles[profile], known=known, where=where), where))
    return layers


def has_profile(path: Path, profile: str) -> bool:
    """The file is there and has this profile."""
    return path.is_file() and profile in _parse(path).get("profiles", {})


def restrict(layer: Layer) -> Layer:
    """A layer of the current folder's file, held to what such a file may set.

    Raises:
        ConfigError: it sets something else, holds a password, or a `${…}`.
    """
    for name, value in layer.values.items():
        if name not in LOCAL_SETTINGS:
            raise ConfigError(
                f"{layer.where}: a file in the current folder can't set {name}, only names, maps and windows; "
                f"move it to {user_file()} or name the file with --config"
            )
        if has_reference(value):
            raise ConfigError(f"{layer.where}: {name} has a ${{…}}, which a file in the current folder may not use")
        if name == "url" and isinstance(value, str) and has_password(value):
            raise ConfigError(f"{layer.where}: the url has a password, which a file in the current folder may not hold")
    return Layer(layer.values, layer.where, trusted=False)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The parser's message has a position and no text of the file.
        raise ConfigError(f"{path} is no TOML: {error}") from None
