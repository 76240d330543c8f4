"""A conversation as a transcript for a terminal or a plain text file.

Only headers begin at the first column; all that was said is indented, so nobody's words
can look like a header.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tracefetch.formats.escaping import escape, escape_line
from tracefetch.formats.ink import Ink
from tracefetch.formats.labels import arguments_text, details, facts, findings, thread_title
from tracefetch.formats.placement import Placement
from tracefetch.models import Conversation, Part, Severity, Thread, ToolCall, Turn, View

INDENT = "  "
BAR = "│ "
LINE = 100  # characters; a call that is longer has its arguments below


def render_text(
    conversation: Conversation,
    view: View = "all",
    *,
    color: bool = False,
    width: int | None = None,
    evidence: bool = True,
) -> str:
    """The transcript, ending in a newline.

    Args:
        color: with terminal colours.
        width: wrap to this many cells, as for a terminal; None leaves lines as they are.
        evidence: end with what is missing or doubtful; False where the reader is told elsewhere.
    """
    return "\n".join(_Transcript(conversation, view, Ink(color, width)).lines(evidence=evidence)) + "\n"


class _Transcript:
    def __init__(self, conversation: Conversation, view: View, ink: Ink) -> None:
        self.conversation = conversation
        self.view: View = view
        self.ink = ink
        self.placement = Placement(conversation, view)

    def lines(self, *, evidence: bool) -> Iterator[str]:
        talk = self.conversation
        yield from self._hanging(talk.id, "title")
        yield from self._hanging(" · ".join(facts(talk)), "dim")
        yield from self._turns(talk.view(self.view), talk.start)
        for thread in self.placement.rest():
            yield ""
            yield from self._thread(thread)
        if not talk.turns:
            yield from ["", self.ink.paint("(no words were recorded)", "dim")]
        if evidence:
            yield from self._evidence()

    def _turns(self, turns: tuple[Turn, ...], day: datetime | None, *, is_main: bool = True) -> Iterator[str]:
        for turn in turns:
            yield ""
            yield self._header(turn, day)
            day = turn.timestamp or day
            yield from self._body(turn)
            for thread in self.placement.under(turn, is_main=is_main):
                yield ""
                yield from self._thread(thread)

    def _header(self, turn: Turn, day: datetime | None) -> str:
        number = self.ink.paint(f"[{escape_line(turn.number)}] ", "dim") if turn.number else ""
        name = f" {self._name(turn.tool_name)}" if turn.tool_name else ""
        beside = " · ".join(self._name(detail) for detail in details(turn, day=day))
        return (
            number
            + self.ink.paint(turn.role + name, turn.role)
            + self.ink.paint(f"  {beside}" if beside else "", "dim")
        )

    def _body(self, turn: Turn) -> Iterator[str]:
        for part in turn.parts:
            yield from self._part(part)
        if turn.content:
            yield from self._block(turn.content)
        for call in turn.tool_calls:
            yield from self._call(call)
        if turn.error:
            yield from self._hanging(f"! error: {turn.error}", "error")

    def _part(self, part: Part) -> Iterator[str]:
        about = " ".join(word for word in (part.type, part.mime_type, part.uri) if word)
        yield from self._hanging(f"~ {about}", "dim")
        if part.text:
            yield from self._block(part.text, "dim")

    def _call(self, call: ToolCall) -> Iterator[str]:
        name = f"→ {self._name(call.name)}"
        ident = f"  {self._name(call.id)}" if call.id else ""
        short = escape(arguments_text(call.arguments))
        fits = "\n" not in short and len(name + short + ident) <= min(self.ink.width or LINE, LINE)
        yield self.ink.paint(name, "tool") + (f" {short}" if fits and short else "") + self.ink.paint(ident, "dim")
        if not fits:
            yield from self._block(arguments_text(call.arguments, indent=2))

    def _thread(self, thread: Thread) -> Iterator[str]:
        inner = _Transcript(self.conversation, self.view, self._narrower())
        inner.placement = self.placement
        bar = self.ink.paint(BAR.rstrip(), "dim")
        yield f"{bar} {self.ink.paint(escape_line(thread_title(thread)), 'title')}"
        for line in inner._turns(thread.turns, self.conversation.start, is_main=False):
            yield f"{bar} {line}" if line else bar

    def _narrower(self) -> Ink:
        return Ink(self.ink.color, self.ink.width - len(BAR) if self.ink.width else None)

    def _block(self, text: str, style: str | None = None) -> Iterator[str]:
        for line in escape(text).split("\n"):
            for piece in self.ink.wrap(line, len(INDENT)):
                yield (INDENT + (self.ink.paint(piece, style) if style else piece)) if piece else ""

    def _hanging(self, text: str, style: str) -> Iterator[str]:
        first, *more = self.ink.wrap(escape_line(text), len(INDENT))
        yield self.ink.paint(first, style)
        yield from (INDENT + self.ink.paint(line, style) for line in more)

    def _name(self, text: str) -> str:
        return self.ink.clip(escape_line(text))

    def _evidence(self) -> Iterator[str]:
        told = [item for item in findings(self.conversation.evidence) if item.severity is not Severity.NOTE]
        if told:
            yield ""
        for item in told:
            times = f" ({item.count})" if item.count > 1 else ""
            yield from self._hanging(f"! {item.severity}: {item.kind}{times}: {item.message}", str(item.severity))
