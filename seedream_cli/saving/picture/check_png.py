"""Checking a PNG file: every chunk's CRC, the order of chunks, and the length of the pixel stream.

Format: Portable Network Graphics, third edition (W3C, 2025), sections 5, 8 to 11; `caBX` from C2PA 2.x.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zlib_ng import zlib_ng

from seedream_cli.saving.picture.info import NotAPictureError, PictureInfo, checked_size
from seedream_cli.saving.picture.png_chunks import (
    MOST_CHUNKS,
    SIGNATURE,
    TEXT_KINDS,
    XMP_KEYWORD,
    crc_bytes,
    read_chunk_start,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.saving.picture.source import Source

_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Adam7: first column, first row, step right, step down of each pass.
_ADAM7: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_FILTERS: Final = bytes(range(5))
_INFLATED: Final = 512 * 1024


def check_png(source: Source) -> PictureInfo:
    """Read a PNG file from its start up to its `IEND`; what follows that is not looked at.

    Raises `NotAPictureError` for anything that is not whole.
    """
    source.exactly(len(SIGNATURE))
    header = _read_header(source)
    chunks = _Chunks(header)
    for _ in range(MOST_CHUNKS):
        length, kind = read_chunk_start(source)
        crc = zlib.crc32(kind)
        chunks.begin(kind, length)
        for piece in source.pieces(length):
            crc = zlib.crc32(piece, crc)
            chunks.data(kind, piece)
        _check_crc(source, crc)
        if kind == b"IEND":
            chunks.finish()
            return PictureInfo(
                "png",
                header.width,
                header.height,
                provenance=chunks.provenance,
                xmp=chunks.xmp,
                late_texts=chunks.late_texts,
                length=source.position,
            )
    raise NotAPictureError("a PNG of too many chunks")


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    def passes(self) -> Iterator[tuple[int, int]]:
        """Give bytes a row (its filter byte included) and number of rows of each pass that is not empty."""
        grid = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        bits = self.depth * _CHANNELS[self.colour]
        for left, top, right, down in grid:
            columns = -(-(self.width - left) // right)
            rows = -(-(self.height - top) // down)
            if columns > 0 and rows > 0:
                yield 1 + (columns * bits + 7) // 8, rows


def _read_header(source: Source) -> _Header:
    length, kind = read_chunk_start(source)
    if kind != b"IHDR" or length != 13:
        raise NotAPictureError("a PNG without a header")
    body = source.exactly(13)
    _check_crc(source, zlib.crc32(body, zlib.crc32(kind)))
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise NotAPictureError("a PNG header with impossible values")
    checked_size(width, height)
    return _Header(width, height, depth, colour, interlace == 1)


def _check_crc(source: Source, crc: int) -> None:
    if source.exactly(4) != crc_bytes(crc):
        raise NotAPictureError("a PNG chunk with a wrong checksum")


class _Chunks:
    """What has been seen of the chunks after the header, and whether their order is right."""

    def __init__(self, header: _Header) -> None:
        self._header = header
        self._pixels = _Pixels(header)
        self._palette = False
        self._started = False
        self._previous = b"IHDR"
        self._text_start = b""
        self.provenance = False
        self.xmp = False
        self.late_texts = False

    def begin(self, kind: bytes, length: int) -> None:
        if kind == b"IDAT":
            self._begin_pixels()
        elif kind == b"PLTE":
            self._begin_palette(length)
        elif kind == b"IEND":
            if length:
                raise NotAPictureError("a PNG end chunk that is not empty")
        elif kind[:1].isupper():
            raise NotAPictureError("a PNG with a critical chunk that is unknown or out of place")
        self.provenance = self.provenance or kind == b"caBX"
        self.late_texts = self.late_texts or (self._started and kind in TEXT_KINDS)
        self._previous = kind
        self._text_start = b""

    def data(self, kind: bytes, piece: bytes) -> None:
        if kind == b"IDAT":
            self._pixels.add(piece)
        elif kind == b"iTXt" and not self._text_start:
            self._text_start = piece
            self.xmp = self.xmp or piece.startswith(XMP_KEYWORD + b"\0")

    def finish(self) -> None:
        if not self._started:
            raise NotAPictureError("a PNG without pixels")
        self._pixels.finish()

    def _begin_pixels(self) -> None:
        if self._started and self._previous != b"IDAT":
            raise NotAPictureError("a PNG whose pixel chunks are not together")
        if self._header.colour == 3 and not self._palette:
            raise NotAPictureError("a PNG without its palette")
        self._started = True

    def _begin_palette(self, length: int) -> None:
        most = 2**self._header.depth if self._header.colour == 3 else 256
        if self._palette or self._started or self._header.colour in {0, 4}:
            raise NotAPictureError("a PNG palette out of place")
        if length == 0 or length % 3 or length // 3 > most:
            raise NotAPictureError("a PNG palette of a wrong size")
        self._palette = True


class _Pixels:
    """The pixel stream: inflated a block at a time and thrown away, its length and filter bytes checked."""

    def __init__(self, header: _Header) -> None:
        self._inflate = zlib_ng.decompressobj()
        self._passes = iter(list(header.passes()))
        self._row, rows = next(self._passes)
        self._done = 0
        self._due = self._row * rows

    def add(self, data: bytes) -> None:
        """Inflate more of the stream; stops at the first byte more than the header implies."""
        while True:
            if self._inflate.eof and data:
                raise NotAPictureError("a PNG with more data after its pixels")
            try:
                block = self._inflate.decompress(data, _INFLATED)
            except zlib_ng.error:  # type: ignore[misc]  # its stubs call the class an instance
                raise NotAPictureError("a PNG whose pixels cannot be unpacked") from None
            self._count(block)
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            if not data and len(block) < _INFLATED:
                return

    def finish(self) -> None:
        """Tell that no more data come."""
        if not self._inflate.eof or self._done < self._due or next(self._passes, None):
            raise NotAPictureError("a PNG with fewer pixels than its header says")

    def _count(self, block: bytes) -> None:
        start = 0
        while start < len(block):
            if self._done == self._due:
                self._next_pass()
            end = min(len(block), start + self._due - self._done)
            first_row = start + -self._done % self._row
            if block[first_row : end : self._row].translate(None, _FILTERS):
                raise NotAPictureError("a PNG row with an impossible filter")
            self._done += end - start
            start = end

    def _next_pass(self) -> None:
        following = next(self._passes, None)
        if following is None:
            raise NotAPictureError("a PNG with more pixels than its header says")
        self._row, rows = following
        self._done = 0
        self._due = self._row * rows
