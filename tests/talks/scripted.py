"""Plays given words, without accidents: a conversation that is known, in one history style."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.talks.stage import Chat, Stage, Unit
from tests.talks.styles import Memory, Plan
from tests.talks.truth import Call, Message, Node, Session, Talk
from tests.talks.words import Words


def perform(sessions: Sequence[Session], plan: Plan, *, seed: int = 1) -> Talk:
    """A talk in which exactly these sessions are spoken, one after the other."""
    rng = random.Random(seed)
    talk = Talk(seed, plan.style, plan.dialect, set(plan.flags), list(sessions))
    words = Words(rng)
    stage = Stage(talk, plan, rng, words)
    for session in sessions:
        chat = Chat(session, Memory(plan, words, rng), session.system, "travel_agent")
        for turn in turns(session.messages):
            _turn(stage, chat, turn)
            stage.wait(1, 20)
        stage.close(chat.root)
    return talk


def turns(messages: Sequence[Message]) -> list[list[Message]]:
    """Messages cut before each of the user's."""
    found: list[list[Message]] = []
    for message in messages:
        if message.role == "user" or not found:
            found.append([])
        found[-1].append(message)
    return found


def _turn(stage: Stage, chat: Chat, turn: list[Message]) -> None:
    plan = stage.plan
    unit = stage.open(chat)
    if chat.memory.due():
        chat.memory.summarise()
    inner, holder = unit, None
    if "plain" in plan.dialect:
        holder = stage.node("llm", "conversation.turn", unit, chat, request=(turn[0],), system=chat.persona)
        holder.said, holder.answer = tuple(turn), tuple(turn[-1:]) if turn[-1].role == "assistant" else ()
    elif plan.has("wrapper"):
        given = chat.memory.request(turn[:1], fresh=1) if plan.agent_history else (turn[0],)
        holder = stage.node("agent", "invoke_agent", unit, chat, request=given, agent=chat.agent)
        holder.system, holder.answer = chat.persona, tuple(turn[1:])
    inner = Unit(unit.trace, holder.id, holder) if holder else unit
    _speak(stage, chat, inner, turn)
    stage.close(holder)
    stage.close(unit.node)
    chat.memory.kept += turn


def _speak(stage: Stage, chat: Chat, unit: Unit, turn: list[Message]) -> None:
    said, fresh = [turn[0]], 1
    calls: dict[str, Call] = {}
    began = stage.now
    for message in turn[1:]:
        if message.role == "assistant":
            if "plain" in stage.plan.dialect:
                stage.wait(0.2, 2)
            else:
                stage.llm(chat, unit, chat.memory.request(said, fresh=fresh), message)
            calls |= {call.id: call for call in message.calls}
            fresh = 0
        elif stage.plan.tool_spans and message.answers:
            began = stage.now if said[-1].role == "assistant" else began + 0.0001  # tools of one round run together
            ended, stage.now = stage.now, began
            _tool(stage, chat, unit, calls[message.answers], message.content)
            stage.now = max(stage.now, ended)
        said.append(message)
        fresh += message.role != "assistant"
    if len(turn) == 1 and "plain" not in stage.plan.dialect:
        stage.llm(chat, unit, chat.memory.request(said, fresh=1), None, error="APIError")


def _tool(stage: Stage, chat: Chat, unit: Unit, call: Call, result: str) -> Node:
    node = stage.node("tool", "execute_tool", unit, chat, tool=call, result=result)
    stage.wait(0.01, 0.3)
    node.end = stage.now
    return node
