"""Ask Jaeger or Tempo for a conversation as it was really spoken.

from tracefetch import Client

with Client("http://localhost:16686") as client:
    conversation = client.get("sess_123")
    for turn in conversation.dialogue:
        print(turn.number, turn.role, turn.content)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracefetch.client import AsyncClient, Client
    from tracefetch.errors import TracefetchError
    from tracefetch.models import Conversation, Evidence, Severity, Summary, Thread, TokenUsage, ToolCall, Turn
    from tracefetch.models.diagnosis import Diagnosis

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "Client",
    "Conversation",
    "Diagnosis",
    "Evidence",
    "Severity",
    "Summary",
    "Thread",
    "TokenUsage",
    "ToolCall",
    "TracefetchError",
    "Turn",
    "__version__",
]

_HOMES = {
    "AsyncClient": "tracefetch.client",
    "Client": "tracefetch.client",
    "Diagnosis": "tracefetch.models.diagnosis",
    "TracefetchError": "tracefetch.errors",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that importing the package is cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "tracefetch.models")), name)
