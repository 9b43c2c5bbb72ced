"""Reading back from a picture what made it: our own field, or else a `parameters` text of any program."""

from __future__ import annotations

import zlib
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from seedream_cli.saving.picture import jpeg_segments, png_chunks, webp_chunks
from seedream_cli.saving.picture.embed_png import DRAFT, PARAMETERS
from seedream_cli.saving.picture.exif import read_user_comment
from seedream_cli.saving.picture.facts import PictureFacts, from_json
from seedream_cli.saving.picture.info import NotAPictureError
from seedream_cli.saving.picture.jpeg_segments import EXIF_HEAD, XMP_HEAD
from seedream_cli.saving.picture.parameters import from_parameters
from seedream_cli.saving.picture.source import MOST_TEXT, Source
from seedream_cli.saving.picture.xmp import read_draft

if TYPE_CHECKING:
    from collections.abc import Iterator

# A file may hold thousands of compressed texts, each of which becomes 1 MB.
_MOST_TEXTS: Final = 16

_SOFTWARE: Final = b"Software"
_SANDBOX: Final = "seedream sandbox"
"""What the sandbox says in its pictures; both sides know it on their own."""

_Text = tuple[Literal["draft", "parameters", "software"], str | None]


def read_facts(stream: BinaryIO) -> PictureFacts | None:
    """Read what made a picture: from our own field, wherever it stands, or else from `parameters`.

    The file need not be whole. What is read is as hostile as the file: every text may hold anything.

    Args:
        stream: seekable and open for reading; not closed, and left at an undefined position.

    Returns:
        What was found, or None. At most some MB are held in memory on the way.

    Raises:
        OSError: of the stream.

    """
    fallback = None
    with suppress(NotAPictureError):
        for kind, text in islice(_texts(stream), _MOST_TEXTS):
            if text is None:
                continue
            if kind == "parameters":
                fallback = fallback or from_parameters(text)
            elif kind == "draft" and (facts := from_json(text)):
                return facts
    return fallback


def is_stand_in(stream: BinaryIO) -> bool:
    """Tell whether a picture says that the sandbox painted it, not the model.

    Args:
        stream: as for `read_facts`.

    Raises:
        OSError: of the stream.

    """
    with suppress(NotAPictureError):
        return ("software", _SANDBOX) in islice(_texts(stream), _MOST_TEXTS)
    return False


def _texts(stream: BinaryIO) -> Iterator[_Text]:
    source = Source(stream)
    start = source.peek(webp_chunks.FILE_HEADER)
    if start.startswith(png_chunks.SIGNATURE):
        return _png_texts(source)
    if start.startswith(jpeg_segments.SIGNATURE):
        return _jpeg_texts(source)
    if start.startswith(webp_chunks.RIFF) and start.endswith(webp_chunks.WEBP):
        return _webp_texts(source)
    return iter(())


def _png_texts(source: Source) -> Iterator[_Text]:
    source.exactly(len(png_chunks.SIGNATURE))
    for _ in range(png_chunks.MOST_CHUNKS):
        length, kind = png_chunks.read_chunk_start(source)
        if kind in png_chunks.TEXT_KINDS and length <= MOST_TEXT:
            body = b"".join(source.pieces(length))
            if source.exactly(4) == png_chunks.crc_bytes(zlib.crc32(body, zlib.crc32(kind))):
                yield from _png_text(kind, body)
        else:
            source.skip(length + 4)
        if kind == b"IEND":
            return


def _png_text(kind: bytes, body: bytes) -> Iterator[_Text]:
    keyword = body[: png_chunks.KEYWORD_FIELD].partition(b"\0")[0]
    if keyword == DRAFT:
        yield "draft", png_chunks.read_text(kind, body, MOST_TEXT)
    elif keyword == PARAMETERS:
        yield "parameters", png_chunks.read_text(kind, body, MOST_TEXT)
    elif keyword == _SOFTWARE:
        yield "software", png_chunks.read_text(kind, body, MOST_TEXT)


def _jpeg_texts(source: Source) -> Iterator[_Text]:
    source.exactly(2)
    for _ in range(jpeg_segments.MOST_SEGMENTS):
        marker = jpeg_segments.read_marker(source)
        if marker in {jpeg_segments.SOS, jpeg_segments.EOI}:
            return
        body = jpeg_segments.read_body(source, marker)
        if marker == jpeg_segments.APP1 and body.startswith(XMP_HEAD):
            yield "draft", read_draft(body.removeprefix(XMP_HEAD))
        elif marker == jpeg_segments.APP1 and body.startswith(EXIF_HEAD):
            yield "parameters", read_user_comment(body.removeprefix(EXIF_HEAD))


def _webp_texts(source: Source) -> Iterator[_Text]:
    for start in webp_chunks.read_chunk_starts(source):
        if start.kind not in {b"EXIF", b"XMP "} or start.length > MOST_TEXT:
            source.skip(start.padded)
            continue
        body = b"".join(source.pieces(start.padded))[: start.length]
        if start.kind == b"XMP ":
            yield "draft", read_draft(body)
        else:
            # The web UI writes the head of a JPEG's segment here too.
            yield "parameters", read_user_comment(body.removeprefix(EXIF_HEAD))
