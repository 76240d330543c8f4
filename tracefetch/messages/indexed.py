"""Indexed flat keys (`prefix.0.message.role`) as the list of objects that they spell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What OpenInference puts between an index and its fields.
_WRAPPERS = ("message", "tool_call", "message_content")


def unflatten(attributes: Mapping[str, Any], prefix: str) -> tuple[list[Any], bool]:
    """Collect `prefix` + `N.…` keys.

    Returns:
        The elements in order of their index, and whether an index is missing before the last
        one (the SDK drops the oldest attributes of a span above its limit). OpenInference for
        the Agents SDK begins at 1 where there are no instructions, so a lone gap at 0 counts
        only where the caller knows that attributes were dropped.
    """
    root: dict[str, Any] = {}
    for name, value in attributes.items():
        if name.startswith(prefix):
            _insert(root, name[len(prefix) :].split("."), value)
    places = sorted((int(key), key) for key in root if key.isdigit())
    elements = [_collapse(root[key]) for _, key in places]
    gap = bool(places) and places[-1][0] - places[0][0] + 1 != len(places)
    return elements, gap or bool(places and places[0][0] > 1)


def first_index(attributes: Mapping[str, Any], prefix: str) -> int:
    """The smallest index below a prefix; 0 where there is none."""
    heads = (name[len(prefix) :].split(".", 1)[0] for name in attributes if name.startswith(prefix))
    return min((int(head) for head in heads if head.isdigit()), default=0)


def _insert(node: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        inner = node.get(key)
        if not isinstance(inner, dict):
            inner = node[key] = {}
        node = inner
    if not isinstance(node.get(path[-1]), dict):
        node[path[-1]] = value


def _collapse(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdigit() for key in node):
        return [_collapse(node[key]) for key in sorted(node, key=int)]
    fields = {key: _collapse(value) for key, value in node.items()}
    for wrapper in _WRAPPERS:
        inner = fields.get(wrapper)
        if isinstance(inner, dict) and len(fields) == 1:
            return inner
        if isinstance(inner, dict) and wrapper == "tool_call":
            return {**fields, **inner, "type": "tool_call"}
    return fields
