"""Operations inside operations: what is found is kept, errors stay with whom they concern, caps hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tracefetch.client.gathering import Meter, forward, gather, together
from tracefetch.client.many import in_order
from tracefetch.errors import DeadlineError, LimitError, ResponseError
from tracefetch.http.values import Batch, Blocking, Found, Operation, Request, Response
from tracefetch.models import Span, note


def request(name: str) -> Request:
    return Request(f"/{name}")


def reply(asked: Request, *, error: bool = False) -> Response:
    trouble = ResponseError(f"{asked.path} failed") if error else None
    return Response(asked, 500 if error else 200, {}, b"", f"http://h{asked.path}", trouble)


def run(
    operation: Operation[Any], *, failing: Sequence[str] = (), raising: Exception | None = None
) -> tuple[Any, list[list[str]]]:
    """Run an operation; the paths of each batch it asked for."""
    batches: list[list[str]] = []
    try:
        step = next(operation)
        while True:
            if isinstance(step, Blocking):
                step = operation.send(step.call())
                continue
            assert isinstance(step, Batch)
            batches.append([one.path for one in step.requests])
            if raising is not None:
                step = operation.throw(raising)
            else:
                step = operation.send([reply(one, error=one.path in failing) for one in step.requests])
    except StopIteration as end:
        return end.value, batches


def asking(name: str, times: int, *, optional: bool = False) -> Operation[str]:
    for number in range(times):
        responses = yield Batch((request(f"{name}{number}"),), optional)
        assert [one.request.path for one in responses] == [f"/{name}{number}"]
    return name


def test_side_by_side_is_one_batch_a_step() -> None:
    """What is asked at one time goes out together; each gets its own answers, whenever it ends."""
    results, batches = run(together([asking("a", 2), asking("b", 1), asking("c", 3)]))
    assert results == ["a", "b", "c"]
    assert batches == [["/a0", "/b0", "/c0"], ["/a1", "/c1"], ["/c2"]]


def test_an_error_stays_with_whom_it_concerns() -> None:
    """One operation's failure is its result; the others go on. Who allows for errors is sent them."""
    results, _ = run(together([asking("a", 2), asking("b", 2), asking("c", 1, optional=True)]), failing=["/a0", "/c0"])
    assert isinstance(results[0], ResponseError)
    assert results[1:] == ["b", "c"]


def test_the_deadline_ends_all_of_them() -> None:
    """What concerns the batch as a whole reaches each."""
    results, batches = run(together([asking("a", 1), asking("b", 1)]), raising=DeadlineError("too late"))
    assert [type(one) for one in results] == [DeadlineError, DeadlineError]
    assert len(batches) == 1


def test_blocking_calls_are_made_too() -> None:
    """A file's operation has no batch."""

    def reading(value: int) -> Operation[int]:
        return (yield Blocking(lambda: value))

    assert run(together([reading(1), asking("a", 1), reading(2)]))[0] == [1, "a", 2]


def test_a_meter_stops_before_one_too_many() -> None:
    """The request that would pass the cap is not sent; those before were counted."""
    meter = Meter(2)
    with pytest.raises(LimitError):
        run(gather(asking("a", 5), meter=meter))
    assert meter.used == 2
    assert run(gather(asking("a", 5), meter=Meter(5)))[1] == [[f"/a{number}"] for number in range(5)]


def finding(closed: list[str]) -> Operation[str]:
    try:
        yield Found([Span("t1", "s1", "one")], [note("window", "x")])
        yield Batch((request("a"),))
        yield Found([Span("t2", "s2", "two")])
    finally:
        closed.append("closed")
    return "done"


def test_what_is_found_is_kept() -> None:
    """Spans and evidence in order, and what the operation returned."""
    closed: list[str] = []
    gathered, _ = run(gather(finding(closed)))
    assert ([one.name for one in gathered.spans], gathered.trace_ids) == (["one", "two"], ("t1", "t2"))
    assert ([item.kind for item in gathered.evidence], gathered.result, closed) == (["window"], "done", ["closed"])


def test_it_can_be_ended_before_a_request() -> None:
    """The operation inside is closed, and nothing more is asked."""
    closed: list[str] = []

    def stop(step: object) -> Operation[bool]:
        yield from ()
        return True

    result, batches = run(forward(finding(closed), lambda found: None, before=stop))
    assert (result, batches, closed) == (None, [], ["closed"])


def test_closing_reaches_the_inside() -> None:
    """Who leaves early closes all of it."""
    closed: list[str] = []
    operation = gather(finding(closed))
    next(operation)
    operation.close()
    assert closed == ["closed"]


def test_answers_are_bounded_and_lazy() -> None:
    """No more than so many questions are taken ahead of the answers that were."""
    taken: list[int] = []

    def questions() -> Any:
        for number in range(100):
            taken.append(number)
            yield number

    answers = in_order(questions(), lambda number: number * 2, at_once=4)
    assert [next(answers) for _ in range(3)] == [0, 2, 4]
    assert len(taken) == 7
    answers.close()
    assert len(taken) == 7
