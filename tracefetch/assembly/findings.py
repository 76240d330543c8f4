"""What a reader must know beside the words: losses, doubts and notes of an assembly."""

from __future__ import annotations

from tracefetch.assembly.assemble import Assembly
from tracefetch.maps import MapSet
from tracefetch.models import Evidence, loss


def findings(found: Assembly, maps: MapSet) -> list[Evidence]:
    """All evidence of an assembly."""
    if not found.drafts:
        return [loss("content-not-captured", "The spans hold no words of this conversation.")]
    return []
