"""A random talk, played: turn by turn, with what can come between."""

from __future__ import annotations

import random

from tests.talks.stage import Chat, Stage, Unit
from tests.talks.styles import Memory, Plan, augment, draw
from tests.talks.truth import Call, Message, Node, Session, Talk
from tests.talks.words import TOOLS, Words

LIMITS = (100, 256, 1000, 2048)
CANNED = "I'm sorry, but I can't help with that."
RETRY_ERRORS = ("RateLimitError", "APITimeoutError", "InternalServerError")


def play(seed: int, dialects: dict[str, set[str]], *, only: str | None = None, dialect: str | None = None) -> Talk:
    """The talk of this seed. `only` forces a complication, `dialect` a dialect."""
    rng = random.Random(seed)
    chosen = {name: can for name, can in dialects.items() if dialect in (None, name)}
    plan = draw(rng, chosen, only=only)
    talk = Talk(seed, plan.style, plan.dialect)
    _Play(talk, plan, rng).run()
    talk.labels = set(plan.flags) | {f"trace per {plan.unit}"}
    later = random.Random(seed + 10**9)  # drawn apart, so that a seed stays the talk that it was
    if only == "cut":
        talk.limit = later.choice(LIMITS)
        talk.labels.add("cut")
    return talk


class _Play:
    """The players: one chat per session, on one stage."""

    def __init__(self, talk: Talk, plan: Plan, rng: random.Random) -> None:
        self.talk, self.plan, self.rng = talk, plan, rng
        self.words = Words(rng)
        self.stage = Stage(talk, plan, rng, self.words)
        self.chats = [self._chat() for _ in range(plan.sessions)]
        self.effects: set[str] = set()

    def _chat(self) -> Chat:
        session = Session(f"sess-{self.rng.randint(1, 10**9)}", f"user-{self.rng.randint(1, 99)}", self.words.persona())
        self.talk.sessions.append(session)
        return Chat(session, Memory(self.plan, self.words, self.rng), session.system, "assistant_agent")

    def run(self) -> None:
        """Play all turns of all sessions, then let the run's accidents happen."""
        for chat in self._order():
            self._turn(chat)
            self.stage.wait(1, 40)
        for chat in self.chats:
            self.stage.close(chat.root)
        self.stage.close(self.stage.batch)
        self.plan.flags &= self.effects | {
            "batch", "interleaved", "wrapper", "clock", "dropped", "duplicated", "fast", "clock-in-prompt",
            "split-calls", "hidden", "trimmed",
        }  # fmt: skip
        Accidents(self.talk, self.plan, self.rng).happen()

    def _order(self) -> list[Chat]:
        turns = [chat for chat in self.chats for _ in range(self.plan.turns)]
        if self.plan.has("interleaved"):
            self.rng.shuffle(turns)
        return turns

    # One turn of the user's.

    def _turn(self, chat: Chat) -> None:
        question = self._question(chat)
        unit = self.stage.open(chat)
        chat.session.messages.append(question)
        if self._happens("guard", 0.7) and self._blocked(chat, unit, question):
            self.stage.close(unit.node)
            return
        if chat.memory.due():
            covered, text = chat.memory.summarise()
            told = self.rng.random() < 0.7
            if told:
                self.stage.side("summary", chat, unit, covered, text)
            if not told and not any(m.role == "assistant" for m in chat.memory.kept[chat.memory.covered :]):
                self.talk.undecidable.add("a summary that nothing ties to the talk")
        if self._happens("unanswered", 0.35):
            self._fail(chat, unit, question)
        elif self._happens("concurrent", 0.5) and self.plan.unit != "call":
            self._two_at_once(chat, unit, question)
        else:
            chat.memory.kept += self._answered(chat, unit, question)
        self._after(chat, unit)
        self.stage.close(unit.node)

    def _question(self, chat: Chat) -> Message:
        earlier = [m for m in chat.session.messages if m.role == "user"]
        if earlier and self._happens("repeat", 0.4):
            return Message("user", self.rng.choice(earlier).content)
        return Message("user", self.words.question())

    def _answer_text(self, chat: Chat) -> str:
        earlier = [m.content for m in chat.session.messages if m.role == "assistant" and m.content]
        if earlier and self._happens("same-answer", 0.4):
            return self.rng.choice(earlier)
        return self.words.answer()

    def _happens(self, flag: str, chance: float) -> bool:
        if self.plan.has(flag) and self.rng.random() < chance:
            self.effects.add(flag)
            return True
        return False

    def _blocked(self, chat: Chat, unit: Unit, question: Message) -> bool:
        """The guard is asked; True where it refuses and the application answers itself."""
        history = chat.memory.kept if self.rng.random() < 0.2 else []
        refused = self.plan.style in ("full", "summary") and self._happens("own-answer", 0.4)
        self.stage.side("guard", chat, unit, [*history, question], "unsafe" if refused else None)
        if not refused:
            return False
        canned = Message("assistant", CANNED)
        chat.session.messages.append(canned)
        chat.memory.kept += [question, canned]
        if self.plan.has("wrapper"):
            self._agent(chat, unit, (question,), (canned,))
        self.talk.undecidable.add("own answer known from later history only")
        chat.session.optional |= {question.uid, canned.uid}
        return True

    def _fail(self, chat: Chat, unit: Unit, question: Message) -> None:
        """The model fails; the user goes on. Some applications keep the question, some drop it."""
        self.stage.llm(chat, unit, chat.memory.request([question]), None, error=self.rng.choice(RETRY_ERRORS))
        if self.rng.random() < 0.5:
            chat.memory.kept.append(question)
        self.talk.undecidable.add("unanswered question")

    def _answered(self, chat: Chat, unit: Unit, question: Message) -> list[Message]:
        """The model answers, after its tools; returns what the application remembers."""
        if self.plan.dialect in ("plain_turns", "plain_messages"):
            return self._plain(chat, unit, question)
        asked = self._asked(chat, unit, question)
        holder = self._agent(chat, unit, self._wrapper_input(chat, question), ()) if self.plan.has("wrapper") else None
        inner = Unit(unit.trace, holder.id, holder) if holder else unit
        said = self._rounds(chat, inner, asked)
        if holder:
            holder.answer = tuple(said[1:]) if self.rng.random() < 0.3 else (said[-1],)
            holder.end = self.stage.now
        return [question, *said[1:]]

    def _plain(self, chat: Chat, unit: Unit, question: Message) -> list[Message]:
        """A span of the application's own per turn; its tools below."""
        answer = Message("assistant", self._answer_text(chat))
        system = self.stage.persona(chat)
        fields = {"request": (question,), "answer": (answer,), "system": system}
        node = self.stage.node("llm", "conversation.turn", unit, chat, **fields)
        said = [question]
        for _ in range(self.rng.choice([0, 1, 1, 2]) if self.plan.has("tools") else 0):
            self.effects.add("tools")
            self.stage.wait(0.1, 1)
            calling = Message("assistant", "", self._calls())
            said += [calling, *self._use_all(chat, Unit(unit.trace, node.id), calling.calls)]
        self.stage.wait(0.2, 2.5)
        node.end, node.said = self.stage.now, (*said, answer)
        chat.session.messages += [*said[1:], answer]
        return list(node.said)

    def _wrapper_input(self, chat: Chat, question: Message) -> tuple[Message, ...]:
        return chat.memory.request([question], fresh=1) if self.plan.agent_history else (question,)

    def _agent(self, chat: Chat, unit: Unit, given: tuple[Message, ...], gave: tuple[Message, ...]) -> Node:
        node = self.stage.node("agent", "invoke_agent", unit, chat, request=given, answer=gave, agent=chat.agent)
        node.system = self.stage.persona(chat)
        return node

    def _asked(self, chat: Chat, unit: Unit, question: Message) -> Message:
        """The question as the model gets it: rewritten, augmented, or as it was said."""
        if self._happens("rewriter", 0.7):
            history = chat.memory.kept if self.rng.random() < 0.5 else []
            self.stage.side("rewriter", chat, unit, [*history, question])
        if self._happens("augmented", 0.6):
            wrapped = augment(question, self.words)
            chat.session.others[question.uid] = {question.content, wrapped.content}
            self.talk.undecidable.add("augmented text")
            return wrapped
        return question

    def _rounds(self, chat: Chat, unit: Unit, asked: Message) -> list[Message]:
        said, fresh = [asked], 1
        for _ in range(self.rng.choice([0, 1, 1, 2]) if self.plan.has("tools") else 0):
            self.effects.add("tools")
            before = self.words.answer() if self.rng.random() < 0.25 else ""
            calling = Message("assistant", before, self._calls())
            self._ask(chat, unit, said, fresh, calling)
            results = self._use_all(chat, unit, calling.calls)
            said += [calling, *results]
            fresh = len(results)
            chat.session.messages += [calling, *results]
        answer = Message("assistant", self._answer_text(chat))
        self._ask(chat, unit, said, fresh, answer)
        chat.session.messages.append(answer)
        return [*said, answer]

    def _ask(self, chat: Chat, unit: Unit, said: list[Message], fresh: int, answer: Message) -> None:
        """One request, perhaps tried twice, perhaps answered twice."""
        request = chat.memory.request(said, fresh=fresh)
        if self._happens("retry", 0.3):
            self.stage.llm(chat, unit, request, None, error=self.rng.choice(RETRY_ERRORS))
            self._decide("retry")
        if self._happens("regenerate", 0.3) and not answer.calls:
            before = chat.last_response
            draft = Message("assistant", self.words.answer())
            self.stage.llm(chat, unit, request, draft)
            chat.session.drafts.setdefault(answer.uid, set()).add(draft.content)
            chat.last_response = before
            self.talk.undecidable.add("answered twice")
        self.stage.llm(chat, unit, request, answer)

    def _decide(self, what: str) -> None:
        if self.plan.unit == "call":
            self.talk.undecidable.add(f"{what} in a trace of its own")

    def _calls(self) -> tuple[Call, ...]:
        count = self.rng.choice([2, 2, 3]) if self._happens("parallel", 0.6) else 1
        name = "ask_expert" if self._happens("sub-agent", 0.6) else None
        return tuple(
            Call(f"call_{self.stage.hex(10)}", name or self.rng.choice(TOOLS), self._given(name)) for _ in range(count)
        )

    def _given(self, name: str | None) -> dict[str, object]:
        return {"task": self.words.fill("Find the {thing} of {place} ({number}).")} if name else self.words.arguments()

    def _use_all(self, chat: Chat, unit: Unit, calls: tuple[Call, ...]) -> list[Message]:
        """The tools run: at the same time, or one after the other."""
        together = "plain" in self.plan.dialect or self.rng.random() < 0.6
        found, ends, start = [], [], self.stage.now
        for at, call in enumerate(calls):
            if together:
                self.stage.now = start + at * 0.0001
            found.append(self._use(chat, unit, call))
            ends.append(self.stage.now)
        self.stage.now = max(ends)
        return found

    def _use(self, chat: Chat, unit: Unit, call: Call) -> Message:
        """The tool runs, perhaps a sub-agent below it."""
        result = self.words.result()
        node = None
        if self.plan.tool_spans:
            node = self.stage.node("tool", "execute_tool", unit, chat, tool=call, result=result)
        if call.name == "ask_expert":
            result = self._expert(chat, Unit(unit.trace, node.id if node else unit.parent), call)
        self.stage.wait(0.01, 0.5)
        if node:
            node.result, node.end = result, self.stage.now
        return Message("tool", result, (), call.id, call.name)

    def _expert(self, chat: Chat, unit: Unit, call: Call) -> str:
        """A sub-agent: its own prompt, its own task, perhaps a tool of its own."""
        if not self.plan.tool_spans:
            self.talk.undecidable.add("sub-agent without a tool's span")
        task, answer = Message("user", str(call.arguments["task"])), Message("assistant", self.words.answer())
        system = "You are an expert. Solve the task."
        request: list[Message] = [task]
        first = len(self.talk.nodes)
        if self.rng.random() < 0.4:
            inner = Call(f"call_{self.stage.hex(10)}", "search", self.words.arguments())
            asking = Message("assistant", "", (inner,))
            self.stage.llm(chat, unit, request, asking, duty="sub-agent", system=system, agent="expert")
            request += [asking, Message("tool", self.words.result(), (), inner.id, inner.name)]
        self.stage.llm(chat, unit, request, answer, duty="sub-agent", system=system, agent="expert")
        if self.plan.carrier != "app" and self.rng.random() < 0.3:
            for node in self.talk.nodes[first:]:
                node.session = f"conv-{call.id}"
        return answer.content

    def _two_at_once(self, chat: Chat, unit: Unit, question: Message) -> None:
        """The user asks again before the first answer has come."""
        start, kept = self.stage.now, list(chat.memory.kept)
        first = self._answered(chat, unit, question)
        ended = self.stage.now
        self.stage.close(unit.node)
        self.stage.now = start + 0.05
        second = Message("user", self.words.question())
        other = self.stage.open(chat)
        chat.session.messages.append(second)
        later = self._answered(chat, other, second)
        self.stage.close(other.node)
        self.stage.now = max(ended, self.stage.now) + 0.1
        chat.memory.kept = [*kept, *first, *later]
        self.talk.undecidable.add("concurrent turns")

    def _after(self, chat: Chat, unit: Unit) -> None:
        """What an application does when the answer is out: a title, suggestions, a hand-over."""
        if chat.number == 1 and self._happens("title", 0.9):
            self._title(chat, unit)
        if chat.memory.kept and self._happens("follow-up", 0.6):
            ask = Message("user", "Suggest three things that the user could ask next.")
            self.stage.side("follow-up", chat, unit, [*chat.memory.kept, ask][-self.rng.choice([3, 99]) :])
        if self._happens("handoff", 0.3):
            chat.agent, chat.persona = f"agent_{self.rng.randint(1, 9)}", self.words.persona()

    def _title(self, chat: Chat, unit: Unit) -> None:
        kept = chat.memory.kept or [m for m in chat.session.messages if m.role == "user"][:1]
        shape = self.rng.choice(["question", "both", "history"])
        if shape == "question":
            request = [m for m in kept if m.role == "user"][:1] or kept[:1]
        elif shape == "both":
            request = [Message("user", "\n".join(f"{m.role}: {m.content}" for m in kept if m.content))]
        else:
            request = [*kept, Message("user", "Write a title of three words for this conversation.")]
        if not request:
            return
        self.stage.side("title", chat, unit, request)


class Accidents:
    """What happens to spans after the talk: clocks, losses, copies."""

    def __init__(self, talk: Talk, plan: Plan, rng: random.Random) -> None:
        self.talk, self.plan, self.rng = talk, plan, rng

    def happen(self) -> None:
        """Apply what the plan names, and note what nobody can know then."""
        if self.plan.has("hidden"):
            self._hide()
        if self.plan.has("clock"):
            self._skew()
        if self.plan.has("dropped"):
            self._drop()
        if self.plan.has("duplicated"):
            self.talk.nodes += self.rng.sample(self.talk.nodes, k=min(2, len(self.talk.nodes)))
        self._undecidable()

    def _hide(self) -> None:
        speaking = [n for n in self.talk.nodes if n.kind == "llm" and n.duty == "main" and n.answer]
        if speaking:
            self.rng.choice(speaking).words = False

    def _skew(self) -> None:
        """Every second trace was stamped by another host, or each kind of span by its own service."""
        traces = list(dict.fromkeys(node.trace for node in self.talk.nodes))
        by_kind = self.rng.random() < 0.3
        for node in self.talk.nodes:
            node.host = node.kind if by_kind else f"host-{traces.index(node.trace) % 2}"
        for host in sorted({node.host for node in self.talk.nodes}):
            self.talk.skew[host] = self.rng.choice([-1, 1]) * self.rng.uniform(0.1, 5)

    def _drop(self) -> None:
        for node in self.rng.sample(self.talk.nodes, k=min(self.rng.choice([1, 1, 2]), len(self.talk.nodes) - 1)):
            self.talk.nodes.remove(node)
            self.talk.dropped.append(node)

    def _undecidable(self) -> None:
        flags, plan = self.plan.flags, self.plan
        sides = flags & {"guard", "title", "rewriter", "follow-up"} or any(n.duty == "summary" for n in self.talk.nodes)
        thin = plan.style == "none" or (plan.style == "only-new" and not plan.chained) or plan.turns == 1
        thin = thin or (plan.style == "window" and plan.window <= 2)
        if sides and thin and not plan.numbers and not plan.has("wrapper"):
            self.talk.undecidable.add("side calls where no history tells")
        if "rewriter" in flags and not plan.numbers:
            self.talk.undecidable.add("rewritten question")
        asked = [[m.content for m in one.messages if m.role == "user"] for one in self.talk.sessions]
        again = "repeat" in flags or any(len(set(texts)) < len(texts) for texts in asked)
        traces = [node.trace for node in [*self.talk.nodes, *self.talk.dropped]]
        alone = len(set(traces)) == len(traces) and not plan.numbers
        if (plan.unit == "call" or alone) and (again or flags & {"retry", "regenerate", "sub-agent", "unanswered"}):
            self.talk.undecidable.add("a trace per call: retry, repeat or tool")
        if plan.unit == "session" and plan.style in ("none", "window", "only-new") and again:
            self.talk.undecidable.add("equal requests in one trace")
        if self.talk.skew and plan.style not in ("full", "summary") and self._order_shaken():
            self.talk.undecidable.add("order by wrong clocks")

    def _order_shaken(self) -> bool:
        nodes = [n for n in self.talk.nodes if n.kind == "llm"]
        seen = sorted(nodes, key=lambda n: n.start + self.talk.skew.get(n.host, 0))
        return [n.id for n in seen] != [n.id for n in sorted(nodes, key=lambda n: n.start)]
