"""Many questions at once, bounded, with answers in the order of the questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import islice
from typing import TypeVar

from tracefetch.http.threads import Pool

Q = TypeVar("Q")
A = TypeVar("A")


def in_order(questions: Iterable[Q], answer: Callable[[Q], A], *, at_once: int) -> Iterator[A]:
    """The answers in order; at most `at_once` are under way or waiting to be taken.

    The next question is taken when an answer is. Closing the iterator asks no more; what is under way is left.
    """
    pool = Pool(at_once)
    rest = iter(questions)
    try:
        waiting: deque[Future[A]] = deque(pool.submit(partial(answer, one)) for one in islice(rest, at_once))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(partial(answer, one)) for one in islice(rest, 1))
            yield result
    finally:
        pool.close()
