"""`Call`: a span that speaks, in no vendor's words: what it was given, what it answered, when, for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tracefetch.assembly.forest import Forest, masked
from tracefetch.assembly.words import Atom, Vocabulary
from tracefetch.messages import Message, Reading
from tracefetch.models import Span

Identity = tuple[str, str]

_SENTENCE = 30  # characters


@dataclass(slots=True, eq=False)
class Call:
    """One call of the talk or beside it.

    Attributes:
        request: atoms that the call was given; `chain[i]` is the trie node after i of them.
        output: atoms that it answered; `view` the node after request and answer.
        unit: what one request of the user's set going; `unit_start` when, by the clock of its topmost span.
        returned: a wrapper above gives the same answer to its caller.
        in_tool: below a tool's span, or inside its time.
        foreign: it carries another session id below the session's span.
        wraps: other speaking spans stand below it, and it speaks all the same.
        is_lonely: its unit is nothing but its own span: units tell nothing of turns there.
        is_cut: its request was cut by a limit: who speaks may not be known.
        place: among the calls as they were given.
        below: the agent in whose span it ran, where nothing else tells who speaks.
        span: the one that speaks; `start` and `end` in nanoseconds since the epoch, 0 where unknown (the end:
            the start); `key` its trace id and span id.
    """

    reading: Reading
    request: list[Atom]
    output: list[Atom]
    system: tuple[str, ...]
    chain: list[int] = field(default_factory=list)
    view: int = 0
    unit: object = None
    unit_start: int = 0
    returned: bool = False
    in_tool: bool = False
    foreign: bool = False
    wraps: bool = False
    is_lonely: bool = False
    is_cut: bool = False
    place: int = 0
    below: str = ""
    span: Span = field(init=False)
    start: int = field(init=False)
    end: int = field(init=False)
    key: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.span = span = self.reading.span
        self.start = span.start_ns or 0
        self.end = span.end_ns or self.start
        self.key = span.trace_id, span.span_id

    @property
    def moment(self) -> tuple[int, int, int, tuple[str, str]]:
        """Sorts calls by their times; those without any stay as they were given."""
        return self.start, self.end, 0 if self.start else self.place, self.key

    @property
    def identity(self) -> Identity:
        """Who speaks: the first system text without digits, and the agent's name.

        Spans of single messages tell the system text once, if at all: there it tells nobody apart.
        """
        if self.reading.kind == "message" or (self.is_cut and not self.system):
            return "", self.reading.agent or ""
        return masked(_opening(self.system[0])) if self.system else "", self.reading.agent or self.below

    @property
    def is_answered(self) -> bool:
        """Whether it produced words or calls."""
        return bool(self.output)

    def ids(self) -> list[int]:
        """The ids of the request's atoms."""
        return [atom.id for atom in self.request]


def _opening(system: str) -> str:
    """The first line, if it is a sentence: what follows (documents, memory, a summary) changes with each request."""
    line = system.strip().split("\n", 1)[0]
    return (line if len(line) >= _SENTENCE else system)[:80]


def same_identity(one: Identity, other: Identity) -> bool:
    """Equal system text and agent; a missing agent equals any."""
    return one[0] == other[0] and (one[1] == other[1] or not one[1] or not other[1])


def calls_from(readings: Sequence[Reading], forest: Forest, words: Vocabulary) -> list[Call]:
    """The calls of spans that speak; spans of single messages are joined below their parent."""
    found: list[Call] = []
    messages: dict[tuple[str, str], list[Reading]] = {}
    agents = {(r.span.trace_id, r.span.span_id): r.agent for r in readings if r.kind == "agent" and r.agent}
    for reading in readings:
        if reading.kind == "message":
            above = forest.parent(reading.span)
            messages.setdefault((reading.span.trace_id, above.span_id if above else ""), []).append(reading)
        elif reading.speaks:
            call = _call(reading, words)
            found.append(call)
            if agents and not call.system and not reading.agent and reading.kind == "call":
                line = ((one.trace_id, one.span_id) for one in forest.ancestors(reading.span))
                call.below = next((agents[key] for key in line if key in agents), None) or ""
    found += [_joined(group, forest, words) for group in messages.values()]
    for place, call in enumerate(found):
        call.place = place
    return found


def _joined(group: list[Reading], forest: Forest, words: Vocabulary) -> Call:
    group.sort(key=lambda reading: (reading.span.start_ns or 0, reading.span.end_ns or 0))
    above = forest.parent(group[0].span)
    span = above or group[0].span
    said = [message for reading in group for message in (*reading.input, *reading.output)]
    joined = replace(group[0], span=span, input=said, output=[])
    joined.problems = [problem for reading in group for problem in reading.problems]
    joined.user = next((reading.user for reading in group if reading.user), None)
    joined.error = next((reading.error for reading in group if reading.error), None)
    return _call(joined, words)


def _call(reading: Reading, words: Vocabulary) -> Call:
    given, answered = reading.input, reading.output
    if not given and any(message.role == "user" and message.text for message in answered):
        given, answered = answered, []
    request, output = words.atoms(given), words.atoms(_answer(answered))
    if not answered and request and request[-1].is_assistant and not request[-1].message.cut:
        at = len(request)
        while at and request[at - 1].is_assistant:
            at -= 1
        request, output = request[:at], request[at:]
    system = tuple(_system_texts((*reading.system, *reading.input, *reading.output)))
    call = Call(reading, request, output, system)
    chain_up(call, words)
    return call


def chain_up(call: Call, words: Vocabulary) -> None:
    """Compute the trie nodes of a call's request and view."""
    call.chain = words.chain(call.request)
    call.view = words.chain(call.output, call.chain[-1])[-1]


def _answer(output: list[Message]) -> list[Message]:
    """An answer that holds the results of its own calls ends with its text."""
    found: list[Message] = []
    for message in output:
        if message.role != "system" and message.results and message.calls and message.text:
            found += [
                Message("assistant", calls=message.calls, parts=message.parts),
                Message("tool", results=message.results),
                Message("assistant", text=message.text),
            ]
        else:
            found.append(message)
    first = next((place for place, message in enumerate(found) if message.role == "assistant"), 0)
    has_history = any(message.role == "user" and message.text for message in found)
    return _after_history(found) if has_history else found[first:] if found[first:] else found


def _after_history(output: list[Message]) -> list[Message]:
    """A transcript given as an answer: what follows the last user's text."""
    last = max(place for place, message in enumerate(output) if message.role == "user" and message.text)
    return output[last + 1 :]


def _system_texts(messages: Iterable[Message]) -> list[str]:
    texts = (message.text.strip() for message in messages if message.role == "system")
    return list(dict.fromkeys(text for text in texts if text))
