"""What a terminal was sent, read as pictures again."""

import io
import re
from base64 import b64decode

from PIL import Image

_BLOCK = re.compile(r"\x1b\[([0-9;]*)m|(▀)|( )")
_FRONT = re.compile(r"38;2;(\d+);(\d+);(\d+)")
_SIXEL = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)")


def blocks_in(screen: str) -> list[list[list[tuple[int, ...]]]]:
    """Lines of half blocks in true colour: of each line its pictures, of each picture the upper row of pixels."""
    return [_pictures_of(line) for line in screen.split("\r\n") if "▀" in line]


def _pictures_of(line: str) -> list[list[tuple[int, ...]]]:
    pictures: list[list[tuple[int, ...]]] = [[]]
    colour: tuple[int, ...] = ()
    for part in _BLOCK.finditer(line):
        if part[3]:
            pictures.append([])
        elif part[2]:
            pictures[-1].append(colour)
        elif found := _FRONT.search(part[1]):
            colour = tuple(map(int, found.groups()))
    return [picture for picture in pictures if picture]


def graphics_in(screen: bytes, protocol: str) -> list[Image.Image]:
    """The pictures that were sent in a protocol, in their order."""
    text = screen.decode()
    if protocol == "sixel":
        return [read_sixel(found) for found in re.findall(r"\x1bP.*?\x1b\\", text, re.DOTALL)]
    if protocol == "iterm2":
        return [_opened(found) for found in re.findall(r"\x1b\]1337;File=[^:]*:([^\x07]*)\x07", text)]
    sent, made = "", []
    for more, data in re.findall(r"\x1b_G[^;]*m=([01]);([^\x1b]*)\x1b\\", text):
        sent += data
        if more == "0":
            made.append(_opened(sent))
            sent = ""
    return made


def _opened(data: str) -> Image.Image:
    with Image.open(io.BytesIO(b64decode(data, validate=True))) as image:
        return image.convert("RGB")


def read_sixel(sent: str) -> Image.Image:
    """Read sixels as a terminal does: pixel by pixel, sharing no arithmetic with what wrote them."""
    begin = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*)\x1b\\', sent, re.DOTALL)
    assert begin, sent[:40]
    width, height, body = begin.groups()
    image = Image.new("RGB", (int(width), int(height)), (255, 0, 255))
    colours: dict[str, tuple[int, ...]] = {}
    x = top = end = 0
    colour: tuple[int, ...] = ()
    for part in _SIXEL.finditer(body):
        assert part.start() == end
        end = part.end()
        number, *levels, chosen, count, repeated, single, again, following = part.groups()
        if number:
            colours[number] = tuple(round(int(level) * 255 / 100) for level in levels)
        elif chosen:
            colour = colours[chosen]
        elif again:
            x = 0
        elif following:
            x, top = 0, top + 6
        for _ in range(int(count or 1) if (repeated or single) else 0):
            for row in range(6):
                if ord(repeated or single) - 63 >> row & 1:
                    image.putpixel((x, top + row), colour)
            x += 1
    assert end == len(body)
    return image
