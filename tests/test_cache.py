from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tracefetch.cache import SHORT_SECONDS, Cache, Entry, key, lifetime
from tracefetch.errors import AmbiguousError, NotFoundError, UnreachableError

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts its calls; answers with their number."""

    def __init__(self, *, ttl_seconds: float = 100, size_bytes: int = 0, error: Exception | None = None) -> None:
        self.calls = 0
        self.ttl_seconds = ttl_seconds
        self.size_bytes = size_bytes
        self.error = error

    def __call__(self) -> Entry[int]:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return Entry(self.calls, self.ttl_seconds, self.size_bytes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Cache:
    return Cache(max_bytes=100_000, ttl_seconds=300, clock=clock)


def test_an_answer_is_kept_for_its_own_time(cache: Cache, clock: Clock) -> None:
    """Each entry has its own lifetime, and the cache's is the longest."""
    source, long = Source(ttl_seconds=10), Source(ttl_seconds=1000)
    assert [cache.get("a", source), cache.get("a", source), cache.get("b", long)] == [1, 1, 1]
    clock.now = 9.9
    assert cache.get("a", source) == 1
    clock.now = 10.1
    assert (cache.get("a", source), cache.get("b", long)) == (2, 1)
    clock.now = 300.1
    assert cache.get("b", long) == 2


def test_no_lifetime_is_not_kept(cache: Cache) -> None:
    """An entry may say that it is for now only."""
    source = Source(ttl_seconds=0)
    assert [cache.get("a", source), cache.get("a", source)] == [1, 2]
    assert len(cache) == 0


def test_zero_seconds_turn_it_off() -> None:
    """Every asker has a call of its own."""
    source = Source()
    cache = Cache(max_bytes=1000, ttl_seconds=0)
    assert [cache.get("a", source), cache.get("a", source)] == [1, 2]


async def test_zero_seconds_turn_it_off_for_async_askers() -> None:
    """The same from an event loop."""
    source = Source()
    cache = Cache(max_bytes=1000, ttl_seconds=0)

    async def load() -> Entry[int]:
        return source()

    assert [await cache.get_async("a", load), await cache.get_async("a", load)] == [1, 2]


def test_it_is_bounded_in_bytes(clock: Clock) -> None:
    """What was used longest ago goes first; what is too large is never kept."""
    cache = Cache(max_bytes=5000, ttl_seconds=300, clock=clock)
    small = {name: Source(size_bytes=1500) for name in "abc"}
    for name in "ab":
        cache.get(name, small[name])
    cache.get("a", small["a"])
    cache.get("c", small["c"])
    large = Source(size_bytes=4600)
    cache.get("d", large)
    cache.get("d", large)
    cache.get("a", small["a"])
    cache.get("b", small["b"])
    assert (small["a"].calls, small["b"].calls, small["c"].calls, large.calls) == (1, 2, 1, 2)


def test_not_found_is_remembered_for_a_moment(cache: Cache, clock: Clock) -> None:
    """A second question for what is not there costs nothing, and soon asks again."""
    source = Source(error=NotFoundError("nothing", ident="x", backend="jaeger"))
    for _ in range(2):
        with pytest.raises(NotFoundError, match="nothing") as caught:
            cache.get("a", source)
        assert (caught.value.ident, caught.value.backend) == ("x", "jaeger")
    assert source.calls == 1
    clock.now = SHORT_SECONDS + 0.1
    with pytest.raises(NotFoundError):
        cache.get("a", source)
    assert source.calls == 2


@pytest.mark.parametrize("error", [UnreachableError("x"), AmbiguousError("x", choices=["a"]), KeyError("x")])
def test_other_errors_are_not_remembered(cache: Cache, error: Exception) -> None:
    """A backend that failed may be well by now."""
    source = Source(error=error)
    for _ in range(2):
        with pytest.raises(type(error)):
            cache.get("a", source)
    assert source.calls == 2


def in_threads(cache: Cache, source: Source, askers: int) -> tuple[list[object], int]:
    """What many askers get that all ask while the first one's call is under way."""
    entered, go_on = threading.Event(), threading.Event()

    def load() -> Entry[int]:
        entered.set()
        assert go_on.wait(30)
        return source()

    def ask() -> object:
        try:
            return cache.get("a", load)
        except UnreachableError as error:
            return error

    with ThreadPoolExecutor(askers) as pool:
        futures = [pool.submit(ask) for _ in range(askers)]
        assert entered.wait(30)
        go_on.set()
        return [future.result(30) for future in futures], source.calls


def test_many_threads_make_one_call(cache: Cache) -> None:
    """All askers of one thing get the answer of one call."""
    assert in_threads(cache, Source(), 16) == ([1] * 16, 1)


def test_an_error_reaches_all_who_wait() -> None:
    """Each waiter gets its own exception with the same words."""
    cache = Cache(max_bytes=1000, ttl_seconds=300)
    entered, go_on = threading.Event(), threading.Event()

    def load() -> Entry[int]:
        entered.set()
        assert go_on.wait(30)
        raise UnreachableError("gone", url="http://h:1") from OSError("cause")

    def never() -> Entry[int]:
        raise AssertionError("a second call was made")

    caught: list[UnreachableError] = []

    def ask(call: object) -> None:
        try:
            cache.get("a", call)  # type: ignore[arg-type]
        except UnreachableError as error:
            caught.append(error)

    leader = threading.Thread(target=ask, args=(load,))
    leader.start()
    assert entered.wait(30)
    waiters = [threading.Thread(target=ask, args=(never,)) for _ in range(4)]
    for waiter in waiters:
        waiter.start()
    _until_waiting(cache, 4)
    go_on.set()
    for thread in [leader, *waiters]:
        thread.join(30)
    assert [(error.message, error.url) for error in caught] == [("gone", "http://h:1")] * 5
    assert len({id(error) for error in caught}) == 5
    assert all(isinstance(error.__cause__, OSError) for error in caught)


def _until_waiting(cache: Cache, count: int) -> None:
    """Until so many threads wait for the call of key `a`."""
    call = cache._calls["a"]
    pause = threading.Event()
    while len(call._condition._waiters) < count:  # type: ignore[attr-defined]
        pause.wait(0.001)


def test_an_interrupted_leader_is_followed_by_the_next(cache: Cache) -> None:
    """Ctrl-C in one thread is not the others' end: one of them makes the call."""
    entered, go_on = threading.Event(), threading.Event()
    source = Source()

    def interrupted() -> Entry[int]:
        entered.set()
        assert go_on.wait(30)
        raise KeyboardInterrupt

    with ThreadPoolExecutor(5) as pool:
        leader = pool.submit(cache.get, "a", interrupted)
        assert entered.wait(30)
        followers = [pool.submit(cache.get, "a", source) for _ in range(4)]
        _until_waiting(cache, 4)
        go_on.set()
        assert [future.result(30) for future in followers] == [1] * 4
        with pytest.raises(KeyboardInterrupt):
            leader.result(30)
    assert source.calls == 1


async def test_many_tasks_make_one_call(cache: Cache) -> None:
    """The same within an event loop."""
    calls = 0

    async def load() -> Entry[str]:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        return Entry("x", 100)

    assert await asyncio.gather(*(cache.get_async("a", load) for _ in range(10))) == ["x"] * 10
    assert calls == 1


async def test_a_cancelled_leader_is_followed_by_the_next(cache: Cache) -> None:
    """A cancelled task's call is taken over, and its cancellation reaches nobody else."""
    entered = asyncio.Event()

    async def hang() -> Entry[str]:
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def load() -> Entry[str]:
        return Entry("x", 100)

    leader = asyncio.create_task(cache.get_async("a", hang))
    await entered.wait()
    followers = [asyncio.create_task(cache.get_async("a", load)) for _ in range(3)]
    await asyncio.sleep(0)
    leader.cancel()
    assert await asyncio.gather(*followers) == ["x"] * 3
    assert leader.cancelled() or await asyncio.gather(leader, return_exceptions=True)


async def test_a_cancelled_waiter_leaves_the_call_alone(cache: Cache) -> None:
    """Who no longer waits takes nothing from the others."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def load() -> Entry[str]:
        entered.set()
        await go_on.wait()
        return Entry("x", 100)

    leader = asyncio.create_task(cache.get_async("a", load))
    await entered.wait()
    waiter = asyncio.create_task(cache.get_async("a", load))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    go_on.set()
    assert await leader == "x"
    assert waiter.cancelled()


async def test_threads_and_tasks_share_a_call(cache: Cache) -> None:
    """A sync asker and an async one get one answer."""
    entered, go_on = threading.Event(), threading.Event()

    def load() -> Entry[str]:
        entered.set()
        assert go_on.wait(30)
        return Entry("x", 100)

    async def never() -> Entry[str]:
        raise AssertionError("a second call was made")

    thread = asyncio.create_task(asyncio.to_thread(cache.get, "a", load))
    await asyncio.to_thread(entered.wait, 30)
    task = asyncio.create_task(cache.get_async("a", never))
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(thread, task) == ["x", "x"]


def test_a_call_that_nobody_ends_is_not_waited_for_without_end() -> None:
    """An event loop that died with its call hangs nobody for ever."""
    cache = Cache(max_bytes=1000, ttl_seconds=300, patience_seconds=0.01)

    async def hang() -> Entry[int]:
        await asyncio.sleep(0)
        raise AssertionError

    coroutine = cache.get_async("a", hang)
    coroutine.send(None)
    assert cache.get("a", Source()) == 1
    coroutine.close()
    assert cache.get("a", Source()) == 1


@pytest.mark.parametrize(
    ("complete", "last", "expected"),
    [
        (True, NOW - timedelta(minutes=5), 300),
        (True, NOW - timedelta(minutes=4), SHORT_SECONDS),
        (False, NOW - timedelta(days=1), SHORT_SECONDS),
        (True, None, SHORT_SECONDS),
    ],
)
def test_what_may_grow_lives_shortly(complete: bool, last: datetime | None, expected: float) -> None:
    """Partial conversations and young ones are asked for again soon."""
    assert lifetime(300, complete=complete, last=last, now=NOW) == expected


def test_a_short_lifetime_is_not_lengthened() -> None:
    """`ttl_seconds` below the short time stands."""
    assert lifetime(1, complete=False, last=None) == 1


def test_keys_tell_parts_apart() -> None:
    """Every part and its place count."""
    keys = [key("a", "b"), key("ab"), key("b", "a"), key("a", None), key("a", NOW), key("a", ["b"]), key("\ud800")]
    assert len(set(keys)) == len(keys)
    assert key("a", {"x": 1, "y": 2}) == key("a", {"y": 2, "x": 1})
