"""Spans and maps in, messages out: decoding by encoding (text, JSON, indexed keys, parts, events), not by vendor."""

from tracefetch.messages.history import History
from tracefetch.messages.message import HIDDEN, CallPart, Message, Problem, ResultPart
from tracefetch.messages.reading import Reading, read

__all__ = ["HIDDEN", "CallPart", "History", "Message", "Problem", "Reading", "ResultPart", "read"]
