"""One id, two conversations: whether the traces that carry a session id belong together.

A match is a set of traces that do: they hold each other's history, or come from one service under
one attribute and name no two users. Matches that overlap in time or name different users clash; others
share nothing but the id. Traces without words can't be a conversation of their own, and are left out.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.sessions import session_values
from tracefetch.assembly.times import utc
from tracefetch.maps import MapSet
from tracefetch.models import Span

_WORDS = 10  # characters of an answer that nobody else gives by chance


@dataclass(slots=True)
class Match:
    """Traces that belong together.

    Attributes:
        services: that put the id on a span; `all_services` also those that did not.
        attributes: the names under which it stands.
        users: attribute -> values.
        start_ns, end_ns: of its calls; 0 where unknown.
        first_words: of the user.
    """

    trace_ids: tuple[str, ...]
    services: set[str] = field(default_factory=set)
    all_services: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    users: dict[str, set[str]] = field(default_factory=dict)
    start_ns: int = 0
    end_ns: int = 0
    first_words: str = ""

    @property
    def start(self) -> datetime | None:
        """When its first call began, UTC."""
        return utc(self.start_ns)

    def absorb(self, other: Match) -> None:
        """Take another match in."""
        first = min(self, other, key=lambda match: match.start_ns)
        self.first_words = first.first_words or self.first_words or other.first_words
        self.trace_ids += other.trace_ids
        self.services |= other.services
        self.all_services |= other.all_services
        self.attributes |= other.attributes
        for name, values in other.users.items():
            self.users.setdefault(name, set()).update(values)
        self.start_ns, self.end_ns = min(self.start_ns, other.start_ns), max(self.end_ns, other.end_ns)


def matches(found: Assembly, maps: MapSet) -> list[Match]:
    """The sets of traces that belong together, by start; mostly there is one."""
    by_trace = {match.trace_ids[0]: match for match in _single(found, maps)}
    if len(by_trace) < 2:
        return list(by_trace.values())
    joined = _joined(by_trace, [*_heard(found), *_used(found)])
    return sorted(_of_one_kind(joined), key=lambda match: match.start_ns)


def do_clash(found: Iterable[Match]) -> bool:
    """Whether two matches can't be one conversation: different users, or at one time and not of one user."""
    pairs = combinations(found, 2)
    return any(_differ(one, other) or (_overlap(one, other) and not _agree(one, other)) for one, other in pairs)


def choices(found: list[Match], session: str) -> Iterator[str]:
    """For each match a line: what chooses it, and what it is."""
    for match in found:
        others = [other for other in found if other is not match]
        yield f"{_chooser(match, others, session)}  ({', '.join(_traits(match))})"


def _single(found: Assembly, maps: MapSet) -> Iterator[Match]:
    """A match for each trace with words."""
    calls: dict[str, list[Call]] = {}
    for call in found.calls:
        calls.setdefault(call.span.trace_id, []).append(call)
    spans: dict[str, list[Span]] = {}
    for reading in found.readings:
        spans.setdefault(reading.span.trace_id, []).append(reading.span)
    for trace, speaking in calls.items():
        match = Match((trace,))
        match.start_ns = min(call.start for call in speaking)
        match.end_ns = max(call.end for call in speaking)
        match.first_words = _first_words(speaking)
        for span in spans.get(trace, ()):
            _note(match, span, found, maps)
        yield match


def _note(match: Match, span: Span, found: Assembly, maps: MapSet) -> None:
    service = span.resource.service or ""
    match.all_services.add(service)
    names = {name for name, value in found.sessions.own(span).items() if value == found.session}
    if names:
        match.services.add(service)
        match.attributes |= names
    for name in maps.user_attributes:
        value = span.attributes.get(name, span.resource.attributes.get(name))
        match.users.setdefault(name, set()).update(session_values(value))


def _first_words(calls: list[Call]) -> str:
    first = min(calls, key=lambda call: call.start)
    return next((atom.text for atom in first.request if atom.kind == "user"), "")


def _heard(found: Assembly) -> Iterator[tuple[str, str]]:
    """Traces of which one holds the other's answer in its history."""
    return ((one.span.trace_id, other.span.trace_id) for one, other in found.hearing.proofs)


def _used(found: Assembly) -> Iterator[tuple[str, str]]:
    """Traces of which one was given, in whatever role, the answer that only the other gave."""
    answered: dict[str, str | None] = {}
    for call in found.calls:
        for text in {atom.text.strip() for atom in call.output if len(atom.text.strip()) >= _WORDS}:
            trace = call.span.trace_id
            answered[text] = trace if answered.get(text, trace) == trace else None
    for call in found.calls:
        for atom in call.request:
            source = answered.get(atom.text.strip())
            if source is not None and source != call.span.trace_id:
                yield source, call.span.trace_id


def _joined(by_trace: Mapping[str, Match], links: Iterable[tuple[str, str]]) -> list[Match]:
    """Matches after what shares history became one."""
    at = dict(by_trace)
    members: dict[int, list[str]] = {id(match): [trace] for trace, match in by_trace.items()}
    for one, other in links:
        left, right = at.get(one), at.get(other)
        if left is None or right is None or left is right:
            continue
        if len(members[id(left)]) < len(members[id(right)]):
            left, right = right, left
        left.absorb(right)
        moved = members.pop(id(right))
        members[id(left)] += moved
        at.update(dict.fromkeys(moved, left))
    return list({id(match): match for match in at.values()}.values())


def _of_one_kind(found: list[Match]) -> list[Match]:
    """Matches after those of one service, one attribute and no two users became one."""
    kinds: dict[object, Match] = {}
    for match in sorted(found, key=lambda match: match.start_ns):
        kind = (
            frozenset(match.services),
            frozenset(match.attributes),
            frozenset((name, value) for name, values in match.users.items() for value in values),
        )
        if kind in kinds:
            kinds[kind].absorb(match)
        else:
            kinds[kind] = match
    left = list(kinds.values())
    while pair := next((pair for pair in combinations(left, 2) if _is_of_one_kind(*pair)), None):
        pair[0].absorb(pair[1])
        left.remove(pair[1])
    return left


def _is_of_one_kind(one: Match, other: Match) -> bool:
    shared = not one.services.isdisjoint(other.services) and not one.attributes.isdisjoint(other.attributes)
    return shared and not _differ(one, other)


def _common_users(one: Match, other: Match) -> Iterator[tuple[set[str], set[str]]]:
    """What both say under one name, where both say anything."""
    for name in one.users.keys() & other.users.keys():
        if one.users[name] and other.users[name]:
            yield one.users[name], other.users[name]


def _differ(one: Match, other: Match) -> bool:
    common = list(_common_users(one, other))
    return bool(common) and all(mine.isdisjoint(theirs) for mine, theirs in common)


def _agree(one: Match, other: Match) -> bool:
    return any(not mine.isdisjoint(theirs) for mine, theirs in _common_users(one, other))


def _overlap(one: Match, other: Match) -> bool:
    if not (one.start_ns and other.start_ns):
        return False
    return one.start_ns <= other.end_ns and other.start_ns <= one.end_ns


def _chooser(match: Match, others: list[Match], session: str) -> str:
    """The flag that leaves this match alone."""
    elsewhere = {service for other in others for service in other.all_services}
    for service in sorted(match.services - elsewhere - {""}):
        return shlex.join(["--session", session, "--service", service])
    names = {name for other in others for name in other.attributes}
    for name in sorted(match.attributes - names):
        return shlex.join(["--session", session, "--session-attribute", name])
    return shlex.join(["--session", session, "--trace", match.trace_ids[0]])


def _traits(match: Match) -> Iterator[str]:
    yield " ".join(sorted(match.services - {""})) or "no service"
    yield " ".join(sorted(match.attributes)) or "no attribute"
    users = sorted({value for values in match.users.values() for value in values})
    if users:
        yield f"user {' '.join(users)}"
    yield f"{len(match.trace_ids)} trace{'s' if len(match.trace_ids) > 1 else ''}"
    if match.start is not None:
        yield f"from {match.start:%Y-%m-%dT%H:%M:%SZ}"
    words = " ".join(match.first_words.split())
    if words:
        yield f"“{words[:60]}{'…' if len(words) > 60 else ''}”"
