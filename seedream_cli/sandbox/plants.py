"""What grows: pines, bamboo, branches in bloom, grass and moss, each drawn with a few strokes."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedream_cli.sandbox.brush import Canvas, Point, Stencil, curve
from seedream_cli.sandbox.inks import mix

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from seedream_cli.sandbox.scene import RGB


def pine(canvas: Canvas, foot: Point, tall: float, ink: RGB, rng: random.Random) -> None:
    """Draw an old pine, `tall` pixels high, with a crooked trunk that grows up from its foot."""
    x, y = foot
    stencil = Stencil.over((x - tall * 0.75, y - tall * 1.15, x + tall * 0.75, y + tall * 0.05), 2)
    trunk = _trunk(foot, tall, rng)
    stencil.stroke(trunk, tall * 0.075, tall * 0.014)
    for root in (-0.09, -0.03, 0.05, 0.1):
        end = x + root * tall, y + tall * rng.uniform(0.012, 0.035)
        path = curve((x, y - tall * 0.05), (x + root * tall * 0.3, y), end, 5)
        stencil.stroke(path, tall * 0.05, tall * 0.008)
    count, needles = 9 + round(4 * canvas.detail), 26 + round(14 * canvas.detail)
    for i in range(count):
        share = 0.3 + 0.7 * i / (count - 1)
        at = trunk[round(share * (len(trunk) - 1))]
        reach = (1 if i % 2 else -1) * tall * rng.uniform(0.2, 0.46) * (1.18 - share * 0.75)
        end = at[0] + reach, at[1] + tall * rng.uniform(-0.08, 0.04)
        branch = curve(at, ((at[0] + end[0]) / 2, at[1] + tall * rng.uniform(-0.09, 0.02)), end, 8)
        stencil.stroke(branch, tall * 0.024 * (1.25 - share * 0.7), tall * 0.006)
        for tip in (branch[4], branch[6], branch[8]):
            size = tall * rng.uniform(0.062, 0.098) * (1.15 - share * 0.4)
            _tuft(stencil, (tip[0], tip[1] - size * 0.1), size, needles, rng)
    _tuft(stencil, trunk[-1], tall * 0.085, 34, rng)
    stencil.printed(canvas, ink, 0.97, dry=(rng, 0.8))


def _trunk(foot: Point, tall: float, rng: random.Random) -> list[Point]:
    """Return points along a crooked trunk, from its foot upwards."""
    lean = rng.choice((-1, 1)) * rng.uniform(0.1, 0.34)
    bends = [foot]
    for i in range(1, 7):
        t = i / 6
        bends.append((foot[0] + (lean * t + rng.uniform(-0.06, 0.06)) * tall, foot[1] - tall * t * 0.96))
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in itertools.pairwise(bends)]
    points = [foot]
    for (start, end), bend in zip(itertools.pairwise(middles), bends[1:-1], strict=True):
        points += curve(start, bend, end, 6)
    return [*points, bends[-1]]


def _tuft(stencil: Stencil, centre: Point, radius: float, count: int, rng: random.Random) -> None:
    """Draw one tuft of pine: a pale cloud and the needles that fan out of it, upwards."""
    x, y = centre
    for _ in range(5):
        place = x + rng.uniform(-0.62, 0.62) * radius, y - radius * rng.uniform(0.05, 0.3)
        across, down = radius * rng.uniform(0.25, 0.4), radius * rng.uniform(0.14, 0.24)
        stencil.dot(place, across, down, rng.randrange(120, 170))
    for i in range(count):
        angle = math.pi * (0.02 + 0.96 * (i + rng.random()) / count)
        length = radius * rng.uniform(0.45, 0.8)
        start = x + rng.uniform(-0.55, 0.55) * radius, y - rng.uniform(-0.08, 0.12) * radius
        end = start[0] + math.cos(angle) * length, start[1] - math.sin(angle) * length * 0.8
        stencil.line([start, end], max(0.5, radius * 0.045), rng.randrange(190, 256))


def fir(stencil: Stencil, foot: Point, tall: float, rng: random.Random) -> None:
    """Draw a distant conifer as one jagged shape."""
    x, y = foot
    left = [(x - tall * 0.025, y), (x - tall * 0.025, y - tall * 0.1)]
    right = [(x + tall * 0.025, y), (x + tall * 0.025, y - tall * 0.1)]
    tiers = 6
    for i in range(tiers):
        half = tall * 0.19 * (1 - i / tiers) ** 0.9
        level = y - tall * (0.1 + 0.86 * i / tiers)
        for side, sign in ((left, -1), (right, 1)):
            reach = half * rng.uniform(0.75, 1.25)
            side += [(x + sign * reach, level + tall * 0.03), (x + sign * half * 0.4, level - tall * 0.1)]
    stencil.fill([*left, (x, y - tall * 1.05), *reversed(right)])


def bamboo(canvas: Canvas, rng: random.Random, *, right: bool) -> None:
    """Draw a few canes from the lower edge up along one side, with their leaves."""
    unit, (width, height) = canvas.unit, canvas.picture.size
    for cane in range(5):
        near = 0.45 + 0.14 * cane
        inset = width * (0.02 + 0.27 * rng.random())
        x = width - inset if right else inset
        lean, top = unit * rng.uniform(-0.06, 0.06), height * rng.uniform(-0.05, 0.3)
        thick, reach = unit * rng.uniform(0.008, 0.013) * (0.5 + near), unit * 0.22
        stencil = Stencil.over((x - reach, max(0.0, top - reach), x + reach, height), 2)
        joints = 9
        for i in range(joints):
            a, b = i / joints, (i + 0.955) / joints
            lower = x + lean * a * a, height - (height - top) * a
            upper = x + lean * b * b, height - (height - top) * b
            stencil.stroke([lower, upper], thick * (1.04 - 0.3 * a), thick * (1.0 - 0.3 * b), 200)
            node = [(upper[0] - thick * 0.6, upper[1]), (upper[0] + thick * 0.6, upper[1])]
            stencil.stroke(node, thick * 0.28, thick * 0.28)
            if i > 1 and rng.random() < 0.8:
                _spray(stencil, upper, unit * rng.uniform(0.06, 0.12), rng)
        stencil.printed(canvas, canvas.inks.at(min(1.0, near)), 0.92, dry=(rng, 0.55))


def _spray(stencil: Stencil, start: Point, reach: float, rng: random.Random) -> None:
    """Draw a twig of bamboo with leaves that hang from its end."""
    side = rng.choice((-1, 1))
    end = start[0] + side * reach * 0.8, start[1] - reach * rng.uniform(0.1, 0.6)
    twig = curve(start, (start[0] + side * reach * 0.3, start[1] - reach * 0.4), end, 6)
    stencil.stroke(twig, reach * 0.03, reach * 0.012)
    for _ in range(rng.randrange(4, 8)):
        share = rng.uniform(0.45, 1.0)
        at = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
        angle = math.pi / 2 - side * rng.uniform(-0.5, 1.15)
        length = reach * rng.uniform(0.5, 0.95)
        _leaf(stencil, at, (math.cos(angle) * length, math.sin(angle) * length), 0.075, rng.randrange(180, 256))


def _leaf(stencil: Stencil, at: Point, along: Point, slim: float, ink: int) -> None:
    """Draw a pointed leaf from a place along a way; `slim` is half its breadth, in lengths."""
    (x, y), (dx, dy) = at, along
    widest = x + dx * 0.4, y + dy * 0.4
    left = widest[0] - dy * slim, widest[1] + dx * slim
    right = widest[0] + dy * slim, widest[1] - dx * slim
    stencil.fill([at, left, (x + dx, y + dy), right], ink)


@dataclass(frozen=True, slots=True)
class _Limb:
    """A branch that is about to grow.

    Attributes:
        start: where it begins.
        angle: where it points, radians.
        length: in pixels.
        thick: the same.
        order: 0 for the branch itself, 1 for its twigs, 2 for theirs.
    """

    start: Point
    angle: float
    length: float
    thick: float
    order: int


def blossom(canvas: Canvas, rng: random.Random, *, right: bool, leaf: bool) -> None:
    """Draw a branch that reaches in from an upper corner, in bloom or in leaf."""
    unit, inks, width = canvas.unit, canvas.inks, canvas.picture.width
    side = -1 if right else 1
    start = (width * (1.02 if right else -0.02), unit * rng.uniform(0.06, 0.3))
    reach = unit * rng.uniform(0.62, 0.8)
    far = start[0] + side * reach * 1.5
    box = (max(0.0, min(start[0], far)), 0.0, min(float(width), max(start[0], far)), start[1] + reach * 1.1)
    wood, petals, hearts = Stencil.over(box, 2), Stencil.over(box, 2), Stencil.over(box, 2)
    angle = (0.0 if side > 0 else math.pi) + side * rng.uniform(0.05, 0.3)
    tips: list[Point] = []
    _grow(wood, _Limb(start, angle, reach, unit * 0.021, 0), tips, rng)
    wood.printed(canvas, inks.near, 0.95, dry=(rng, 0.6))
    for x, y in tips:
        size = unit * rng.uniform(0.008, 0.0145)
        place = x + rng.uniform(-1, 1) * size, y + rng.uniform(-1, 1) * size
        (_leaves if leaf else _flower)(petals, place, size, rng)
        hearts.dot(place, unit * 0.0026, ink=0 if leaf else 230)
    petals.printed(canvas, inks.bloom, 0.95, bleed=unit / 1800, dry=(rng, 0.78))
    hearts.printed(canvas, mix(inks.bloom, inks.near, 0.6))


def _grow(stencil: Stencil, limb: _Limb, tips: list[Point], rng: random.Random) -> None:
    """Draw a crooked branch with its twigs, and note the places where something blooms."""
    angle, step = limb.angle, limb.length / 7
    points = [limb.start]
    for _ in range(7):
        angle += rng.uniform(-0.34, 0.34)
        x, y = points[-1]
        points.append((x + math.cos(angle) * step, y + math.sin(angle) * step))
    stencil.stroke(points, limb.thick, limb.thick * 0.3)
    for i, point in enumerate(points[2:]):
        if limb.order and rng.random() < 0.7:
            tips.append(point)
        if limb.order < 2 and rng.random() < 0.85:
            turn = angle + rng.choice((-1, 1)) * rng.uniform(0.5, 1.1)
            length, thick = limb.length * rng.uniform(0.32, 0.56), limb.thick * (0.55 - 0.04 * i)
            _grow(stencil, _Limb(point, turn, length, thick, limb.order + 1), tips, rng)


def _flower(stencil: Stencil, centre: Point, size: float, rng: random.Random) -> None:
    """Draw five petals, or two of a bud."""
    turn = rng.random() * math.tau
    for petal in range(5 if rng.random() < 0.75 else 2):
        angle = turn + petal * math.tau / 5
        place = centre[0] + math.cos(angle) * size * 0.72, centre[1] + math.sin(angle) * size * 0.72
        stencil.dot(place, size * 0.6, ink=rng.randrange(170, 256))


def _leaves(stencil: Stencil, centre: Point, size: float, rng: random.Random) -> None:
    """Draw a few pointed leaves that hang together."""
    for _ in range(rng.randrange(2, 6)):
        angle, length = rng.uniform(0.1, math.pi - 0.1), size * rng.uniform(1.3, 2.4)
        at = centre[0] + rng.uniform(-0.6, 0.6) * size, centre[1] + rng.uniform(-0.6, 0.6) * size
        _leaf(stencil, at, (math.cos(angle) * length, math.sin(angle) * length), 0.2, rng.randrange(130, 256))


def moss(canvas: Canvas, crest: Sequence[Point], size: float, ink: RGB, rng: random.Random) -> None:
    """Dot moss along the crest of a bank, given as points from left to right."""
    top, (width, height) = min(y for _, y in crest), canvas.picture.size
    stencil = Stencil.over((0, top - size, width, height), 2)
    for _ in range(30 + round(50 * canvas.detail)):
        x, y = crest[rng.randrange(len(crest))]
        for _ in range(rng.randrange(3, 9)):
            place = x + rng.gauss(0, 3) * size, y + (abs(rng.gauss(0, 1.6)) - 0.3) * size
            across, down = size * rng.uniform(0.4, 1.0), size * rng.uniform(0.3, 0.6)
            stencil.dot(place, across, down, rng.randrange(60, 230))
    stencil.printed(canvas, ink, 0.85, bleed=size / 5)


def reeds(canvas: Canvas, foot: Point, reach: float, ink: RGB, rng: random.Random) -> None:
    """Draw a tussock of grass or reeds whose blades are up to `reach` pixels long."""
    x, y = foot
    stencil = Stencil.over((x - reach * 1.6, y - reach * 1.2, x + reach * 1.6, y + reach * 0.2), 2)
    wind = rng.choice((-1, 1)) * rng.uniform(0.1, 0.5)
    for _ in range(rng.randrange(12, 22)):
        start = x + rng.gauss(0, 0.3) * reach, y + rng.uniform(0, 0.1) * reach
        length, bow = reach * rng.uniform(0.4, 1.0), wind + rng.uniform(-0.3, 0.3)
        tip = start[0] + bow * length, start[1] - length * rng.uniform(0.7, 1.0)
        blade = curve(start, (start[0] + bow * length * 0.15, start[1] - length * 0.7), tip, 6)
        stencil.stroke(blade, max(0.9, reach * 0.03), 0.3, rng.randrange(140, 256))
    stencil.printed(canvas, ink, 0.9)
