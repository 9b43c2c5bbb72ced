"""Writing facts into a WebP: `parameters` as EXIF `UserComment`, our own field and the mark as XMP.

Format: WebP container, RFC 9649, section 2.7: metadata need the extended format, so a simple file gets a
`VP8X` chunk before its frame, which is not changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from seedream_cli.saving.picture import xmp
from seedream_cli.saving.picture.exif import exif_of, is_our_exif
from seedream_cli.saving.picture.facts import PictureFacts, to_json
from seedream_cli.saving.picture.parameters import to_parameters
from seedream_cli.saving.picture.source import MOST_TEXT
from seedream_cli.saving.picture.webp_chunks import (
    FLAG_ALPHA,
    FLAG_EXIF,
    FLAG_XMP,
    FRAME_HEAD,
    RIFF,
    WEBP,
    ChunkStart,
    chunk,
    read_chunk_starts,
    read_frame,
)

if TYPE_CHECKING:
    from seedream_cli.saving.picture.info import PictureInfo
    from seedream_cli.saving.picture.source import Source


def embed_webp(
    source: Source, target: BinaryIO, info: PictureInfo, facts: PictureFacts, *, made_by_model: bool
) -> bool:
    """Copy a WebP with `facts`: into the XMP packet that is there or a new one, beside EXIF of others."""
    ours = _Ours(info, facts, made_by_model=made_by_model)
    begin = target.tell()
    target.write(RIFF + bytes(4) + WEBP)
    for start in read_chunk_starts(source):
        _copy_chunk(source, target, info, start, ours)
    target.write(ours.new())
    end = target.tell()
    target.seek(begin + len(RIFF))
    target.write((end - begin - len(RIFF) - 4).to_bytes(4, "little"))
    target.seek(end)
    source.copy_rest(target)
    return ours.field_written


def _copy_chunk(source: Source, target: BinaryIO, info: PictureInfo, start: ChunkStart, ours: _Ours) -> None:
    if start.kind in {b"EXIF", b"XMP "} and start.length <= MOST_TEXT:
        body = b"".join(source.pieces(start.padded))[: start.length]
        target.write(chunk(start.kind, ours.changed(start.kind, body)))
        return
    head = source.exactly(min(start.padded, FRAME_HEAD))
    if start.kind == b"VP8X":
        head = bytes((head[0] | FLAG_EXIF | FLAG_XMP,)) + head[1:]
    elif ours.first_chunk:
        target.write(_extended(info, alpha=read_frame(start, head).alpha))
    ours.first_chunk = False
    target.write(start.kind + start.length.to_bytes(4, "little") + head)
    source.copy(target, start.padded - len(head))


def _extended(info: PictureInfo, *, alpha: bool) -> bytes:
    flags = FLAG_EXIF | FLAG_XMP | (FLAG_ALPHA if alpha else 0)
    canvas = (info.width - 1).to_bytes(3, "little") + (info.height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes((flags, 0, 0, 0)) + canvas)


class _Ours:
    """Our two chunks: the first old ones are changed where they stand, new ones come last."""

    def __init__(self, info: PictureInfo, facts: PictureFacts, *, made_by_model: bool) -> None:
        self._info = info
        self._draft = to_json(facts)
        self._exif = exif_of(to_parameters(facts))
        self._made_by_model = made_by_model
        self._exif_changed = False
        self._xmp_changed = False
        self.first_chunk = True
        self.field_written = False

    def new(self) -> bytes:
        """Give the chunks that the picture had no place for."""
        exif = None if self._info.exif else chunk(b"EXIF", self._exif)
        packet = None if self._info.xmp else chunk(b"XMP ", self._xmp(None) or b"")
        return b"".join(made for made in (exif, packet) if made)

    def changed(self, kind: bytes, body: bytes) -> bytes:
        """Give the body of an `EXIF` or `XMP` chunk with ours in it, or as it was."""
        if kind == b"XMP " and not self._xmp_changed:
            self._xmp_changed = True
            return self._xmp(body) or body
        if kind == b"EXIF" and not self._exif_changed and is_our_exif(body):
            self._exif_changed = True
            return self._exif
        return body

    def _xmp(self, packet: bytes | None) -> bytes | None:
        made = xmp.with_ours(packet, self._draft, made_by_model=self._made_by_model)
        self.field_written = made is not None
        return made
