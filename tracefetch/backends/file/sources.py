"""Which files an address means, and their bytes: decompressed, counted, decoded."""

from __future__ import annotations

import codecs
import glob
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tracefetch.errors import LimitError, UnreachableError
from tracefetch.models import Evidence, doubt, loss

STDIN = "-"
SUFFIXES = (".json", ".jsonl", ".ndjson")
GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 1 << 20
_GZIP = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that an address means. `skipped`: files of a folder that have no JSON name."""

    paths: tuple[str, ...]
    is_folder: bool = False
    skipped: int = 0


def list_files(address: str) -> Listing:
    """The files of a path, a glob, a folder or `-`, in a stable order; links in folders are not followed.

    Raises:
        UnreachableError: there is no such file.
    """
    path = os.path.expanduser(address.removeprefix("file://"))
    if path == STDIN:
        return Listing((STDIN,))
    if os.path.isdir(path):
        return _list_folder(path)
    if os.path.exists(path):
        return Listing((path,))
    matches = sorted(match for match in glob.glob(path, recursive=True) if os.path.isfile(match))
    if not matches:
        message = f"there is no file {address}: give a path, a folder, a pattern such as 'traces/*.json', or -"
        raise UnreachableError(message, backend="file", url=address)
    return Listing(tuple(matches), is_folder=True)


def _list_folder(folder: str) -> Listing:
    paths: list[str] = []
    skipped = 0
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            # No links, nor pipes and devices, which could block for ever.
            is_file = os.path.isfile(path) and not os.path.islink(path)
            if name.lower().removesuffix(".gz").endswith(SUFFIXES) and is_file:
                paths.append(path)
            else:
                skipped += 1
    return Listing(tuple(paths), is_folder=True, skipped=skipped)


def signature(listing: Listing) -> tuple[object, ...]:
    """Changes when a file changes; standard input never does."""
    return tuple((path, *_stat(path)) for path in listing.paths)


def _stat(path: str) -> tuple[int, int]:
    if path == STDIN:
        return 0, 0
    try:
        state = os.stat(path)
    except OSError:
        return 0, 0
    return state.st_mtime_ns, state.st_size


class Reader:
    """Reads files within a limit of bytes, counted over all of them after decompression."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used = 0
        self.evidence: list[Evidence] = []

    def read(self, path: str) -> str:
        """The text of a file, `.gz` or not; what is broken in it is evidence.

        Raises:
            UnreachableError: it can't be opened or read.
            LimitError: the files hold more than `max_bytes`.
        """
        try:
            body = self._collect(path)
        except OSError as error:
            message = f"{path} can't be read: {error.strerror or error}"
            raise UnreachableError(message, backend="file", url=path) from error
        return self._decode(body, path)

    def _collect(self, path: str) -> bytes:
        body = bytearray()
        try:
            for piece in _pieces(path):
                body += piece
                self.used += len(piece)
                if self.used > self.max_bytes:
                    where = "standard input" if path == STDIN else path
                    message = f"{where}: more than {self.max_bytes} bytes (max_bytes); name fewer files or raise it"
                    raise LimitError(message, backend="file", url=path)
        except (EOFError, zlib.error):
            self.evidence.append(loss("file-truncated", f"{path} breaks off: its compressed data is not complete"))
        return bytes(body)

    def _decode(self, body: bytes, path: str) -> str:
        encoding = "utf-8-sig" if body.startswith(codecs.BOM_UTF8) else json.detect_encoding(body)
        try:
            return body.decode(encoding, "surrogatepass" if encoding.startswith("utf-16") else "strict")
        except UnicodeDecodeError:
            message = f"{path} holds bytes that are no {encoding.upper()}, shown as \ufffd: a text may be damaged there"
            self.evidence.append(doubt("broken-character", message))
            return body.decode(encoding, "replace")


def _pieces(path: str) -> Iterator[bytes]:
    if path == STDIN:
        # The descriptor itself, not sys.stdin: a thread left behind at a deadline would hold its lock.
        with open(0, "rb", closefd=False) as stream:
            yield from _decompressed(stream)
        return
    with Path(path).open("rb") as stream:
        yield from _decompressed(stream)


def _decompressed(stream: BinaryIO) -> Iterator[bytes]:
    """Pieces of a stream; gzip is known by its first bytes, whatever the name says."""
    piece = stream.read(_PIECE)
    if piece.startswith(GZIP_MAGIC):
        yield from _inflated(piece, stream)
        return
    while piece:
        yield piece
        piece = stream.read(_PIECE)


def _inflated(piece: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Pieces of a gzip stream of one or more members; all that comes before a break is handed on.

    Raises:
        EOFError, zlib.error: it breaks off, or is damaged.
    """
    inflater = zlib.decompressobj(_GZIP)
    while piece:
        yield inflater.decompress(piece, _PIECE)
        if inflater.eof:
            piece = inflater.unused_data.lstrip(b"\0") or stream.read(_PIECE)
            inflater = zlib.decompressobj(_GZIP) if piece else inflater
        else:
            piece = inflater.unconsumed_tail or stream.read(_PIECE)
    if not inflater.eof:
        raise EOFError
