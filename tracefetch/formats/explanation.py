"""How a conversation came about: the tree of its spans, and what each gave to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tracefetch.formats.escaping import escape_line
from tracefetch.formats.exact import exact_document
from tracefetch.formats.ink import Ink
from tracefetch.formats.labels import count, duration, facts, findings
from tracefetch.models.explanation import Explanation, SpanAccount, UnreadAttribute

STEP = "  "


def render_explanation(found: Explanation, *, ink: Ink | None = None) -> str:
    """The tree as text, ending in a newline.

    A span's own line has no mark; below it `=` says what it is to the talk, `<` where its words were
    read, `!` what could not be read, `?` which attributes look like content and are read by no map.
    """
    return "\n".join(_lines(found, ink or Ink())) + "\n"


def explanation_document(found: Explanation) -> dict[str, Any]:
    """The same as JSON values: the conversation, the account of each span, the sum of fates, and why."""
    spans = [asdict(span) for span in found.spans]
    for span in spans:
        span["start"] = span["start"].isoformat().replace("+00:00", "Z") if span["start"] else None
    return {
        "conversation": exact_document(found.conversation),
        "fates": found.fates,
        "why": list(found.why),
        "spans": spans,
        "suggested_map": found.suggested_map,
    }


def _lines(found: Explanation, ink: Ink) -> Iterator[str]:
    talk = found.conversation
    yield ink.paint(escape_line(talk.id), "title")
    yield from ink.hang("", " · ".join([*facts(talk), count(len(found.spans), "span")]), style="dim")
    if found.fates:
        total = count(sum(found.fates.values()), "message")
        yield from ink.hang("", f"{total} recorded: {_fates(found.fates)}", style="dim")
    for reason in found.why:
        yield from ink.hang("", reason, style="dim")
    before: SpanAccount | None = None
    for span in found.spans:
        if before is None or span.trace_id != before.trace_id:
            before = None
            yield from ["", ink.paint(f"trace {escape_line(span.trace_id)}", "title")]
        yield from _span(span, ink, is_elsewhere=before is None or span.service != before.service)
        before = span
    if talk.evidence:
        yield from ["", ink.paint("evidence", "title")]
    for item in findings(talk.evidence):
        times = f" ({item.count})" if item.count > 1 else ""
        yield from ink.hang(STEP, f"{item.severity}: {item.kind}{times}: {item.message}", style=str(item.severity))
    if found.suggested_map:
        yield from ["", ink.paint("a map that reads the rest: save it as mine.toml, and add --map mine.toml", "title")]
        yield from (STEP + escape_line(line) for line in found.suggested_map.splitlines())


def _span(span: SpanAccount, ink: Ink, *, is_elsewhere: bool) -> Iterator[str]:
    indent = STEP * (span.depth + 1)
    took = duration(span.duration_seconds)
    when = f"{span.start:%H:%M:%S}" if span.start else ""
    beside = [span.span_id, (is_elsewhere and span.service) or "", when, took, "failed" if span.error else ""]
    name = ink.clip(escape_line(span.name))
    yield indent + name + ink.paint("  " + escape_line(" · ".join(word for word in beside if word)), "dim")
    inner = indent + STEP
    if span.verdict:
        yield from ink.hang(f"{inner}= ", _verdict(span), style="assistant" if span.turns else "dim")
    for source in _sources(span):
        yield from ink.hang(f"{inner}< ", source, style="dim")
    for problem in span.problems:
        yield from ink.hang(f"{inner}! ", problem, style="loss")
    for unread in span.unread:
        yield from ink.hang(f"{inner}? ", _unread(unread), style="doubt")


def _verdict(span: SpanAccount) -> str:
    turns = f" {', '.join(span.turns)}" if span.turns else ""
    told = [f"{span.verdict}{turns}", _fates(span.fates), span.reason]
    return "; ".join(word for word in told if word)


def _sources(span: SpanAccount) -> Iterator[str]:
    """What each map read from where, a line for a map."""
    by_map: dict[str, list[str]] = {}
    for meaning, source in span.sources.items():
        name, _, attribute = source.partition(": ")
        by_map.setdefault(name, []).append(f"{meaning} {attribute}".strip())
    return (f"{name}: {', '.join(read)}" for name, read in by_map.items())


def _unread(unread: UnreadAttribute) -> str:
    line = f" (--attribute {unread.map_line})" if unread.map_line else ""
    return f"{unread.name} is read by no map, but looks like content: {unread.preview}{line}"


def _fates(fates: dict[str, int]) -> str:
    return ", ".join(f"{number} {fate}" for fate, number in fates.items() if number)
