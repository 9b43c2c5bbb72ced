"""What is known of a picture file once it has been read through, and the refusal of one that is not whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from seedream_cli.drafts import EXTENSIONS

Format = Literal["png", "jpeg", "webp"]

MAX_BYTES: Final = 64 * 1024 * 1024
"""Largest picture that is taken from outside, in bytes."""

MAX_MARKED_BYTES: Final = MAX_BYTES + 4 * 1024 * 1024
"""Largest picture that is read here: one of the largest from outside stays readable once metadata are in it."""

MAX_PIXELS: Final = 100_000_000
"""Largest area of a picture, in pixels."""


class NotAPictureError(ValueError):
    """The bytes are not a whole PNG, JPEG or WebP picture.

    `reason` is a short phrase in our own words, such as `the file ends too early`. It never quotes the
    bytes, so it can be shown on a terminal as it is.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """A picture that was found whole: its format, and its width and height in pixels.

    `provenance` tells that a C2PA manifest is in it, which any edit of the file would invalidate; `exif`
    (JPEG and WebP) and `xmp` tell that EXIF data or an XMP packet is in it, whoever wrote them; `late_texts`
    (PNG) that a text chunk stands behind the pixels. `length` is where the picture ends, in bytes (PNG).
    """

    format: Format
    width: int
    height: int
    provenance: bool = False
    exif: bool = False
    xmp: bool = False
    late_texts: bool = False
    length: int = field(default=0, compare=False)

    @property
    def extension(self) -> str:
        """The suffix that belongs to the bytes, without a dot: `png`, `jpg` or `webp`."""
        return EXTENSIONS[self.format]


def checked_size(width: int, height: int) -> tuple[int, int]:
    """Give width and height in pixels back, or raise `NotAPictureError` for none at all or too many."""
    if width < 1 or height < 1:
        raise NotAPictureError("a picture without an area")
    if width * height > MAX_PIXELS:
        raise NotAPictureError("a picture of more than 100 megapixels")
    return width, height
