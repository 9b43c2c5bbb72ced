"""Writing into a copy of a picture what made it, without touching a pixel.

The formats' containers are edited by hand for want of a library: piexif (last release in 2019) and exif know
no XMP, pyexiv2, exiv2 and ExifTool are under the GPL, and Pillow encodes again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from seedream_cli.saving.picture.embed_jpeg import embed_jpeg
from seedream_cli.saving.picture.embed_png import embed_png
from seedream_cli.saving.picture.embed_webp import embed_webp
from seedream_cli.saving.picture.source import Source

if TYPE_CHECKING:
    from seedream_cli.saving.picture.facts import PictureFacts
    from seedream_cli.saving.picture.info import PictureInfo

_WRITERS = {"png": embed_png, "jpeg": embed_jpeg, "webp": embed_webp}


def embed(
    source: BinaryIO, target: BinaryIO, info: PictureInfo, facts: PictureFacts, *, made_by_model: bool = True
) -> bool:
    """Copy a picture and write into the copy what made it; facts of an earlier call are replaced.

    A picture with a C2PA manifest is copied as it is.

    Args:
        source: the picture, seekable; read from its start.
        target: buffered and seekable; written from where it stands. Neither is closed.
        info: what `inspect` told of `source`.
        facts: what is written, and nothing else.
        made_by_model: whether the IPTC mark `trainedAlgorithmicMedia` is added; another program's stays.

    Returns:
        Whether our own field is in the copy. It is not beside a C2PA manifest, and not in a JPEG where it
        does not fit into a segment of 64 KB: nothing is cut short, and what does fit is still written.

    Raises:
        NotAPictureError: where `source` is not whole.
        OSError: of either file.

    """
    reader = Source(source)
    if info.provenance:
        reader.copy_rest(target)
        return False
    return _WRITERS[info.format](reader, target, info, facts, made_by_model=made_by_model)
