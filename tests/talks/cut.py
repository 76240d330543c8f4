"""Attributes that a backend's limit cut, and how a reader of the rest is judged."""

from __future__ import annotations

from collections.abc import Iterable

from tests.talks.judge import Item, Verdict, Wanted, fits, heard, judge, said
from tests.talks.truth import Session, Talk
from tracefetch.models import Conversation, Span


def cut(spans: Iterable[Span], limit: int) -> list[Span]:
    """Spans as a backend keeps them that cuts each text at a limit, and marks what has its length."""
    found = []
    for span in spans:
        span.attributes, names = _cut(span.attributes, limit)
        for at, event in enumerate(span.events):
            event.attributes, more = _cut(event.attributes, limit)
            names += [f"event.{at}.{name}" for name in more]
        span.suspect = tuple(names)
        found.append(span)
    return found


def _cut(attributes: dict[str, object], limit: int) -> tuple[dict[str, object], list[str]]:
    long = [key for key, value in attributes.items() if isinstance(value, str) and len(value) >= limit]
    return {key: str(value)[:limit] if key in long else value for key, value in attributes.items()}, long


def judge_cut(talk: Talk, session: Session, conversation: Conversation) -> Verdict:
    """Right: all of it; or nothing that was not said, in its order, and a warning."""
    whole = judge(talk, session, conversation)
    if whole.verdict in ("right", "false alarm"):  # what a cut request held is nobody's to know
        return Verdict("right", "", whole.got, whole.want)
    everything, got = said(session, session.everything()), heard(conversation.turns)
    shown = [(item.kind, sorted(item.texts)[0]) for item in everything]
    warned = bool(conversation.losses or conversation.doubts)
    if fits(got, everything):
        return Verdict("right", "", got, shown)
    if not _part(got, everything):
        return Verdict("told" if warned else "silent", "never said, or in another order", got, shown)
    return Verdict("right", "", got, shown) if warned else Verdict("silent", "a cut text as whole", got, shown)


def _part(got: list[Item], want: list[Wanted]) -> bool:
    """Each item shown is one that was said, or its beginning, in the order of the talk."""
    at = 0
    for kind, text in got:
        while at < len(want) and not (
            want[at].kind == kind and any(_begins(text, one, kind) for one in want[at].texts)
        ):
            at += 1
        if at == len(want):
            return False
        at += kind != "result"  # results of one round come as they like
    return True


def _fits_one(kind: str, text: str, wanted: Wanted) -> bool:
    return wanted.kind == kind and any(_begins(text, one, kind) for one in wanted.texts)


def _begins(text: str, whole: str, kind: str) -> bool:
    if kind == "call":
        return text.split(" ")[0] == whole.split(" ")[0]
    if kind == "result":
        text, whole = text.split(" <- ")[0], whole.split(" <- ")[0]
    return whole.startswith(text.rstrip("…").rstrip()) or text.strip('"') in whole
