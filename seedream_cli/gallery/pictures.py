"""The bytes a page shows of a draft: the picture as it was saved, and a small one."""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.files import durable
from seedream_cli.saving.picture import MAX_MARKED_BYTES
from seedream_cli.saving.saver import intact, is_picture_of

if TYPE_CHECKING:
    from pathlib import Path

    from seedream_cli.drafts import Draft

EDGE: Final = 320
"""Longest side of a small picture in pixels: sharp in a card on most screens, in 6 KB or so."""

_MOST_KEPT: Final = 1024 * 1024
"""Bytes; no small picture is larger."""

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
    if draft.path is None or draft.bytes is None or draft.bytes > MAX_MARKED_BYTES:
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


class Small:
    """Drafts' pictures made small, kept for the next page: unpacking a large one takes longer than all else.

    Args:
        folder: beside the history, where they are kept as far as that can be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def picture(self, draft: Draft) -> Bytes:
        """Return a draft's picture made small.

        Raises:
            NoPictureError: where there is none to be shown.
        """
        if not intact(draft):
            return _made(draft)
        path = self._folder / f"{draft.id}-{(draft.sha256 or '')[:16]}.webp"
        kept = _kept(path)
        if kept is not None:
            return Bytes(kept, _WEBP)
        made = _made(draft)
        with contextlib.suppress(OSError):
            _keep(path, made.data)
        return made


def _made(draft: Draft) -> Bytes:
    from seedream_cli.thumbnails import thumbnail

    made = thumbnail(draft, (EDGE, EDGE))
    out = io.BytesIO()
    made.image.save(out, "WEBP", quality=_QUALITY, method=_EFFORT)
    return Bytes(out.getvalue(), _WEBP, made.changed)


def _kept(path: Path) -> bytes | None:
    """Return a small picture that was kept whole: it is not brought to the disk at once, and may be cut by a crash."""
    try:
        with durable.read_regular(path) as file:
            data = file.read(_MOST_KEPT)
    except OSError:
        return None
    is_whole = data[:4] == b"RIFF" and data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 == len(data)
    return data if is_whole else None


def _keep(path: Path, data: bytes) -> None:
    durable.make_private_folder(path.parent)
    part = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | durable.OPEN_FLAGS, durable.PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
