"""Any conversation, any way to run it, any damage: hypothesis' strategies for the property tests."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.talks.emitters import EMITTERS
from tests.talks.encoders import DIALECTS
from tests.talks.scripted import perform
from tests.talks.styles import STYLES, Plan
from tests.talks.truth import Call, Message, Session, Talk
from tracefetch.models import Span

# What dialects use as marks of their own is left out: no reader can tell a quotation of such a mark from the mark.
LETTERS = "abcdefghij ABC äßéłñ 東京 😀 0123 \n\t.,;:!?'\"\\/%$&()<>=+-*#~|`{}[]"
WORDS = st.sampled_from(["yes", "ok", "again", "no", "42", "lantern", "Thanks!", "null", "what?"])
ODD = st.text(LETTERS, min_size=1, max_size=60).map(lambda text: f"w{text}")
TEXTS = st.one_of(WORDS, ODD, st.text("xy \n", min_size=1))
SAID = TEXTS.filter(lambda text: bool(text.strip()))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1000, 1000), st.text(LETTERS, max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["city", "query", "limit", "from"]), VALUES, min_size=1, max_size=3)
RESULTS = st.one_of(SAID, st.sampled_from(['{"temp": 18}', "[1, 2]", '{"ok": true, "list": []}', "7"]))
TOOLS = st.sampled_from(["get_weather", "search", "calendar.read"])


@st.composite
def sessions(draw: st.DrawFn, *, turns: int = 5, ident: str = "sess-1") -> Session:
    """A conversation in which every question is answered."""
    session = Session(ident, "user-1", draw(SAID))
    for number in range(draw(st.integers(1, turns))):
        session.messages.append(Message("user", draw(SAID)))
        for round_ in range(draw(st.integers(0, 2))):
            session.messages += draw(_round(f"call_{number}_{round_}"))
        session.messages.append(Message("assistant", draw(SAID)))
    return session


@st.composite
def _round(draw: st.DrawFn, prefix: str) -> list[Message]:
    """Calls, one or several at once, and their results in the order of the calls."""
    count = draw(st.integers(1, 3))
    calls = tuple(Call(f"{prefix}_{at}", draw(TOOLS), draw(ARGUMENTS)) for at in range(count))
    text = draw(st.one_of(st.just(""), SAID))
    results = [Message("tool", draw(RESULTS), (), call.id, call.name) for call in calls]
    return [Message("assistant", text, calls), *results]


@st.composite
def plans(draw: st.DrawFn, *, style: str | None = None, dialect: str | None = None) -> Plan:
    """A way to run a conversation."""
    name = dialect or draw(st.sampled_from(sorted(DIALECTS)))
    can = (DIALECTS | EMITTERS)[name].can
    plan = Plan("none" if "turns" in can else style or draw(st.sampled_from(STYLES)), name)
    plan.app = "app-session" in can or ("turns" not in can and draw(st.booleans()))
    plan.carrier = "app" if "app-session" in can else "all"
    plan.tool_spans = "turns" in can or ("tool-spans" in can and draw(st.booleans()))
    plan.numbers, plan.agent_history = "numbers" in can, "agent-history" in can
    plan.chained = plan.style == "only-new" and "chained" in can
    # A summary that stands for all that was said before is tied to the talk by nothing.
    plan.window = draw(st.integers(2 if plan.style == "summary" else 0, 6))
    plan.flags = {flag for flag in ("wrapper", "split-calls", "fast") if draw(st.booleans())}
    if "agent" not in can:
        plan.flags.discard("wrapper")
    if not plan.app and "wrapper" not in plan.flags and "turns" not in can:
        plan.app = True  # the calls of a turn share a root: else a turn would be several traces of one trace id
    return plan


@st.composite
def talks(draw: st.DrawFn, *, style: str | None = None, dialect: str | None = None, turns: int = 5) -> Talk:
    """A conversation, performed."""
    plan = draw(plans(style=style, dialect=dialect))
    session = draw(sessions(turns=turns))
    if "plain" in plan.dialect:
        session.messages = [_plain(message) for message in session.messages]
    return perform([session], plan, seed=draw(st.integers(1, 1000)))


def _plain(message: Message) -> Message:
    """A turn's span has no place for words before a call."""
    return Message("assistant", "", message.calls) if message.calls else message


@dataclass(frozen=True)
class Damage:
    """What happened to spans on their way."""

    kind: str
    at: int
    size: int


DAMAGES = st.lists(
    st.builds(
        Damage,
        st.sampled_from(["drop", "shuffle", "duplicate", "cut", "unparent", "lose attribute", "shift"]),
        st.integers(0, 1000),
        st.integers(0, 200),
    ),
    min_size=1,
    max_size=4,
)


def damage(spans: list[Span], one: Damage) -> list[Span]:
    """The spans after this damage; what a backend would mark is marked."""
    at = one.at % len(spans)
    if one.kind == "shuffle":
        random.Random(one.size).shuffle(spans)
    elif one.kind == "drop" and len(spans) > 1:
        spans.pop(at)
    elif one.kind == "duplicate":
        spans.append(spans[at])
    elif one.kind == "unparent":
        spans[at].parent_id = "00000000000000aa"
    elif one.kind == "shift":
        _shift(spans[at], (one.size - 100) * 50_000_000)
    elif one.kind == "cut":
        _cut(spans[at], one)
    elif one.kind == "lose attribute" and spans[at].attributes:
        names = sorted(spans[at].attributes)
        spans[at].attributes.pop(names[one.size % len(names)])
        spans[at].dropped_attributes += 1
    return spans


def _shift(span: Span, by_ns: int) -> None:
    """A clock error of at most five seconds."""
    span.start_ns = (span.start_ns or 0) + by_ns
    span.end_ns = (span.end_ns or 0) + by_ns


def _cut(span: Span, one: Damage) -> None:
    """A backend cuts a long text and, knowing its limit, marks it."""
    texts = {k: v for k, v in sorted(span.attributes.items()) if isinstance(v, str) and len(v) > one.size + 1 > 21}
    if texts:
        name = sorted(texts)[one.at % len(texts)]
        span.attributes[name] = texts[name][: one.size]
        span.suspect = (*span.suspect, name)
