"""Compares an assembled conversation with the truth.

A verdict is one of
    right        what was said, no more and no less (of what is recorded at all), and no false alarm
    told         wrong, and the reader was warned by a loss or a doubt
    silent       wrong, and no warning
    false alarm  right, but warned although nothing was missing and nothing had to be guessed
    crash        an exception
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.talks.scripted import turns as cut
from tests.talks.styles import TRIMMED
from tests.talks.truth import Message, Session, Talk
from tracefetch.models import Conversation, Turn

VERDICTS = ("right", "told", "silent", "false alarm", "crash")
Item = tuple[Any, ...]


@dataclass(slots=True)
class Verdict:
    """The judgement on one session."""

    verdict: str
    why: str = ""
    got: list[Item] = field(default_factory=list)
    want: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that was said; `texts` are its true forms, `needed` whether a reader must have it."""

    kind: str
    texts: frozenset[str]
    needed: bool
    uid: int


def canonical(what: object) -> str:
    """A value as compared: JSON values by their value, `{"result": x}` unwrapped, texts stripped."""
    for _ in range(3):
        if isinstance(what, str):
            try:
                what = json.loads(what)
            except ValueError:
                return str(what).strip()
        if isinstance(what, dict) and set(what) == {"result"}:
            what = what["result"]
    return json.dumps(_number(what), sort_keys=True, ensure_ascii=False)


def _number(what: Any) -> Any:
    if isinstance(what, dict):
        return {key: _number(inner) for key, inner in what.items()}
    if isinstance(what, list):
        return [_number(inner) for inner in what]
    return int(what) if isinstance(what, float) and what.is_integer() else what


def said(session: Session, needed: set[int | str]) -> list[Wanted]:
    """The truth, item by item."""
    found: list[Wanted] = []
    calls: dict[str, str] = {}
    for message in session.messages:
        must = message.uid in needed
        if message.role == "tool":
            pair = calls.get(message.answers or "", "")
            texts = {message.content} if must else {message.content, TRIMMED}
            found.append(Wanted("result", frozenset(f"{canonical(t)} <- {pair}" for t in texts), must, message.uid))
            continue
        if message.content.strip():
            texts = {text.strip() for text in session.others.get(message.uid, {message.content})}
            if not must:  # where the answer did not arrive, a draft of it is all that there is
                texts |= {text.strip() for text in session.drafts.get(message.uid, ())}
            found.append(Wanted(message.role, frozenset(texts), must, message.uid))
        for call in message.calls:
            calls[call.id] = f"{call.name} {canonical(call.arguments)}"
            found.append(Wanted("call", frozenset([calls[call.id]]), call.id in needed, message.uid))
    return found


def heard(turns: Iterable[Turn]) -> list[Item]:
    """What a reader shows, item by item; results with the call that they answer."""
    found: list[Item] = []
    calls: dict[str, str] = {}
    open_calls: list[str] = []
    for turn in turns:
        if turn.role == "tool":
            pair = calls.get(turn.tool_call_id, "") if turn.tool_call_id else (open_calls.pop(0) if open_calls else "")
            found.append(("result", f"{canonical(turn.content)} <- {pair}"))
            continue
        if turn.role == "system":
            continue
        if turn.content.strip():
            found.append((turn.role, turn.content.strip()))
        open_calls = [] if turn.tool_calls else open_calls
        for call in turn.tool_calls:
            signed = f"{call.name} {canonical(call.arguments)}"
            if call.id:
                calls[call.id] = signed
            open_calls.append(signed)
            found.append(("call", signed))
    return found


def _sorted_runs(items: Sequence[Any], kind: Any) -> list[Any]:
    """Runs of results in a fixed order: parallel tools end as they like."""
    found: list[Any] = []
    run: list[Any] = []
    for item in [*items, None]:
        if item is not None and kind(item) == "result":
            run.append(item)
            continue
        found += sorted(run, key=lambda one: min(one.texts) if isinstance(one, Wanted) else one[1])
        run = []
        if item is not None:
            found.append(item)
    return found


def fits(got: list[Item], want: list[Wanted]) -> bool:
    """Everything shown was said, in its order, and everything needed is shown."""
    got = _sorted_runs(got, lambda item: item[0])
    want = _sorted_runs(want, lambda item: item.kind)
    states = {0}  # how many of `got` are explained so far
    for item in want:
        states = {after for at in states for after in _steps(at, got, item)}
    return len(got) in states


def _steps(at: int, got: list[Item], item: Wanted) -> Iterable[int]:
    if not item.needed:
        yield at
    if at < len(got) and got[at][0] == item.kind and any(_same(got[at][1], text) for text in item.texts):
        yield at + 1


def _same(one: str, other: str) -> bool:
    """Equal; a result whose call is lost counts by its text alone (that the call is missing is seen elsewhere)."""
    return one == other or (one.endswith(" <- ") and one == other.split(" <- ")[0] + " <- ")


def judge(talk: Talk, session: Session, conversation: Conversation, reached: set[str] | None = None) -> Verdict:
    """The verdict on what was made of a session; `reached` are the traces that a backend would find for it."""
    damaged = bool(talk.dropped) or any(not node.words for node in talk.nodes)
    everything = session.everything()
    traces = {node.trace for node in talk.nodes} if reached is None else reached
    needed = talk.recorded(session, traces) if damaged else everything
    want, got = said(session, needed - session.optional), heard(conversation.turns)
    warned = bool(conversation.losses or conversation.doubts) or _noted(talk, conversation)
    shown = [(item.kind, sorted(item.texts)[0]) for item in want]
    right = fits(got, want) or (bool(talk.skew) and _by_the_clock(talk, session, got, want))
    systems = _systems(talk, session, conversation)
    if not right or systems:
        why = systems if right else _difference(got, want)
        return Verdict("told" if warned else "silent", why, got, shown)
    if damaged and not warned and _hole(got, said(session, everything), talk):
        return Verdict("silent", "words are missing, and nothing was said", got, shown)
    if (conversation.losses or conversation.doubts) and not damaged and not talk.undecidable and not talk.skew:
        found = [*conversation.losses, *conversation.doubts]
        return Verdict("false alarm", "; ".join(f"{e.severity}: {e.kind}" for e in found), got, shown)
    return Verdict("right", "", got, shown)


def _noted(talk: Talk, conversation: Conversation) -> bool:
    """Equal requests in one trace are taken for a repeat, and a note is all that can be said."""
    equal = "equal requests in one trace" in talk.undecidable
    return equal and any(item.kind == "alternative-answer" for item in conversation.evidence)


def _by_the_clock(talk: Talk, session: Session, got: list[Item], want: list[Wanted]) -> bool:
    """The order of wrong clocks, where nothing but clocks tells the order and units don't seem to overlap."""
    if "order by wrong clocks" not in talk.undecidable:
        return False
    spans: dict[int, tuple[float, float]] = {}
    for node in talk.nodes:
        if node.duty == "main" and node.request and node.request[-1].role == "user":
            spans.setdefault(node.request[-1].uid, talk.shown(node))
    turns = [(spans.get(turn[0].uid), turn) for turn in cut(session.messages)]
    placed = sorted((span[0], at) for at, (span, _) in enumerate(turns) if span)
    if len(placed) < len(turns) or not all(_apart(talk, a, b) for a, b in itertools.pairwise(x[1] for x in turns)):
        return False
    order = {m.uid: place for place, (_, at) in enumerate(placed) for m in turns[at][1]}
    return fits(got, sorted(want, key=lambda item: order[item.uid]))


def _apart(talk: Talk, one: Sequence[Message], other: Sequence[Message]) -> bool:
    """The calls of two turns don't overlap by the clocks that stamped them."""
    first, second = (_stretch(talk, {m.uid for m in turn}) for turn in (one, other))
    return first[1] <= second[0] or second[1] <= first[0]


def _stretch(talk: Talk, uids: set[int]) -> tuple[float, float]:
    times = [talk.shown(n) for n in talk.nodes if n.kind == "llm" and uids & {m.uid for m in n.answer}]
    return (min(t[0] for t in times), max(t[1] for t in times)) if times else (0.0, 0.0)


def _systems(talk: Talk, session: Session, conversation: Conversation) -> str:
    """A system turn is a system prompt of the talk's own calls, and the first one is there."""
    main = [node for node in talk.nodes if node.duty == "main"]
    mine = {node.system.strip() for node in main if node.system}
    mine |= {m.content.strip() for node in main for m in node.request if m.role == "system"}
    shown = [turn.content.strip() for turn in conversation.turns if turn.role == "system"]
    strange = [text for text in shown if text not in mine]
    if strange:
        return f"not a system prompt of this talk: {strange[0][:80]!r}"
    intact = not talk.dropped and all(node.words for node in talk.nodes)
    return "no system prompt" if intact and not shown and any(m.role == "assistant" for m in session.messages) else ""


def _difference(got: list[Item], want: list[Wanted]) -> str:
    extra = [i for i in got if not any(w.kind == i[0] and any(_same(i[1], text) for text in w.texts) for w in want)]
    kept = {(item[0], item[1]) for item in got}
    missing = [w for w in want if w.needed and not any((w.kind, text) in kept for text in w.texts)]
    if extra:
        return f"never said: {extra[0][0]} {str(extra[0][1])[:60]!r}"
    if missing:
        return f"missing: {missing[0].kind} {sorted(missing[0].texts)[0][:60]!r}"
    return f"order or count: {len(got)} items for {len(want)}"


def _hole(got: list[Item], want: list[Wanted], talk: Talk) -> bool:
    """Something is missing where a reader can know it: a call without words, or a question passed over."""
    shown = [text for _, text in got]
    lost = [w for w in want if not any(text in shown or _alone(text, shown) for text in w.texts)]
    if not lost:
        return False
    if any(not node.words and node.duty == "main" and not node.error for node in talk.nodes):
        return True
    roles = [kind for kind, _ in got]
    unanswered = any(one == other == "user" for one, other in itertools.pairwise(roles))
    return unanswered and "unanswered" not in talk.labels


def _alone(text: str, shown: list[str]) -> bool:
    return " <- " in text and any(text.split(" <- ")[0] == one.split(" <- ")[0] for one in shown)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """A talk is as right as its worst session."""
    order = ("crash", "silent", "told", "false alarm", "right")
    return min(verdicts, key=lambda one: order.index(one.verdict))
