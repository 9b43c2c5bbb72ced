"""Writing facts into a PNG: text chunks right after the header, where every reader looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.saving.picture import xmp
from seedream_cli.saving.picture.facts import PictureFacts, to_json
from seedream_cli.saving.picture.parameters import to_parameters
from seedream_cli.saving.picture.png_chunks import (
    KEYWORD_FIELD,
    SIGNATURE,
    TEXT_KINDS,
    XMP_KEYWORD,
    chunk,
    read_chunk_start,
    read_text,
    text_chunk,
)
from seedream_cli.saving.picture.source import MOST_TEXT

if TYPE_CHECKING:
    from seedream_cli.saving.picture.info import PictureInfo
    from seedream_cli.saving.picture.source import Source

PARAMETERS: Final = b"parameters"
DRAFT: Final = b"seedream"
_HEADER_CHUNK: Final = 25
_CRC: Final = 4


def embed_png(source: Source, target: BinaryIO, info: PictureInfo, facts: PictureFacts, *, made_by_model: bool) -> bool:
    """Copy a PNG with `facts`; chunks with our keywords that are there already are left out."""
    target.write(source.exactly(len(SIGNATURE) + _HEADER_CHUNK))
    target.write(text_chunk(PARAMETERS, to_parameters(facts).encode()))
    target.write(text_chunk(DRAFT, to_json(facts).encode()))
    texts = _Texts(info, made_by_model=made_by_model)
    target.write(texts.new())
    kind = b""
    while kind != b"IEND":
        length, kind = read_chunk_start(source)
        if kind in TEXT_KINDS and length <= MOST_TEXT:
            target.write(texts.changed(kind, b"".join(source.pieces(length))))
            source.skip(_CRC)
            continue
        target.write(length.to_bytes(4, "big") + kind)
        if kind == b"IDAT" and not info.late_texts:
            source.copy(target, info.length - source.position)
            break
        source.copy(target, length + _CRC)
    source.copy_rest(target)
    return True


class _Texts:
    """The text chunks already there: ours are dropped, one XMP packet gets the mark, the rest stays."""

    def __init__(self, info: PictureInfo, *, made_by_model: bool) -> None:
        self._made_by_model = made_by_model
        self._marked = not info.xmp

    def new(self) -> bytes:
        """Give a chunk with the mark, for a picture without an XMP packet."""
        packet = xmp.with_ours(None, None, made_by_model=self._made_by_model) if self._marked else None
        return text_chunk(XMP_KEYWORD, packet) if packet else b""

    def changed(self, kind: bytes, body: bytes) -> bytes:
        """Give the chunk that goes into the copy for one that was read; nothing for one of ours."""
        keyword = body[:KEYWORD_FIELD].partition(b"\0")[0]
        if keyword in {PARAMETERS, DRAFT}:
            return b""
        if keyword == XMP_KEYWORD and not self._marked:
            self._marked = True
            packet = read_text(kind, body, MOST_TEXT) or ""
            with_mark = xmp.with_ours(packet.encode(), None, made_by_model=self._made_by_model)
            return text_chunk(XMP_KEYWORD, with_mark) if with_mark else chunk(kind, body)
        return chunk(kind, body)
