"""What terminals are sent is the picture: read back as each of them reads it."""

import io
import re
from base64 import b64decode

import pytest
from PIL import Image, ImageChops, ImageStat
from support.terminal_pictures import read_sixel

from seedream_cli.preview.encoding import as_blocks, as_iterm2, as_kitty, as_sixel


def picture(width: int = 40, height: int = 31) -> Image.Image:
    """Soft colours, and an odd height."""
    bands = [Image.linear_gradient("L").rotate(turn).resize((width, height)) for turn in (0, 90, 180)]
    return Image.merge("RGB", bands)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of a level."""
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def decoded(data: str) -> Image.Image:
    with Image.open(io.BytesIO(b64decode(data, validate=True))) as image:
        return image.convert("RGB")


@pytest.mark.parametrize("size", [(1, 1), (40, 31), (400, 400)])
def test_kitty_gets_every_pixel_in_pieces_and_is_told_to_say_nothing(size: tuple[int, int]) -> None:
    image = picture(*size)
    sent = as_kitty(image, None)
    pieces = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", sent)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in pieces) == sent
    assert all(len(data) <= 4096 for _, data in pieces)
    assert all("q=2" in keys.split(",") for keys, _ in pieces)
    assert [keys.rpartition(",")[2] for keys, _ in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]
    assert pieces[0][0].startswith("a=T,f=100,q=2,C=1,")
    assert decoded("".join(data for _, data in pieces)).tobytes() == image.tobytes()


def test_kitty_spreads_a_picture_over_cells_where_their_pixels_are_not_known() -> None:
    assert as_kitty(picture(), (12, 7)).startswith("\x1b_Ga=T,f=100,q=2,C=1,c=12,r=7,m=0;")


def test_iterm2_gets_every_pixel_and_how_wide_it_is() -> None:
    image = picture()
    told, data = re.fullmatch(r"\x1b\]1337;File=([^:]*):(.*)\x07", as_iterm2(image, 12)).groups()  # type: ignore[union-attr]
    assert decoded(data).tobytes() == image.tobytes()
    assert dict(part.split("=") for part in told.split(";")) == {
        "inline": "1",
        "size": str(len(b64decode(data))),
        "width": "12",
        "preserveAspectRatio": "1",
    }


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (40, 31), (60, 60)])
def test_sixels_show_the_picture(size: tuple[int, int]) -> None:
    image = picture(*size)
    assert difference(read_sixel(as_sixel(image)), image) < 12


def test_sixels_of_one_colour_are_short() -> None:
    image = Image.new("RGB", (300, 300), (250, 120, 0))
    sent = as_sixel(image)
    assert difference(read_sixel(sent), image) < 3
    assert len(sent) < 600


BLOCK = re.compile(r"\x1b\[([0-9;]*)m|(▀)")


def read_blocks(lines: list[str], height: int, colour: object) -> Image.Image:
    """Read lines of half blocks as a terminal does."""
    rows = []
    for line in lines:
        above, below, front, back = [], [], None, None
        end = 0
        for part in BLOCK.finditer(line):
            assert part.start() == end
            end = part.end()
            if part[2]:
                above.append(front)
                below.append(back)
                continue
            codes = [int(code) for code in part[1].split(";")]
            while codes:
                code = codes.pop(0)
                if code == 0:
                    front = back = None
                elif code == 38:
                    front = colour(codes)  # type: ignore[operator]
                elif code == 48:
                    back = colour(codes)  # type: ignore[operator]
                else:
                    raise AssertionError(code)
        assert end == len(line)
        assert front is None
        rows += [above, below]
    image = Image.new("RGB", (len(rows[0]), height))
    image.putdata([pixel for row in rows[:height] for pixel in row])
    assert all(pixel is None for row in rows[height:] for pixel in row)
    return image


def true_colour(codes: list[int]) -> tuple[int, ...]:
    kind, *levels = (codes.pop(0) for _ in range(4))
    assert kind == 2
    return tuple(levels)


def ansi_colour(codes: list[int]) -> tuple[int, ...]:
    kind, number = codes.pop(0), codes.pop(0)
    assert kind == 5
    assert 16 <= number <= 255
    if number >= 232:
        return (8 + 10 * (number - 232),) * 3
    number -= 16
    return tuple(0 if level == 0 else 55 + 40 * level for level in (number // 36, number // 6 % 6, number % 6))


@pytest.mark.parametrize("size", [(1, 1), (40, 31), (40, 30)])
def test_half_blocks_show_every_pixel_in_true_colour(size: tuple[int, int]) -> None:
    image = picture(*size)
    assert read_blocks(as_blocks(image, truecolor=True), size[1], true_colour).tobytes() == image.tobytes()


def test_half_blocks_of_256_colours_are_near() -> None:
    image = picture()
    shown = read_blocks(as_blocks(image, truecolor=False), 31, ansi_colour)
    assert difference(shown, image) < 22
    for grey in (0, 3, 8, 128, 238, 255):
        plain = Image.new("RGB", (2, 2), (grey, grey, grey))
        assert difference(read_blocks(as_blocks(plain, truecolor=False), 2, ansi_colour), plain) < 10


def test_half_blocks_of_one_colour_are_short() -> None:
    lines = as_blocks(Image.new("RGB", (40, 40), (250, 120, 0)), truecolor=True)
    assert all(len(line) < 90 for line in lines)
