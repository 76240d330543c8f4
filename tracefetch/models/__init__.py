"""The shapes that travel between rooms: spans in, conversations out."""

from tracefetch.models.conversation import (
    SCHEMA_VERSION,
    Conversation,
    Part,
    Role,
    Thread,
    TokenUsage,
    ToolCall,
    Turn,
    View,
)
from tracefetch.models.evidence import Evidence, Severity, doubt, loss, note
from tracefetch.models.query import Query, Summary
from tracefetch.models.span import Attributes, Event, Link, Resource, Span

__all__ = [
    "SCHEMA_VERSION",
    "Attributes",
    "Conversation",
    "Event",
    "Evidence",
    "Link",
    "Part",
    "Query",
    "Resource",
    "Role",
    "Severity",
    "Span",
    "Summary",
    "Thread",
    "TokenUsage",
    "ToolCall",
    "Turn",
    "View",
    "doubt",
    "loss",
    "note",
]
