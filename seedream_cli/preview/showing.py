"""Making thumbnails while drafts are being drawn, and showing them together on the terminal in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seedream_cli.preview import encoding
from seedream_cli.preview.layout import Wanted, lay_out, screen_of
from seedream_cli.preview.terminals import method
from seedream_cli.safetext import shorten, visible
from seedream_cli.thumbnails import NoPictureError, cores, shape, thumbnail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from PIL.Image import Image

    from seedream_cli.drafts import Draft
    from seedream_cli.preview.layout import Layout, Screen
    from seedream_cli.preview.terminals import Method
    from seedream_cli.terminal.console import Console

_NARROWEST: Final = 12
_NARROWEST_BLOCKS: Final = 16
"""Cells that a picture has at least in width: with fewer half blocks nothing would be seen."""

_PIXEL_CELL: Final = 1, 2
"""Pixels of a cell that shows half blocks."""


def open_screen(console: Console, environment: Mapping[str, str], drafts: Sequence[Draft]) -> Screenful | None:
    """Return what shows so many drafts on the terminal, or None where it cannot."""
    way = method(environment)
    screen = screen_of(console.screen) if way and console.screen is not None else None
    if way is None or screen is None:
        return None
    in_text = way in {"truecolor", "256"}
    screen = replace(screen, cell=_PIXEL_CELL) if in_text else screen
    caption = max(len(f"{draft.id}, {_seed(draft)}") for draft in drafts)
    least = _NARROWEST_BLOCKS if in_text else _NARROWEST
    layout = lay_out(screen, Wanted(len(drafts), shape(drafts), caption), least)
    return Screenful(console, way, screen, layout)


class Screenful:
    """Makes thumbnails as drafts come, and shows them together in the end."""

    def __init__(self, console: Console, way: Method, screen: Screen, layout: Layout) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._console = console
        self._way = way
        self._screen = screen
        self._layout = layout
        self._pool = ThreadPoolExecutor(cores())
        self._pool.submit(_get_ready)
        self._made: dict[str, Future[_Picture]] = {}
        self._taken: list[Draft] = []
        self._count = 0

    def add(self, draft: Draft) -> None:
        """Take a saved draft."""
        self._count += 1
        if len(self._made) < self._layout.most:
            self._taken.append(draft)
            self._made[draft.id] = self._pool.submit(self._make, draft)

    def show(self, order: Sequence[Draft]) -> None:
        """Show what was taken, and what is not in the order last."""
        places = {draft.id: place for place, draft in enumerate(order)}
        across = self._across()
        drafts = sorted(self._taken if across else [], key=lambda draft: places.get(draft.id, len(places)))
        try:
            for start in range(0, len(drafts), across or 1):
                self._show_line(drafts[start : start + across])
        except BaseException:
            self._console.paint(encoding.END)  # half a picture would swallow what is written next
            raise
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
        if self._count > len(drafts):
            self._console.say(f"and {self._count - len(drafts)} more: seedream gallery")

    def _across(self) -> int:
        """Return how many fit side by side now: the window may have become narrower."""
        descriptor = self._console.screen
        screen = None if descriptor is None else screen_of(descriptor)
        room = 0 if screen is None else screen.columns
        return min(self._layout.across, (room + 1) // (self._layout.width + 1))

    def _make(self, draft: Draft) -> _Picture:
        """Make a picture as the terminal takes it in: one piece of text, or lines of text."""
        across, down = self._screen.cell
        box = self._layout.width * across, self._layout.height * down
        try:
            image = thumbnail(draft, box).image
        except NoPictureError as error:
            return _Picture(error.reason)
        match self._way:
            case "kitty":
                return _Picture("", encoding.as_kitty(image, None if self._screen.told else self._cells(image)))
            case "iterm2":
                return _Picture("", encoding.as_iterm2(image, self._cells(image)[0]))
            case "sixel":
                return _Picture("", encoding.as_sixel(image))
            case _:
                lines = encoding.as_blocks(image, truecolor=self._way == "truecolor")
                padding = " " * (self._layout.width - image.width)
                return _Picture("", lines=tuple(line + padding for line in lines))

    def _cells(self, image: Image) -> tuple[int, int]:
        across, down = self._screen.cell
        return -(-image.width // across), -(-image.height // down)

    def _show_line(self, drafts: Sequence[Draft]) -> None:
        pictures = [self._made[draft.id].result() for draft in drafts]
        captions = [self._caption(draft, picture) for draft, picture in zip(drafts, pictures, strict=True)]
        in_text = self._way in {"truecolor", "256"}
        shown = self._in_text(pictures) if in_text else self._in_graphics(pictures)
        below = "\n".join(self._side_by_side([caption[n] for caption in captions]) for n in range(self._layout.caption))
        self._console.paint(f"{shown}{below}\n")

    def _in_text(self, pictures: Sequence[_Picture]) -> str:
        empty = " " * self._layout.width
        height = max(len(picture.lines) for picture in pictures)
        lines = (
            " ".join(picture.lines[n] if n < len(picture.lines) else empty for picture in pictures)
            for n in range(height)
        )
        return "".join(f"{line}\n" for line in lines)

    def _in_graphics(self, pictures: Sequence[_Picture]) -> str:
        # Room first, so that nothing scrolls while pictures are drawn: where the cursor is after one, terminals differ.
        height = self._layout.height
        made = ["\n" * height, f"\x1b[{height}A\r"]
        for number, picture in enumerate(pictures):
            column = number * (self._layout.width + 1)
            made.append("\x1b7" + (f"\x1b[{column}C" if column else "") + picture.drawn + "\x1b8")
        made.append(f"\x1b[{height}B\r")
        return "".join(made)

    def _caption(self, draft: Draft, picture: _Picture) -> list[str]:
        second = picture.missing or _seed(draft)
        lines = [draft.id, second] if self._layout.caption == 2 else [f"{draft.id}, {second}"]
        return [shorten(visible(line), self._layout.width) for line in lines]

    def _side_by_side(self, texts: Sequence[str]) -> str:
        return " ".join(text.ljust(self._layout.width) for text in texts).rstrip()


class _Picture:
    """A picture as the terminal takes it in.

    Attributes:
        missing: why there is none, or empty.
        drawn: escape sequences that draw it from the cursor on.
        lines: of text that show it, each as wide as a thumbnail.
    """

    __slots__ = ("drawn", "lines", "missing")

    def __init__(self, missing: str, drawn: str = "", lines: tuple[str, ...] = ()) -> None:
        self.missing = missing
        self.drawn = drawn
        self.lines = lines


def _seed(draft: Draft) -> str:
    return f"seed {draft.key.seed}"


def _get_ready() -> None:
    """Import what decodes and encodes, while the first draft is still being drawn."""
    from PIL import Image

    Image.preinit()
