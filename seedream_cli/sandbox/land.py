"""Painting one range of land: its outline, its folds and the way it fades into the mist."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from seedream_cli.sandbox import brush
from seedream_cli.sandbox.brush import Canvas, Grey, Point, Stencil, fade, levels, scaled, wash
from seedream_cli.sandbox.inks import mix

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from seedream_cli.sandbox.terrain import Range


@dataclass(frozen=True, slots=True)
class Relief:
    """How a land's slopes are folded.

    Attributes:
        spurs: how many run down from a crest.
        depth: 0 to 1, how much the shaded side of a spur differs from the lit one.
        crooked: how much spurs wind.
        soft: how much their edges run, as a share of the picture's breadth.
        spread: how wide a spur's shaded side grows, in lengths of the spur.
        rocky: whether fine wrinkles run down the slopes.
    """

    spurs: int
    depth: float
    crooked: float
    soft: float
    spread: float
    rocky: bool = False


RELIEFS: Final = {
    "peaks": Relief(26, 0.52, 0.5, 0.0033, 0.42, rocky=True),
    "karst": Relief(34, 0.46, 0.3, 0.0033, 0.42, rocky=True),
    "hills": Relief(8, 0.2, 0.15, 0.011, 0.6),
    "dunes": Relief(4, 0.5, 0.1, 0.009, 2.4),
    "city": Relief(0, 0.0, 0.0, 0.0, 0.0),
}
"""The relief of each land."""

SHADES: Final = ((1.0, 0.3, 9), (0.72, 0.55, 8), (0.46, 0.78, 7), (0.24, 1.0, 6))
"""A spur's shaded side from its edge inwards: how wide, how dark, over how many points of its spine."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a range is painted.

    Attributes:
        relief: how its slopes are folded.
        shade: 1 where the right side lies in the shade, -1 where the left does.
        snow: whether it lies under snow.
        bottom: the row of the picture below which nothing of it can be seen.
    """

    relief: Relief
    shade: int
    snow: bool
    bottom: int


@dataclass(frozen=True, slots=True)
class _Slope:
    """The ground of a range, as a mask coarser than the picture sees it.

    Attributes:
        span: the range.
        size: of the mask.
        scale: pixels of the mask for one of the picture.
        top: the picture's row at which the mask begins.
        rng: where folds and grain come from.
    """

    span: Range
    size: tuple[int, int]
    scale: float
    top: int
    rng: random.Random

    def folds(self, manner: Manner) -> Grey:
        """Return how dark the ground is where spurs run down from the crest and turn from the light."""
        depth, span = manner.relief.depth, self.span
        mask = Image.new("L", self.size, round(255 * (1 - depth)))
        pen = ImageDraw.Draw(mask)
        steps, reach = len(span.crest) - 1, (len(span.crest) - 1) // 36
        for i in range(manner.relief.spurs):
            at = max(0, min(steps, round((i + self.rng.uniform(-0.2, 1.2)) / manner.relief.spurs * steps)))
            first = max(0, at - reach)
            around = span.crest[first : at + reach + 1]
            at = first + around.index(min(around))
            rise = (span.crest[min(steps, at + reach)] - span.crest[max(0, at - reach)]) / max(1.0, span.fall)
            start = at / steps * self.size[0], (span.crest[at] - self.top) * self.scale - 2
            self._spur(pen, start, rise, manner)
        return mask.filter(ImageFilter.GaussianBlur(max(0.7, self.size[0] * manner.relief.soft)))

    def _spur(self, pen: ImageDraw.ImageDraw, start: Point, rise: float, manner: Manner) -> None:
        """Draw one spur: a spine that winds downhill, and the shade that widens on one side of it."""
        rng, relief = self.rng, manner.relief
        drift = rise * 2 + rng.uniform(-0.35, 0.35) - 0.3 * manner.shade * relief.spread
        drift = max(-0.9, min(0.9, drift))
        length = self.span.fall * self.scale * rng.uniform(0.5, 1.1)
        spine = [start]
        for _ in range(8):
            x, y = spine[-1]
            spine.append((x + (drift + rng.uniform(-0.8, 0.8) * relief.crooked) * length / 8, y + length / 8))
        ragged = 0.4 * relief.crooked
        for share, dark, points in SHADES:
            wide = manner.shade * length * relief.spread * share
            edge = [
                (x + wide * (k / 8) ** 0.8 * rng.uniform(1 - ragged, 1 + ragged), y)
                for k, (x, y) in enumerate(spine[:points])
            ]
            pen.polygon([*spine[:points], *reversed(edge)], round(255 * (1 - relief.depth * (1 - dark))))

    def wrinkled(self, mask: Grey) -> Grey:
        """Return the folds with the fine dry strokes that run down a rocky slope."""
        rng, span, width = self.rng, self.span, self.size[0]
        pen = ImageDraw.Draw(mask)
        steps = len(span.crest) - 1
        for _ in range(170):
            at = rng.randrange(2, steps - 2)
            rise = (span.crest[at + 2] - span.crest[at - 2]) * steps / 4 / (width / self.scale)
            down = rng.random() ** 1.5 * 0.5 * span.fall
            x, y = at / steps * width, (span.crest[at] - self.top + down) * self.scale
            lean = max(-1.2, min(1.2, rise)) * rng.uniform(0.5, 1.0)
            length = span.fall * self.scale * rng.uniform(0.08, 0.2)
            points = [(x, y), (x + lean * length * 0.35, y + length * 0.5), (x + lean * length, y + length)]
            pen.line(points, fill=rng.randrange(200, 256))
        return mask.filter(ImageFilter.GaussianBlur(0.7))

    def depth(self, dryness: float) -> Grey:
        """Return how much ink is left at each depth below the crest; `dryness`, 0 to 1, is its grain."""
        rng, span, (width, height) = self.rng, self.span, self.size
        fall = min(0.96, max(0.02, span.fall * self.scale / max(1, height)))
        down = fade([(0, 1.0), (fall * 0.14, 0.88), (fall, span.tail), (1, span.tail * 0.85)], self.size)
        grain = brush.noise(rng, (width // 5, height // 9), self.size)
        grain = Image.blend(grain, brush.noise(rng, (width // 30, height // 30), self.size), 0.5)
        pad = round(height * 0.1) + 2
        level = Image.new("L", (width, height + pad), 242)
        level.paste(ImageChops.multiply(down, levels(grain, 0.2, 0.7, 1 - dryness, 1.0)), (0, pad))
        # What was painted below a level crest is now hung from the real one, strip by strip.
        strips, mesh = min(64, width), []
        for i in range(strips):
            left, right = width * i // strips, width * (i + 1) // strips
            a, b = ((span.y_at(x, width) - self.top) * self.scale - pad for x in (left, right))
            mesh.append(((left, 0, right, height), (left, -a, left, height - a, right, height - b, right, -b)))
        return level.transform(self.size, Image.Transform.MESH, mesh, brush.BILINEAR, fillcolor=242)


def _outline(span: Range, box: tuple[int, int, int], extra: Callable[[Stencil], None] | None) -> Grey:
    """Return the shape of a range, its edge loaded with ink, in a box of top row, width and bottom row."""
    top, width, bottom = box
    stencil = Stencil.over((0, top, width, bottom), 2)
    crest = span.line(width)
    if extra:
        extra(stencil)
    edge = 1.2 + 2.2 * span.nearness
    stencil.fill([(0, bottom + 9), *crest, (width, bottom + 9)], 255)
    inner = [(x, y + edge * (0.6 + 0.5 * math.sin(i * 0.37))) for i, (x, y) in enumerate(crest)]
    stencil.fill([(0, bottom + 9), *inner, (width, bottom + 9)], 224)
    return stencil.mask.reduce(2)


def ground(
    canvas: Canvas,
    span: Range,
    rng: random.Random,
    manner: Manner,
    extra: Callable[[Stencil], None] | None = None,
) -> None:
    """Paint one range: dark along its crest, paler downwards until it is lost in the mist.

    Args:
        canvas: what is painted on.
        span: the range.
        rng: where its folds come from.
        manner: how it is painted.
        extra: draws what grows on the crest, in the same ink.
    """
    picture, inks = canvas.picture, canvas.inks
    width, bottom = picture.width, min(picture.height, manner.bottom)
    top = max(0, math.floor(min(span.crest) - picture.height * 0.06))
    if top >= bottom - 2:
        return
    shape = _outline(span, (top, width, bottom), extra)
    shrink = 3 if canvas.detail > 0.5 else 4
    size = (max(8, width // shrink), max(8, (bottom - top) // shrink))
    slope = _Slope(span, size, size[0] / width, top, rng)
    mask = slope.depth(0.12 + 0.12 * canvas.detail)
    if manner.relief.spurs:
        folds = slope.folds(manner)
        if manner.relief.rocky and canvas.detail > 0.5:
            folds = slope.wrinkled(folds)
        mask = ImageChops.multiply(mask, folds)
    # First the bare ground, which hides what lies behind; then the ink on it.
    bare = inks.snow if manner.snow else mix(inks.mist, inks.low, 0.5)
    wash(picture, bare, levels(shape, 0.0, 0.86), (0, top))
    if manner.snow:
        mask = scaled(mask, 1 - 0.45 * span.nearness)
    inked = ImageChops.multiply(shape, mask.resize(shape.size, brush.BICUBIC))
    wash(picture, inks.at(span.nearness), inked, (0, top))
