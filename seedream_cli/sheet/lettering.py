"""Text on a sheet: in whichever fonts have its characters, cut to the width that there is.

What no font has is spelt out, as `\\u6c34`, and remembered: an empty box would say nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from seedream_cli.safetext import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont


_IN_NO_FONT: Final = "\U0010ffff"
_MOST_SEARCHES: Final = 40
"""For so many blocks of 256 characters fonts are looked for."""

_LONGEST: Final = 1200
"""Characters of a text that are looked at; no caption holds more."""

_REMEMBERED: Final = 256
"""Texts that are kept as they were broken, and lines as they were drawn: many drafts have one prompt."""

# A word, or one of the characters between any two of which a line may end.
_ATOM: Final = re.compile(
    "\\s+|[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]|"
    "[^\\s\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+"
)


class _Font:
    """A font, and whether it has a character: one that it has looks otherwise than one that no font has.

    Asked without shaping, which would put a circle before a mark that there is no letter for.
    """

    def __init__(self, font: FreeTypeFont) -> None:
        from PIL import ImageFont

        self.face = font
        self.unshaped = font.font_variant(layout_engine=ImageFont.Layout.BASIC)
        self._none = self._look(_IN_NO_FONT)

    def has(self, character: str) -> bool:
        return character.isspace() or self._look(character) != self._none

    def _look(self, character: str) -> tuple[tuple[int, int], bytes]:
        mask = self.unshaped.getmask(character)
        return mask.size, bytes(mask)


class Lettering:
    """Text of one size.

    Args:
        size: height of the letters, in pixels.
        candidates: gives files of fonts in which a character may be, and the face in each.

    Attributes:
        height: from one line to the next, in pixels.
        missing: characters that no font had, in the order in which they were met.
    """

    def __init__(self, size: int, candidates: Callable[[str], Iterable[tuple[str, int]]]) -> None:
        self.height = round(size * 1.35)
        self.missing: dict[str, None] = {}
        self._size = size
        self._candidates = candidates
        self._searched: set[int] = set()
        self._font_of: dict[str, _Font | None] = {}
        self._widths: dict[str, float] = {}
        self._broken_before = lru_cache(_REMEMBERED)(self._break)
        self._drawn_before = lru_cache(_REMEMBERED)(self._draw)
        self._fonts = [next(self._loaded("a"), None) or self._plain()]  # the first has all of ASCII

    def lines(self, text: str, width: float, most: int) -> list[str]:
        """Break a text into lines, at most so many; the last ends with dots where that was not all.

        Args:
            text: anything; line feeds are kept, other control characters made visible.
            width: in pixels.
            most: lines.
        """
        return list(self._broken_before(text, width, most))

    def width(self, text: str) -> float:
        """Return how wide a text is, in pixels."""
        if text not in self._widths:
            self._widths[text] = sum(font.getlength(part) for font, part in self._runs(text))
        return self._widths[text]

    def draw(self, sheet: Image, place: tuple[int, int], text: str, colour: tuple[int, int, int]) -> None:
        """Draw one line, its upper left corner at a place."""
        mask, (left, top) = self._drawn_before(text)
        if mask is not None:
            sheet.paste(colour, (place[0] + left, place[1] + top), mask)

    def _draw(self, text: str) -> tuple[Image | None, tuple[int, int]]:
        """Return where a line has ink, or None where it has none, and where that lies in the line."""
        from PIL import Image, ImageDraw

        around = self._size  # marks and swashes stand out of a line
        mask = Image.new("L", (math.ceil(self.width(text)) + 2 * around, self.height + 2 * around))
        canvas = ImageDraw.Draw(mask)
        x, baseline = float(around), around + self._size
        runs = self._runs(text)
        for font, part in runs:
            canvas.text((x, baseline), part, fill=255, font=font, anchor="ls")
            x += font.getlength(part) if len(runs) > 1 else 0.0
        ink = mask.getbbox()
        return (mask.crop(ink), (ink[0] - around, ink[1] - around)) if ink else (None, (0, 0))

    def _break(self, text: str, width: float, most: int) -> list[str]:
        found: list[str] = []
        for paragraph in text[:_LONGEST].split("\n"):
            found += self._broken(visible(paragraph), width)
            if len(found) > most:
                break
        if len(found) > most or len(text) > _LONGEST:
            found[most - 1 :] = [self._cut(found[min(most, len(found)) - 1], width)]
        return found

    def _broken(self, text: str, width: float) -> Iterator[str]:
        line, used = "", 0.0
        for atom in self._atoms(text, width):
            needed = self.width(atom)
            if line and used + needed > width and not atom.isspace():
                yield line.rstrip()
                line, used = "", 0.0
            line += atom
            used += needed
        yield line.rstrip()

    def _atoms(self, text: str, width: float) -> Iterator[str]:
        for atom in _ATOM.findall(text):
            if atom.isspace():
                yield " "
            elif self.width(atom) <= width:
                yield atom
            else:
                yield from atom

    def _cut(self, line: str, width: float) -> str:
        while line and self.width(line + "...") > width:
            line = line[:-1]
        return line.rstrip() + "..."

    def _runs(self, text: str) -> list[tuple[FreeTypeFont, str]]:
        """Split a text by the fonts that have its characters."""
        if text.isascii():  # which needs no shaping, and makes most of a sheet's text
            return [(self._fonts[0].unshaped, text)]
        runs: list[tuple[FreeTypeFont, str]] = []
        for character in text:
            font, shown = self._shown(character)
            if runs and (font is runs[-1][0] or not shown):
                runs[-1] = runs[-1][0], runs[-1][1] + shown
            else:
                runs.append((font, shown))
        return runs

    def _shown(self, character: str) -> tuple[FreeTypeFont, str]:
        """Return a font, and what is written in it for a character: itself, its spelling, or nothing."""
        if character not in self._font_of:
            self._font_of[character] = self._font_with(character)
        font = self._font_of[character]
        if font is not None:
            return font.face, character
        plain = self._fonts[0].face
        if _joins(character):
            return plain, ""
        self.missing[character] = None
        code = ord(character)
        return plain, f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    def _font_with(self, character: str) -> _Font | None:
        for font in self._fonts:
            if font.has(character):
                return font
        block = ord(character) >> 8
        if _joins(character) or block in self._searched or len(self._searched) == _MOST_SEARCHES:
            return None
        self._searched.add(block)
        found = next((font for font in self._loaded(character) if font.has(character)), None)
        if found is not None:
            self._fonts.append(found)
        return found

    def _loaded(self, character: str) -> Iterator[_Font]:
        from PIL import ImageFont

        for path, face in self._candidates(character):
            try:
                yield _Font(ImageFont.truetype(path, self._size, index=face))
            except (OSError, ValueError):  # bitmaps of other sizes, or a kind that FreeType was built without
                continue

    def _plain(self) -> _Font:
        """Return the font that Pillow brings along: letters and digits of English, and little else."""
        from PIL import ImageFont

        return _Font(ImageFont.load_default(self._size))  # type: ignore[arg-type]


def _joins(character: str) -> bool:
    """Whether a character only says how others are drawn: joiners, selectors of variants."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"
