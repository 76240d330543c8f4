"""Where threads stand: each under the turn that started it, the others after the talk."""

from __future__ import annotations

from collections.abc import Iterator

from tracefetch.models import Conversation, Thread, Turn, View


class Placement:
    """Hands out each thread of a conversation once, to the turn that started it.

    Call `under` for each turn, in the order of reading, then go through `rest`.
    """

    def __init__(self, conversation: Conversation, view: View) -> None:
        threads = conversation.threads if view == "threads" else ()
        self._waiting = {thread.id: thread for thread in threads}
        calls = [call for thread in threads for turn in thread.turns for call in turn.tool_calls]
        self._inner = {call.id for call in calls if call.id} | {call.thread for call in calls if call.thread}

    def under(self, turn: Turn, *, is_main: bool) -> list[Thread]:
        """The threads that this turn started: by its calls, in the main talk also by its number."""
        calls = {call.id for call in turn.tool_calls if call.id} | {call.thread for call in turn.tool_calls}
        found = [
            thread
            for thread in self._waiting.values()
            if thread.id in calls
            or thread.tool_call_id in calls - {None}
            or (is_main and thread.turn and thread.turn == turn.number and not self._is_inner(thread))
        ]
        for thread in found:
            del self._waiting[thread.id]
        return found

    def rest(self) -> Iterator[Thread]:
        """The threads that no turn claimed, the outer ones first; render each before asking for the next."""
        while self._waiting:
            outer = (thread for thread in self._waiting.values() if not self._is_inner(thread))
            thread = next(outer, next(iter(self._waiting.values())))
            yield self._waiting.pop(thread.id)

    def _is_inner(self, thread: Thread) -> bool:
        return thread.id in self._inner or thread.tool_call_id in self._inner
