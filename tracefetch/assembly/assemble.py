"""From spans to one conversation: the four steps, then turns, threads and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call, calls_from
from tracefetch.assembly.echoes import Voices, sort_out
from tracefetch.assembly.forest import Forest
from tracefetch.assembly.hearing import Choice, Hearing, choose, listen
from tracefetch.assembly.inserting import Inserted, insert_tools
from tracefetch.assembly.joining import Company
from tracefetch.assembly.laying import Layer
from tracefetch.assembly.limits import mark_limited
from tracefetch.assembly.mending import Mended, mend
from tracefetch.assembly.ordering import Order, put_in_order
from tracefetch.assembly.restoring import restore_calls
from tracefetch.assembly.sessions import Sessions
from tracefetch.assembly.talk import Talk, spoken
from tracefetch.assembly.tools import ToolSpan, tool_spans
from tracefetch.assembly.turns import Draft, draft, pair, settle_ids
from tracefetch.assembly.units import assign_units, mark_in_tools
from tracefetch.assembly.wording import unify_wordings
from tracefetch.assembly.words import Vocabulary
from tracefetch.maps import MapSet
from tracefetch.messages import History, Reading, read
from tracefetch.models import Span


@dataclass(slots=True)
class Assembly:
    """Everything that was found on the way from spans to a talk; `explain` shows it.

    Attributes:
        readings: of all spans; `told` those of spans that a map recognises, mostly few.
    """

    forest: Forest
    sessions: Sessions
    session: str | None
    readings: list[Reading]
    told: list[Reading] = field(init=False)
    voices: Voices
    hearing: Hearing = field(default_factory=Hearing)
    choice: Choice = field(default_factory=lambda: Choice([]))
    order: Order = field(default_factory=lambda: Order([], []))
    layer: Layer = field(default_factory=Layer)
    talk: Talk = field(default_factory=Talk)
    tools: list[ToolSpan] = field(default_factory=list)
    inserted: Inserted = field(default_factory=Inserted)
    drafts: list[Draft] = field(default_factory=list)
    lone: list[Call] = field(default_factory=list)
    handed: list[Call] = field(default_factory=list)
    left: list[Call] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    mended: Mended = field(default_factory=Mended)
    unified: int = 0
    whole: bool = True

    def __post_init__(self) -> None:
        self.told = [reading for reading in self.readings if reading.maps]

    @property
    def beside(self) -> list[Call]:
        """Calls that speak and are not of the talk: side calls and sub-agents."""
        talk = set(self.order.calls)
        return [call for call in self.voices.calls if call not in talk]


def read_spans(spans: Iterable[Span], maps: MapSet) -> list[Reading]:
    """Read every span with the maps."""
    history = History()
    return [read(span, maps, history) for span in spans]


def assemble_talk(spans: Sequence[Span], *, maps: MapSet, session: str | None = None, whole: bool = True) -> Assembly:
    """Find the talk of a session, or of all the spans where no session is given.

    Args:
        whole: all of the session's traces were asked for; else a missing turn is no loss.
    """
    forest = Forest(mark_limited(spans))
    sessions = Sessions(forest, maps.session_attributes)
    words = Vocabulary()
    readings = read_spans(forest.spans, maps)
    mine = [reading for reading in readings if _is_wanted(reading.span, session, sessions)]
    calls = calls_from(mine, forest, words)
    if session is not None:
        for call in calls:
            call.foreign = not sessions.belongs(call.span, session)
    voices = sort_out(calls, forest, words)
    batches = _batches(sessions, forest)
    mended = mend(voices.calls, voices.echoes, calls, words)
    restore_calls(voices.calls, words)
    unified = unify_wordings(voices.calls, words)
    mark_in_tools(voices.calls, mine, forest)
    assign_units(voices.calls, forest, batches=batches)
    found = Assembly(forest, sessions, session, mine, voices, calls=calls, mended=mended, unified=unified)
    found.whole = whole
    _find_talk(found)
    found.tools = tool_spans(mine, forest)
    drafts = draft(found.talk.nodes, side_answers=_side_answers(found.beside))
    settle_ids(drafts)
    models = [reading.span for reading in mine if reading.kind == "call" and not reading.speaks]
    found.drafts, found.inserted = insert_tools(
        drafts, found.tools, found.order.calls, voices.calls, forest, words, models=models
    )
    pair(found.drafts)
    return found


def _is_wanted(span: Span, session: str | None, sessions: Sessions) -> bool:
    return session is None or sessions.belongs(span, session) or sessions.is_inside(span, session)


def _batches(sessions: Sessions, forest: Forest) -> set[str]:
    found: dict[str, set[str]] = {}
    for session, spans in sessions.listed().items():
        for span in spans:
            found.setdefault(span.trace_id, set()).add(session)
    return {trace for trace, ids in found.items() if len(ids) > 1 and trace in forest.by_trace}


def _find_talk(found: Assembly) -> None:
    calls = found.voices.calls
    found.hearing = listen(calls, found.forest)
    found.choice = choose(calls, found.hearing)
    company = Company(calls, found.hearing, found.choice.talk)
    company.drop_strangers()
    company.grow()
    company.drop_second_questions()
    company.join_handoffs()
    company.join_lone()
    found.lone, found.handed, found.left = company.lone, company.handed, company.left()
    talk = [call for call in calls if call in company.talk]
    found.order = put_in_order(talk, found.hearing.proofs)
    found.layer = Layer(side_answers=_side_answers(found.beside), cut=frozenset(found.mended.cut))
    for call in found.order.calls:
        found.layer.lay(call)
    found.talk = spoken(found.layer.tree, several_units=len({call.unit for call in talk}) > 1)


def _side_answers(calls: list[Call]) -> frozenset[str]:
    """What calls beside the talk answered: it may stand in a request as if the user had said it."""
    texts = (atom.text.strip() for call in calls for atom in call.output if atom.kind == "assistant")
    return frozenset(text for text in texts if len(text) >= 10)
