"""The one model of all settings; the same names in every door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from tracefetch.config.addresses import Address, parse_address
from tracefetch.config.loading import Source, environment, resolve
from tracefetch.config.secrets import reveal
from tracefetch.config.times import parse_age, window
from tracefetch.errors import ConfigError

_MIB = 1024 * 1024
_SECRETS = frozenset({"token", "password", "username", "headers", "url"})


class Settings(BaseModel):
    """What to ask, where, and within which bounds. Frozen; built by `Settings.load`.

    `url` never holds credentials: they are moved to `username` and `password`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str | None = Field(None, description="http(s)://host:port/path, jaeger+http://…, a file, glob, folder, or -")
    backend: str = Field("auto", min_length=1, description="auto, jaeger, tempo, file, or another that is installed")
    api: Literal["auto", "legacy", "v3"] = Field("auto", description="which of Jaeger's APIs to speak")

    token: SecretStr | None = Field(None, description="bearer token; best given as ${NAME} or by token_env")
    token_env: str | None = Field(None, description="the environment variable that holds the bearer token")
    username: str | None = Field(None, description="basic auth, taken from the url", repr=False)
    password: SecretStr | None = Field(None, description="basic auth, taken from the url")
    headers: dict[str, SecretStr] = Field({}, description="further HTTP headers")
    tenant: str | None = Field(None, description="tenant; a|b asks several in Tempo")
    ca_bundle: Path | None = Field(None, description="certificates to trust, a PEM file or a folder")
    client_cert: Path | None = Field(None, description="client certificate, a PEM file")
    client_key: Path | None = Field(None, description="its key, where it is not in the same file")

    timeout_seconds: float = Field(60, gt=0, description="deadline of a whole get, in seconds")
    max_bytes: ByteSize = Field(ByteSize(512 * _MIB), gt=0, description="bytes received, after decompression")
    max_requests: int = Field(1000, gt=0, description="requests that one question may cost")
    concurrency: int = Field(8, gt=0, le=256, description="requests side by side")
    requests_per_second: float | None = Field(None, gt=0, description="no more requests than this")
    ttl_seconds: float = Field(300, ge=0, description="how long answers are kept in memory; 0: not at all")
    cache_bytes: ByteSize = Field(ByteSize(64 * _MIB), ge=0, description="size of that memory")

    service: str | None = Field(None, description="only this service's traces")
    since: str = Field("7d", description="begin of the window: ISO 8601, or an age such as 24h or 7d")
    until: str | None = Field(None, description="end of the window; now where it is not given")
    session_attributes: tuple[str, ...] = Field((), description="only these attributes hold the session id")
    conventions: tuple[str, ...] = Field((), description="only these built-in attribute maps")
    attribute_maps: tuple[str, ...] = Field((), description="attribute maps of your own, TOML files")
    attributes: dict[str, Any] = Field({}, description="a map of your own: meaning to attribute")
    strict: bool = Field(False, description="a loss or doubt is an error")
    whole_session: bool = Field(False, description="with a trace id: its session's other traces too")
    max_attribute_bytes: int = Field(2048, ge=0, description="length at which a string of Tempo's is suspect; 0: none")
    search_limit: int | None = Field(None, gt=0, description="traces that one search request asks for")

    mode: Literal["full", "turn"] = Field("full", description="provider: the whole conversation or one turn")
    turn_index: int = Field(0, description="provider: dialogue turn from 0, negative from the end")
    view: Literal["dialogue", "all", "threads"] | None = Field(None, description="which turns are shown")
    format: str | None = Field(None, description="how they are written")

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)
    _notes: tuple[str, ...] = PrivateAttr(default=())
    _address: Address | None = PrivateAttr(default=None)

    @classmethod
    def load(
        cls,
        layer: Mapping[str, Any],
        *,
        environ: Mapping[str, str] | None = None,
        source: Source = "flags",
        folder: Path | None = None,
    ) -> Self:
        """Settings from all their places (see `layers`), the given layer being the strongest.

        Args:
            layer: kebab-case, snake_case or camelCase; None means not given. `config` and `profile`
                choose a file and a profile. With source "provider" promptfoo's own keys are tolerated.
            environ: the environment; the process's own by default.
            folder: the current folder by default; `basePath` of a provider is relative to it.

        Raises:
            ConfigError: unknown, invalid or unsafe; names the setting and where it stands.
        """
        # A user and password are given in the url, so that they are bound to its origin.
        known = [name for name in cls.model_fields if name not in ("username", "password")]
        resolved = resolve(layer, known=known, environ=environment(environ), source=source, folder=folder)
        try:
            settings = cls(**resolved.values)
        except ValidationError as error:
            raise ConfigError(_told(error, resolved.sources)) from None
        settings._sources = resolved.sources
        settings._notes = resolved.notes
        return settings

    @property
    def address(self) -> Address | None:
        """`url` taken apart; None where none is given."""
        return self._address

    @property
    def sources(self) -> Mapping[str, str]:
        """Where each setting that is no default came from."""
        return self._sources

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of how the settings came about: credentials withheld, unknown variables."""
        return self._notes

    @property
    def named_backend(self) -> str | None:
        """The backend that `backend` or the url's scheme decides; None where it is to be found out."""
        if self.backend != "auto":
            return self.backend
        return self._address.backend if self._address is not None else None

    @model_validator(mode="before")
    @classmethod
    def _split_url(cls, values: Any) -> Any:
        """Move credentials out of the url, before anything can print it."""
        if not isinstance(values, dict) or not isinstance(values.get("url"), str):
            return values
        address = parse_address(values["url"])
        if address.username is None and address.password is None:
            return values
        split = {"username": address.username or "", "password": address.password}
        return {**values, **split, "url": address.setting}

    @model_validator(mode="after")
    def _parse_url(self) -> Self:
        self._address = parse_address(self.url) if self.url is not None else None
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("client_key needs client_cert")
        return self

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        """A window that can't be is refused before anybody is asked."""
        window(self, datetime.now(UTC))
        return self

    @field_validator("timeout_seconds", "ttl_seconds", mode="before")
    @classmethod
    def _read_seconds(cls, value: Any) -> Any:
        """`90s` and `2m` are lengths of time as well as `90`."""
        age = parse_age(value) if isinstance(value, str) else None
        return age.total_seconds() if age is not None else value

    @field_validator("session_attributes", "conventions", "attribute_maps", mode="before")
    @classmethod
    def _read_list(cls, value: Any) -> Any:
        """A single name is a list of one."""
        return (value,) if isinstance(value, str) else value

    @field_validator("headers", mode="before")
    @classmethod
    def _read_headers(cls, headers: Any) -> Any:
        """YAML and JSON have numbers where HTTP has text."""
        if not isinstance(headers, Mapping):
            return headers
        return {name: str(value) if isinstance(value, int | float) else value for name, value in headers.items()}

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            text = reveal(value) or ""
            if not name.isascii() or not name or any(character in name for character in " :\r\n\t"):
                raise ValueError("a header's name is letters, digits and dashes")
            if not text.isprintable():
                raise ValueError(f"the header {name} has a line break or control character in its value")
        return headers

    @field_validator("token", "tenant")
    @classmethod
    def _check_text(cls, value: SecretStr | str | None) -> SecretStr | str | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and (not text.strip() or not text.isprintable()):
            raise ValueError("is empty, or has a line break or control character in it")
        return value


def _told(error: ValidationError, sources: Mapping[str, str]) -> str:
    """pydantic's findings in a line each, with the setting's place and without any secret."""
    lines = []
    for finding in error.errors(include_url=False, include_context=False):
        name = str(finding["loc"][0]) if finding["loc"] else "settings"
        where = f" ({sources[name]})" if name in sources else ""
        value = "" if name in _SECRETS else _shown(finding.get("input"))
        lines.append(f"{name}{where}: {finding['msg'].removeprefix('Value error, ')}{value}")
    return "; ".join(lines)


def _shown(value: Any) -> str:
    return f"; it is {value!r}"[:120] if isinstance(value, str | int | float | bool) else ""
