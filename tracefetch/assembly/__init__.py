"""Messages of many spans in, one conversation out; pure, no I/O. docs/how-it-works.md explains it."""

from tracefetch.assembly.assemble import Assembly, assemble_talk
from tracefetch.assembly.conversation import assemble, publish_assembly
from tracefetch.assembly.forest import Forest
from tracefetch.assembly.sessions import Sessions

__all__ = ["Assembly", "Forest", "Sessions", "assemble", "assemble_talk", "publish_assembly"]
