"""Settings collected from all their places: which files are read, and what each layer goes through."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from tracefetch.config.addresses import parse_address
from tracefetch.config.environment import as_list, as_mapping, read_environment
from tracefetch.config.files import FILE_NAME, has_profile, read_file, restrict, user_file
from tracefetch.config.layers import Layer, Resolved, lay
from tracefetch.config.names import CHOOSERS, PROMPTFOO_KEYS, normalise
from tracefetch.config.secrets import expand, expand_url, refuse_literals
from tracefetch.errors import ConfigError

Source = Literal["flags", "provider", "library"]

_WHERE = {"flags": "the command line", "provider": "the provider's config", "library": "the call"}
_LISTS = ("session_attributes", "conventions", "attribute_maps")
_FILES = ("ca_bundle", "client_cert", "client_key")
# How much of promptfoo's own timeout for a call is ours: our error must come before its kill.
_SHARE_OF_TIMEOUT = 0.9


def resolve(
    layer: Mapping[str, Any], *, known: Collection[str], environ: Mapping[str, str], source: Source, folder: Path | None
) -> Resolved:
    """Everything that was set anywhere, by `layers`' order.

    Args:
        layer: what the command, provider config or call says.
        known: the names of all settings.
        folder: the current folder, and what relative paths of the layer are relative to.
    """
    where = _WHERE[source]
    values, folder = _own(layer, known, source, folder)
    chosen = {name: str(expand(values.pop(name), environ, where=where)) for name in CHOOSERS if name in values}
    named, lying, notes = _others(chosen, known, environ, folder)
    own = Layer(values, where, explicit=True)
    layers = [_prepare(own, environ, folder if source == "provider" else None), *named, *lying]
    resolved = lay(layers)
    return Resolved(resolved.values, resolved.sources, (*notes, *resolved.notes))


def _own(
    layer: Mapping[str, Any], known: Collection[str], source: Source, folder: Path | None
) -> tuple[dict[str, Any], Path]:
    """The explicit layer's values and the folder that its paths are relative to."""
    where = _WHERE[source]
    if source != "provider":
        return normalise(layer, known={*known, *CHOOSERS}, where=where), folder or Path.cwd()
    values = normalise(layer, known={*known, *CHOOSERS, *PROMPTFOO_KEYS}, where=where)
    base = values.pop("base_path", None)
    values.pop("workers", None)
    values.pop("python_executable", None)
    _share_timeout(values)
    refuse_literals(values, where=where)
    return values, (folder or Path.cwd()) / str(base or "")


def _share_timeout(values: dict[str, Any]) -> None:
    """promptfoo ends a call after its `timeout` in ms; stay below it unless told otherwise."""
    limit = values.pop("timeout", None)
    if isinstance(limit, int | float) and limit > 0:
        values.setdefault("timeout_seconds", min(60.0, limit / 1000 * _SHARE_OF_TIMEOUT))


def _others(
    chosen: Mapping[str, str], known: Collection[str], environ: Mapping[str, str], folder: Path
) -> tuple[list[Layer], list[Layer], list[str]]:
    """Layers that the command names, layers that lie about, notes."""
    surroundings, choosers, notes = read_environment(environ, known=known)
    surroundings = _prepare(surroundings, environ, None, expands=False)
    named = _files(chosen, known, environ, folder) if chosen else []
    beside = _files(choosers, known, environ, folder) if choosers and not chosen else []
    local = [] if "config" in {**choosers, **chosen} else _local(known, environ, folder)
    if not beside and not named and user_file().is_file():
        beside = _read(user_file(), known, environ, None)
    return named, [surroundings, *local, *beside], notes


def _files(chosen: Mapping[str, str], known: Collection[str], environ: Mapping[str, str], folder: Path) -> list[Layer]:
    """The file or profile that was asked for by name."""
    profile = chosen.get("profile")
    if "config" in chosen:
        return _read((folder / chosen["config"]).expanduser(), known, environ, profile)
    local = folder / FILE_NAME
    if profile is not None and not has_profile(user_file(), profile) and has_profile(local, profile):
        return _read_local(local, known, environ, profile)
    return _read(user_file(), known, environ, profile)


def _local(known: Collection[str], environ: Mapping[str, str], folder: Path) -> list[Layer]:
    path = folder / FILE_NAME
    if not path.is_file() or path.resolve() == user_file().resolve():
        return []
    return _read_local(path, known, environ, None)


def _read(path: Path, known: Collection[str], environ: Mapping[str, str], profile: str | None) -> list[Layer]:
    layers = read_file(path, known=known, profile=profile)
    return [_prepare(layer, environ, path.parent) for layer in layers]


def _read_local(path: Path, known: Collection[str], environ: Mapping[str, str], profile: str | None) -> list[Layer]:
    """A file of the current folder, held to its bounds before anything in it is looked up."""
    layers = [restrict(layer) for layer in read_file(path, known=known, profile=profile)]
    return [_prepare(layer, environ, path.parent, expands=False) for layer in layers]


def _prepare(layer: Layer, environ: Mapping[str, str], folder: Path | None, *, expands: bool = True) -> Layer:
    """Expand references, look tokens up, split lists and pairs, and anchor relative paths."""
    values = dict(layer.values)
    if expands:
        values = {name: _expand(name, value, environ, layer.where) for name, value in values.items()}
    for name in _LISTS:
        if name in values:
            values[name] = as_list(values[name])
    for name, separator in (("headers", ":"), ("attributes", "=")):
        if name in values:
            values[name] = as_mapping(values[name], name=f"{layer.where}: {name}", separator=separator)
    places = dict(layer.places)
    _look_up_token(values, places, environ, layer)
    if folder is not None:
        _anchor(values, folder)
    return Layer(values, layer.where, explicit=layer.explicit, trusted=layer.trusted, places=places)


def _expand(name: str, value: Any, environ: Mapping[str, str], where: str) -> Any:
    place = f"{where}: {name}"
    if name == "url" and isinstance(value, str):
        return expand_url(value, environ, where=place)
    return expand(value, environ, where=place)


def _look_up_token(values: dict[str, Any], places: dict[str, str], environ: Mapping[str, str], layer: Layer) -> None:
    """`token_env: NAME` becomes the token it names."""
    name = values.pop("token_env", None)
    if name is None:
        return
    if "token" in values:
        raise ConfigError(f"{layer.where}: token and token_env at once; keep one of the two")
    if not environ.get(str(name)):
        raise ConfigError(f"{layer.where}: token_env names the environment variable {name}, which is not set")
    values["token"], places["token"] = environ[str(name)], f"{layer.place('token_env')}, environment {name}"


def _anchor(values: dict[str, Any], folder: Path) -> None:
    """Make the relative paths of a layer relative to its folder."""
    for name in _FILES:
        if isinstance(values.get(name), str):
            values[name] = str(folder / Path(values[name]).expanduser())
    maps = values.get("attribute_maps")
    if isinstance(maps, list | tuple):
        values["attribute_maps"] = [str(folder / Path(path).expanduser()) for path in maps]
    url = values.get("url")
    if isinstance(url, str) and url.strip() not in ("", "-") and parse_address(url).kind == "file":
        values["url"] = str(folder / Path(url).expanduser())


def environment(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    """The environment given, else the process's own."""
    return os.environ if environ is None else environ
