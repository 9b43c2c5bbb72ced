"""Pictures made by hand, whole and spoilt: nothing here comes from the package under test."""

import io
import struct
import zlib
from functools import lru_cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HTML = b"<!doctype html><html><body><h1>Access denied</h1></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk with its length and its CRC."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, *, depth: int = 8, colour: int = 2) -> bytes:
    """An IHDR chunk; colour 2 is RGB, 0 is grey."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def assemble(*chunks: bytes) -> bytes:
    """A PNG of these chunks and the closing one."""
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


@lru_cache(maxsize=512)
def png(width: int, height: int, rgb: tuple[int, int, int] = (40, 80, 120)) -> bytes:
    """A valid 8-bit RGB PNG of one colour."""
    first = b"\0" + bytes(rgb) * width
    repeated = b"\2" + bytes(3 * width)  # filter "up" with no difference: the row above once more
    packer = zlib.compressobj(1)
    packed = packer.compress(first) + packer.compress(repeated * (height - 1)) + packer.flush()
    return assemble(header(width, height), chunk(b"IDAT", packed))


def colour_of(seed: int | None, index: int = 0) -> tuple[int, int, int]:
    """The colour that belongs to a seed and the picture's place in its answer."""
    mixed = zlib.crc32(f"{seed}/{index}".encode())
    return mixed & 255, mixed >> 8 & 255, mixed >> 16 & 255


def picture_of(seed: int | None, index: int, size: tuple[int, int]) -> bytes:
    """The picture that the service draws for a seed: always the same bytes."""
    return png(*size, colour_of(seed, index))


def with_text(data: bytes, keyword: bytes, text: bytes) -> bytes:
    """The same PNG with a tEXt chunk behind its header."""
    at = len(SIGNATURE) + 25
    return data[:at] + chunk(b"tEXt", keyword + b"\0" + text) + data[at:]


def flipped(data: bytes, at: int | None = None) -> bytes:
    """The same bytes with one bit changed, by default in the middle."""
    at = len(data) // 2 if at is None else at % len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def wrong_length(width: int = 16, height: int = 16, *, rows: int = 8) -> bytes:
    """A PNG with right CRCs whose pixel stream has another number of rows than the header says."""
    pixels = zlib.compress((b"\0" + bytes(3 * width)) * rows)
    return assemble(header(width, height), chunk(b"IDAT", pixels))


@lru_cache(maxsize=4)
def zeros(size: int) -> bytes:
    """So many zero bytes as a zlib stream, packed piece by piece."""
    packer = zlib.compressobj(9)
    piece = bytes(1 << 20)
    parts = [packer.compress(piece) for _ in range(size >> 20)]
    return b"".join(parts) + packer.compress(bytes(size & 0xFFFFF)) + packer.flush()


@lru_cache(maxsize=1)
def many_pixels() -> bytes:
    """A whole PNG of 900 megapixels in about 110 KB."""
    side = 30_000
    return assemble(header(side, side, depth=1, colour=0), chunk(b"IDAT", zeros((1 + side // 8) * side)))


@lru_cache(maxsize=1)
def swelling() -> bytes:
    """A PNG that says 8x8 and whose pixel stream unpacks to 256 MB."""
    return assemble(header(8, 8), chunk(b"IDAT", zeros(256 << 20)))


@lru_cache(maxsize=1)
def swelling_text() -> bytes:
    """A valid small PNG with a compressed text of 256 MB."""
    whole = png(8, 8)
    at = len(SIGNATURE) + 25
    return whole[:at] + chunk(b"zTXt", b"Comment\0\0" + zeros(256 << 20)) + whole[at:]


@lru_cache(maxsize=1)
def heavy() -> bytes:
    """A valid PNG of 65 MB, nearly all of it one private chunk."""
    whole = png(8, 8)
    at = len(SIGNATURE) + 25
    return whole[:at] + chunk(b"prVt", bytes(65 << 20)) + whole[at:]


@lru_cache(maxsize=16)
def painted(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    """A picture in another format ("JPEG", "WEBP", "GIF", "TIFF"), by way of Pillow."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", size, (40, 80, 120)).save(file, kind)
    return file.getvalue()


SPOILT = {
    "empty": b"",
    "html": HTML,
    "svg": SVG,
    "text": b"Request has expired",
    "signature only": SIGNATURE,
    "no end": png(64, 64)[:-12],
    "no pixels": assemble(header(64, 64)),
    "no header": assemble(chunk(b"IDAT", zlib.compress(bytes(10)))),
    "cut": png(64, 64)[: len(png(64, 64)) // 2],
    "bit flipped in the pixels": flipped(png(64, 64), 45),
    "bit flipped in the header": flipped(png(64, 64), 19),
    "bit flipped in the end": flipped(png(64, 64), -1),
    "too few rows": wrong_length(rows=8),
    "too many rows": wrong_length(rows=17),
    "no width": assemble(header(0, 16), chunk(b"IDAT", zlib.compress(b""))),
    "pixels not packed": assemble(header(8, 8), chunk(b"IDAT", bytes(200))),
    "chunk longer than the file": SIGNATURE + header(8, 8) + struct.pack(">I", 0x7FFFFFFF) + b"IDATxx",
    "line ends translated": png(64, 64).replace(b"\r\n", b"\n"),
}
"""Bytes that are no whole picture, by name."""
