"""Threads that never keep the process alive.

The standard executor joins its threads when the interpreter ends, so one socket that hangs
would hang Ctrl-C as well. These are daemon threads.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_Task = tuple["Future[Any]", Callable[[], Any]]


class AbandonedError(Exception):
    """Nobody waits for this answer any more."""


class Pool:
    """At most `size` threads, started as they are needed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads = 0
        self._closed = False
        self._lock = threading.Lock()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Queue a call.

        Raises:
            RuntimeError: the pool is closed.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the driver is closed")
            self._tasks.put((future, call))
            if not self._idle.acquire(blocking=False) and self._threads < self._size:
                self._threads += 1
                arguments = (self._tasks, self._idle)
                threading.Thread(target=_work, args=arguments, name="tracefetch", daemon=True).start()
        return future

    def close(self) -> None:
        """Cancel what is queued and let the threads end; waits for nothing."""
        with self._lock:
            self._closed = True
            _cancel_queued(self._tasks)
            for _ in range(self._threads):
                self._tasks.put(None)

    def __del__(self) -> None:
        self.close()


def spawn(call: Callable[[], T]) -> Future[T]:
    """Run a call in a thread of its own: one that blocks for ever takes nobody's place."""
    future: Future[T] = Future()
    threading.Thread(target=_run, args=(future, call), name="tracefetch-blocking", daemon=True).start()
    return future


def _work(tasks: queue.SimpleQueue[_Task | None], idle: threading.Semaphore) -> None:
    while (task := _next(tasks, idle)) is not None:
        _run(*task)
        del task  # an idle thread must not keep an answer alive


def _next(tasks: queue.SimpleQueue[_Task | None], idle: threading.Semaphore) -> _Task | None:
    """The next task; idle is who finds none waiting."""
    try:
        return tasks.get_nowait()
    except queue.Empty:
        idle.release()
        return tasks.get()


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - the one who waits for the future gets it
        future.set_exception(error)


def _cancel_queued(tasks: queue.SimpleQueue[_Task | None]) -> None:
    while True:
        try:
            task = tasks.get_nowait()
        except queue.Empty:
            return
        if task is not None:
            task[0].cancel()
            task[0].set_running_or_notify_cancel()
