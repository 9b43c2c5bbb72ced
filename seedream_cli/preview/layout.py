"""How many thumbnails fit a terminal, and how large they are."""

from __future__ import annotations

import contextlib
import math
import os
import struct
from dataclasses import dataclass, replace
from typing import Final

_CELL: Final = 10, 20
"""Pixels of a cell, where the terminal does not tell."""

_LEAST: Final = 20, 10
"""Columns and lines below which there is no room for pictures."""

_WIDEST: Final = 40
_KEPT_FREE: Final = 2
"""Lines of the screen that are left to the text after the pictures."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A terminal's size in cells, and its cells' size in pixels; `told` is whether the terminal said the latter."""

    columns: int
    lines: int
    cell: tuple[int, int] = _CELL
    told: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown.

    Attributes:
        count: thumbnails, at least one.
        shape: height of the highest for a width of 1.
        caption: cells of the longest caption on one line; where that is too wide, captions have two lines.
    """

    count: int
    shape: float
    caption: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where thumbnails go.

    Attributes:
        across: thumbnails side by side.
        most: thumbnails that are shown.
        width: of one, in cells.
        height: of one, in cells, without its caption.
        caption: lines of a caption.
    """

    across: int
    most: int
    width: int
    height: int
    caption: int


def screen_of(descriptor: int) -> Screen | None:
    """Return the size of the terminal behind a descriptor, or None where it has no room for pictures."""
    try:
        columns, lines = os.get_terminal_size(descriptor)
    except OSError:
        return None
    if columns < _LEAST[0] or lines < _LEAST[1]:
        return None
    across, down = _pixels(descriptor)
    if across < 4 * columns or down < 4 * lines:
        return Screen(columns, lines)
    return Screen(columns, lines, (across // columns, down // lines), told=True)


def _pixels(descriptor: int) -> tuple[int, int]:
    """Return the terminal's size in pixels, or zeros."""
    with contextlib.suppress(ImportError, OSError, struct.error):  # Windows has neither module
        import fcntl
        import termios

        _, _, across, down = struct.unpack("HHHH", fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8)))
        return across, down
    return 0, 0


def lay_out(screen: Screen, wanted: Wanted, narrowest: int) -> Layout:
    """Fit all thumbnails onto one screen, side by side in as few lines as can be; or else as many as fit.

    Args:
        screen: of the terminal.
        wanted: what is to be shown.
        narrowest: cells that a thumbnail has at least in width.
    """
    for bands in range(1, wanted.count + 1):
        across = math.ceil(wanted.count / bands)
        width = min(_WIDEST, (screen.columns + 1) // across - 1)
        tallest = (screen.lines - _KEPT_FREE) // bands - 1
        fitting = min(width, _width_of(tallest, wanted.shape, screen))
        width = fitting if fitting >= wanted.caption else min(width, _width_of(tallest - 1, wanted.shape, screen))
        if width >= narrowest:
            return _layout(screen, wanted, across, width)
        if tallest < 1:
            break
    across = min(wanted.count, max(1, (screen.columns + 1) // (narrowest + 1)))
    one = _layout(screen, wanted, across, min(narrowest, screen.columns))
    bands = max(1, (screen.lines - _KEPT_FREE) // (one.height + one.caption))
    return replace(one, most=min(wanted.count, bands * across))


def _layout(screen: Screen, wanted: Wanted, across: int, width: int) -> Layout:
    cell_width, cell_height = screen.cell
    height = math.ceil(width * cell_width * wanted.shape / cell_height)
    height = max(1, min(height, screen.lines - _KEPT_FREE - 2))
    return Layout(across, wanted.count, width, height, 1 if width >= wanted.caption else 2)


def _width_of(height: int, shape: float, screen: Screen) -> int:
    """Return the width in cells at which a thumbnail is at most so many cells high."""
    cell_width, cell_height = screen.cell
    return int(height * cell_height / (cell_width * shape))
