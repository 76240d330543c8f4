"""`Client`: conversations for scripts and commands."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from tracefetch.client.core import Core, audit, settings_from
from tracefetch.client.listing import Listing
from tracefetch.client.many import in_order
from tracefetch.client.question import Question
from tracefetch.client.retrieval import Retrieved
from tracefetch.config import Settings
from tracefetch.errors import TracefetchError
from tracefetch.http import Run, SyncDriver
from tracefetch.http.values import Operation
from tracefetch.models import Conversation
from tracefetch.models.diagnosis import Diagnosis
from tracefetch.models.explanation import Explanation

T = TypeVar("T")


class Client:
    """Asks one backend for conversations; safe to share between threads.

        with Client("http://localhost:16686") as client:
            conversation = client.get("sess_123")

    Args:
        url: a server's or a file's; TRACEFETCH_URL where it is not given.
        settings: instead of `url` and `options`.
        options: any of the settings, by name.

    Raises:
        ConfigError: a setting is unknown, invalid or unsafe.
    """

    def __init__(
        self, url: str | os.PathLike[str] | None = None, *, settings: Settings | None = None, **options: Any
    ) -> None:
        self.settings = settings_from(url, settings, options)
        self._core = Core(self.settings)
        self._driver = SyncDriver(self.settings, audit=audit)
        self._connecting = threading.Lock()

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
                None: the only conversation of a file.
            trace, session: decide outright; together: that session in that trace.
            whole_session: of a trace's session, the other traces too.

        Raises:
            NotFoundError, AmbiguousError, NotAllowedError, BackendError: see `tracefetch.errors`.
        """
        question = Question.of(ident, trace=trace, session=session, whole_session=whole_session)
        return self._core.cache.get(self._core.key(question), lambda: self._ask(self._core.answer(question)))

    def get_many(self, idents: Iterable[str]) -> Iterator[Conversation | TracefetchError]:
        """Conversations in the order of the ids, several at once; an error in place of one that can't be had."""
        return in_order(idents, self._get_or_error, at_once=self._core.at_once)

    def search(
        self,
        *,
        service: str | None = None,
        status: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
    ) -> Listing:
        """Conversations, the last active first; their turn counts are those that `get` shows.

        Args:
            service: with a trace of this service; the settings' where it is not given.
            status: "ok" or "error", as `Conversation.status`.
            since, until: the window, as in the settings.
            limit: conversations to list; None for all of the window, which is then read whole first.

        Returns:
            An iterator with `evidence`: what was looked at, and where the backend cut its list.
        """
        wanted = {"service": service, "status": status, "since": since, "until": until, "limit": limit}
        return Listing(partial(self._run, self._core.search(**wanted)))

    def services(self) -> list[str]:
        """The services that sent spans, sorted."""
        return self._ask(self._core.services())

    def diagnose(self, *, sample: int = 5) -> Diagnosis:
        """What the backend is and can do, what conversations are there, and what stands in the way.

        Args:
            sample: conversations to look at.
        """
        return self._ask(self._core.diagnose(sample=sample))

    def explain(
        self,
        ident: str | None = None,
        *,
        trace: str | None = None,
        session: str | None = None,
        whole_session: bool = False,
    ) -> Explanation:
        """How a conversation came about, span by span; arguments and errors as for `get`, past the cache."""
        question = Question.of(ident, trace=trace, session=session, whole_session=whole_session)
        return self._ask(self._core.explain(question))

    def retrieve(self, question: Question) -> Retrieved:
        """A conversation with everything that was found on the way, past the cache."""
        return self._ask(self._core.retrieve(question))

    def close(self) -> None:
        """End what is under way and close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _get_or_error(self, ident: str) -> Conversation | TracefetchError:
        try:
            return self.get(ident)
        except TracefetchError as error:
            return error

    def _ask(self, operation: Operation[T]) -> T:
        return self._run(operation).finish()

    def _run(self, operation: Operation[T]) -> Run[T]:
        """Start an operation, with one budget for it and for finding out which backend it is."""
        budget = self._driver.budget()
        with self._connecting:
            if self._driver.backend is None or self._core.retrieval.backend is None:
                self._driver.backend = self._driver.run(self._core.connect(), budget=budget).finish()
        return self._driver.run(operation, budget=budget)
