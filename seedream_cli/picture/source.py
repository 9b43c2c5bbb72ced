"""Reading a file forwards in bounded pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.picture.info import MAX_BYTES, NotAPictureError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

PIECE: Final = 64 * 1024
"""Most that is given at once, in bytes."""

MOST_TEXT: Final = 1024 * 1024
"""Longest single piece of metadata that is held in memory, in bytes."""

# A picture of the largest size that is taken from outside stays readable once metadata are in it.
_MOST_READ: Final = MAX_BYTES + 4 * 1024 * 1024


class Source:
    """A seekable file read from its start towards its end, at most `PIECE` bytes at a time.

    Every method raises `NotAPictureError` where the file ends before what was asked for, or where more
    would be read than a picture may have, and lets `OSError` through.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._count = 0
        stream.seek(0)

    def exactly(self, count: int) -> bytes:
        """Give the next `count` bytes (at most `PIECE`)."""
        data = self.up_to(count)
        if len(data) < count:
            raise NotAPictureError("the file ends too early")
        return data

    def up_to(self, count: int) -> bytes:
        """Give the next `count` bytes (at most `PIECE`), or what there is before the end of the file."""
        while len(self._buffer) - self._at < count and self._fill():
            pass
        data = self._buffer[self._at : self._at + count]
        self._at += len(data)
        return data

    def pieces(self, count: int) -> Iterator[bytes]:
        """Give the next `count` bytes in pieces."""
        while count > 0:
            piece = self._next(count)
            if not piece:
                raise NotAPictureError("the file ends too early")
            count -= len(piece)
            yield piece

    def rest(self) -> Iterator[bytes]:
        """Give everything up to the end of the file in pieces."""
        while piece := self._next(PIECE):
            yield piece

    def skip(self, count: int) -> None:
        """Pass over the next `count` bytes, which must be there."""
        for _ in self.pieces(count):
            pass

    def skip_to(self, pattern: re.Pattern[bytes]) -> int:
        """Pass over what comes before the next match of `pattern` (at most two bytes); give the count."""
        passed = 0
        while True:
            found = pattern.search(self._buffer, self._at)
            end = found.start() if found else max(self._at, len(self._buffer) - 1)
            passed += end - self._at
            self._at = end
            if found:
                return passed
            if not self._fill():
                raise NotAPictureError("the file ends too early")

    def _next(self, most: int) -> bytes:
        """Give what is at hand, as it was read where possible: joining and cutting would copy it again."""
        if self._at == len(self._buffer):
            self._fill()
        piece = self._buffer[self._at : self._at + most]
        self._at += len(piece)
        return piece

    def _fill(self) -> bool:
        piece = self._stream.read(PIECE)
        self._count += len(piece)
        if self._count > _MOST_READ:
            raise NotAPictureError("the file is larger than a picture may be")
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)
