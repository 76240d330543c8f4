"""A body as it comes in: decompressed piece by piece, counted, and cut off where a limit is passed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tracefetch.errors import ResponseError
from tracefetch.http.budget import Budget

# The most that one step of decompression yields: what a bomb can cost beyond the limit.
_PIECE_BYTES = 1024 * 1024
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})
# zlib's window size plus 32: gzip and zlib headers are told apart by zlib itself.
_ANY_HEADER = zlib.MAX_WBITS | 32


class BrokenBodyError(Exception):
    """The body ended too early; asking again may help."""


class Body:
    """Collects the chunks of one body.

    Args:
        encoding: the Content-Encoding header.
        budget: is told each piece's size, and raises where a limit is passed.
    """

    def __init__(self, encoding: str, budget: Budget) -> None:
        self._encoding = encoding.strip().lower()
        self._budget = budget
        self._pieces: list[bytes] = []
        if self._encoding not in ("", "identity", *_ENCODINGS):
            raise ResponseError(f"the answer is compressed as {self._encoding[:40]!r}, which was not asked for")
        self._inflater = zlib.decompressobj(_ANY_HEADER) if self._encoding in _ENCODINGS else None
        self.bytes_received = 0

    def feed(self, chunk: bytes) -> None:
        """Take a chunk from the wire.

        Raises:
            LimitError, DeadlineError: the budget is used up.
            ResponseError: it can't be decompressed.
        """
        if self._inflater is None:
            self._keep(chunk)
            return
        try:
            for piece in self._inflate(chunk):
                self._keep(piece)
        except zlib.error as error:
            raise ResponseError("the answer's compression is damaged") from error

    def finish(self) -> bytes:
        """The whole body.

        Raises:
            BrokenBodyError: the compressed data stops in its middle.
        """
        if self._inflater is not None and self._pieces and not self._inflater.eof:
            raise BrokenBodyError("the compressed answer stops in its middle")
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def _keep(self, piece: bytes) -> None:
        self.bytes_received += len(piece)
        self._budget.receive(len(piece))
        self._pieces.append(piece)

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        while data:
            assert self._inflater is not None
            if self._inflater.eof:  # a gzip stream may have several members
                self._inflater = zlib.decompressobj(_ANY_HEADER)
            yield self._inflater.decompress(data, _PIECE_BYTES)
            data = self._inflater.unconsumed_tail or self._inflater.unused_data
