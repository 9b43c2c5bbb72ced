"""A small picture as a terminal takes it in: half blocks, sixel, or the protocols of kitty and of iTerm2.

Own code, for want of a library: textual-image asks the terminal as soon as it is imported, term-image has stood still
since 2024 and knows no sixel, and chafa comes with a C library under the LGPL.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

_PIECE: Final = 4096
_SIXEL_COLOURS: Final = 96
_SIXEL_ROWS: Final = 6
# Columns without a colour, and those that have no other: these are counted. Looking for any repeated byte would take
# longer than all the rest.
_REPEATED: Final = re.compile(rb"\?{4,}|~{4,}")
# By a colour's number: what bytes become that are pixels' colours, 1 where it is this one, else 0.
_ONLY: Final = [bytes(number) + b"\1" + bytes(255 - number) for number in range(256)]
_AS_SIXEL: Final = bytes((bits + 63) & 255 for bits in range(256))
_ANSI_LEVELS: Final = (0, 95, 135, 175, 215, 255)
_FIRST_OF_CUBE: Final = 16
"""Colours below this one are the user's own to choose."""

RESET: Final = "\x1b[0m"

END: Final = f"\x1b\\{RESET}\n"
"""Ends a picture that was cut short, in whichever protocol."""


def as_kitty(image: Image, cells: tuple[int, int] | None) -> str:
    """Return an image in kitty's protocol (kitty, ghostty, Konsole); the cursor stays where it is.

    Args:
        image: any.
        cells: columns and lines over which it is spread; None where its pixels are the screen's.
    """
    data = b64encode(_png(image)).decode("ascii")
    pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
    # Quiet, or the answer would come in with what is being typed.
    keys = "a=T,f=100,q=2,C=1" + (f",c={cells[0]},r={cells[1]}" if cells else "")
    made = []
    for number, piece in enumerate(pieces):
        more = int(number < len(pieces) - 1)
        made.append(f"\x1b_G{keys},m={more};{piece}\x1b\\")
        keys = "q=2"
    return "".join(made)


def as_iterm2(image: Image, columns: int) -> str:
    """Return an image in iTerm2's protocol (WezTerm too), so many columns wide."""
    data = _png(image)
    told = f"inline=1;size={len(data)};width={columns};preserveAspectRatio=1"
    return f"\x1b]1337;File={told}:{b64encode(data).decode('ascii')}\x07"


def as_sixel(image: Image) -> str:
    """Return an image in sixels, in as many colours as are enough for something small.

    Format: DEC VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
    """
    from PIL.Image import Dither, Quantize

    palette = image.quantize(_SIXEL_COLOURS, method=Quantize.FASTOCTREE)
    indexed = image.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG)
    width, height = indexed.size
    levels = indexed.getpalette() or []
    pixels = indexed.tobytes()
    used = sorted(set(pixels))
    colours = (
        f"#{number};2;" + ";".join(str(round(level * 100 / 255)) for level in levels[3 * number : 3 * number + 3])
        for number in used
    )
    made = [f'\x1bP0;1;0q"1;1;{width};{height}', *colours]
    for top in range(0, height, _SIXEL_ROWS):
        rows = [pixels[at * width : (at + 1) * width] for at in range(top, min(top + _SIXEL_ROWS, height))]
        colours_here = sorted(set(b"".join(rows)))
        made.append("$".join(f"#{number}{_sixels(rows, number)}" for number in colours_here))
        made.append("-")
    return "".join([*made[:-1], "\x1b\\"])


def _sixels(rows: list[bytes], colour: int) -> str:
    """Return one colour's part of a band of up to six rows."""
    # All columns at once: each row is one large number, a byte a column, shifted to its bit.
    bits = 0
    for number, row in enumerate(rows):
        if colour in row:
            bits |= int.from_bytes(row.translate(_ONLY[colour]), "big") << number
    sixels = bits.to_bytes(len(rows[0]), "big").translate(_AS_SIXEL).rstrip(b"?")
    return _REPEATED.sub(lambda run: b"!%d%c" % (len(run[0]), run[0][0]), sixels).decode("ascii")


def as_blocks(image: Image, *, truecolor: bool) -> list[str]:
    """Return an image as lines of text, a column a pixel, a line two rows of pixels."""
    width, height = image.size
    colours = _rgb_colours(image) if truecolor else _ansi_colours(image)
    rows = [colours[at : at + width] for at in range(0, width * height, width)]
    lines = []
    for top in range(0, height, 2):
        below = rows[top + 1] if top + 1 < height else [""] * width
        line, last = "", ("", "")
        for pair in zip(rows[top], below, strict=True):
            if pair != last:
                line += f"\x1b[38;{pair[0]};48;{pair[1]}m" if pair[1] else f"\x1b[0;38;{pair[0]}m"
            line += "▀"
            last = pair
        lines.append(line + RESET)
    return lines


def _rgb_colours(image: Image) -> list[str]:
    data = image.tobytes()
    return [f"2;{data[at]};{data[at + 1]};{data[at + 2]}" for at in range(0, len(data), 3)]


def _ansi_colours(image: Image) -> list[str]:
    from PIL import Image as pillow  # noqa: N813

    cube = [level for r in _ANSI_LEVELS for g in _ANSI_LEVELS for b in _ANSI_LEVELS for level in (r, g, b)]
    greys = [level for grey in range(8, 248, 10) for level in (grey, grey, grey)]
    palette = pillow.new("P", (1, 1))
    palette.putpalette(cube + greys)
    indexed = image.quantize(palette=palette, dither=pillow.Dither.NONE)
    # What lies behind the palette's own colours is black, as is its first.
    own = len(cube + greys) // 3
    return [f"5;{_FIRST_OF_CUBE + (number if number < own else 0)}" for number in indexed.tobytes()]


def _png(image: Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
