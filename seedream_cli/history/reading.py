"""Reading the history's file: whole lines, forward or backward, in bounded memory, whatever stands in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.files import durable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes; a longer line is no record of ours and is passed over without being held in memory."""

_FIRST_BLOCK: Final = 64 * 1024
_LARGEST_BLOCK: Final = 512 * 1024
_ENDLESS: Final = 1 << 62


class Chunk(NamedTuple):
    """Whole lines of the file, with their line feeds; a line that is too long stands here as a damaged one.

    Attributes:
        offset: of the data in the file.
        end: of the lines in the file.
        begin: of the lines in the data. (To cut the data there would take longer than to search them.)
        data: the lines, and before them the end of an earlier one.
    """

    offset: int
    end: int
    begin: int
    data: bytes

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield where in `data` the lines begin, and the lines, in order, without line feeds."""
        begin = self.begin
        for line in self.data[begin:].removesuffix(b"\n").split(b"\n"):
            yield begin, line
            begin += len(line) + 1

    def lines_with(self, needle: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield where in `data` the lines that hold a needle begin, and the lines, in order, from a place on."""
        import stringzilla

        start = max(start, self.begin)
        while (at := stringzilla.find(self.data, needle, start)) >= 0:
            begin, line = self.line_at(at)
            yield begin, line
            start = begin + len(line) + 1

    def line_at(self, at: int) -> tuple[int, bytes]:
        """Return where the line begins in which a place in `data` lies, and the line, without its line feed."""
        begin = self.data.rfind(b"\n", 0, at) + 1
        end = self.data.find(b"\n", at)
        return begin, self.data[begin : end if end >= 0 else len(self.data)]


class Place(NamedTuple):
    """A place in one file, between its lines."""

    device: int
    inode: int
    offset: int


NOWHERE: Final = Place(0, 0, 0)
"""Before the first line of any file."""


class Reading:
    """A file of lines that is open for reading; without a descriptor an empty one.

    Attributes:
        end: where the file ended at first; what has been added since may be taken away again.
    """

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self.end = NOWHERE
        if descriptor is not None:
            state = os.fstat(descriptor)
            self.end = Place(state.st_dev, state.st_ino, state.st_size)

    @property
    def size(self) -> int:
        """Bytes that the file has now, what was added since it was opened included."""
        return 0 if self._descriptor is None else os.fstat(self._descriptor).st_size

    def at(self, offset: int, size: int) -> bytes:
        """Return that many bytes that stand at an offset, or what is there of them."""
        return self._read(offset, size)

    def lines_since(self, place: Place) -> Iterator[bytes]:
        """Yield the lines behind a place, in order, without line feeds; all lines where it is in another file."""
        end = self.end
        same = (place.device, place.inode) == (end.device, end.inode) and place.offset <= end.offset
        # The place may lie in a line that was just being written.
        for chunk in self.chunks_forward(self._line_begin(place.offset) if same else 0):
            for _, line in chunk.lines():
                yield line

    def chunks_backward(self) -> Iterator[Chunk]:
        """Yield the file in chunks of whole lines, its end first."""
        if self._descriptor is None:
            return
        end = os.fstat(self._descriptor).st_size
        size = _FIRST_BLOCK
        while end:
            offset = max(0, end - size)
            block = self._read(offset, end - offset)
            begin = block.find(b"\n", 0, -1) + 1 if offset else 0
            if begin or not offset:
                yield Chunk(offset, end, begin, block)
                end = offset + begin
                size = min(size * 2, _LARGEST_BLOCK)
            elif size < LONGEST_LINE:
                size *= 2
            else:
                begin = self._line_begin(offset)
                yield Chunk(begin, end, 0, b"\0\n")
                end, size = begin, _LARGEST_BLOCK

    def _line_begin(self, offset: int) -> int:
        """Return where the line begins in which an offset lies."""
        if offset and self._read(offset - 1, 1) == b"\n":
            return offset
        while offset:
            size = min(offset, _LARGEST_BLOCK)
            offset -= size
            begin = self._read(offset, size).rfind(b"\n") + 1
            if begin:
                return offset + begin
        return 0

    def _line_end(self, offset: int) -> int:
        """Return where the line ends in which an offset lies."""
        while block := self._read(offset, _LARGEST_BLOCK):
            found = block.find(b"\n") + 1
            if found:
                return offset + found
            offset += len(block)
        return offset

    def lines_backward(self) -> Iterator[tuple[int, bytes]]:
        """Yield where the lines begin, and the lines, the last first, without line feeds."""
        for chunk in self.chunks_backward():
            for begin, line in reversed(list(chunk.lines())):
                yield chunk.offset + begin, line

    def lines_before(self, offset: int, needle: bytes, size: int) -> list[bytes]:
        """Return the lines that hold a needle in so many bytes of the file before an offset, in order."""
        size = min(offset, size)
        data = self._read(offset - size, size)
        return [line for _, line in Chunk(offset - size, offset, 0, data).lines_with(needle)]

    def chunks_forward(self, offset: int, end: int = _ENDLESS) -> Iterator[Chunk]:
        """Yield the file in chunks of whole lines from the beginning of one on, up to where it may have ended once."""
        size = _FIRST_BLOCK
        rest = b""  # the beginning of a line that ends behind what has been read
        while block := self._read(offset + len(rest), min(size, end - offset - len(rest))):
            data = rest + block
            whole = data.rfind(b"\n") + 1
            if whole:
                yield Chunk(offset, offset + whole, 0, data[:whole])
                offset += whole
            rest = data[whole:]
            if len(rest) > LONGEST_LINE:
                behind = self._line_end(offset + len(rest))
                yield Chunk(offset, behind, 0, b"\0\n")
                offset, rest = behind, b""
            size = min(size * 2, _LARGEST_BLOCK if whole else LONGEST_LINE)
        if rest:
            yield Chunk(offset, offset + len(rest), 0, rest)

    def pieces(self) -> Iterator[bytes]:
        """Yield the lines, the first first, each with its line feed; one that is too long in pieces."""
        if self._descriptor is not None:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            with os.fdopen(os.dup(self._descriptor), "rb") as file:
                yield from pieces(file)

    def _read(self, offset: int, size: int) -> bytes:
        return b"" if self._descriptor is None else durable.read_at(self._descriptor, size, offset)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of an open file from where it stands, each with its line feed; one that is too long in pieces."""
    while piece := file.readline(LONGEST_LINE):
        yield piece
