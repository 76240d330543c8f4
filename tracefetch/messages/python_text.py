"""Python's own notation where JSON was meant: what `str()` made of a dict, a list or an SDK's object."""

from __future__ import annotations

import ast
from typing import Any

_LONGEST = 262_144  # characters


def python_value(text: str) -> Any:
    """The value of a literal, an object such as `Call(name='f')` as a dict of its fields; None for anything else."""
    if len(text) > _LONGEST:
        return None
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {_value(key): _value(value) for key, value in pairs if key is not None}
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Call):
        return {word.arg: _value(word.value) for word in node.keywords if word.arg is not None}
    return ast.literal_eval(node)
