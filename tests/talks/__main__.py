"""`python -m tests.talks --talks 3000 --seed 1` judges random talks and prints the table by style.

`python -m tests.talks --seed 17 --show` shows one talk: what was said, how it was recorded, what was read.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.talks.encoders import CAN, DIALECTS
from tests.talks.judge import VERDICTS, Verdict
from tests.talks.play import play
from tests.talks.reader import verdict, written
from tests.talks.truth import Talk

PAGE = """# Random talks

How true is what tracefetch rebuilds? `python -m tests.talks --talks {talks} --seed {seed}` plays random talks whose
words are known, writes them as each instrumentation would (tests hold the encoders to recordings of the real ones),
reads the spans back and compares. A row counts the talks that have the named thing in them; most have several.

- *right*: what was said, no more and no less, in its order, each result under its call. Where the spans can't tell (the
  case is marked when the talk is played: two calls of one question in traces of their own, say), a doubt is allowed.
- *told*: wrong, and a loss or a doubt says that something is uncertain.
- *silent*: wrong without a warning.
- *false alarm*: right, but doubted although nothing was missing and nothing had to be guessed.

`full`, `window`, `summary`, `only-new` and `none` say how much of the earlier talk a request carries.

{table}
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One talk, judged."""

    seed: int
    groups: tuple[tuple[str, str], ...]
    verdict: str
    why: str
    size: int
    undecidable: tuple[str, ...]


def outcome(task: tuple[int, str | None, str | None]) -> Outcome:
    """Play, write, read and judge one talk."""
    seed, only, dialect = task
    talk = play(seed, CAN, only=only, dialect=dialect)
    judged = verdict(talk)
    reasons = tuple(sorted(talk.undecidable))
    return Outcome(seed, tuple(groups(talk)), judged.verdict, judged.why, len(talk.nodes), reasons)


def groups(talk: Talk) -> Iterable[tuple[str, str]]:
    """The rows of the table that a talk counts in."""
    yield "all", "all talks"
    yield "history", talk.style
    for label in sorted(talk.labels):
        yield ("traces" if label.startswith("trace per") else "complication"), label
    if not any(not label.startswith("trace per") for label in talk.labels):
        yield "complication", "none"
    yield "dialect", talk.dialect


def table(outcomes: list[Outcome]) -> str:
    """The figures, in Markdown."""
    rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        for row in one.groups:
            rows[row][one.verdict] += 1
    order = ["all", "history", "traces", "complication", "dialect"]
    lines = ["| | talks | right | told | silent | false alarm | crash | right % |", "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for group in order:
        lines += [] if group == "all" else [f"| **{group}** | | | | | | | |"]
        for key in sorted(key for key in rows if key[0] == group):
            counts, total = rows[key], rows[key].total()
            cells = " | ".join(str(counts[name]) for name in VERDICTS)
            lines.append(f"| {key[1]} | {total} | {cells} | {100 * counts['right'] / total:.1f} |")
    return "\n".join(lines)


def failures(outcomes: list[Outcome], limit: int) -> str:
    """Failing talks grouped by what went wrong, each group with its smallest talks; the greatest groups first."""
    found: dict[tuple[str, ...], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        if one.verdict != "right":
            names = dict(one.groups)
            what = re.sub(r"'.*|\d.*", "", (one.why.strip().splitlines() or [""])[-1]).strip()
            found[one.verdict, names["history"], names["traces"], what].append(one)
    lines = []
    for key, group in sorted(found.items(), key=lambda item: -len(item[1]))[:limit]:
        lines.append(f"\n### {len(group)} x {' / '.join(key)}")
        for one in sorted(group, key=lambda o: (len(o.groups), o.size))[:4]:
            marks = ", ".join(name for kind, name in one.groups if kind in ("complication", "dialect"))
            why = (one.why.strip().splitlines() or [""])[-1]
            lines.append(f"- `--seed {one.seed} --show` ({one.size} spans; {marks}) {why}")
            lines += [f"  undecidable: {', '.join(one.undecidable)}"] if one.undecidable else []
    return "\n".join(lines)


def worse(outcomes: list[Outcome], path: Path) -> list[int]:
    """The seeds that were right in the run that the file holds and aren't now; the file then holds this run."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({one.seed: one.verdict for one in outcomes}), encoding="utf-8")
    return [one.seed for one in outcomes if before.get(str(one.seed)) == "right" and one.verdict != "right"]


def show(talk: Talk, judged: Verdict) -> str:
    """One talk for a person: truth, spans, what was read."""
    lines = [f"talk {talk.seed}: {talk.style}, {talk.dialect}, {', '.join(sorted(talk.labels))}"]
    lines.append(f"undecidable: {', '.join(sorted(talk.undecidable))}")
    lines.append(f"clocks wrong by {talk.skew}" if talk.skew else "")
    for session in talk.sessions:
        lines.append(f"\n# {session.id}")
        for m in session.messages:
            lines.append(f"  {m.role:9} {m.content[:90]!r} {[(c.name, c.arguments) for c in m.calls] or ''}")
    lines.append("\n# spans")
    zero = min(node.start for node in talk.nodes)
    for node in sorted(talk.nodes, key=lambda n: n.start):
        answer = " + ".join(_brief(m) for m in node.answer)
        request = " | ".join(_brief(m) for m in node.request)
        where = f"{node.trace[:4]} {node.id[:4]} <{(node.parent or '')[:4]:4}"
        when = f"{node.start - zero:7.2f}-{node.end - zero:7.2f}"
        what = f"{node.kind:5} {node.duty:9} {node.session or '-'} [{request}] -> [{answer}] {node.error or ''}"
        lines.append(f"  {where} {when} {what}")
    lines += [f"  dropped {node.id[:4]} {node.kind} {node.duty}" for node in talk.dropped]
    lines += ["\n# verdict: " + judged.verdict, judged.why]
    lines += ["\n# wanted", *map(_line, judged.want), "\n# got", *map(_line, judged.got)]
    return "\n".join(lines)


def _brief(message: object) -> str:
    role, content, calls = message.role, message.content, message.calls  # type: ignore[attr-defined]
    return f"{role[0]}:{content[:22]!r}" + "".join(f"+{c.name}" for c in calls)


def _line(item: tuple[object, ...]) -> str:
    return f"  {item[0]:9} {str(item[1])[:110]!r}"


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.talks", description=(__doc__ or "").splitlines()[0])
    options.add_argument("--talks", type=int, default=3000)
    options.add_argument("--seed", type=int, default=1, help="the first seed; talks have consecutive ones")
    options.add_argument("--only", help="force this complication (or pick this history style)")
    options.add_argument("--dialect", choices=sorted(DIALECTS))
    options.add_argument("--show", action="store_true", help="show the one talk of --seed")
    options.add_argument("--spans", action="store_true", help="with --show: every attribute")
    options.add_argument("--failures", type=int, default=0, metavar="N", help="list N groups of failing talks")
    options.add_argument("--write", type=Path, metavar="FILE", help="write the table as a page of the documentation")
    options.add_argument("--save", type=Path, metavar="FILE", help="write each talk's verdict, and tell what got worse")
    options.add_argument("--jobs", type=int, default=2)
    args = options.parse_args()
    if args.show:
        talk = play(args.seed, CAN, only=args.only, dialect=args.dialect)
        print(show(talk, verdict(talk)))
        for span in written(talk) if args.spans else ():
            print(span.trace_id[:4], span.span_id[:4], span.name, span.attributes, span.events)
        return 0
    tasks = [(args.seed + at, args.only, args.dialect) for at in range(args.talks)]
    with multiprocessing.Pool(args.jobs) as pool:
        outcomes = pool.map(outcome, tasks, chunksize=20)
    print(table(outcomes))
    if args.write:
        args.write.write_text(PAGE.format(table=table(outcomes), talks=args.talks, seed=args.seed), encoding="utf-8")
    if args.save:
        print(f"\nright before, wrong now: {worse(outcomes, args.save)}")
    if args.failures:
        print("\n" + failures(outcomes, args.failures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
