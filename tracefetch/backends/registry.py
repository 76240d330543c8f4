"""Which backends there are: the entry-point group `tracefetch.backends`, the built-in ones too."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from tracefetch.backends.contract import Backend, BackendSettings
from tracefetch.errors import ConfigError, MissingExtraError

GROUP = "tracefetch.backends"


def backend_names() -> tuple[str, ...]:
    """The names that `backend:` may take, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def open_backend(name: str, settings: BackendSettings) -> Backend:
    """Make the backend of this name.

    Raises:
        ConfigError: no installed package registers such a backend.
        MissingExtraError: its package lacks a library.
    """
    factory = _load(_find(name))
    backend: Backend = factory(settings)
    return backend


def _find(name: str) -> EntryPoint:
    for point in entry_points(group=GROUP):
        if point.name == name:
            return point
    known = ", ".join(backend_names()) or "none (is tracefetch installed properly? try `pip install tracefetch` again)"
    raise ConfigError(f"there is no backend {name!r}; known ones: {known}", backend=name)


def _load(point: EntryPoint) -> type:
    try:
        factory: type = point.load()
    except ImportError as error:
        package = point.dist.name if point.dist else point.value
        message = f"the backend {point.name!r} of {package} can't be loaded: {error}; install what it lacks"
        raise MissingExtraError(message, backend=point.name) from error
    return factory
