"""A conversation as a row of a list."""

from __future__ import annotations

from tracefetch.assembly.times import utc
from tracefetch.client.retrieval import Retrieved
from tracefetch.models import Conversation, Summary

PREVIEW_CHARACTERS = 120


def summarise(retrieved: Retrieved, *, complete: bool) -> Summary:
    """The row.

    Args:
        complete: nothing suggests that traces of it were not read.
    """
    conversation = retrieved.conversation
    spans = [reading.span for reading in retrieved.assembly.readings]
    starts = [span.start_ns for span in spans if span.start_ns]
    return Summary(
        id=conversation.id,
        is_session=conversation.session_id is not None,
        start=conversation.start or utc(min(starts, default=None)),
        turns=len(conversation.dialogue),
        service=_service(retrieved),
        status=conversation.status,
        preview=_preview(conversation),
        trace_ids=conversation.trace_ids,
        complete=complete,
    )


def _service(retrieved: Retrieved) -> str | None:
    """The service of the first call that spoke; a gateway above it did not."""
    speakers = [call.span.resource.service for call in retrieved.assembly.order.calls]
    return next((name for name in (*speakers, *retrieved.conversation.services) if name), None)


def _preview(conversation: Conversation) -> str:
    """The first user words on one line; an ellipsis says that there is more."""
    words = next((turn.content for turn in conversation.turns if turn.role == "user"), "")
    line = " ".join(words.split())
    return line if len(line) <= PREVIEW_CHARACTERS else f"{line[: PREVIEW_CHARACTERS - 1].rstrip()}…"
