"""Keeping the history sound: finding damaged lines, taking drafts out for good."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable
from seedream_cli.history import records
from seedream_cli.history.journal import Journal
from seedream_cli.history.reading import LONGEST_LINE, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from seedream_cli.drafts import Draft

COPY_PREFIX: Final = "before-repair-"
PAGE: Final = "gallery.html"
"""A page of drafts that was opened from the folder beside the history."""

SMALL_PICTURES: Final = "small"
"""Folder of pictures made small for such pages; each file's name begins with its draft's id."""

_SHORTEST_TELLING_TEXT: Final = 8
"""Bytes; a shorter prompt is not looked for in damaged lines, where it could be part of any word."""


def is_sound(line: bytes) -> bool:
    """Whether a line, with its line feed, is a record, blank, or of a later version; a piece of one is not."""
    if len(line) >= LONGEST_LINE and not line.endswith(b"\n"):
        return False
    try:
        records.decode(line)
    except records.DamagedLineError:
        return False
    return True


def sound_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of an open file that are not damaged, each with its line feed and without NULs around it."""
    within = False
    for piece in pieces(file):
        begins, within = not within, not piece.endswith(b"\n")
        if begins and is_sound(piece):
            yield piece.strip(b"\n\0") + b"\n"


def damaged_lines(journal: Journal) -> Iterator[int]:
    """Yield the numbers, from 1, of lines that are no records."""
    number = 1
    within = False
    for piece in journal.pieces():
        ends = piece.endswith(b"\n")
        if not within and not is_sound(piece):
            yield number
        within = not ends
        number += ends


def keep_copy(source: Path, folder: Path, moment: str) -> Path:
    """Copy a file to a new one that only this user can read, durable when this returns, and return its path.

    Raises:
        LocalFileError: where that fails.
    """
    names = (folder / f"{COPY_PREFIX}{moment}{more}.jsonl" for more in ("", *(f"-{n}" for n in range(2, 10000))))
    target = next(name for name in names if not os.path.lexists(name))
    try:
        durable.make_private_folder(folder)
        with source.open("rb") as original, durable.private_scratch(target) as copy:
            shutil.copyfileobj(original, copy)
        durable.sync_folder(folder)
    except OSError as error:
        raise LocalFileError(f"no copy of {source} can be kept: {error.strerror or error}") from error
    return target


class Oblivion:
    """What is to be forgotten of some drafts, wherever it stands."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._ids = {draft.id for draft in drafts}
        # An answer that was kept tells of all drafts of its request, of those whose pictures are saved, too.
        requests = {draft.request for draft in drafts if records.is_id(draft.request)}
        self._kept = {records.answer_name(draft_id) for draft_id in self._ids | requests}
        self._kept |= {records.picture_name(draft_id) for draft_id in self._ids}
        texts = {
            text
            for draft in drafts
            for text in (draft.key.prompt, draft.key.negative_prompt, draft.revised_prompt, draft.note, draft.url)
        }
        encoded = {records.encode_text(text) for text in texts if text}
        self._telling = {text for text in encoded if len(text) >= _SHORTEST_TELLING_TEXT}
        self._telling |= {draft_id.encode() for draft_id in self._ids}

    def spares(self, line: bytes) -> bool:
        """Whether a line of a history has nothing of these drafts, or is of a later version, which is left alone."""
        try:
            record = records.decode(line)
        except records.DamagedLineError:
            return not self._tells(line)
        return record is None or record.id not in self._ids

    def clear(self, folder: Path) -> None:
        """Take what is kept of the drafts out of the folder beside the history.

        Raises:
            LocalFileError: where a file cannot be changed.
        """
        try:
            for name in self._kept:
                (folder / name).unlink(missing_ok=True)
            for name in _names(folder / SMALL_PICTURES):
                if name.partition("-")[0] in self._ids:
                    (folder / SMALL_PICTURES / name).unlink(missing_ok=True)
            names = _names(folder)
            for name in names:
                # A page shows what is to be forgotten, and is soon made again.
                if name.startswith(PAGE) or (name.startswith("crash-") and self._tells((folder / name).read_bytes())):
                    (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise LocalFileError(f"{folder} cannot be cleared: {error.strerror or error}") from error
        for name in names:
            if name.startswith(COPY_PREFIX):
                Journal(folder / name).rewrite(self.spares)

    def _tells(self, data: bytes) -> bool:
        return any(text in data for text in self._telling)


def _names(folder: Path) -> list[str]:
    """Return what lies in a folder; `Path.glob` would take one that cannot be read for an empty one."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
