"""The chunks of a WebP file, and the headers of its still frames.

Format: WebP container, RFC 9649, sections 2 and 3; VP8 frame header, RFC 6386, section 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.saving.picture.info import NotAPictureError, checked_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.saving.picture.source import Source

RIFF: Final = b"RIFF"
WEBP: Final = b"WEBP"
FILE_HEADER: Final = 12
CHUNK_HEADER: Final = 8

FLAG_ANIMATION: Final = 0x02
FLAG_XMP: Final = 0x04
FLAG_EXIF: Final = 0x08
FLAG_ALPHA: Final = 0x10

FRAME_HEAD: Final = 10
"""How much of a frame or of a `VP8X` chunk has to be read to know its size, in bytes."""

MOST_CHUNKS: Final = 100_000


@dataclass(frozen=True, slots=True)
class ChunkStart:
    """A chunk's name and its length in bytes, without and with the padding to an even number."""

    kind: bytes
    length: int

    @property
    def padded(self) -> int:
        """Bytes that follow the chunk's header."""
        return self.length + self.length % 2


def read_chunk_starts(source: Source) -> Iterator[ChunkStart]:
    """Give the start of each chunk of a file from its first byte on; the caller reads what is `padded`.

    Raises `NotAPictureError` where the chunks do not fill the RIFF data exactly.
    """
    left = int.from_bytes(source.exactly(FILE_HEADER)[4:8], "little") - len(WEBP)
    for _ in range(MOST_CHUNKS):
        if left == 0:
            return
        if left < CHUNK_HEADER:
            break
        header = source.exactly(CHUNK_HEADER)
        start = ChunkStart(header[:4], int.from_bytes(header[4:], "little"))
        left -= CHUNK_HEADER + start.padded
        if left < 0:
            break
        yield start
    raise NotAPictureError("a WebP whose parts do not fit together")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Make a whole chunk: name, length, body, padding."""
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


@dataclass(frozen=True, slots=True)
class Frame:
    """Width and height of a frame in pixels, and whether its own header says that it has alpha."""

    width: int
    height: int
    alpha: bool


def read_frame(start: ChunkStart, head: bytes) -> Frame:
    """Read a frame's header from the first `FRAME_HEAD` bytes (or fewer) of a `VP8` or `VP8L` chunk."""
    frame = _read_lossy(start.length, head) if start.kind == b"VP8 " else _read_lossless(head)
    checked_size(frame.width, frame.height)
    return frame


def _read_lossy(length: int, head: bytes) -> Frame:
    tag = int.from_bytes(head[:3], "little")
    unshown = tag & 1 or not tag >> 4 & 1
    if len(head) < 10 or unshown or head[3:6] != b"\x9d\x01\x2a" or 10 + (tag >> 5) > length:
        raise NotAPictureError("a damaged WebP frame")
    width = int.from_bytes(head[6:8], "little") & 0x3FFF
    height = int.from_bytes(head[8:10], "little") & 0x3FFF
    return Frame(width, height, alpha=False)


def _read_lossless(head: bytes) -> Frame:
    bits = int.from_bytes(head[1:5], "little")
    if len(head) < 6 or head[0] != 0x2F or bits >> 29:
        raise NotAPictureError("a damaged WebP frame")
    return Frame((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, alpha=bool(bits >> 28 & 1))
