"""Checking a JPEG file: its segments, its frame header, and scans that go on to the end marker.

The pixels of a JPEG carry no checksum, and only decoding them would tell more.

Format: ITU-T T.81 (1992), annex B; C2PA in `APP11` from ISO/IEC 19566-5 (JUMBF).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seedream_cli.saving.picture.info import NotAPictureError, PictureInfo, checked_size
from seedream_cli.saving.picture.jpeg_segments import (
    APP1,
    APP11,
    EOI,
    EXIF_HEAD,
    MOST_SEGMENTS,
    SOS,
    XMP_HEAD,
    read_body,
    read_marker,
)

if TYPE_CHECKING:
    from seedream_cli.saving.picture.source import Source

# Baseline, extended and progressive with Huffman coding: what browsers and viewers show.
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES: Final = frozenset({0xC3, *range(0xC5, 0xCC), *range(0xCD, 0xD0), 0xDE, 0xDF})
_DHT: Final = 0xC4
_DQT: Final = 0xDB
# In a scan 0xFF is data when a zero follows, and a restart marker is part of the scan.
_SCAN_END: Final = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)


def check_jpeg(source: Source) -> PictureInfo:
    """Read a JPEG file from its start up to its end marker; what follows that is not looked at.

    Raises `NotAPictureError` for anything that is not whole.
    """
    source.exactly(2)
    segments = _Segments()
    for _ in range(MOST_SEGMENTS):
        marker = read_marker(source)
        if marker == EOI:
            return segments.finish()
        segments.add(marker, read_body(source, marker))
        if marker == SOS and source.skip_to(_SCAN_END) == 0:
            raise NotAPictureError("a JPEG without pixels")
    raise NotAPictureError("a JPEG of too many segments")


class _Segments:
    """What has been seen of the segments so far."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._components: bytes = b""
        self._scanned: set[int] = set()
        self._tables: set[int] = set()
        self._provenance = False
        self._exif = False
        self._xmp = False

    def add(self, marker: int, body: bytes) -> None:
        if marker in _FRAMES:
            self._frame(body)
        elif marker in _OTHER_FRAMES:
            raise NotAPictureError("a JPEG of a kind that viewers do not show")
        elif marker == SOS:
            self._scan(body)
        elif marker in {_DHT, _DQT}:
            self._tables.add(marker)
        elif marker == APP1:
            self._exif = self._exif or body.startswith(EXIF_HEAD)
            self._xmp = self._xmp or body.startswith(XMP_HEAD)
        elif marker == APP11:
            self._provenance = self._provenance or (body.startswith(b"JP") and b"c2pa" in body)

    def finish(self) -> PictureInfo:
        if not self._components or self._scanned != set(self._components):
            raise NotAPictureError("a JPEG with fewer pixels than its header says")
        width, height = self._size
        return PictureInfo(
            "jpeg",
            width,
            height,
            provenance=self._provenance,
            exif=self._exif,
            xmp=self._xmp,
        )

    def _frame(self, body: bytes) -> None:
        if self._components:
            raise NotAPictureError("a JPEG with two frames")
        count = body[5] if len(body) > 5 else 0
        if count not in {1, 3, 4} or len(body) != 6 + 3 * count or body[0] not in {8, 12}:
            raise NotAPictureError("a JPEG header with impossible values")
        components = body[6::3]
        samplings = body[7::3]
        if len(set(components)) != count or any(not _valid_sampling(one) for one in samplings):
            raise NotAPictureError("a JPEG header with impossible values")
        self._size = checked_size(int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
        self._components = components

    def _scan(self, body: bytes) -> None:
        count = body[0] if body else 0
        if not 1 <= count <= 4 or len(body) != 4 + 2 * count:
            raise NotAPictureError("a damaged JPEG scan header")
        components = set(body[1 : 1 + 2 * count : 2])
        if not components <= set(self._components) or self._tables != {_DHT, _DQT}:
            raise NotAPictureError("a JPEG scan without its tables")
        self._scanned |= components


def _valid_sampling(value: int) -> bool:
    return 1 <= value >> 4 <= 4 and 1 <= value & 15 <= 4
