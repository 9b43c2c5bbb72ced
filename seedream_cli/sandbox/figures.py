"""What people and birds bring to a picture, and the seal that says what the picture is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.brush import Canvas, Point, Stencil, curve
from seedream_cli.sandbox.inks import PAPER, SEAL

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from seedream_cli.sandbox.scene import RGB

SEAL_TEXT: Final = "SANDBOX"

LETTERS: Final = {
    "A": ("0,6 0,1.6 1.2,0 2.8,0 4,1.6 4,6", "0,3.6 4,3.6"),
    "B": ("0,3 3,3 4,4 4,5 3,6 0,6 0,0 2.8,0 3.6,0.8 3.6,2.2 2.8,3",),
    "D": ("0,0 2.6,0 4,1.4 4,4.6 2.6,6 0,6 0,0",),
    "N": ("0,6 0,0 4,6 4,0",),
    "O": ("1.2,0 2.8,0 4,1.2 4,4.8 2.8,6 1.2,6 0,4.8 0,1.2 1.2,0",),
    "S": ("4,1 3.2,0 0.8,0 0,1 0,2.2 0.8,3 3.2,3 4,3.8 4,5 3.2,6 0.8,6 0,5",),
    "X": ("0,0 4,6", "4,0 0,6"),
}
"""The strokes of the seal's letters, as x,y on a grid of 4 by 6."""


def seal(canvas: Canvas, rng: random.Random, *, right: bool) -> None:
    """Stamp the word SANDBOX in a lower corner."""
    cell = canvas.unit * 0.0032
    gap, margin, inset = cell * 2.3, cell * 3.2, canvas.unit * 0.032
    width = len(SEAL_TEXT) * cell * 4 + (len(SEAL_TEXT) - 1) * gap + 2 * margin
    height = cell * 6 + 2 * margin
    left = canvas.picture.width - inset - width if right else inset
    top = canvas.picture.height - inset - height
    box = (left - 2, top - 2, left + width + 2, top + height + 2)
    stamp, carved = Stencil.over(box, 4), Stencil.over(box, 4)
    corners = (*stamp.place((left, top)), *stamp.place((left + width, top + height)))
    stamp.pen.rounded_rectangle(corners, radius=cell * 2 * stamp.fine, fill=255)
    for _ in range(26):
        worn = left + width * rng.random(), rng.choice((top, top + height))
        stamp.dot(worn, cell * rng.uniform(0.1, 0.45), ink=0)
    for i, letter in enumerate(SEAL_TEXT):
        at = left + margin + i * (cell * 4 + gap)
        for stroke in LETTERS[letter]:
            pairs = (pair.split(",") for pair in stroke.split())
            points = [(at + float(x) * cell, top + margin + float(y) * cell) for x, y in pairs]
            carved.line(points, cell * 1.05)
            carved.dot(points[0], cell * 0.5)
            carved.dot(points[-1], cell * 0.5)
    stamp.printed(canvas, SEAL, 0.97, dry=(rng, 0.88))
    carved.printed(canvas, PAPER, 0.94)


def windows(canvas: Canvas, crest: Sequence[Point], count: int, size: float, rng: random.Random) -> None:
    """Light windows, `size` pixels wide, below a skyline that is given as points from left to right."""
    width, height = canvas.picture.size
    stencil = Stencil.over((0, min(y for _, y in crest), width, height), 1)
    for _ in range(count):
        x, y = crest[rng.randrange(1, len(crest) - 1)]
        top = y + size * (3 + round(rng.random() ** 1.6 * 30) * 2.4)
        left = round(x / (size * 2.2)) * size * 2.2
        stencil.block(left, top, left + size, top + size * 1.3, rng.randrange(90, 256))
    stencil.printed(canvas, canvas.inks.light, 0.85)


def birds(canvas: Canvas, count: int, centre: Point, span: float, rng: random.Random) -> None:
    """Draw a flock that strings out to both sides behind its leader, `span` pixels from bird to bird."""
    x0, y0 = centre
    stencil = Stencil.over((x0 - span * 6, y0 - span * 4, x0 + span * 6, y0 + span * 5), 3)
    heading = rng.choice((-1, 1))
    for i in range(count):
        arm = (i + 1) // 2
        x = x0 - heading * arm * span * rng.uniform(0.75, 1.0)
        y = y0 + (arm * 0.5 if i % 2 else -arm * 0.34) * span + rng.uniform(-0.2, 0.2) * span
        size, beat = span * rng.uniform(0.34, 0.46), rng.uniform(0.15, 0.75)
        for side in (-1, 1):
            elbow = x + side * size * 0.5, y - size * beat * 1.3
            wing = curve((x, y), elbow, (x + side * size, y - size * beat * 0.35), 7)
            stencil.stroke(wing, size * 0.17, size * 0.03)
        body = [(x - heading * size * 0.2, y + size * 0.06), (x + heading * size * 0.3, y - size * 0.04)]
        stencil.stroke(body, size * 0.13, size * 0.05)
    stencil.printed(canvas, canvas.inks.at(0.85), 0.9)


def boat(canvas: Canvas, at: Point, length: float, ink: RGB, rng: random.Random) -> None:
    """Draw a small boat with its awning, a man with a pole, and their image in the water."""
    x, y = at
    way = rng.choice((-1, 1))
    stencil = Stencil.over((x - length, y - length * 0.8, x + length, y + length * 0.5), 3)
    bow, stern = (x - length / 2, y - length * 0.1), (x + length / 2, y - length * 0.1)
    hull = curve(bow, (x, y + length * 0.19), stern)
    stencil.fill([*hull, *curve(stern, (x, y + length * 0.03), bow)])
    roof = x - way * length * 0.06
    stencil.fill(curve((roof - length * 0.17, y), (roof, y - length * 0.33), (roof + length * 0.17, y)), 215)
    man, head = x + way * length * 0.3, y - length * 0.27
    stencil.stroke([(man, y - length * 0.03), (man, y - length * 0.24)], length * 0.075, length * 0.05)
    stencil.dot((man, head), length * 0.026)
    stencil.fill([(man - length * 0.075, head), (man, head - length * 0.07), (man + length * 0.075, head)])
    pole = [(man - way * length * 0.03, y - length * 0.5), (man + way * length * 0.22, y + length * 0.16)]
    stencil.stroke(pole, length * 0.014, length * 0.01)
    for i in range(7):
        half = length * (0.44 - 0.05 * i) * rng.uniform(0.4, 1.0)
        middle = x + rng.uniform(-0.12, 0.12) * length, y + length * (0.1 + 0.035 * i)
        stencil.dot(middle, half, length * 0.012, 130 - 16 * i)
    stencil.printed(canvas, ink, 0.92)


def house(canvas: Canvas, foot: Point, tall: float, tiers: int, ink: RGB, *, lit: bool) -> None:
    """Draw a pavilion of one tier or a pagoda of several, with eaves that turn up.

    Args:
        canvas: what is painted on.
        foot: the middle of its base.
        tall: its height in pixels.
        tiers: how many roofs it has.
        ink: its colour.
        lit: whether lamps burn inside.
    """
    x, y = foot
    box = (x - tall, y - tall * 1.3, x + tall, y + tall * 0.3)
    walls, lamps = Stencil.over(box), Stencil.over(box)
    storey, wide = tall / (tiers + 0.55), tall * (0.36 if tiers == 1 else 0.2)
    base = [(x - wide * 1.3, y + tall * 0.06), (x - wide * 1.05, y), (x + wide * 1.05, y)]
    walls.fill([*base, (x + wide * 1.3, y + tall * 0.06)])
    for tier in range(tiers):
        level, half = y - tier * storey, wide * (1 - 0.11 * tier)
        eaves = level - storey * 0.52
        for post in (-0.86, -0.3, 0.3, 0.86):
            walls.stroke([(x + post * half, level), (x + post * half, eaves)], half * 0.11, half * 0.11)
        walls.block(x - half * 0.8, eaves, x + half * 0.8, level, 90 if tiers == 1 else 170)
        lamps.block(x - half * 0.62, eaves, x + half * 0.62, level - storey * 0.08)
        _roof(walls, (x, eaves), half, storey, storey * (0.66 if tiers == 1 else 0.48))
    top = y - tiers * storey - storey * (0.1 if tiers == 1 else 0.0)
    walls.stroke([(x, top + storey * 0.2), (x, top - storey * 0.5)], wide * 0.14, wide * 0.03)
    walls.printed(canvas, ink, 0.94)
    if lit:
        lamps.printed(canvas, canvas.inks.light, 0.75, bleed=tall / 90)


def _roof(stencil: Stencil, middle: Point, half: float, storey: float, rise: float) -> None:
    """Draw a roof over the middle of its eaves: half as wide as given, that many pixels to its ridge."""
    x, eaves = middle
    reach, tip, ridge = half * 1.55, eaves - storey * 0.12, eaves - rise
    left = curve((x - reach, tip), (x - half * 0.7, eaves + storey * 0.05), (x - half * 0.16, ridge), 8)
    right = curve((x + half * 0.16, ridge), (x + half * 0.7, eaves + storey * 0.05), (x + reach, tip), 8)
    stencil.fill([*left, *right, *curve((x + reach, tip), (x, eaves + storey * 0.12), (x - reach, tip), 8)])
