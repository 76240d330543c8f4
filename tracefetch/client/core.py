"""What both clients share: settings, cache and the operations; a client adds only its way to run them."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from tracefetch.assembly.explanation import explain
from tracefetch.cache import Cache, Entry, key, lifetime
from tracefetch.client.diagnosing import diagnose
from tracefetch.client.question import Question
from tracefetch.client.retrieval import Retrieval, Retrieved
from tracefetch.client.searching import Search, plan
from tracefetch.config import Settings, fingerprint
from tracefetch.http import Exchange
from tracefetch.http.values import Operation
from tracefetch.models import Conversation
from tracefetch.models.diagnosis import Diagnosis
from tracefetch.models.explanation import Explanation

# `--verbose` listens here; without a listener a record costs nothing.
AUDIT = logging.getLogger("tracefetch")
_BYTES_PER_CHARACTER = 4
_BYTES_PER_TURN = 2048


def audit(exchange: Exchange) -> None:
    """Log what was asked of the backend."""
    AUDIT.debug("%s", exchange)


def settings_from(
    url: str | os.PathLike[str] | None, settings: Settings | None, options: Mapping[str, Any]
) -> Settings:
    """The settings of a client: given ones, or loaded from `url` and keyword options."""
    if settings is not None:
        return settings
    given = {"url": os.fspath(url), **options} if url is not None else options
    return Settings.load(given, source="library")


class Core:
    """One backend's questions as operations, and the memory of their answers.

    Attributes:
        cache: conversations; sync and async askers of one process may share it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.retrieval = Retrieval(settings)
        self.cache = Cache(max_bytes=settings.cache_bytes, ttl_seconds=settings.ttl_seconds)
        self._fingerprint = fingerprint(settings)

    def key(self, question: Question) -> str:
        """Under which an answer is kept."""
        return key(self._fingerprint, repr(question))

    def answer(self, question: Question) -> Operation[Entry[Conversation]]:
        """A conversation, ready to be kept."""
        retrieved = yield from self.retrieve(question)
        conversation = retrieved.conversation
        seconds = lifetime(self.settings.ttl_seconds, complete=conversation.is_complete, last=conversation.end)
        return Entry(conversation, seconds, weigh(conversation))

    def retrieve(self, question: Question) -> Operation[Retrieved]:
        """A conversation with everything that was found on the way."""
        return self.retrieval.told(self.retrieval.retrieve(question), ident=question.asked)

    def explain(self, question: Question) -> Operation[Explanation]:
        """How a conversation came about."""
        found = yield from self.retrieve(question)
        return explain(found.assembly, found.conversation, self.retrieval.maps)

    def search(self, **wanted: Any) -> Operation[None]:
        """Rows of a listing."""
        return self.retrieval.told(Search(self.retrieval, plan(self.retrieval, **wanted)).run())

    def services(self) -> Operation[list[str]]:
        """The services that sent spans, sorted."""
        return self.retrieval.told(self._services())

    def diagnose(self, *, sample: int) -> Operation[Diagnosis]:
        """What the backend is, and what conversations are there."""
        return self.retrieval.told(diagnose(self.retrieval, sample=sample))

    def connect(self) -> Operation[str]:
        """Find out which backend it is; its name."""
        return self.retrieval.told(self._connect())

    @property
    def at_once(self) -> int:
        """Questions worth asking side by side: a file's cost no waiting, only work."""
        address = self.settings.address
        return 1 if address is not None and address.kind == "file" else self.settings.concurrency

    def _connect(self) -> Operation[str]:
        backend = yield from self.retrieval.connect()
        return backend.name

    def _services(self) -> Operation[list[str]]:
        backend = yield from self.retrieval.connect()
        names = yield from backend.services()
        return sorted(set(names))


def weigh(conversation: Conversation) -> int:
    """About how many bytes a conversation takes in memory."""
    turns = [*conversation.turns, *(turn for thread in conversation.threads for turn in thread.turns)]
    characters = sum(len(turn.content) for turn in turns)
    characters += sum(len(str(call.arguments)) for turn in turns for call in turn.tool_calls)
    characters += sum(len(part.text or "") + len(str(part.data or "")) for turn in turns for part in turn.parts)
    return characters * _BYTES_PER_CHARACTER + len(turns) * _BYTES_PER_TURN + 256 * len(conversation.evidence)
