"""The layers that settings come from, and how they are laid over each other.

From the strongest to the weakest:

1. what the command, the provider's `config:` or the library's call says;
2. a profile that it names (`--profile`, `--config`);
3. `TRACEFETCH_*` in the environment;
4. `tracefetch.toml` in the current folder (names, maps and windows only);
5. `tracefetch.toml` in the user's config folder;
6. the defaults.

What was asked for by name beats the environment; what merely lies about does not. A setting
comes whole from one layer. **A credential is bound to the origin that its own layer names**: it
is used only if the effective `url` has that origin, or if the command or config itself gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracefetch.config.addresses import parse_address
from tracefetch.config.secrets import CREDENTIALS, has_password, origin_named
from tracefetch.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings of one place.

    Attributes:
        values: under the settings' own names, references already expanded.
        where: how it is called in messages and by `tracefetch config`.
        explicit: the command or config itself: its credentials go wherever it sends them.
        trusted: False for a file in the current folder, which anybody may have put there.
        places: a setting's own place, where that is more exact than `where`.
    """

    values: Mapping[str, Any]
    where: str
    explicit: bool = False
    trusted: bool = True
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, name: str) -> str:
        """Where a setting of this layer stands."""
        return self.places.get(name, self.where)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings that won, where each came from, and what is to be said about it."""

    values: dict[str, Any]
    sources: dict[str, str]
    notes: tuple[str, ...]


def lay(layers: Sequence[Layer]) -> Resolved:
    """Lay the layers, the strongest first, over each other.

    Raises:
        ConfigError: a credential would go to an address that the current folder names.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if name not in values and name not in CREDENTIALS and name not in ("token_env", "url"):
                values[name], sources[name] = value, layer.place(name)
    _choose(layers, _address_layer(layers), values, sources)
    return Resolved(values, sources, tuple(_lay_credentials(layers, values, sources)))


def _address_layer(layers: Iterable[Layer]) -> Layer | None:
    """The layer whose `url` counts: an untrusted one only where no other names any."""
    naming = [layer for layer in layers if "url" in layer.values]
    return next((layer for layer in naming if layer.trusted), naming[0] if naming else None)


def _choose(layers: Sequence[Layer], chosen: Layer | None, values: dict[str, Any], sources: dict[str, str]) -> None:
    if chosen is not None:
        values["url"], sources["url"] = chosen.values["url"], chosen.place("url")


def _lay_credentials(layers: Sequence[Layer], values: dict[str, Any], sources: dict[str, str]) -> Iterable[str]:
    """Add each credential from the strongest layer that may send it; yield why others may not."""
    address = _address_layer(layers)
    origin = origin_named(values)
    for name in CREDENTIALS:
        for layer in layers:
            if name not in layer.values:
                continue
            if name == "token" and _outranked_by_password(layers, layer, address):
                continue
            if not (layer.explicit or (origin and origin_named(layer.values) == origin)):
                yield _withheld(name, layer, values)
                continue
            if address is not None and not address.trusted:
                raise ConfigError(
                    f"{address.where} names the address {parse_address(values['url']).url}, and {name} "
                    f"({layer.place(name)}) would be sent to it; give the url on the command line or in the config"
                )
            values[name], sources[name] = layer.values[name], layer.place(name)
            break


def _outranked_by_password(layers: Sequence[Layer], layer: Layer, address: Layer | None) -> bool:
    """The effective URL carries a password and stands in a stronger layer than this token."""
    if address is None or not has_password(address.values["url"]):
        return False
    if layer is address:
        raise ConfigError(f"{layer.where}: a token and a password in the url at once; keep one of the two")
    return layers.index(address) < layers.index(layer)


def _withheld(name: str, layer: Layer, values: Mapping[str, Any]) -> str:
    home = origin_named(layer.values)
    belongs = f"belongs to {home}" if home else "came without a url of its own"
    target = parse_address(values["url"]).url if "url" in values else "no url"
    way = " To send it there, add --token-env NAME (in a config: token: ${NAME})." if name == "token" else ""
    return f"{name} ({layer.place(name)}) was not used for {target}: it {belongs}.{way}"
