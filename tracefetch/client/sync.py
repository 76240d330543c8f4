"""`Client`: conversations for scripts and commands."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from tracefetch.cache import Cache, Entry, key, lifetime
from tracefetch.client.question import Question
from tracefetch.client.retrieval import Retrieval, Retrieved
from tracefetch.config import Settings, fingerprint
from tracefetch.errors import TracefetchError
from tracefetch.http import Audit, SyncDriver
from tracefetch.models import Conversation
from tracefetch.models.diagnosis import Diagnosis

_BYTES_PER_CHARACTER = 4


def weigh(conversation: Conversation) -> int:
    """About how many bytes a conversation takes in memory."""
    threads = [turn for thread in conversation.threads for turn in thread.turns]
    texts = sum(len(turn.content) + 512 for turn in (*conversation.turns, *threads))
    return texts * _BYTES_PER_CHARACTER + 256 * len(conversation.evidence)


def entry(conversation: Conversation, settings: Settings) -> Entry[Conversation]:
    """A conversation as the cache keeps it: briefly, where it is partial or young."""
    seconds = lifetime(settings.ttl_seconds, complete=conversation.is_complete, last=conversation.end)
    return Entry(conversation, seconds, weigh(conversation))


def settings_from(url: str | os.PathLike[str] | None, settings: Settings | None, options: dict[str, Any]) -> Settings:
    """The settings of a client: given ones, or loaded from `url` and keyword options."""
    if settings is not None:
        return settings
    given = {"url": os.fspath(url), **options} if url is not None else options
    return Settings.load(given)


class Client:
    """Asks one backend for conversations; safe to share between threads.

        with Client("http://localhost:16686") as client:
            conversation = client.get("sess_123")

    Args:
        url: a server's or a file's; TRACEFETCH_URL where it is not given.
        settings: instead of `url` and `options`.
        audit: called with a record of each request sent, one at a time, from any thread.
        options: any of the settings, by name.
    """

    def __init__(
        self,
        url: str | os.PathLike[str] | None = None,
        *,
        settings: Settings | None = None,
        audit: Audit | None = None,
        **options: Any,
    ) -> None:
        self.settings = settings_from(url, settings, options)
        self._retrieval = Retrieval(self.settings)
        self._driver = SyncDriver(self.settings, audit=audit)
        self._cache = Cache(max_bytes=self.settings.cache_bytes, ttl_seconds=self.settings.ttl_seconds)
        self._fingerprint = fingerprint(self.settings)

    def get(
        self,
        ident: str | None = None,
        *,
        trace: str | None = None,
        session: str | None = None,
        whole_session: bool = False,
    ) -> Conversation:
        """One conversation.

        Args:
            ident: a trace or session id; hex digits only mean a trace, tried as a session where there is none.
            trace, session: decide outright; together: that session in that trace.
            whole_session: of a trace's session, the other traces too.

        Raises:
            NotFoundError, AmbiguousError, NotAllowedError, BackendError: see `tracefetch.errors`.
        """
        question = Question.of(ident, trace=trace, session=session, whole_session=whole_session)

        def ask() -> Entry[Conversation]:
            return entry(self.retrieve(question).conversation, self.settings)

        return self._cache.get(key(self._fingerprint, repr(question)), ask)

    def get_many(self, idents: Iterable[str]) -> Iterator[Conversation | TracefetchError]:
        """Conversations one by one, in order; an error in place of one that could not be had."""
        for ident in idents:
            try:
                yield self.get(ident)
            except TracefetchError as error:
                yield error

    def retrieve(self, question: Question) -> Retrieved:
        """A conversation with everything that was found on the way, past the cache; `explain` shows it."""
        budget = self._driver.budget()
        self._connect(budget)
        return self._driver.run(self._retrieval.retrieve(question), budget=budget).finish()

    def services(self) -> list[str]:
        """The services that sent spans."""
        budget = self._driver.budget()
        backend = self._connect(budget)
        return self._driver.run(backend.services(), budget=budget).finish()

    def diagnose(self) -> Diagnosis:
        """What the backend is and what it can do."""
        budget = self._driver.budget()
        backend = self._connect(budget)
        return self._driver.run(backend.diagnose(), budget=budget).finish()

    def _connect(self, budget: Any) -> Any:
        backend = self._driver.run(self._retrieval.connect(), budget=budget).finish()
        if self._driver.backend is None:
            self._driver.backend = backend.name
        return backend

    def close(self) -> None:
        """End what is under way and close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()
