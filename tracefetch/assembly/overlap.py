"""Where a request and the path have words in common; all in linear time."""

from __future__ import annotations

from collections.abc import Sequence


def prefix_table(pattern: Sequence[int]) -> list[int]:
    """Knuth-Morris-Pratt: for each place the longest proper border."""
    table = [0] * len(pattern)
    length = 0
    for place in range(1, len(pattern)):
        while length and pattern[place] != pattern[length]:
            length = table[length - 1]
        if pattern[place] == pattern[length]:
            length += 1
        table[place] = length
    return table


def end_as_beginning(path: Sequence[int], request: Sequence[int]) -> int:
    """The longest end of the path that begins the request."""
    tail = path[-len(request) :] if request else ()
    if not tail:
        return 0
    table = prefix_table([*request, -1, *tail])
    return table[-1]


def end_anywhere(path: Sequence[int], request: Sequence[int]) -> tuple[int, int]:
    """The longest end of the path that stands anywhere in the request.

    Returns:
        (its length, the place in the request where it ends); (0, 0) where there is none.
        Of equally long ones the last.
    """
    if not path or not request:
        return 0, 0
    pattern = path[-len(request) :][::-1]
    text = [*pattern, -1, *request[::-1]]
    spans = _z(text)
    best, at = 0, 0
    for place in range(len(request)):
        length = spans[len(pattern) + 1 + place]
        if length > best:
            best, at = length, len(request) - place
    return best, at


def _z(text: Sequence[int]) -> list[int]:
    """The Z function: for each place the longest match with the beginning."""
    size = len(text)
    spans = [0] * size
    left = right = 0
    for place in range(1, size):
        length = min(right - place, spans[place - left]) if place < right else 0
        while place + length < size and text[length] == text[place + length]:
            length += 1
        if place + length > right:
            left, right = place, place + length
        spans[place] = length
    return spans
