"""Texts as users, assistants and tools write them: mostly unlike, sometimes equal, short, long or odd."""

from __future__ import annotations

import json
import random
from typing import Any

PLACES = (
    "Paris",
    "Oslo",
    "Lima",
    "Kyoto",
    "Quito",
    "Tunis",
    "Perth",
    "Dakar",
    "Graz",
    "Cork",
    "Łódź",
    "Málaga",
    "東京",
)
THINGS = (
    "weather",
    "train times",
    "opening hours",
    "exchange rate",
    "best café",
    "night bus",
    "old harbour",
    "botanic garden",
    "ferry price",
    "tap water",
    "visa rules",
    "tram map",
    "museum ticket",
    "rental bikes",
    "time zone",
    "local dish",
    "airport link",
    "public holiday",
)
ASKS = (
    "What is the {thing} in {place}?",
    "Tell me about the {thing} of {place}, please.",
    "And the {thing} in {place}?",
    "I need the {thing} for {place}\nby tonight.",
    "How does the {thing} compare between {place} and {other}?",
    'Is "{thing}" a topic in {place}?',
    "Plan B: {place}, {thing}, number {number}.",
    "Could you check the {thing} near {place}?",
)
TELLS = (
    "The {thing} in {place} is {number}.",
    "In {place} the {thing} is fine — {number} of 100.",
    "{place}: {thing}, see {number}.",
    "I looked it up: {thing} for {place} has the number {number}.",
    "Sure! {place} → {thing}.\nAnything else about {number}?",
    "- {thing}\n- {place}\n- {number}",
    "It depends on the {thing}; {place} says {number}.",
)
SHORT = ("yes", "ok", "go on", "thanks!", "no", "again please", "why?", "2")
SHORT_TELLS = ("Done.", "ok", "You're welcome!", "Yes.", "42", "Sure.")
PERSONAS = (
    "You are a concise travel assistant. Answer in one sentence.",
    "You are Nora, a helpful city guide.\nBe polite.",
    "You help customers of the Blue Line ferries. Today is 2026-08-{number}.",
    "Assistant for trip planning; use the tools.",
)
TOOLS = ("get_weather", "search", "lookup_price", "find_train", "calendar.read")


class Words:
    """A source of texts for one talk."""

    def __init__(self, rng: random.Random, *, short: float = 0.1, long: float = 0.02) -> None:
        self.rng = rng
        self.short = short
        self.long = long

    def fill(self, pattern: str) -> str:
        """A pattern with its blanks filled at random."""
        pick = self.rng.choice
        number = self.rng.randint(10, 9999)
        text = pattern.format(thing=pick(THINGS), place=pick(PLACES), other=pick(PLACES), number=number)
        if self.rng.random() < self.long:
            return f"{text} {'lorem ipsum ' * self.rng.randint(60, 500)}end."
        return text

    def question(self) -> str:
        """What a user asks."""
        return self.rng.choice(SHORT) if self.rng.random() < self.short else self.fill(self.rng.choice(ASKS))

    def answer(self) -> str:
        """What an assistant says."""
        return self.rng.choice(SHORT_TELLS) if self.rng.random() < self.short / 2 else self.fill(self.rng.choice(TELLS))

    def persona(self) -> str:
        """A system prompt."""
        return self.fill(self.rng.choice(PERSONAS))

    def arguments(self) -> dict[str, Any]:
        """A tool's arguments."""
        pick = self.rng.choice
        return pick(
            [
                {"city": pick(PLACES)},
                {"query": self.fill("{thing} {place}"), "limit": self.rng.randint(1, 9)},
                {"from": pick(PLACES), "to": pick(PLACES), "options": {"bikes": True, "classes": [1, 2]}},
                {"n": self.rng.randint(1, 99)},
            ]
        )

    def result(self) -> str:
        """What a tool gives back: JSON or a plain text."""
        value = {"place": self.rng.choice(PLACES), "value": self.rng.randint(-20, 999), "ok": True}
        return json.dumps(value, ensure_ascii=False) if self.rng.random() < 0.7 else self.fill("{thing}: {number}")
