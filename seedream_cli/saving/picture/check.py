"""Telling a whole picture from anything else, by its bytes alone and in bounded memory."""

from __future__ import annotations

from typing import BinaryIO, Final

from seedream_cli.saving.picture import jpeg_segments, png_chunks, webp_chunks
from seedream_cli.saving.picture.check_jpeg import check_jpeg
from seedream_cli.saving.picture.check_png import check_png
from seedream_cli.saving.picture.check_webp import check_webp
from seedream_cli.saving.picture.info import NotAPictureError, PictureInfo
from seedream_cli.saving.picture.source import Source

# What servers send in place of a picture, told apart only so that the message helps.
_OTHERS: Final = (
    (b"gif8", "a GIF, not a PNG, JPEG or WebP"),
    (b"<svg", "an SVG drawing, not a PNG, JPEG or WebP"),
    (b"<?xml", "an XML document, not a picture"),
    (b"<!doctype", "a web page, not a picture"),
    (b"<html", "a web page, not a picture"),
    (b"<", "a text, not a picture"),
    (b"{", "a text, not a picture"),
)


def inspect(stream: BinaryIO) -> PictureInfo:
    """Read a file from its start and tell what picture it is, in less than 1 MB of memory whatever the file.

    Bytes after the picture's own end are tolerated.

    Args:
        stream: seekable and open for reading; not closed, and left at an undefined position.

    Raises:
        NotAPictureError: for anything but a whole PNG, JPEG or WebP of at most 100 megapixels.
        OSError: of the stream.

    """
    source = Source(stream)
    start = source.peek(32)
    if not start:
        raise NotAPictureError("the file is empty")
    if start.startswith(png_chunks.SIGNATURE):
        return check_png(source)
    if start.startswith(jpeg_segments.SIGNATURE):
        return check_jpeg(source)
    if start[:4] == webp_chunks.RIFF and start[8:12] == webp_chunks.WEBP:
        return check_webp(source)
    raise NotAPictureError(_name_other(start))


def _name_other(start: bytes) -> str:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for prefix, name in _OTHERS:
        if text.startswith(prefix):
            return name
    return "not a PNG, JPEG or WebP"
