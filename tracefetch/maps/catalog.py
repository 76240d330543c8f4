"""Which maps there are: the built-in data files, a person's own files, and `attributes:`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from tracefetch.errors import ConfigError
from tracefetch.maps.attribute_map import AttributeMap
from tracefetch.maps.map_set import MapSet

_ORDER = (
    "plain", "genai", "openinference", "vercel", "pydantic_ai", "langfuse", "langsmith", "mlflow", "google_adk",
    "traceloop", "openai_agents_logfire", "strands", "genai_events", "genkit", "mastra", "litellm",
)  # fmt: skip

# What people call things in `attributes:`, and the map's own field.
_SHORT = {
    "prompt": "input", "response": "output", "system_prompt": "system", "tool_name": "tool.name",
    "tool_arguments": "tool.arguments", "tool_result": "tool.result", "tool_call_id": "tool.id",
    "session_id": "session", "user_id": "user", "turn_number": "turn",
}  # fmt: skip
_ROLES = {"input": "user", "output": "assistant", "system": "system"}


def _parse(text: str, where: str) -> list[AttributeMap]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The attribute map {where} is not TOML: {error}.") from error
    tables = data["map"] if isinstance(data.get("map"), list) else [data]
    try:
        return [AttributeMap.model_validate(table) for table in tables]
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(
            f"The attribute map {where} is not valid at {place}: {first['msg']}. docs/attribute-maps.md has the fields."
        ) from error


@cache
def built_in() -> tuple[AttributeMap, ...]:
    """The maps that come with the package, in the order in which they are tried."""
    folder = resources.files("tracefetch.maps") / "builtin"
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    maps = [one for entry in files for one in _parse(entry.read_text("utf-8"), entry.name)]
    rank = {name: place for place, name in enumerate(_ORDER)}
    return tuple(sorted(maps, key=lambda one: (rank.get(one.name, len(rank)), one.name)))


def _restrict(maps: tuple[AttributeMap, ...], conventions: Iterable[str]) -> tuple[AttributeMap, ...]:
    wanted = tuple(conventions)
    if not wanted:
        return maps
    known = {one.name: one for one in maps}
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"There is no convention {name!r}.{hint} Known: {', '.join(sorted(known))}.")
    return tuple(known[name] for name in wanted)


def _from_attributes(attributes: Mapping[str, object]) -> AttributeMap:
    fields: dict[str, object] = {"name": "attributes", "title": "given by `attributes:`"}
    tool: dict[str, list[str]] = {}
    recognise: list[str] = []
    for given, value in attributes.items():
        key = _SHORT.get(given, given)
        names = [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
        if key.startswith("tool."):
            tool[key[5:]] = names
        elif key in _ROLES:
            fields[key] = [{"attribute": name, "encoding": "auto", "role": _ROLES[key]} for name in names]
        elif key in AttributeMap.model_fields and key not in ("name", "title", "kinds", "recognise"):
            fields[key] = names
        else:
            known = sorted({*_SHORT, "role", "content", "model", "session", "user", "turn"})
            near = difflib.get_close_matches(given, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"`attributes` has no meaning {given!r}{hint}. Known: {', '.join(known)}.")
        if key not in ("session", "user", "turn", "model"):
            recognise += names
    return AttributeMap.model_validate({**fields, "tool": tool, "recognise": recognise})


def load(
    *,
    conventions: Iterable[str] = (),
    attribute_maps: Iterable[str | Path] = (),
    attributes: Mapping[str, object] | None = None,
    session_attributes: Iterable[str] = (),
) -> MapSet:
    """Collect the maps for a question.

    Args:
        conventions: restrict the built-in maps to these names.
        attribute_maps: TOML files of the user's, tried before the built-in ones.
        attributes: meaning -> attribute name, tried first of all.
        session_attributes: where given, only these names hold a session id.

    Raises:
        ConfigError: a file can't be read or is not valid, or a name is unknown.
    """
    own: list[AttributeMap] = []
    for path in attribute_maps:
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The attribute map {path} can't be read: {error}.") from error
        own += _parse(text, str(path))
    first = [_from_attributes(attributes)] if attributes else []
    maps = (*first, *own, *built_in())
    wanted = tuple(conventions)
    if wanted:
        maps = (*first, *_restrict((*own, *built_in()), wanted))
    only = tuple(session_attributes)
    return MapSet(maps, session_attributes=only, only_session=bool(only))
