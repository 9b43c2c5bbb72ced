"""Painting a grid of drafts: small pictures, each with its caption below, on one image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from seedream_cli.thumbnails import NoPictureError, Thumbnail, in_order, shape, thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from PIL.Image import Image

    from seedream_cli.drafts import Draft
    from seedream_cli.sheet.layout import Grid, Row
    from seedream_cli.sheet.lettering import Lettering

_EDGES: Final = (512, 384, 320, 256, 192, 160, 128)
_COMFORTABLE: Final = 7_500_000
"""Pixels in pictures that a sheet has at most, where its cells are not the smallest."""

_MARGIN: Final = 16
_GAP: Final = 12
_BADGE: Final = 4

_PAPER: Final = (255, 255, 255)
_INK: Final = (24, 24, 27)
_PALE_INK: Final = (95, 95, 105)
_EMPTY: Final = (236, 236, 240)
_BADGE_PAPER: Final = (24, 24, 27)
_BADGE_INK: Final = (255, 255, 255)


_HEADINGS: Final = 200, 320
"""Pixels that the prompts before rows have: at least, and at most."""


def edge_of(grid: Grid) -> int:
    """Return how wide the pictures of a grid are to be, in pixels: the fewer, the larger."""
    area = grid.width * len(grid.rows) * shape(grid.drafts)
    return next((edge for edge in _EDGES if area * edge * edge <= _COMFORTABLE), _EDGES[-1])


def small_pictures(grid: Grid, edge: int) -> AbstractContextManager[Iterator[Thumbnail | str]]:
    """Begin to make the pictures of a grid small; give them cell by cell, or why there is none.

    Args:
        grid: in whose cells they stand.
        edge: how wide they are, in pixels.
    """
    box = _box(grid, edge)

    def small(draft: Draft | None) -> Thumbnail | str:
        if draft is None:
            return ""
        try:
            return thumbnail(draft, box)
        except NoPictureError as error:
            return error.reason

    return in_order(small, [draft for row in grid.rows for draft in row.cells])


def _box(grid: Grid, edge: int) -> tuple[int, int]:
    return edge, round(edge * shape(grid.drafts))


class Painter:
    """Paints one grid.

    Args:
        grid: what is painted.
        edge: how wide its pictures are, in pixels.
        lettering: how text is written.

    Attributes:
        absent: drafts without a picture, counted while painting.
    """

    def __init__(self, grid: Grid, edge: int, lettering: Lettering) -> None:
        self.absent = 0
        self._grid = grid
        self._lettering = lettering
        self._edge = edge
        self._box = _box(grid, edge)
        self._headed = any(row.heading for row in grid.rows)
        self._lines = self._caption_lines()
        caption = self._lines * lettering.height + _GAP // 2
        self._step = edge + _GAP, self._box[1] + caption + _GAP
        self._above = lettering.height + _GAP // 2 if grid.columns else 0
        narrowest, widest = _HEADINGS
        self._before = min(max(edge, narrowest), widest) + _GAP if self._headed else 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole, in pixels."""
        width = 2 * _MARGIN + self._before + self._grid.width * self._step[0] - _GAP
        height = 2 * _MARGIN + self._above + len(self._grid.rows) * self._step[1] - _GAP
        return width, height

    def paint(self, pictures: Iterable[Thumbnail | str]) -> Image:
        """Paint it all, with its pictures as `small_pictures` gives them."""
        from PIL import Image, ImageDraw

        self._sheet = Image.new("RGB", self.size, _PAPER)
        self._canvas = ImageDraw.Draw(self._sheet)
        for number, heading in enumerate(self._grid.columns):
            x = _MARGIN + self._before + number * self._step[0]
            self._write((x, _MARGIN), heading, 1, _INK)
        coming = iter(pictures)
        for line, row in enumerate(self._grid.rows):
            y = _MARGIN + self._above + line * self._step[1]
            self._head(row, y)
            for number, draft in enumerate(row.cells):
                x = _MARGIN + self._before + number * self._step[0]
                self._cell(draft, (x, y), next(coming))
        return self._sheet

    def _caption_lines(self) -> int:
        """Count the lines of a caption: what is known of the draft, then its prompt where no heading has it."""
        facts = max((len(self._facts(draft)) for draft in self._grid.drafts), default=1)
        prompt = 0 if self._headed else max(2, min(3, self._edge // 85))
        return facts + prompt

    def _facts(self, draft: Draft) -> list[str]:
        words = [draft.id[:16], f"seed {draft.key.seed}"]
        if draft.key.n > 1:
            words.append(f"{draft.key.index} of {draft.key.n}")
        if draft.rating is not None:
            words.append(f"rated {draft.rating}")
        lines = [words[0]]
        for word in words[1:]:
            longer = f"{lines[-1]}, {word}"
            if self._lettering.width(longer) <= self._edge:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def _head(self, row: Row, y: int) -> None:
        most = max(1, (self._step[1] - _GAP) // self._lettering.height)
        self._write((_MARGIN, y), row.heading, most, _INK, self._before - _GAP)

    def _cell(self, draft: Draft | None, place: tuple[int, int], small: Thumbnail | str) -> None:
        if draft is None:
            return
        x, y = place
        width, height = self._box
        marks = ["stand-in"] if draft.sandbox else []
        if isinstance(small, Thumbnail):
            left, top = x + (width - small.image.width) // 2, y + (height - small.image.height) // 2
            self._sheet.paste(small.image, (left, top))
            marks += ["changed since"] if small.changed else []
        else:
            self.absent += 1
            self._canvas.rectangle((x, y, x + width - 1, y + height - 1), fill=_EMPTY)
            left, top = x, y
            lines = self._lettering.lines(small, width - 2 * _GAP, 4)
            middle = y + (height - len(lines) * self._lettering.height) // 2
            self._write((x + _GAP, middle), small, 4, _PALE_INK, width - 2 * _GAP)
        if marks:
            self._badge((left, top), ", ".join(marks))
        below = y + height + _GAP // 2
        facts = self._facts(draft)
        self._write((x, below), "\n".join(facts), len(facts), _INK)
        prompt = self._lines - len(facts)
        if prompt and not self._headed:
            self._write((x, below + len(facts) * self._lettering.height), draft.key.prompt, prompt, _PALE_INK)

    def _badge(self, place: tuple[int, int], text: str) -> None:
        x, y = place
        width, height = math.ceil(self._lettering.width(text)), self._lettering.height
        self._canvas.rectangle((x, y, x + width + 2 * _BADGE - 1, y + height + _BADGE - 1), fill=_BADGE_PAPER)
        self._lettering.draw(self._sheet, (x + _BADGE, y + _BADGE // 2), text, _BADGE_INK)

    def _write(
        self, place: tuple[int, int], text: str, most: int, colour: tuple[int, int, int], width: int | None = None
    ) -> None:
        x, y = place
        lines: Sequence[str] = self._lettering.lines(text, width or self._edge, most)
        for number, line in enumerate(lines):
            self._lettering.draw(self._sheet, (x, y + number * self._lettering.height), line, colour)
