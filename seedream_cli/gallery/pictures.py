"""The bytes a page shows of a draft: the picture as it was saved, and a small one."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli import durable
from seedream_cli.picture import MAX_BYTES
from seedream_cli.saving import is_picture_of

if TYPE_CHECKING:
    from seedream_cli.drafts import Draft

EDGE: Final = 320
"""Longest side of a small picture in pixels: sharp in a card on most screens, in 6 KB or so."""

_MOST_BYTES: Final = MAX_BYTES + 4 * 1024 * 1024
"""Of the largest picture, with metadata in it."""

_QUALITY: Final = 75
_EFFORT: Final = 2
"""Of WebP's 0 to 6: half the time of its usual 4 for files as small."""

_WEBP: Final = "image/webp"
_SIGNATURES: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": _WEBP}


@dataclass(frozen=True, slots=True)
class Bytes:
    """A picture's bytes.

    Attributes:
        data: the file.
        type: its media type, as the bytes say.
        changed: whether it is of a file that is no longer what was saved.
    """

    data: bytes
    type: str
    changed: bool = False


def original(draft: Draft) -> Bytes | None:
    """Return a draft's picture as it was saved; None where it is not there, or is anything else by now."""
    if draft.path is None or draft.bytes is None or draft.bytes > _MOST_BYTES:
        return None
    try:
        with durable.read_regular(draft.path) as file:
            if not is_picture_of(draft, file):
                return None
            file.seek(0)
            data = file.read(draft.bytes)
    except (OSError, ValueError):  # a ValueError for paths of a history that was tampered with
        return None
    kind = next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), None)
    return None if kind is None else Bytes(data, kind)


def is_there(draft: Draft) -> bool:
    """Whether a regular file lies where a draft's picture was saved; it is not read."""
    if draft.status != "saved" or draft.path is None:
        return False
    try:
        os.close(durable.open_regular(draft.path))
    except (OSError, ValueError):
        return False
    return True


def small(draft: Draft) -> Bytes:
    """Return a draft's picture made small.

    Raises:
        NoPictureError: where there is none to be shown.
    """
    from seedream_cli.thumbnails import thumbnail

    made = thumbnail(draft, (EDGE, EDGE))
    out = io.BytesIO()
    made.image.save(out, "WEBP", quality=_QUALITY, method=_EFFORT)
    return Bytes(out.getvalue(), _WEBP, made.changed)
