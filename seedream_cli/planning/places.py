"""Where the pictures of a batch are to lie: each at a place of its own, known before anything is paid for."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import InputError
from seedream_cli.saving import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from seedream_cli.drafts import Target
    from seedream_cli.planning.rows import Asked

_DISTINCT: Final = "put {id} or {index} into the name: -o '{slug}-{index}.{ext}'"
_DISTINCT_OUTPUT: Final = "give that row another output; with {id} or {index} in it, all of its pictures differ"


class Places:
    """The places of one batch; they are told apart by where they lead, however they are typed.

    Args:
        output: `--output`, or None.
        folder: where pictures lie that have no name of the user's.
        folding: whether names that differ in case or in the composition of letters only are one.

    Attributes:
        written: every place that pictures of the batch may take the place of another file at; known after `check`.
    """

    def __init__(self, output: str | None, folder: str, *, folding: bool = sys.platform in {"darwin", "win32"}) -> None:
        self.written: set[str] = set()
        self._naming = targets.Naming(output, folder)
        self._folder = folder
        self._folding = folding
        self._folders: dict[str, str] = {}

    def check(self, asked: Sequence[Asked], *, ours: Sequence[Path]) -> None:
        """Look at where every picture is to lie, writing nothing.

        Args:
            ours: files and folders of the program itself, in which no picture may replace anything.

        Raises:
            InputError: where a picture could not lie there, or not beside the others; names its row.
        """
        owners: dict[str, Asked] = {}
        alike: list[Target] = []
        number = 0
        for request in asked:
            wanted = []
            for place in range(len(request.keys)):
                number += 1  # stands for ids, which differ too
                wanted.append(self.target(request, place, f"{number:012d}"))
            if request.row.output is None:
                alike += wanted
            else:
                with _named(request):
                    targets.check_targets(wanted, ours=ours)
            for target in wanted:
                if target.replace:
                    self._own(target, request, owners)
        targets.check_targets(alike, ours=ours)
        self._check_folders(owners, alike)
        self.written = set(owners)

    def target(self, request: Asked, place: int, draft_id: str) -> Target:
        """Return where one picture of a request is to lie.

        Args:
            place: of the picture among those of the request, from 0.

        Raises:
            InputError: where the row names it what no file can be named.
        """
        drafts = [(draft_id, request.keys[place])]
        if request.row.output is None:
            return self._naming.targets(drafts, indices=[request.numbers[place]])[0]
        with _named(request):
            naming = targets.Naming(request.row.output, self._folder)
            return naming.targets(drafts, indices=[request.places[place]], total=request.row_total)[0]

    def of(self, path: str) -> str:
        """Return the place that a path leads to."""
        folder, name = os.path.split(os.path.abspath(path))
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        place = os.path.join(self._folders[folder], name)
        return unicodedata.normalize("NFC", place).casefold() if self._folding else place

    def _own(self, target: Target, request: Asked, owners: dict[str, Asked]) -> None:
        for place in set(map(self.of, target.paths())):
            if place in owners:
                row, other, name = request.row, owners[place].row, target.path("png")
                alike = f"its picture would be saved as '{name}', like that of {other.where}"
                if row.line == other.line:
                    alike = f"several of its pictures would be saved as '{name}'"
                raise InputError(f"{row.where}: {alike}", hint=_DISTINCT if row.output is None else _DISTINCT_OUTPUT)
            owners[place] = request

    def _check_folders(self, owners: Mapping[str, Asked], alike: Sequence[Target]) -> None:
        """Raise `InputError` where a picture would have to be a folder as well, for another to lie in."""
        folders = {os.path.dirname(place): request.row.where for place, request in owners.items()}
        if alike and not alike[0].replace:
            folders.setdefault(self.of(alike[0].folder), "other rows")
        while folders:
            for folder in folders.keys() & owners.keys():
                raise InputError(
                    f"{owners[folder].row.where}: its picture would lie at '{folder}', where that of {folders[folder]} "
                    "needs a folder",
                    hint=_DISTINCT_OUTPUT,
                )
            folders = {above: who for folder, who in folders.items() if (above := os.path.dirname(folder)) != folder}


@contextlib.contextmanager
def _named(request: Asked) -> Iterator[None]:
    """Name the row in errors about the name that it gives its picture, which no option changes."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{request.row.where}: {error.message}", hint="give that row another output") from None
