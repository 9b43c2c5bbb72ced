"""What made a picture, in a file beside it: where it cannot stand in the picture itself.

A picture with a C2PA manifest would be invalidated by any edit, and a JPEG holds no prompt of more than 64 KB.

The sidecar of `fox.png` is `fox.png.json`: our own field as it would stand in the picture, and the picture's SHA-256. A
sidecar is believed only beside the picture that it was written for, wherever the two were moved together.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING, Final

from seedream_cli.files import durable
from seedream_cli.saving import picture
from seedream_cli.saving.partfile import PartFile

if TYPE_CHECKING:
    from io import BufferedReader

_SUFFIX: Final = ".json"
_LONGEST: Final = 1024 * 1024
_HASH: Final = "sha256"


def sidecar_path(path: str) -> str:
    """Return where the sidecar of the picture at a path lies, or would."""
    return path + _SUFFIX


def write_sidecar(path: str, facts: picture.PictureFacts, sha256: str) -> None:
    """Write down beside a picture what made it; only a sidecar of ours is ever replaced.

    Args:
        path: of the picture.
        facts: what is written, and nothing else.
        sha256: of the picture as it lies there, hexadecimal.

    Raises:
        OSError: where it cannot be written, or something else lies in its place.
    """
    target = sidecar_path(path)
    folder = os.path.dirname(target) or "."
    with PartFile(folder, facts.id or "sidecar") as part:
        fields = {**json.loads(picture.to_json(facts)), _HASH: sha256}
        part.file.write(json.dumps(fields).encode("ascii") + b"\n")
        if _read(target) is not None:
            part.move_over(target)
        else:
            part.finish()
            durable.move_without_replacing(part.path, target)
            durable.sync_folder(folder)


def remove_sidecar(path: str, draft_id: str | None = None) -> None:
    """Take away the sidecar of the picture at a path, if it is one of ours (and of that draft, where one is given).

    Raises:
        OSError: where it cannot be taken away.
    """
    found = _read(sidecar_path(path))
    if found is not None and draft_id in {None, found[0].id}:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(sidecar_path(path))


def read_facts(path: str, file: BufferedReader) -> picture.PictureFacts | None:
    """Read what made a picture: from its sidecar, if that was written for it, or else from the picture itself.

    Args:
        path: of the picture.
        file: the picture, open for reading; left at an undefined position.

    Raises:
        OSError: of the picture.
    """
    found = _read(sidecar_path(path))
    if found is not None:
        file.seek(0)
        if hashlib.file_digest(file, hashlib.sha256).hexdigest() == found[1]:
            return found[0]
    return picture.read_facts(file)


def _read(path: str) -> tuple[picture.PictureFacts, str] | None:
    """Read a sidecar of ours: what it says, and of which picture."""
    try:
        with durable.read_regular(path) as file:
            text = file.read(_LONGEST).decode("ascii")
    except (OSError, ValueError):  # what is longer, or holds anything else, is none of ours
        return None
    facts = picture.from_json(text)
    digest = json.loads(text).get(_HASH) if facts else None
    return (facts, digest) if facts and isinstance(digest, str) else None
