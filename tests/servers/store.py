"""The folder outside the checkout that keeps what takes long to build, each thing under a name with its version."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def folder() -> Path:
    """`$XDG_CACHE_HOME/tracefetch-tests`, else `~/.cache/tracefetch-tests`; made if missing."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(base) / "tracefetch-tests"
    path.mkdir(parents=True, exist_ok=True)
    return path


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder `name` of the store, made by `make(path)` if it is not there yet.

    It is made beside its place and renamed when whole, under a lock: a broken build leaves
    nothing, and two test runs make it once.
    """
    place = folder() / name
    if place.exists():
        return place
    with FileLock(folder() / f"{name}.lock"):
        if place.exists():
            return place
        work = Path(tempfile.mkdtemp(prefix=f"{name}.making-", dir=folder()))
        try:
            make(work / "made")
            (work / "made").rename(place)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return place
