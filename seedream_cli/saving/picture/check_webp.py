"""Checking a WebP file: its RIFF structure and the size in the frame's own header.

The pixels of a WebP carry no checksum, and only decoding them would tell more. Animations are refused: a
draft is one still picture.

Format: WebP container, RFC 9649; `C2PA` chunk from the C2PA specification 2.x, section on RIFF files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedream_cli.saving.picture.info import NotAPictureError, PictureInfo, checked_size
from seedream_cli.saving.picture.webp_chunks import (
    FLAG_ANIMATION,
    FRAME_HEAD,
    ChunkStart,
    Frame,
    read_chunk_starts,
    read_frame,
)

if TYPE_CHECKING:
    from seedream_cli.saving.picture.source import Source


def check_webp(source: Source) -> PictureInfo:
    """Read a WebP file from its start up to the end of its RIFF data; what follows that is not looked at.

    Raises `NotAPictureError` for anything that is not whole.
    """
    chunks = _Chunks()
    for start in read_chunk_starts(source):
        head = source.exactly(min(start.length, FRAME_HEAD))
        chunks.add(start, head)
        source.skip(start.padded - len(head))
    return chunks.finish()


class _Chunks:
    """What has been seen of the chunks so far."""

    def __init__(self) -> None:
        self._canvas: tuple[int, int] | None = None
        self._frame: Frame | None = None
        self._kinds: set[bytes] = set()

    def add(self, start: ChunkStart, head: bytes) -> None:
        if start.kind == b"VP8X":
            self._extended(head)
        elif start.kind in {b"VP8 ", b"VP8L"}:
            if self._frame:
                raise NotAPictureError("a WebP with two frames")
            self._frame = read_frame(start, head)
        elif start.kind in {b"ANIM", b"ANMF"}:
            raise NotAPictureError("an animation")
        elif not self._kinds:
            raise NotAPictureError("a WebP without a frame")
        self._kinds.add(start.kind)

    def finish(self) -> PictureInfo:
        if self._frame is None:
            raise NotAPictureError("a WebP without a frame")
        size = self._frame.width, self._frame.height
        if self._canvas not in {None, size}:
            raise NotAPictureError("a WebP frame of another size than its canvas")
        return PictureInfo(
            "webp",
            *size,
            provenance=b"C2PA" in self._kinds,
            exif=b"EXIF" in self._kinds,
            xmp=b"XMP " in self._kinds,
        )

    def _extended(self, head: bytes) -> None:
        if self._kinds or len(head) < FRAME_HEAD:
            raise NotAPictureError("a damaged WebP header")
        if head[0] & FLAG_ANIMATION:
            raise NotAPictureError("an animation")
        width = int.from_bytes(head[4:7], "little") + 1
        height = int.from_bytes(head[7:10], "little") + 1
        self._canvas = checked_size(width, height)
