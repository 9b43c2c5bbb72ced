"""Writing facts into a JPEG: `parameters` as EXIF `UserComment`, our own field and the mark as XMP.

A segment holds 64 KB and no more. What does not fit as a whole is left out; 10,000 characters always fit.

Format: XMP specification part 3, section 1.1.3; Exif 2.32, section 4.7 (`APP1` after `SOI`; `APP0` of
JFIF is left before it, as every program does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.saving.picture import xmp
from seedream_cli.saving.picture.exif import exif_of, is_our_exif
from seedream_cli.saving.picture.facts import PictureFacts, to_json
from seedream_cli.saving.picture.jpeg_segments import (
    APP0,
    APP1,
    EXIF_HEAD,
    MOST_BODY,
    SOS,
    XMP_HEAD,
    read_body,
    read_marker,
    segment,
)
from seedream_cli.saving.picture.parameters import to_parameters

if TYPE_CHECKING:
    from seedream_cli.saving.picture.info import PictureInfo
    from seedream_cli.saving.picture.source import Source

_START: Final = b"\xff\xd8"


def embed_jpeg(
    source: Source, target: BinaryIO, info: PictureInfo, facts: PictureFacts, *, made_by_model: bool
) -> bool:
    """Copy a JPEG with `facts`: into the XMP packet that is there or a new one, beside EXIF of others."""
    target.write(source.exactly(len(_START)))
    ours = _Ours(info, facts, made_by_model=made_by_model)
    while True:
        marker = read_marker(source)
        body = read_body(source, marker)
        # JFIF's segment comes first, then EXIF.
        if marker != APP0 and not body.startswith(EXIF_HEAD):
            target.write(ours.new())
        target.write(segment(marker, ours.changed(body) if marker == APP1 else body))
        if marker == SOS:
            break
    source.copy_rest(target)
    return ours.field_written


class _Ours:
    """Our two segments: new ones are given once, and the first old ones are changed where they stand."""

    def __init__(self, info: PictureInfo, facts: PictureFacts, *, made_by_model: bool) -> None:
        self._info = info
        self._draft = to_json(facts)
        exif = EXIF_HEAD + exif_of(to_parameters(facts))
        self._exif = exif if len(exif) <= MOST_BODY else None
        self._made_by_model = made_by_model
        self._new_given = False
        self._exif_changed = False
        self._xmp_changed = False
        self.field_written = False

    def new(self) -> bytes:
        """Give the segments that the picture has no place for; nothing the second time."""
        if self._new_given:
            return b""
        self._new_given = True
        exif = None if self._info.exif else self._exif
        packet = None if self._info.xmp else self._xmp(None)
        return b"".join(segment(APP1, body) for body in (exif, packet) if body)

    def changed(self, body: bytes) -> bytes:
        """Give the body of an `APP1` segment with ours in it, or as it was."""
        if body.startswith(XMP_HEAD) and not self._xmp_changed:
            self._xmp_changed = True
            return self._xmp(body.removeprefix(XMP_HEAD)) or body
        if not self._exif_changed and is_our_exif(body.removeprefix(EXIF_HEAD)):
            self._exif_changed = True
            return self._exif or EXIF_HEAD + exif_of("")
        return body

    def _xmp(self, packet: bytes | None) -> bytes | None:
        for draft in (self._draft, None):
            made = xmp.with_ours(packet, draft, made_by_model=self._made_by_model)
            if made and len(XMP_HEAD + made) <= MOST_BODY:
                self.field_written = draft is not None
                return XMP_HEAD + made
        return None
