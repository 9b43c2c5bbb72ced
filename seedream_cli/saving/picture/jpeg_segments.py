"""The segments of a JPEG file.

Format: ITU-T T.81 (1992), annex B; heads of `APP1` from XMP specification part 3, section 1.1.3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seedream_cli.saving.picture.info import NotAPictureError

if TYPE_CHECKING:
    from seedream_cli.saving.picture.source import Source

SIGNATURE: Final = b"\xff\xd8\xff"
EXIF_HEAD: Final = b"Exif\0\0"
XMP_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"

EOI: Final = 0xD9
SOS: Final = 0xDA
APP0: Final = 0xE0
APP1: Final = 0xE1
APP11: Final = 0xEB

MOST_SEGMENTS: Final = 100_000
MOST_BODY: Final = 0xFFFF - 2
"""Longest body of a segment, in bytes."""

_NO_FILL: Final = re.compile(rb"[^\xff]", re.DOTALL)


def read_marker(source: Source) -> int:
    """Read one marker, with any fill bytes before it, and give its second byte."""
    if source.exactly(1) != b"\xff":
        raise NotAPictureError("a damaged JPEG segment")
    source.skip_to(_NO_FILL)
    return source.exactly(1)[0]


def read_body(source: Source, marker: int) -> bytes:
    """Read the length and the body of the segment that `marker` began."""
    if marker < 0xC0 or 0xD0 <= marker <= EOI:
        raise NotAPictureError("a JPEG marker out of place")
    length = int.from_bytes(source.exactly(2), "big")
    if length < 2:
        raise NotAPictureError("a damaged JPEG segment")
    return source.exactly(length - 2)


def segment(marker: int, body: bytes) -> bytes:
    """Make a whole segment of `body`, at most `MOST_BODY` bytes."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body
