"""Reading a file forwards in bounded pieces, and copying what need not be looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.saving.picture.info import MAX_MARKED_BYTES, NotAPictureError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

PIECE: Final = 64 * 1024
"""Most that is given at once, in bytes."""

MOST_TEXT: Final = 1024 * 1024
"""Longest single piece of metadata that is held in memory, in bytes."""

_COPIED_AT_ONCE: Final = 1024 * 1024
_WORTH_A_CALL: Final = 64 * 1024


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
        data = self.peek(count)
        if len(data) < count:
            raise NotAPictureError("the file ends too early")
        self._at += count
        return data

    def peek(self, count: int) -> bytes:
        """Tell what the next `count` bytes are (at most `PIECE`), or what there is before the end of the file."""
        while len(self._buffer) - self._at < count and self._fill():
            pass
        return self._buffer[self._at : self._at + count]

    def pieces(self, count: int) -> Iterator[bytes]:
        """Give the next `count` bytes in pieces."""
        while count > 0:
            piece = self._next(count)
            if not piece:
                raise NotAPictureError("the file ends too early")
            count -= len(piece)
            yield piece

    def copy(self, target: BinaryIO, count: int) -> None:
        """Copy the next `count` bytes, which must be there, to where `target` stands."""
        at_hand = self._buffer[self._at : self._at + count]
        self._at += len(at_hand)
        target.write(at_hand)
        count -= len(at_hand)
        if count > 0 and self._copy_unread(target, count) < count:
            raise NotAPictureError("the file ends too early")

    def copy_rest(self, target: BinaryIO) -> None:
        """Copy everything up to the end of the file to where `target` stands."""
        target.write(self._buffer[self._at :])
        self._at = len(self._buffer)
        self._copy_unread(target, MAX_MARKED_BYTES + 1)

    @property
    def position(self) -> int:
        """How many bytes have been given, copied or passed over."""
        return self._count - len(self._buffer) + self._at

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

    def _copy_unread(self, target: BinaryIO, count: int) -> int:
        """Copy up to `count` bytes past what was read, the buffer being used up, and give how many there were."""
        copied = _copy_by_system(self._stream, self._count, target, count) if count > _WORTH_A_CALL else 0
        self._stream.seek(self._count + copied)
        while copied < count and (piece := self._stream.read(min(_COPIED_AT_ONCE, count - copied))):
            target.write(piece)
            copied += len(piece)
        self._took(copied)
        return copied

    def _fill(self) -> bool:
        piece = self._stream.read(PIECE)
        self._took(len(piece))
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)

    def _took(self, count: int) -> None:
        self._count += count
        if self._count > MAX_MARKED_BYTES:
            raise NotAPictureError("the file is larger than a picture may be")


def _copy_by_system(source: BinaryIO, at: int, target: BinaryIO, count: int) -> int:
    """Have the system copy what it can without a detour through this process, and give how many bytes it did.

    Whatever keeps it from copying more, the caller goes on by reading and writing, which tells what is wrong.
    """
    try:
        files = source.fileno(), target.fileno()
    except OSError:  # a file in memory
        return 0
    target.flush()
    to = target.tell()
    copied = 0
    try:
        while copied < count and (more := os.copy_file_range(*files, count - copied, at + copied, to + copied)):
            copied += more
    except (AttributeError, OSError):  # a system, or a file system, that knows no such call
        pass
    target.seek(to + copied)
    return copied
