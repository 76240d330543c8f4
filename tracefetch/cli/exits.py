"""Exit codes: what they mean, and which error gives which."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from tracefetch.errors import NotAllowedError, NotFoundError, TracefetchError, UsageError


class Exit(IntEnum):
    """What the command's exit code says."""

    FOUND = 0
    NOT_FOUND = 1
    USAGE = 2
    FAILED = 3
    NOT_ALLOWED = 4
    INCOMPLETE = 5
    INTERRUPTED = 130


MEANINGS = {
    Exit.FOUND: "found, also a session whose words were not recorded",
    Exit.NOT_FOUND: "not found, or nothing in the window searched",
    Exit.USAGE: "the question can't be asked like this: an option, a setting, an ambiguous id, no URL",
    Exit.FAILED: "the backend can't be reached or understood, a cap was reached, or the output can't be written",
    Exit.NOT_ALLOWED: "not allowed: status 401 or 403, or the tenant is missing",
    Exit.INCOMPLETE: "`--strict`, and something is lost or doubtful; the transcript is printed all the same",
    Exit.INTERRUPTED: "interrupted",
}

# The worst last: an error weighs more than an answer that may not be whole.
_WORSE = (Exit.FOUND, Exit.INCOMPLETE, Exit.NOT_FOUND, Exit.USAGE, Exit.FAILED, Exit.NOT_ALLOWED, Exit.INTERRUPTED)


def exit_of(error: TracefetchError) -> Exit:
    """The exit code that an error ends the command with."""
    if isinstance(error, NotFoundError):
        return Exit.NOT_FOUND
    if isinstance(error, UsageError):
        return Exit.USAGE
    if isinstance(error, NotAllowedError):
        return Exit.NOT_ALLOWED
    return Exit.FAILED


def worst(exits: Iterable[Exit]) -> Exit:
    """The exit code for several answers: that of the worst."""
    return max(exits, key=_WORSE.index, default=Exit.FOUND)
