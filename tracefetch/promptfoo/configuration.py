"""The provider's `config:` as settings: what promptfoo did to it on the way is told."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from typing import Any

from tracefetch.config import Settings, parse_address
from tracefetch.config.names import ALIASES, snake_case
from tracefetch.errors import ConfigError
from tracefetch.promptfoo.ask import FORMATS

PATHS = frozenset({"url", "ca_bundle", "client_cert", "client_key", "attribute_maps"})
_CONTENT = re.compile(r'\s*(\{|\[\s*[\[{"\]]|-----BEGIN )')
# Linux's PATH_MAX: a longer text is a file's content, not its name.
_MAX_PATH_LENGTH = 4096
_NO_URL = (
    "no url: write `url:` into the provider's config (http://host:port of Jaeger or Tempo, or a file, glob or folder "
    "relative to the promptfoo config), or set TRACEFETCH_URL"
)


def load_settings(config: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Validate a provider's config; relative paths are relative to promptfoo's `basePath`.

    Raises:
        ConfigError: a setting is unknown, invalid or unsafe, or promptfoo put a file's content
            in the place of its name.
    """
    for key, value in config.items():
        if _setting(key) in PATHS:
            _refuse_content(key, value)
    layer = {key: _anchor(value, config) if _setting(key) == "url" else value for key, value in config.items()}
    settings = Settings.load(layer, environ=environ, source="provider")
    if settings.url is None and settings.backend == "auto":
        raise ConfigError(_NO_URL)
    return settings


def row_defaults(settings: Settings) -> dict[str, Any]:
    """What a row's vars stand over: `mode`, `turn_index`, `view`, `format`."""
    defaults = settings.model_dump(include={"mode", "turn_index", "view", "format"})
    if defaults["format"] not in FORMATS and settings.sources.get("format") != "the provider's config":
        # The environment's or a profile's format is meant for the command line, which has others.
        defaults["format"] = None
    return defaults


def _setting(key: str) -> str:
    name = snake_case(key)
    return ALIASES.get(name, name)


def _anchor(url: Any, config: Mapping[str, Any]) -> Any:
    """A pattern below a base folder whose own name would be read as a pattern; the rest is Settings' matter."""
    if not isinstance(url, str):
        return url
    if url.strip() == "-":
        raise ConfigError("url is '-', but in an eval standard input is promptfoo's own: name a file, glob or folder")
    base = str(config.get("basePath") or "")
    needs_escape = glob.has_magic(base) and glob.has_magic(url) and "${" not in url
    if not needs_escape or os.path.lexists(os.path.join(base, url)) or parse_address(url).kind != "file":
        return url
    return os.path.join(glob.escape(base), url)


def _refuse_content(key: str, value: Any) -> None:
    """promptfoo replaces every `file://…` in a config by the file's content before we see it."""
    values = value if isinstance(value, list) and _setting(key) == "attribute_maps" else [value]
    found = next((item for item in values if _is_content(item)), None)
    if found is None:
        return
    raise ConfigError(
        f"{key} holds {_kind(found)} instead of a name: promptfoo replaces a file://… in a provider's config by the "
        "file's content. Drop the file:// and write the plain path, relative to the promptfoo config"
    )


def _is_content(value: Any) -> bool:
    if isinstance(value, str):
        is_long = len(value) > _MAX_PATH_LENGTH or "\n" in value or "\0" in value
        return is_long or value.lower().startswith("file:") or _CONTENT.match(value) is not None
    return isinstance(value, (dict, list))


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "a file:// address" if value.lower().startswith("file:") else "a file's text"
    return "a list" if isinstance(value, list) else "an object"
