"""Hands a talk's spans to the system under test, session by session."""

from __future__ import annotations

import random
import traceback
from collections.abc import Sequence

from tests.talks.cut import cut, judge_cut
from tests.talks.emitters import EMITTERS
from tests.talks.encoders import DIALECTS
from tests.talks.judge import Verdict, judge, worst
from tests.talks.truth import Session, Talk
from tracefetch import maps as builtin
from tracefetch.assembly import assemble
from tracefetch.models import Conversation, Span


def written(talk: Talk) -> list[Span]:
    """The talk's spans, shuffled: no backend promises an order."""
    spans = (DIALECTS | EMITTERS)[talk.dialect].encode(talk)
    random.Random(talk.seed).shuffle(spans)
    return cut(spans, talk.limit) if talk.limit else spans


def found(spans: Sequence[Span], session: str) -> list[Span]:
    """Whole traces that name the session: what a backend hands over."""
    traces = {s.trace_id for s in spans if any(session in v for v in s.attributes.values() if isinstance(v, str))}
    return [span for span in spans if span.trace_id in traces]


def read(spans: Sequence[Span], session: Session) -> Conversation:
    """The conversation of a session."""
    return assemble(found(spans, session.id), maps=builtin.load(), session=session.id)


def verdict(talk: Talk) -> Verdict:
    """The judgement on a whole talk: its worst session's."""
    spans = written(talk)
    return worst([_verdict(talk, session, spans) for session in talk.sessions])


def _verdict(talk: Talk, session: Session, spans: list[Span]) -> Verdict:
    reached = {span.trace_id for span in found(spans, session.id)}
    if not talk.recorded(session, reached):
        return Verdict("right", "nothing of the talk itself is recorded")
    try:
        if talk.limit:
            return judge_cut(talk, session, read(spans, session))
        return judge(talk, session, read(spans, session), reached)
    except Exception:  # noqa: BLE001 - the judge reports whatever the system under test throws
        return Verdict("crash", traceback.format_exc(limit=-3))
