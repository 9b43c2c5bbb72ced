"""The lie of the land: ridge lines, horizon and light, placed by the seed; pure, like the scene."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.lots import stream, wander

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from seedream_cli.sandbox.scene import Scene

DEPTH: Final = 8
"""Levels of midpoint displacement: a ridge has 2**DEPTH + 1 corners."""

TALLNESS: Final = {"peaks": 0.35, "karst": 0.33, "hills": 0.17, "dunes": 0.16, "city": 0.3}
"""How tall each land's ranges are at most, as a share of the picture."""

BARE: Final = ("dunes", "city")
"""The lands where no trees grow, and which reach to the viewer's feet."""


@dataclass(frozen=True, slots=True)
class Range:
    """One range of land.

    Attributes:
        crest: its height at even steps from left to right, as y in pixels of the picture.
        nearness: 0 (far) to 1 (near).
        fall: over how many pixels it fades into the mist below its crest.
        tail: how much of its ink is left below that, 0 to 1.
    """

    crest: tuple[float, ...]
    nearness: float
    fall: float
    tail: float

    def y_at(self, x: float, width: int) -> float:
        """Return the height of the crest, as y, at x in pixels of a picture of that width."""
        place = min(1.0, max(0.0, x / width)) * (len(self.crest) - 1)
        left = min(int(place), len(self.crest) - 2)
        return self.crest[left] + (self.crest[left + 1] - self.crest[left]) * (place - left)

    def line(self, width: int) -> list[tuple[float, float]]:
        """Return the crest as points in a picture of that width, from left to right."""
        steps = len(self.crest) - 1
        return [(width * k / steps, y) for k, y in enumerate(self.crest)]


@dataclass(frozen=True, slots=True)
class Terrain:
    """Where everything lies.

    Attributes:
        scene: what is to be painted.
        width: of the picture, in pixels.
        height: the same.
        seed: of the request.
        unit: what the sizes of things are measured in: pixels, about the picture's shorter side.
        right: whether the weight lies on the right, and the light on the left.
        horizon: where the land ends or the water begins, as y in pixels.
    """

    scene: Scene
    width: int
    height: int
    seed: int
    unit: float
    right: bool
    horizon: float

    @classmethod
    def of(cls, scene: Scene, size: tuple[int, int], seed: int) -> Terrain:
        """Return the terrain of a picture of that size in pixels."""
        width, height = size
        rng = stream("layout", seed)
        right = rng.random() < 0.5
        share = rng.uniform(0.6, 0.68) - (0.08 if scene.water == "sea" else 0.0)
        unit = 0.6 * min(size) + 0.4 * math.sqrt(width * height)
        return cls(scene, width, height, seed, unit, right, share * height)

    def across(self, share: float) -> float:
        """Return x in pixels for a share of the breadth, counted from the side on which the light stands."""
        return self.width * (share if self.right else 1 - share)

    def disc(self) -> tuple[float, float, float]:
        """Return where sun or moon stands, x and y in pixels, and its radius."""
        rng = stream("disc", self.seed)
        low = self.scene.time in ("dawn", "dusk", "sunset") and self.scene.disc == "sun"
        x = self.across(rng.uniform(0.16, 0.4))
        y = self.height * (rng.uniform(0.24, 0.36) if low else rng.uniform(0.13, 0.25))
        return x, y, self.unit * rng.uniform(0.042, 0.068) * (1.25 if low else 1.0)

    def far_ranges(self, count: int) -> list[Range]:
        """Return the ranges behind the water, or all across the picture, the farthest first."""
        scene = self.scene
        tall = TALLNESS[scene.land] * (0.75 * self.height + 0.25 * self.unit)
        if scene.water == "sea":
            tall *= 0.5
        ranges = []
        for i in range(count):
            t = i / (count - 1)
            foot = self.horizon + 0.02 * self.height + (0.0 if scene.water else t * 0.22 * self.height)
            reach = tall * (0.8 + 0.3 * math.sin(math.pi * (0.25 + t * 0.7))) * (1 - 0.42 * t)
            lift = tall * (0.5 - 0.42 * t)
            heights = ridge(stream(f"ridge {i}", self.seed), scene.land, t)
            crest = tuple(
                foot - lift * min(1.0, max(-0.1, h * 4)) - reach * h * self._weight(k / (len(heights) - 1), t)
                for k, h in enumerate(heights)
            )
            tail = (0.62 - 0.5 * scene.mist) * (0.4 + 0.6 * t)
            ranges.append(Range(crest, 0.13 + 0.62 * t, reach * (1.25 - 0.5 * scene.mist), tail))
        return ranges

    def _weight(self, share: float, nearness: float) -> float:
        """Return how much of its height a ridge has there: the land is higher on one side."""
        if self.scene.land == "city":
            return 0.9
        side = share if self.right else 1 - share
        return 0.5 + 0.5 * side + 0.18 * math.sin(side * 5 + nearness * 4)

    def near_land(self) -> str:
        """Return what kind of land the banks in front are."""
        return self.scene.land if self.scene.land in BARE else "hills"

    def near_ranges(self) -> list[Range]:
        """Return the two banks in front, the farther first; each rises on its own side."""
        mist, ranges = self.scene.mist, []
        for i in range(2):
            base, reach = self.height * (0.9 + 0.13 * i), self.height * (0.15 - 0.02 * i)
            right = self.right if i == 0 else not self.right
            heights = ridge(stream(f"bank {i}", self.seed), self.near_land(), 0.9)
            crest = []
            for k, h in enumerate(heights):
                share = k / (len(heights) - 1)
                rise = self._rise(share if right else 1 - share)
                crest.append(base + reach * 0.3 - reach * (1.3 * rise * (0.45 + 0.6 * h)))
            ranges.append(Range(tuple(crest), 0.92 + 0.08 * i, reach * (1.7 - 0.6 * mist), 0.8 - 0.45 * mist))
        return ranges

    def _rise(self, side: float) -> float:
        """Return how high a bank stands, 0 to 1, at a share of the breadth from its low side."""
        if self.scene.land == "city":
            return 0.7
        rise = min(1.0, max(0.0, (side - 0.3) / 0.55)) if self.scene.water else 0.35 + 0.65 * side
        return rise * rise * (3 - 2 * rise)


def ridge(rng: random.Random, land: str, nearness: float) -> list[float]:
    """Return 2**DEPTH + 1 heights, 0 to about 1, of a ridge in the manner of the land."""
    if land == "city":
        return _skyline(rng, 26 - round(10 * nearness))
    if land == "peaks":
        base = _bumps(rng, 5, (0.14, 0.36), lambda t: 0.75 * (1 - t) ** 1.5 + 0.25 * (1 - t * t))
        return _roughened(rng, base, 0.24, 0.6)
    if land == "karst":
        base = _bumps(rng, 8, (0.035, 0.125), lambda t: 0.62 * (1 - t**2.2) ** 0.7 + 0.38 * (1 - t) ** 0.9)
        return _roughened(rng, base, 0.13, 0.66)
    if land == "dunes":
        return _roughened(rng, _bumps(rng, 3, (0.35, 0.7), _rounded), 0.04, 0.3)
    return _roughened(rng, _bumps(rng, 4, (0.25, 0.5), _rounded), 0.14, 0.5)


def _rounded(distance: float) -> float:
    """Return the height of a soft hill at a distance of 0 to 1 from its top."""
    return 1 - distance * distance * (3 - 2 * distance)


def _bumps(
    rng: random.Random, count: int, breadth: tuple[float, float], shape: Callable[[float], float]
) -> list[float]:
    """Return 2**DEPTH + 1 heights, 0 to 1: at each place that of the highest of a number of bumps."""
    steps = 2**DEPTH
    heights = [0.0] * (steps + 1)
    for i in range(count):
        middle = (i + rng.uniform(0.1, 0.9)) / count
        half, tall, lean = rng.uniform(*breadth), rng.uniform(0.45, 1.0), rng.uniform(0.7, 1.4)
        for k in range(steps + 1):
            offset = (k / steps - middle) / half
            distance = abs(offset) * (lean if offset > 0 else 1 / lean)
            if distance < 1:
                heights[k] = max(heights[k], tall * shape(distance))
    return heights


def _roughened(rng: random.Random, base: list[float], amount: float, rough: float) -> list[float]:
    """Return heights with a broken line laid over them, rougher where the land is higher."""
    broken = wander(rng, DEPTH, rough)
    return [h + amount * (0.35 + h) * offset for h, offset in zip(base, broken, strict=True)]


def _skyline(rng: random.Random, blocks: int) -> list[float]:
    """Return the heights of about that many houses and towers side by side."""
    steps = 2**DEPTH
    heights: list[float] = []
    while len(heights) <= steps:
        tall = rng.random() ** 2.2
        span = max(3, round(steps / blocks * rng.uniform(0.5, 1.3) * (1.25 - 0.6 * tall)))
        block = [0.12 + 0.88 * tall] * span
        if tall > 0.5:
            block[span // 2] += 0.14
        heights += block
        if rng.random() < 0.4:
            heights += [0.1] * rng.randrange(1, 5)
    return heights[: steps + 1]
