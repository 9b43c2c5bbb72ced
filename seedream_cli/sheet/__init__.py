"""Contact sheets: one picture of many drafts, in order, each with its caption."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.sheet.layout import arrange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL.Image import Image

    from seedream_cli.drafts import Draft

MOST_DRAFTS: Final = 2000
"""More are on no sheet: nobody could read it."""

_KINDS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_OPTIONS: Final[dict[str, dict[str, int]]] = {
    # Pillow's zlib packs hardly better for five times the time.
    "PNG": {"compress_level": 1},
    "JPEG": {"quality": 88},
}
_BEGINNINGS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
"""Of the files of these kinds."""

_LARGEST_JPEG: Final = 65500
"""Pixels a side: libjpeg writes no more."""

_LETTERS: Final = 13
"""Least height of letters, in pixels; on large pictures a thirtieth of their width."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that was made.

    Attributes:
        path: as it was given.
        size: width and height, in pixels.
        absent: drafts that have no picture on it; their cells say why.
        left_out: drafts that have no cell, because another of the same prompt and seed has it.
        unwritten: characters that no font of this system has; they are spelt out.
    """

    path: str
    size: tuple[int, int]
    absent: int
    left_out: int
    unwritten: str


def make_sheet(drafts: Sequence[Draft], path: str, environment: Mapping[str, str]) -> Sheet:
    """Make a sheet of some drafts, and put it into place whole or not at all.

    Args:
        drafts: at least one, in the order in which they are to stand.
        path: ends with `.png`, `.jpg` or `.jpeg`; a picture that lies there and is no draft's is replaced.
        environment: variables, by which the system's fonts are found.

    Raises:
        InputError: where no sheet can be made of these drafts, or not at that path.
        LocalFileError: where it cannot be written.
    """
    kind = check_path(path, drafts)
    from seedream_cli.sheet.painting import Painter, edge_of, small_pictures

    grid = arrange(drafts)
    edge = edge_of(grid)
    with small_pictures(grid, edge) as pictures:  # unpacked while fonts are looked for
        from seedream_cli.sheet.fonts import fonts_for
        from seedream_cli.sheet.lettering import Lettering

        lettering = Lettering(max(_LETTERS, edge // 30), lambda character: fonts_for(character, environment))
        painter = Painter(grid, edge, lettering)
        _check_size(painter.size, path, kind)
        painted = painter.paint(pictures)
    _write(painted, path, kind)
    return Sheet(path, painted.size, painter.absent, grid.left_out, "".join(lettering.missing))


def check_path(path: str, drafts: Sequence[Draft]) -> str:
    """Return Pillow's name for the kind of picture that a path is to hold.

    Raises:
        InputError: where no sheet can be made there of these drafts.
    """
    kind = _KINDS.get(os.path.splitext(path)[1].lower())
    if kind is None:
        raise InputError(f"a sheet is a PNG or a JPEG, not '{path}'", hint="name it sheet.png or sheet.jpg")
    if not drafts:
        raise InputError("there is no draft to put on a sheet", hint="seedream history list")
    if len(drafts) > MOST_DRAFTS:
        raise InputError(
            f"{len(drafts)} drafts are too many for one sheet: it holds {MOST_DRAFTS}",
            hint="narrow them with --since, --tag, --rating or -n",
        )
    if os.path.lexists(path) and not _may_be_sheet(path, drafts):
        raise InputError(f"there is something other than a sheet at '{path}'", hint="give the sheet another name")
    return kind


def _check_size(size: tuple[int, int], path: str, kind: str) -> None:
    width, height = size
    if kind == "JPEG" and max(size) > _LARGEST_JPEG:
        raise InputError(
            f"the sheet would be {width}x{height}: a JPEG has at most {_LARGEST_JPEG} pixels a side",
            hint=f"name it {os.path.splitext(path)[0]}.png",
        )


def _may_be_sheet(path: str, drafts: Sequence[Draft]) -> bool:
    """Whether a picture, or an empty file, lies at a path that neither the history nor itself says to be a draft's."""
    from seedream_cli.files import durable
    from seedream_cli.saving.sidecar import read_facts

    real = os.path.realpath(path)
    if any(_leads_to(draft.path) == real for draft in drafts if draft.path is not None):
        return False
    try:
        with durable.read_regular(path) as file:
            start = file.read(len(_BEGINNINGS[0]))
            return not start or (start.startswith(_BEGINNINGS) and read_facts(path, file) is None)
    except (OSError, ValueError):
        return False


def _leads_to(path: str) -> str | None:
    try:
        return os.path.realpath(path)
    except ValueError:  # a path of a history that was tampered with
        return None


def _write(sheet: Image, path: str, kind: str) -> None:
    from seedream_cli.saving.partfile import PartFile

    folder = os.path.dirname(path) or "."
    try:
        os.makedirs(folder, exist_ok=True)
        with PartFile(folder, "sheet") as part:
            sheet.save(part.file, kind, **_OPTIONS[kind])
            part.move_over(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LocalFileError(f"the sheet cannot be written to '{path}': {reason}") from error
