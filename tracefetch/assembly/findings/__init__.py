"""What a reader must know beside the words: losses, doubts and notes of an assembly."""

from __future__ import annotations

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.findings.doubts import doubts
from tracefetch.assembly.findings.losses import losses
from tracefetch.assembly.findings.notes import notes
from tracefetch.assembly.findings.strangers import strangers
from tracefetch.maps import MapSet
from tracefetch.models import Evidence


def findings(found: Assembly, maps: MapSet) -> list[Evidence]:
    """All evidence of an assembly, the weightiest first."""
    return [*losses(found, maps), *doubts(found), *strangers(found, maps), *notes(found)]
