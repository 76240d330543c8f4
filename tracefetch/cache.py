"""A cache in memory for answers that are dear: bounded in bytes, one call for many askers.

    cache = Cache(max_bytes=settings.cache_bytes, ttl_seconds=settings.ttl_seconds)
    cache_key = key(fingerprint(settings), "session", ident)

    def load() -> Entry[Conversation]:
        conversation = …
        seconds = lifetime(settings.ttl_seconds, complete=conversation.is_complete, last=conversation.end)
        return Entry(conversation, seconds, size_bytes=…)

    conversation = cache.get(cache_key, load)                   # from any thread
    conversation = await cache.get_async(cache_key, load)       # `async def load()`, from any event loop

It knows neither HTTP nor conversations. Values are shared between askers, so they must not be
changed. NotFoundError is remembered for a few seconds; other errors reach all who wait for that
call, and no one after them.
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from cachetools import TLRUCache

from tracefetch.errors import NotFoundError

T = TypeVar("T")

# How long an answer lives that a later one may well better.
SHORT_SECONDS = 5.0
# A conversation whose last span is younger may still be going on.
YOUNG = timedelta(minutes=5)
# What an entry costs beside its value.
_ENTRY_BYTES = 512


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """An answer, how long it may be kept (0: not at all), and about how many bytes it takes."""

    value: T
    ttl_seconds: float
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What lies in the cache: an answer or a refusal."""

    answer: Entry[Any] | NotFoundError
    ttl_seconds: float
    size_bytes: int


# Told to those who wait when the one who asked for all of them was cancelled or interrupted.
_GIVEN_UP = object()


class Cache:
    """Answers by key.

    Args:
        max_bytes: of all entries together; the least recently used go first.
        ttl_seconds: the longest that anything is kept; 0 turns the cache off, joint calls included.
        patience_seconds: how long an asker waits for another's call before it makes its own:
            more than any call takes, against one that will never end.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        ttl_seconds: float,
        patience_seconds: float = 600,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ttl_seconds = ttl_seconds
        self.max_bytes = max_bytes
        self._patience_seconds = patience_seconds
        self._kept: TLRUCache[str, _Kept] = TLRUCache(
            maxsize=max_bytes,
            ttu=lambda _key, kept, now: now + kept.ttl_seconds,
            timer=clock,
            getsizeof=lambda kept: kept.size_bytes,
        )
        self._calls: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            self._kept.expire()
            return len(self._kept)

    def get(self, key: str, load: Callable[[], Entry[T]]) -> T:
        """The answer: kept, or of a call that is under way, or of a call made now.

        Raises:
            Exception: whatever `load` raised, for this asker or for the one it waited for.
        """
        if not self.ttl_seconds:
            return load().value
        while True:
            answer, call, is_mine = self._join(key)
            if answer is None and is_mine:
                with _Flight(self, key, call) as flight:
                    return flight.land(load())
            if answer is None:
                answer = self._wait(key, call)
            if answer is not _GIVEN_UP:
                opened: T = _open(answer)
                return opened

    async def get_async(self, key: str, load: Callable[[], Awaitable[Entry[T]]]) -> T:
        """`get` for asyncio; sync and async askers of one key share a call."""
        if not self.ttl_seconds:
            return (await load()).value
        while True:
            answer, call, is_mine = self._join(key)
            if answer is None and is_mine:
                with _Flight(self, key, call) as flight:
                    return flight.land(await load())
            if answer is None:
                answer = await self._wait_async(key, call)
            if answer is not _GIVEN_UP:
                opened: T = _open(answer)
                return opened

    def clear(self) -> None:
        """Forget everything; calls under way go on."""
        with self._lock:
            self._kept.clear()

    def _join(self, key: str) -> tuple[Any, Future[Any], bool]:
        """What is kept, else the call under way, else a new call, which is then the asker's own."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                return kept.answer, Future(), False
            call = self._calls.get(key)
            if call is not None:
                return None, call, False
            call = self._calls[key] = Future()
            # A running future can't be cancelled: no asker can cancel the others' answer.
            call.set_running_or_notify_cancel()
            return None, call, True

    def _wait(self, key: str, call: Future[Any]) -> Any:
        try:
            return call.result(timeout=self._patience_seconds)
        except TimeoutError:
            return self._overdue(key, call)

    async def _wait_async(self, key: str, call: Future[Any]) -> Any:
        import asyncio  # noqa: PLC0415 - who asks from threads need not load it

        waiting = asyncio.wrap_future(call)
        try:
            done, _ = await asyncio.wait([waiting], timeout=self._patience_seconds)
            return waiting.result() if done else self._overdue(key, call)
        finally:
            waiting.cancel()  # of this asker's own view only; its loop may close before the call ends

    def _overdue(self, key: str, call: Future[Any]) -> Any:
        """A call that nobody will end, its thread or event loop being gone: forget it."""
        with self._lock:
            if self._calls.get(key) is call:
                del self._calls[key]
        return _GIVEN_UP

    def _end(self, key: str, call: Future[Any], answer: Any, kept: _Kept | None) -> None:
        with self._lock:
            if self._calls.get(key) is call:
                del self._calls[key]
                if kept is not None and kept.ttl_seconds > 0 and kept.size_bytes <= self.max_bytes:
                    self._kept[key] = kept
        call.set_result(answer)


class _Flight:
    """One asker's call for all: however it ends, those who wait are told."""

    def __init__(self, cache: Cache, key: str, call: Future[Any]) -> None:
        self._cache = cache
        self._key = key
        self._call = call
        self._entry: Entry[Any] | None = None

    def __enter__(self) -> _Flight:
        return self

    def land(self, entry: Entry[T]) -> T:
        """The answer came."""
        self._entry = entry
        return entry.value

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        limit = self._cache.ttl_seconds
        if self._entry is not None:
            entry = self._entry
            kept = _Kept(entry, min(entry.ttl_seconds, limit), entry.size_bytes + _ENTRY_BYTES)
            self._cache._end(self._key, self._call, entry, kept)
        elif isinstance(error, NotFoundError):
            refusal = _copied(error)
            kept = _Kept(refusal, min(SHORT_SECONDS, limit), _ENTRY_BYTES)
            self._cache._end(self._key, self._call, refusal, kept)
        else:
            # Cancelled or interrupted: that is this asker's own end, and the next one takes over.
            told = _copied(error) if isinstance(error, Exception) else _GIVEN_UP
            self._cache._end(self._key, self._call, told, None)


def lifetime(ttl_seconds: float, *, complete: bool, last: datetime | None, now: datetime | None = None) -> float:
    """How long an answer may be kept: seconds only, where it is partial or may still grow.

    Args:
        ttl_seconds: for one that is whole and over.
        complete: nothing is known to be missing.
        last: the end of the last span, with its zone; None where it is not known.
    """
    is_over = last is not None and (now or datetime.now(UTC)) - last >= YOUNG
    return ttl_seconds if complete and is_over else min(ttl_seconds, SHORT_SECONDS)


def key(*parts: object) -> str:
    """A digest of everything that decides an answer. Give credentials as a digest, never themselves."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def _open(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise _copied(answer)
    return answer.value


def _copied(error: Any) -> Any:
    """A copy for each asker: a traceback belongs to one thread."""
    try:
        fresh = copy.copy(error)
    except Exception:  # noqa: BLE001 - an exception that can't be copied is shared
        fresh = error
    fresh.__cause__ = error.__cause__
    return fresh.with_traceback(None)
