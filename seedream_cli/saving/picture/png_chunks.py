"""The chunks of a PNG file, and the text chunks among them.

Format: Portable Network Graphics, third edition (W3C, 2025), sections 5.3 (chunks) and 11.3.3 (text).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from seedream_cli.saving.picture.info import NotAPictureError

if TYPE_CHECKING:
    from seedream_cli.saving.picture.source import Source

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
TEXT_KINDS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
XMP_KEYWORD: Final = b"XML:com.adobe.xmp"
KEYWORD_FIELD: Final = 80
"""Longest keyword together with the NUL that ends it, in bytes."""

# Ordinary files have a chunk for each 8 KB; millions of empty ones would only cost time.
MOST_CHUNKS: Final = 100_000


def read_chunk_start(source: Source) -> tuple[int, bytes]:
    """Read a chunk's length in bytes and its type; raises `NotAPictureError` where they cannot be."""
    length, kind = struct.unpack(">I4s", source.exactly(8))
    if length > 0x7FFFFFFF or not (kind.isascii() and kind.isalpha()):
        raise NotAPictureError("a damaged PNG chunk")
    return length, kind


def chunk(kind: bytes, body: bytes) -> bytes:
    """Make a whole chunk: length, type, body, checksum."""
    return struct.pack(">I4s", len(body), kind) + body + crc_bytes(zlib.crc32(body, zlib.crc32(kind)))


def crc_bytes(crc: int) -> bytes:
    """Give a checksum as it stands in the file."""
    return crc.to_bytes(4, "big")


def text_chunk(keyword: bytes, text: bytes) -> bytes:
    """Make an `iTXt` chunk of UTF-8 `text`, not compressed, without a language; it must hold no NUL."""
    return chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text)


def read_text(kind: bytes, body: bytes, most: int) -> str | None:
    """Give the text in a text chunk's body, or None where it is damaged or inflates past `most` bytes."""
    _, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if kind == b"zTXt":
        plain = _inflate(rest[1:], most) if rest[:1] == b"\0" else None
        return None if plain is None else plain.decode("latin-1")
    compressed = rest[:1] == b"\1"
    fields = rest[2:].split(b"\0", 2)
    if len(fields) != 3:
        return None
    plain = _inflate(fields[2], most) if compressed else fields[2]
    try:
        return None if plain is None else plain.decode()
    except UnicodeDecodeError:
        return None


def _inflate(data: bytes, most: int) -> bytes | None:
    inflate = zlib.decompressobj()
    try:
        plain = inflate.decompress(data, most)
    except zlib.error:
        return None
    return plain if inflate.eof else None
