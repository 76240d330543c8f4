"""`tracefetch maps`: which attribute maps there are, and what each reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from tracefetch.cli.options import SectionCommand, load_settings, settings_options
from tracefetch.errors import UsageError

if TYPE_CHECKING:
    from tracefetch.maps import AttributeMap

_HEADS = ("name", "title", "source")


@click.command(cls=SectionCommand, short_help="List the attribute maps, or show one.")
@click.argument("name", required=False)
@settings_options(window=False)
def maps(name: str | None, verbose: bool, **flags: Any) -> None:
    """List the attribute maps in the order in which they are tried, or show what the map NAME reads.

    With --map and --attribute your own are among them.
    """
    from tracefetch.cli.output import open_output
    from tracefetch.formats import render_table
    from tracefetch.formats.ink import Ink
    from tracefetch.maps import load

    settings = load_settings(flags)
    found = load(
        conventions=settings.conventions,
        attribute_maps=settings.attribute_maps,
        attributes=settings.attributes,
        session_attributes=settings.session_attributes,
    )
    with open_output(None) as target:
        ink = Ink(target.look()["color"])
        if name is None:
            target.write(render_table(("map", "reads"), [(one.name, one.title) for one in found.maps], ink=ink))
            return
        chosen = next((one for one in found.maps if one.name == name), None)
        if chosen is None:
            raise UsageError(f"There is no map {name!r}; known: {', '.join(one.name for one in found.maps)}.")
        target.write(f"{chosen.name}: {chosen.title}\n{chosen.source}".rstrip() + "\n\n")
        target.write(render_table(("meaning", "attribute"), list(_rows(chosen)), ink=ink))


def _rows(chosen: AttributeMap) -> Iterator[tuple[str, str]]:
    """Every name that the map reads, with its meaning; a meaning with several names has a row for each."""
    for meaning, value in chosen.model_dump(exclude_defaults=True, exclude=set(_HEADS)).items():
        if isinstance(value, dict):
            yield from _nested(meaning, value)
            continue
        for item in value:
            yield meaning, item if isinstance(item, str) else _source(item)


def _nested(meaning: str, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from ((f"kind {kind}", f"{key} = {said}") for said, kind in inner.items())
        else:
            yield from ((f"{meaning}.{key}", name) for name in inner)


def _source(source: dict[str, Any]) -> str:
    about = [f"{key} {', '.join(v) if isinstance(v, tuple) else v}" for key, v in source.items() if key != "attribute"]
    return f"{source['attribute']}  ({'; '.join(about)})" if about else str(source["attribute"])
