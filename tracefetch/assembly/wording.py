"""One question in two wordings: enriched in the request that asked it, plain in later histories.

An application that adds context to the user's text often keeps only the plain text. Where the
same answer follows and the one text holds the other, they are one question: the form first
recorded stands for both.
"""

from __future__ import annotations

from tracefetch.assembly.calls import Call, chain_up
from tracefetch.assembly.words import Atom, Vocabulary, runs

_SHORTEST = 2


def unify_wordings(calls: list[Call], words: Vocabulary) -> int:
    """Let later histories' plain questions count as the enriched ones; returns how many did."""
    asked: dict[tuple[int, ...], list[Atom]] = {}
    for call in calls:
        if call.output and call.request and call.request[-1].kind == "user":
            answer = _first_run(call.output)
            known = asked.setdefault(answer, [])
            if len(known) < 4 and all(atom.id != call.request[-1].id for atom in known):
                known.append(call.request[-1])
    count = 0
    for call in calls:
        found = _unify(call, asked)
        if found:
            chain_up(call, words)
        count += found
    return count


def _first_run(output: list[Atom]) -> tuple[int, ...]:
    for begin, end in runs(output):
        return tuple(atom.id for atom in output[begin:end])
    return ()


def _unify(call: Call, asked: dict[tuple[int, ...], list[Atom]]) -> int:
    count = 0
    for begin, end in runs(call.request):
        if not begin or call.request[begin - 1].kind != "user":
            continue
        plain = call.request[begin - 1]
        known = asked.get(tuple(atom.id for atom in call.request[begin:end]), ())
        if any(atom.id == plain.id for atom in known):
            continue
        rich = next((atom for atom in known if _holds(atom, plain)), None)
        if rich is not None:
            call.request[begin - 1] = Atom(plain.kind, rich.id, plain.message, plain.part, plain.place)
            count += 1
    return count


def _holds(rich: Atom, plain: Atom) -> bool:
    text, other = plain.text.strip(), rich.text.strip()
    return len(text) >= _SHORTEST and len(other) > len(text) and text in other
