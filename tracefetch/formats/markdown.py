"""A conversation as Markdown (CommonMark; GitHub's too).

What was said is quoted, with its own markup escaped, so that it reads as it was spoken; what has
code in it, and JSON, stands verbatim in a fence longer than any inside. Neither can end its quote
or fence, so no words can look like a heading of this document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime

from tracefetch.formats.escaping import escape, escape_line
from tracefetch.formats.labels import arguments_text, details, facts, findings, thread_title
from tracefetch.formats.placement import Placement
from tracefetch.models import Conversation, Part, Severity, Thread, ToolCall, Turn, View

# CommonMark 0.31, 2.4: only these can be markup inside a line; the others act at its beginning.
_MARKUP = re.compile(r"[\\`*\[\]<>&~|$#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_BEGINNING = re.compile(r"^(\s*)(?=[-+=])|^(\s*\d+)(?=[.)])")
_CODE = re.compile(r"^(?:\t| {4,}|\s*(?:```|~~~))", re.MULTILINE)
_BACKTICKS = re.compile(r"`+")
DEEPEST = 6  # levels of headings


def render_markdown(conversation: Conversation, view: View = "all") -> str:
    """The document, ending in a newline; losses and doubts stand under its title."""
    blocks = [f"# {_inline(conversation.id)}", _inline(" · ".join(facts(conversation))), *_evidence(conversation)]
    blocks += _turns(conversation.view(view), Placement(conversation, view), conversation.start)
    if not conversation.turns:
        blocks.append("*No words were recorded.*")
    return "\n\n".join(blocks) + "\n"


def _evidence(conversation: Conversation) -> Iterator[str]:
    told = [item for item in findings(conversation.evidence) if item.severity is not Severity.NOTE]
    if told:
        yield "**This transcript may not be whole:**"
        yield "\n".join(
            f"- **{item.severity}** {_inline(item.kind)}{f' ({item.count})' if item.count > 1 else ''}:"
            f" {_inline(item.message)}"
            for item in told
        )


def _turns(turns: tuple[Turn, ...], placement: Placement, day: datetime | None, *, level: int = 2) -> Iterator[str]:
    is_main = level == 2
    for turn in turns:
        yield from _turn(turn, day, min(level, DEEPEST))
        day = turn.timestamp or day
        for thread in placement.under(turn, is_main=is_main):
            yield from _thread(thread, placement, day, level + 1)
    if is_main:
        for thread in placement.rest():
            yield from _thread(thread, placement, day, level)


def _turn(turn: Turn, day: datetime | None, level: int) -> Iterator[str]:
    number = f"[{_words(turn.number)}] " if turn.number else ""
    name = f" {_words(turn.tool_name)}" if turn.tool_name else ""
    yield f"{'#' * level} {number}{turn.role}{name}"
    beside = details(turn, day=day)
    if beside:
        yield f"*{_inline(' · '.join(beside))}*"
    for part in turn.parts:
        yield from _part(part)
    if turn.content:
        yield _json_fence(turn.content) if turn.role == "tool" else _said(turn.content)
    for call in turn.tool_calls:
        yield from _call(call)
    if turn.error:
        yield f"**error:** {_inline(turn.error)}"


def _thread(thread: Thread, placement: Placement, day: datetime | None, level: int) -> Iterator[str]:
    yield f"{'#' * min(level, DEEPEST)} {_inline(thread_title(thread))}"
    yield from _turns(thread.turns, placement, day, level=level + 1)


def _part(part: Part) -> Iterator[str]:
    yield f"*{_inline(' '.join(word for word in (part.type, part.mime_type, part.uri) if word))}*"
    if part.text:
        yield _said(part.text)


def _call(call: ToolCall) -> Iterator[str]:
    yield f"→ **{_inline(call.name)}**{f' *{_inline(call.id)}*' if call.id else ''}"
    arguments = arguments_text(call.arguments, indent=2)
    if arguments:
        yield _json_fence(arguments)


def _said(text: str) -> str:
    """Prose as a quote that reads as it was spoken; a text that has code in it as a fence."""
    text = escape(text)
    if _CODE.search(text):
        return _fence(text, "text")
    lines = [_prose(line) for line in text.split("\n")]
    broken = [line + "\\" if line and after else line for line, after in zip(lines, [*lines[1:], ""], strict=True)]
    return "\n".join(f"> {line}".rstrip() for line in broken)


def _prose(line: str) -> str:
    """A line whose own markup is escaped; white space at its beginning is kept, a line of white space is empty."""
    words = line.strip()
    if not words:
        return ""
    return "&nbsp;" * (len(line) - len(line.lstrip())) + _plain(words)


def _json_fence(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return _said(text)
    return _fence(escape(text), "json")


def _fence(text: str, language: str) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _inline(text: str) -> str:
    """Text that begins a line and stays on it, all markup escaped."""
    return _plain(escape_line(text))


def _words(text: str) -> str:
    """Text within a line, all markup escaped."""
    return _MARKUP.sub(r"\\\g<0>", escape_line(text))


def _plain(line: str) -> str:
    return _BEGINNING.sub(r"\g<0>\\", _MARKUP.sub(r"\\\g<0>", line))
