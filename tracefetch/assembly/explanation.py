"""Why a conversation reads as it does: what each span gave to it, and how that was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tracefetch.assembly.account import FATES, Account, account_of
from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.forest import Key
from tracefetch.assembly.laying import Laid
from tracefetch.assembly.strands import key_of
from tracefetch.assembly.times import utc
from tracefetch.assembly.tools import ToolSpan
from tracefetch.assembly.unread import Unread, as_map, known_texts, map_line, unread_in
from tracefetch.maps import MapSet
from tracefetch.messages import Problem, Reading, read
from tracefetch.models import Conversation, Span, Thread
from tracefetch.models.explanation import Explanation, SpanAccount, UnreadAttribute

_PREVIEW_CHARACTERS = 80

# How a request was found in what was said before (`Laid.how`), in a person's words.
HOW = {
    "history": "its request begins with an earlier call's request and answer, word for word",
    "end of the talk": "its request begins with the end of what was said so far",
    "before open questions": "its request begins with what was said before the questions without an answer",
    "from the beginning": "its request goes along what was said from the beginning",
    "anywhere": "the end of what was said so far stands within its request, after other words",
    "by questions": "only the questions in its request were said before; what stands between them is in other words",
    "results": "its request brings the answers of the calls made just before",
    "response": "it names the response that it goes on from",
    "asked again": "the same request was made before",
    "answer only": "no request is recorded, or none that is whole",
    "cut": "its request breaks off; what is whole in it was said before",
    "wrapper": "it wraps a call that was given the same question",
    "contained": "its first message stands within the question before it",
    "new": "nothing in its request was said before",
}
_PROBLEMS = {
    "attribute-cut": "cut",
    "content-hidden": "hidden by the instrumentation",
    "unreadable": "not readable",
    "list-gap": "an element is missing",
}


def explain(found: Assembly, conversation: Conversation, maps: MapSet) -> Explanation:
    """Account for every span of a conversation's traces.

    Args:
        conversation: as it was published from `found`.
        maps: those that read the spans.
    """
    return _Explainer(found, conversation, maps).explain()


@dataclass(slots=True)
class _Explainer:
    found: Assembly
    conversation: Conversation
    maps: MapSet
    account: Account = field(init=False)
    readings: dict[Key, Reading] = field(init=False)
    calls: dict[Key, list[Call]] = field(default_factory=dict)
    laid: dict[Call, Laid] = field(default_factory=dict)
    tools: dict[Key, ToolSpan] = field(default_factory=dict)
    turns: dict[Key, list[str]] = field(default_factory=dict)
    threads: dict[Key, Thread] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account = account_of(self.found)
        self.readings = {key_of(reading.span): reading for reading in self.found.readings}
        for call in self.found.calls:
            self.calls.setdefault(call.key, []).append(call)
        self.laid = {one.call: one for one in self.found.layer.laid}
        self.tools = {key_of(tool.span): tool for tool in self.found.tools}
        for turn in self.conversation.turns:
            self.turns.setdefault((turn.trace_id or "", turn.span_id or ""), []).append(turn.number)
        for thread in self.conversation.threads:
            for turn in thread.turns:
                self.threads.setdefault((turn.trace_id or "", turn.span_id or ""), thread)

    def explain(self) -> Explanation:
        known = known_texts(self.readings.values())
        spans = tuple(self._span(span, depth, known) for span, depth in self._tree())
        return Explanation(self.conversation, spans, tuple(self._why()), as_map(self.unread))

    def _tree(self) -> Iterator[tuple[Span, int]]:
        """The spans of the conversation's traces, each after its parent; a circle of parents begins anywhere."""
        forest = self.found.forest
        for trace in self.conversation.trace_ids:
            below: dict[str | None, list[Span]] = {}
            for span in forest.by_trace.get(trace, ()):
                above = forest.parent(span)
                below.setdefault(above.span_id if above is not None else None, []).append(span)
            seen: set[str] = set()
            for start in (*below.get(None, ()), *forest.by_trace.get(trace, ())):
                waiting = [(start, 0)]
                while waiting:
                    span, depth = waiting.pop()
                    if span.span_id in seen:
                        continue
                    seen.add(span.span_id)
                    yield span, depth
                    waiting += [(inner, depth + 1) for inner in reversed(below.get(span.span_id, ()))]

    def _span(self, span: Span, depth: int, known: set[str]) -> SpanAccount:
        key = key_of(span)
        reading = self.readings.get(key)
        verdict, reason = self._verdict(key, reading) if reading is not None else self._outside(span)
        if reading is None and not self.found.sessions.nearest(span):
            reading = read(span, self.maps)
        unread = unread_in(reading, self.maps, known) if reading is not None else []
        self.unread += unread
        thread = self.threads.get(key)
        took = (span.end_ns - span.start_ns) / 1e9 if span.end_ns and span.start_ns else None
        return SpanAccount(
            span.trace_id,
            span.span_id,
            span.name,
            depth=depth,
            service=span.resource.service,
            start=utc(span.start_ns),
            duration_seconds=took,
            error=span.error,
            kind=reading.kind if reading is not None else "other",
            maps=reading.maps if reading is not None else (),
            sources=dict(reading.sources) if reading is not None else {},
            verdict=verdict,
            reason=reason,
            turns=tuple(self.turns.get(key, ())),
            fates=self._fates(key),
            unread=tuple(UnreadAttribute(one.name, _preview(one.value), map_line(one)) for one in unread),
            thread=thread.id if thread is not None else None,
            problems=tuple(_problem(one) for one in reading.problems) if reading is not None else (),
        )

    def _fates(self, key: Key) -> dict[str, int]:
        found = dict.fromkeys((*FATES, "unexplained"), 0)
        for call in self.calls.get(key, ()):
            for fate, count in self.account.by_call[call].items():
                found[fate] += count
            found["unexplained"] += self.account.unexplained.get(call, 0)
        return {fate: count for fate, count in found.items() if count}

    def _outside(self, span: Span) -> tuple[str, str]:
        others = sorted(set(self.found.sessions.nearest(span).values()))
        if others:
            return "another session", ", ".join(others[:3])
        return "left out", "neither it nor a span above it names the session, and its trace holds several"

    def _verdict(self, key: Key, reading: Reading) -> tuple[str, str]:
        calls = self.calls.get(key, ())
        spoke = [self.laid[call] for call in calls if call in self.laid]
        if spoke:
            return "spoke", "; ".join(_laid_reason(one, self.found) for one in spoke)
        if key in self.found.voices.echoes:
            speaker = self.found.voices.echoes[key]
            return "echo", f"says what {speaker.span.span_id} says" if speaker is not None else ""
        if calls:
            return self._beside(key, calls[0])
        if key in self.tools:
            return "ran a tool", self._tool_reason(self.tools[key])
        return _silent(reading)

    def _beside(self, key: Key, call: Call) -> tuple[str, str]:
        thread = self.threads.get(key)
        reasons = ["it ran in a tool"] if call.in_tool else []
        reasons += ["it carries another session's id"] if call.foreign else []
        if not reasons:
            who = "only calls beside the talk hold" if call in self.found.hearing.heard else "no later request holds"
            reasons.append(f"{who} its answer")
        told = f"{thread.kind} in {thread.id}" if thread is not None else "side-call"
        return told, "; ".join(reasons)

    def _tool_reason(self, tool: ToolSpan) -> str:
        if tool in self.found.inserted.spoken:
            return f"no message has the call of {tool.call.name}: the span speaks for itself"
        if tool in self.found.inserted.supplied:
            return f"no message has the answer of {tool.call.name}: the span supplies it"
        if tool.result is None:
            return f"{tool.call.name}, without a recorded answer"
        return f"{tool.call.name}; messages have its answer" if self.turns.get(key_of(tool.span)) else tool.call.name

    def _why(self) -> Iterator[str]:
        found = self.found
        heard = sum(1 for call in found.order.calls if call in found.hearing.heard)
        if found.order.calls:
            spoke, told = len(found.order.calls), len(found.voices.echoes)
            yield f"{spoke} calls are the talk, {heard} of them heard: a later request holds their answer"
            if told:
                yield f"{told} spans say again what a call says"
        if found.beside:
            yield f"{len(found.beside)} calls spoke beside the talk"
        if found.choice.rival:
            yield "another group of calls might as well have been the talk: " + _listed(found.choice.rival)
        if found.lone:
            yield "taken into the talk although nobody was heard: " + _listed(found.lone)
        if found.order.corrected:
            yield "put in another order than their clocks': " + _listed(found.order.corrected)
        if not self.account.is_balanced:
            yield "the account does not add up: please report this explanation"


def _listed(calls: Iterable[Call]) -> str:
    names = [call.span.span_id for call in calls]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _laid_reason(laid: Laid, found: Assembly) -> str:
    reasons = [HOW.get(laid.how, laid.how)]
    if laid.known:
        reasons[0] += f" ({laid.known} of {len(laid.call.request)})"
    if laid.foreign:
        reasons.append(f"{laid.foreign} of its words are history in other words")
    if laid.repeated:
        reasons.append("its answer was given before")
    if not laid.call.output:
        reasons.append("it has no answer")
    elif laid.call in found.hearing.heard:
        reasons.append("a later request holds its answer")
    return "; ".join(reasons)


def _silent(reading: Reading) -> tuple[str, str]:
    if reading.kind == "message":
        return "a message", "joined with the others below its parent"
    if not reading.maps:
        return "no words", "no map recognises it"
    if reading.kind in ("call", "agent"):
        return "no words", f"recognised as {reading.kind}, but no attribute of it holds words"
    return "no words", f"recognised as {reading.kind}" if reading.kind != "other" else ""


def _problem(problem: Problem) -> str:
    detail = f": {problem.detail}" if problem.detail else ""
    return f"{problem.attribute}: {_PROBLEMS.get(problem.kind, problem.kind)}{detail}"


def _preview(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _PREVIEW_CHARACTERS else text[: _PREVIEW_CHARACTERS - 1] + "…"
