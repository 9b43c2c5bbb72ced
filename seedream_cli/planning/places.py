"""Where the pictures of a batch are to lie: each at a place of its own, known before anything is paid for."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from typing import TYPE_CHECKING

from seedream_cli.errors import InputError
from seedream_cli.saving import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from seedream_cli.drafts import Target
    from seedream_cli.planning.rows import Asked


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
                raise InputError(
                    f"{request.row.where}: its picture would be saved as '{target.path('png')}', like that of "
                    f"{owners[place].row.where}",
                    hint="put {id}, {seed} or {index} into the name: -o '{slug}-{index}.{ext}'",
                )
            owners[place] = request


@contextlib.contextmanager
def _named(request: Asked) -> Iterator[None]:
    """Name the row in errors about the name that it gives its picture."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{request.row.where}: {error.message}", hint=error.hint) from None
