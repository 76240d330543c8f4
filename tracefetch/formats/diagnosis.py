"""What `doctor` found, on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tracefetch.formats.escaping import escape_line
from tracefetch.formats.ink import Ink
from tracefetch.formats.labels import count, duration
from tracefetch.formats.listing import summary_document
from tracefetch.models.diagnosis import Diagnosis

NOTICEABLE_SECONDS = 1.5  # a Date header counts in whole seconds


def render_diagnosis(found: Diagnosis, *, url: str | None, commands: Sequence[str], ink: Ink | None = None) -> str:
    """The screen, ending in a newline.

    Args:
        commands: what to type next.
    """
    return "\n".join(_lines(found, url, commands, ink or Ink())) + "\n"


def diagnosis_document(found: Diagnosis) -> dict[str, Any]:
    """The same as JSON values."""
    return {**asdict(found), "conversations": [summary_document(talk) for talk in found.conversations]}


def _lines(found: Diagnosis, url: str | None, commands: Sequence[str], ink: Ink) -> Iterator[str]:
    talks = found.conversations
    name = " ".join(word for word in (found.backend.capitalize(), found.version, f"at {url}" if url else None) if word)
    yield ink.paint(escape_line(name), "title")
    yield from _aligned(list(_traits(found)), ink)
    yield ""
    yield ink.paint("Conversations" if talks else "No conversation was found in the window", "title")
    for talk in talks:
        began = f"{talk.start:%Y-%m-%d %H:%M}  " if talk.start else ""
        line = f"  {began}{talk.id}  {count(talk.turns, 'turn')}  {' '.join(talk.preview.split())}"
        yield ink.cut(escape_line(line), ink.width)
    if found.problems:
        yield from ["", ink.paint("What stands in the way", "title")]
    for problem in found.problems:
        yield from ink.hang("! ", problem, label_style="doubt")
    if commands:
        yield from ["", ink.paint("Next", "title")]
    yield from (f"  {escape_line(command)}" for command in commands)


def _traits(found: Diagnosis) -> Iterator[tuple[str, str]]:
    if found.apis:
        yield "APIs", ", ".join(found.apis)
    if found.tenancy:
        yield "tenancy", found.tenancy
    yield from found.limits.items()
    if found.clock_skew_seconds is not None:
        yield "its clock", _skew(found.clock_skew_seconds)
    if found.services is not None:
        yield "services", f"{found.services:,}"
    yield from found.facts.items()


def _skew(seconds: float) -> str:
    if abs(seconds) < NOTICEABLE_SECONDS:
        return "agrees with ours"
    return f"{duration(abs(seconds))} {'ahead of' if seconds > 0 else 'behind'} ours"


def _aligned(pairs: Sequence[tuple[str, str]], ink: Ink) -> Iterator[str]:
    names = [escape_line(name) for name, _ in pairs]
    width = max((ink.cells(name) for name in names), default=0)
    for name, (_, value) in zip(names, pairs, strict=True):
        yield from ink.hang(f"  {name}{' ' * (width - ink.cells(name))}  ", value, label_style="dim")
