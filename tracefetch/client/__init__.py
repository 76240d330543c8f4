"""The use case as a library: settings in, conversations out; `Client` and `AsyncClient` over one core."""

from tracefetch.client.question import Question
from tracefetch.client.retrieval import Retrieved
from tracefetch.client.sync import Client

__all__ = ["Client", "Question", "Retrieved"]
