"""Ink, water and paper: the strokes and washes that the sandbox's pictures are made of."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from seedream_cli.sandbox.inks import Inks
    from seedream_cli.sandbox.scene import RGB

Point = tuple[float, float]
"""A place in pixels of the picture, from its upper left corner."""

Grey = Image.Image
"""A picture of one 8-bit channel: how much ink, 0 to 255."""

BICUBIC: Final = Image.Resampling.BICUBIC
BILINEAR: Final = Image.Resampling.BILINEAR


def ramp(stops: Sequence[tuple[float, float]], length: int) -> bytes:
    """Return `length` grey values along a smooth curve through (place 0 to 1, value 0 to 1) stops."""
    values = bytearray()
    spans = list(itertools.pairwise(stops))
    for i in range(length):
        place = i / max(1, length - 1)
        (at, low), (end, high) = next((span for span in spans if place <= span[1][0]), spans[-1])
        t = min(1.0, max(0.0, (place - at) / max(1e-9, end - at)))
        values.append(round(255 * min(1.0, max(0.0, low + (high - low) * t * t * (3 - 2 * t)))))
    return bytes(values)


def fade(stops: Sequence[tuple[float, float]], size: tuple[int, int]) -> Grey:
    """Return a mask that changes from top to bottom along `stops`; see `ramp`."""
    steps = min(size[1], 256)
    return Image.frombytes("L", (1, steps), ramp(stops, steps)).resize(size, BILINEAR)


def noise(rng: random.Random, cells: tuple[int, int], size: tuple[int, int]) -> Grey:
    """Return soft noise: random values on a grid of cells, smoothed up to the size in pixels."""
    columns, rows = max(2, cells[0]), max(2, cells[1])
    return Image.frombytes("L", (columns, rows), rng.randbytes(columns * rows)).resize(size, BICUBIC)


def clouds(rng: random.Random, cells: tuple[int, int], size: tuple[int, int]) -> Grey:
    """Return noise of three octaves, in which large shapes carry smaller ones."""
    small = (min(size[0], 320), min(size[1], 320))
    columns, rows = cells
    coarse = noise(rng, cells, small)
    middle = noise(rng, (columns * 2 + 1, rows * 2 + 1), small)
    fine = noise(rng, (columns * 5 + 1, rows * 5 + 1), small)
    return Image.blend(Image.blend(coarse, middle, 0.34), fine, 0.16).resize(size, BICUBIC)


def levels(mask: Grey, low: float, high: float, bottom: float = 0.0, top: float = 1.0) -> Grey:
    """Return the mask with values low..high (0 to 1) stretched to bottom..top, clipped outside."""
    table = []
    for value in range(256):
        t = min(1.0, max(0.0, (value / 255 - low) / (high - low)))
        table.append(round(255 * (bottom + (top - bottom) * t)))
    return mask.point(table)


def scaled(mask: Grey, factor: float) -> Grey:
    """Return the mask thinned by a factor of 0 to 1."""
    return mask.point([round(value * factor) for value in range(256)])


def wash(picture: Image.Image, colour: RGB, mask: Grey, at: tuple[int, int] = (0, 0)) -> None:
    """Lay a colour over the picture as thick as the mask says."""
    picture.paste(colour, at, mask)


def curve(start: Point, bend: Point, end: Point, steps: int = 14) -> list[Point]:
    """Return points along a quadratic curve that is drawn towards `bend`."""
    points = []
    for i in range(steps + 1):
        t = i / steps
        a, b, c = (1 - t) * (1 - t), 2 * t * (1 - t), t * t
        points.append((a * start[0] + b * bend[0] + c * end[0], a * start[1] + b * bend[1] + c * end[1]))
    return points


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture being painted, and with what.

    Attributes:
        picture: as far as it is done, 8-bit RGB.
        inks: the colours.
        unit: what the sizes of things are measured in: pixels, about the picture's shorter side.
        detail: 0 to 1, how richly the picture is finished.
    """

    picture: Image.Image
    inks: Inks
    unit: float
    detail: float


@dataclass(frozen=True, slots=True)
class Stencil:
    """A part of the picture in which shapes are drawn finer than its pixels, then printed in one ink.

    Attributes:
        left: where it starts, pixels of the picture.
        top: the same.
        fine: how many of its own pixels make one of the picture.
        mask: what has been drawn.
        pen: what draws on it.
    """

    left: int
    top: int
    fine: int
    mask: Grey
    pen: ImageDraw.ImageDraw

    @classmethod
    def over(cls, box: tuple[float, float, float, float], fine: int = 3) -> Stencil:
        """Return an empty one over a box of left, top, right and bottom in pixels of the picture."""
        left, top = math.floor(box[0]), math.floor(box[1])
        width, height = max(1, math.ceil(box[2]) - left), max(1, math.ceil(box[3]) - top)
        mask = Image.new("L", (width * fine, height * fine))
        return cls(left, top, fine, mask, ImageDraw.Draw(mask))

    def place(self, point: Point) -> Point:
        """Return where a point of the picture lies on the stencil."""
        return (point[0] - self.left) * self.fine, (point[1] - self.top) * self.fine

    def fill(self, points: Sequence[Point], ink: int = 255) -> None:
        """Fill the shape with these corners."""
        if len(points) > 2:
            self.pen.polygon([self.place(point) for point in points], fill=ink)

    def block(self, left: float, top: float, right: float, bottom: float, ink: int = 255) -> None:
        """Fill an upright rectangle."""
        self.fill([(left, top), (right, top), (right, bottom), (left, bottom)], ink)

    def dot(self, centre: Point, across: float, down: float | None = None, ink: int = 255) -> None:
        """Fill an ellipse with these radii in pixels of the picture."""
        x, y = self.place(centre)
        rx, ry = across * self.fine, (across if down is None else down) * self.fine
        self.pen.ellipse((x - rx, y - ry, x + rx, y + ry), fill=ink)

    def line(self, points: Sequence[Point], width: float, ink: int = 255) -> None:
        """Draw an even line with round corners."""
        places = [self.place(point) for point in points]
        self.pen.line(places, fill=ink, width=max(1, round(width * self.fine)), joint="curve")

    def stroke(self, points: Sequence[Point], start: float, end: float, ink: int = 255) -> None:
        """Draw a brush stroke whose width, in pixels of the picture, goes from start to end."""
        upper, lower = [], []
        last = len(points) - 1
        for i, (x, y) in enumerate(points):
            (ax, ay), (bx, by) = points[max(0, i - 1)], points[min(last, i + 1)]
            length = math.hypot(bx - ax, by - ay) or 1.0
            half = (start + (end - start) * i / max(1, last)) / 2
            dx, dy = -(by - ay) / length * half, (bx - ax) / length * half
            upper.append((x + dx, y + dy))
            lower.append((x - dx, y - dy))
        self.fill([*upper, *reversed(lower)], ink)
        self.dot(points[0], start / 2, ink=ink)

    def printed(
        self,
        canvas: Canvas,
        ink: RGB,
        strength: float = 1.0,
        *,
        bleed: float = 0.0,
        dry: tuple[random.Random, float] | None = None,
    ) -> None:
        """Print it on the picture.

        Args:
            canvas: what is painted on.
            ink: the colour.
            strength: 0 to 1.
            bleed: how far the ink runs, in pixels of the picture.
            dry: lets the brush run dry in places, down to this share of its ink.
        """
        mask = self.mask.reduce(self.fine)
        if bleed > 0.3:
            mask = mask.filter(ImageFilter.GaussianBlur(bleed))
        if dry:
            rng, least = dry
            mask = ImageChops.multiply(mask, levels(clouds(rng, (8, 8), mask.size), 0.25, 0.75, least, 1.0))
        if strength < 1:
            mask = scaled(mask, strength)
        wash(canvas.picture, ink, mask, (self.left, self.top))


def paper(rng: random.Random, size: tuple[int, int], coarse: float) -> Image.Image:
    """Return the grain of paper as an RGB picture about 128, to be added to the painted one.

    Args:
        rng: where the grain comes from.
        size: in pixels.
        coarse: how strong the grain is, grey levels about.
    """
    tile = (min(size[0], 512), min(size[1], 512))
    tooth = Image.frombytes("L", tile, rng.randbytes(tile[0] * tile[1])).filter(ImageFilter.GaussianBlur(0.8))
    fibres = noise(rng, (tile[0] // 2, tile[1] // 4), tile)
    one = Image.blend(tooth, fibres, 0.2).point(
        [max(0, min(255, round(128 + (value - 128) * coarse / 24))) for value in range(256)]
    )
    sheet = Image.new("L", size)
    for y in range(0, size[1], tile[1]):
        for x in range(0, size[0], tile[0]):
            sheet.paste(one, (x, y))
    blotches = clouds(rng, (5, 5), (128, 128)).resize(size, BILINEAR)
    sheet = ImageChops.add(sheet, levels(blotches, 0.0, 1.0, 0.485, 0.515), 1, -128)
    return Image.merge("RGB", (sheet, sheet, sheet))
