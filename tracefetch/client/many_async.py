"""`many` for asyncio; apart, since commands need no asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import islice
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


async def in_order_async(
    questions: Iterable[Q], answer: Callable[[Q], Awaitable[A]], *, at_once: int
) -> AsyncIterator[A]:
    """The answers in order, as `many.in_order`; closing the iterator cancels what is under way."""
    rest = iter(questions)
    waiting: deque[asyncio.Future[A]] = deque(asyncio.ensure_future(answer(one)) for one in islice(rest, at_once))
    try:
        while waiting:
            result = await waiting[0]
            waiting.popleft()
            waiting.extend(asyncio.ensure_future(answer(one)) for one in islice(rest, 1))
            yield result
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
