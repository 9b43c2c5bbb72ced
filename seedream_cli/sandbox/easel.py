"""Painting a scene from the sky forwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from seedream_cli.sandbox import brush, elements, figures, land, plants
from seedream_cli.sandbox.inks import inks_for, mix
from seedream_cli.sandbox.lots import stream
from seedream_cli.sandbox.terrain import BARE, Terrain

if TYPE_CHECKING:
    import random

    from seedream_cli.sandbox.scene import Scene
    from seedream_cli.sandbox.terrain import Range


@dataclass(frozen=True, slots=True)
class Easel:
    """A picture being painted.

    Attributes:
        canvas: the picture, and with what it is painted.
        scene: what is to be painted.
        terrain: where it lies.
        words: the prompt, which with the seed places what stands in the land.
    """

    canvas: brush.Canvas
    scene: Scene
    terrain: Terrain
    words: str

    @classmethod
    def of(cls, scene: Scene, size: tuple[int, int], seed: int, words: str, *, detail: float) -> Easel:
        """Return an easel with blank paper of that size in pixels."""
        terrain, inks = Terrain.of(scene, size, seed), inks_for(scene)
        canvas = brush.Canvas(Image.new("RGB", size, inks.low), inks, terrain.unit, detail)
        return cls(canvas, scene, terrain, words)

    def painted(self, grain: random.Random) -> Image.Image:
        """Return the finished picture on paper of that grain."""
        self._sky()
        ranges = self.terrain.far_ranges(3 + round(self.canvas.detail) + (0 if self.scene.water else 1))
        for i, span in enumerate(ranges):
            self._range(span, f"far {i}", wooded=i >= len(ranges) - 2, near=False)
            self._veil(span, f"veil {i}")
        if self.scene.building:
            self._building(ranges[-1 if self.scene.water else -2])
        if self.scene.water:
            self._water()
            self._boats()
        for i, span in enumerate(self.terrain.near_ranges()):
            self._range(span, f"near {i}", wooded=False, near=True)
            if self.scene.grove == "pine":
                self._pines(span, i)
            if self.scene.land not in BARE:
                self._undergrowth(span, i)
        self._front()
        return self._finished(grain)

    def _lots(self, name: str) -> random.Random:
        """Return the numbers for one part of the picture, so that a change of one part moves no other."""
        return stream(name, self.terrain.seed, self.words)

    def _place_lots(self, name: str) -> random.Random:
        """Return the numbers for a part of the picture that only the seed decides."""
        return stream(name, self.terrain.seed)

    def _sky(self) -> None:
        """Paint the sky with what shines in it."""
        scene, terrain = self.scene, self.terrain
        elements.sky(self.canvas, scene.weather, terrain.horizon, self._place_lots("sky"))
        if scene.stars:
            elements.stars(self.canvas, terrain.horizon * 0.9, self._lots("stars"))
        if scene.disc:
            glow = 0.5 if scene.time else 0.3
            elements.disc(self.canvas, terrain.disc(), glow, self._place_lots("disc face"))

    def _range(self, span: Range, name: str, *, wooded: bool, near: bool) -> None:
        """Paint one range, with trees along its crest or lights in its windows."""
        rng, width, unit = self._lots(name), self.terrain.width, self.canvas.unit

        def grow(stencil: brush.Stencil) -> None:
            for _ in range(5 + round(7 * self.canvas.detail)):
                middle, breadth = rng.random() * width, unit * rng.uniform(0.02, 0.09)
                for _ in range(rng.randrange(3, 9)):
                    x = middle + rng.uniform(-1, 1) * breadth
                    tall = unit * rng.uniform(0.012, 0.026) * (0.5 + span.nearness)
                    plants.fir(stencil, (x, span.y_at(x, width) + tall * 0.15), tall, rng)

        trees = grow if wooded and self.scene.land not in BARE else None
        land.ground(self.canvas, span, rng, self._manner(near=near), trees)
        if self.scene.land == "city" and self.scene.time in ("night", "dusk"):
            size, count = unit * (0.0016 + 0.0022 * span.nearness), round(60 + 260 * span.nearness)
            figures.windows(self.canvas, span.line(width), count, size, self._lots(f"{name} windows"))

    def _manner(self, *, near: bool) -> land.Manner:
        """Return how the ranges far off, or the banks in front, are painted."""
        scene, terrain = self.scene, self.terrain
        relief = land.RELIEFS[terrain.near_land() if near else scene.land]
        snow = scene.weather == "snow" or scene.season == "winter"
        if snow:
            relief = replace(relief, depth=min(0.9, relief.depth + 0.25))
        bottom = round(terrain.horizon) + 2 if scene.water and not near else terrain.height
        return land.Manner(relief, 1 if terrain.right else -1, snow, bottom)

    def _veil(self, span: Range, name: str) -> None:
        """Let mist rise at the foot of a range."""
        amount, rng = self.scene.mist, self._place_lots(name)
        if amount > 0:
            y = sum(span.crest) / len(span.crest) + span.fall * rng.uniform(0.55, 0.85)
            thickness = self.terrain.height * (0.05 + 0.09 * amount)
            elements.mist(self.canvas, y, thickness, 0.25 + 0.7 * amount, rng)

    def _building(self, span: Range) -> None:
        """Set a pavilion or pagoda among trees on a rise of a range."""
        rng, inks, width = self._lots("building"), self.canvas.inks, self.terrain.width
        places = [self.terrain.across(1 - rng.uniform(0.34, 0.9)) for _ in range(5)]
        x = min(places, key=lambda place: span.y_at(place, width))
        y = span.y_at(x, width)
        tiers = 1 if self.scene.building == "pavilion" else rng.choice((3, 5))
        tall = self.canvas.unit * (0.065 if tiers == 1 else 0.1 + 0.012 * tiers)
        lit = self.scene.time in ("night", "dusk")
        figures.house(self.canvas, (x, y), tall, tiers, inks.at(min(1.0, span.nearness + 0.2)), lit=lit)
        clump = brush.Stencil.over((x - tall, y - tall, x + tall, y + tall), 2)
        for _ in range(9):
            at = x + rng.choice((-1, 1)) * tall * rng.uniform(0.2, 0.7)
            plants.fir(clump, (at, span.y_at(at, width) + tall * 0.1), tall * rng.uniform(0.16, 0.34), rng)
        clump.printed(self.canvas, inks.at(min(1.0, span.nearness + 0.12)), 0.9)

    def _water(self) -> None:
        """Paint the water with the light and the mist on it."""
        scene, terrain, rng = self.scene, self.terrain, self._lots("water")
        sea = scene.water == "sea"
        elements.water(self.canvas, terrain.horizon, rng, sea=sea)
        if scene.disc:
            strength = 0.6 if scene.time else 0.3
            elements.glitter(self.canvas, (terrain.disc()[0], terrain.horizon), strength, rng)
        if scene.mist > 0:
            y, thickness = terrain.horizon - terrain.height * 0.005, terrain.height * 0.05
            elements.mist(self.canvas, y, thickness, 0.35 + 0.5 * scene.mist, rng)
        if sea:
            elements.waves(self.canvas, terrain.horizon, 1.9 if scene.weather == "storm" else 1.0, rng)

    def _boats(self) -> None:
        """Set boats on the water, the nearest first."""
        terrain = self.terrain
        for i in range(self.scene.boats):
            rng = self._lots(f"boat {i}")
            down = rng.uniform(0.25, 0.5) if i == 0 else rng.uniform(0.08, 0.2)
            at = (
                terrain.across(rng.uniform(0.2, 0.55)),
                terrain.horizon + (terrain.height - terrain.horizon) * down,
            )
            ink = self.canvas.inks.at(0.75 + 0.25 * down)
            figures.boat(self.canvas, at, terrain.unit * (0.06 + 0.14 * down), ink, rng)

    def _pines(self, span: Range, nth: int) -> None:
        """Plant pines on a near bank; the one on the light's side only where they hide no boat."""
        rng, terrain = self._lots(f"pines {nth}"), self.terrain
        count = 2 + rng.randrange(2) if nth == 0 else rng.choice((0, 0, 1))
        if nth and terrain.scene.water and terrain.scene.boats:
            return
        for i in range(count):
            x = terrain.across(rng.uniform(0.68, 0.94) if nth == 0 else rng.uniform(0.0, 0.13))
            tall = terrain.unit * rng.uniform(0.2, 0.36) * (1 + 0.25 * nth) * (0.8 if i else 1.0)
            foot = x, span.y_at(x, terrain.width) + tall * 0.03
            plants.pine(self.canvas, foot, tall, self.canvas.inks.at(0.95 + 0.05 * nth), rng)

    def _undergrowth(self, span: Range, nth: int) -> None:
        """Let moss, reeds and grass grow on a near bank."""
        rng, terrain, inks = self._lots(f"reeds {nth}"), self.terrain, self.canvas.inks
        crest = [(x, y) for x, y in span.line(terrain.width) if y < terrain.height]
        if not crest:
            return
        plants.moss(self.canvas, crest, terrain.unit * 0.0028 * (1 + 0.4 * nth), inks.at(1.0), rng)
        for _ in range(7 + 3 * nth):
            x, y = crest[rng.randrange(len(crest))]
            reach = terrain.unit * rng.uniform(0.02, 0.05) * (1 + 0.5 * nth)
            plants.reeds(self.canvas, (x, y + reach * 0.1), reach, inks.at(0.92 + 0.08 * nth), rng)

    def _front(self) -> None:
        """Paint what is nearest: birds, a branch or canes, and what falls from the sky."""
        canvas, scene, terrain, inks = self.canvas, self.scene, self.terrain, self.canvas.inks
        if scene.birds:
            rng = self._lots("birds")
            at = terrain.across(rng.uniform(0.2, 0.5)), terrain.height * rng.uniform(0.16, 0.34)
            figures.birds(canvas, scene.birds, at, terrain.unit * rng.uniform(0.032, 0.05), rng)
        if scene.grove == "bamboo":
            plants.bamboo(canvas, self._lots("bamboo"), right=terrain.right)
        if scene.grove == "blossom":
            leaf = scene.season in ("summer", "autumn")
            plants.blossom(canvas, self._lots("branch"), right=terrain.right, leaf=leaf)
        if scene.weather == "snow":
            elements.snowfall(canvas, self._lots("weather"))
        elif scene.weather:
            ink = mix(inks.near, inks.mist, 0.9 if scene.time == "night" else 0.25)
            elements.rainfall(canvas, 0.32 if scene.weather == "storm" else 0.16, ink, self._lots("weather"))

    def _finished(self, grain: random.Random) -> Image.Image:
        """Return the picture on grained paper, with its seal."""
        picture, inks = self.canvas.picture, self.canvas.inks
        if self.scene.time != "night":
            brush.wash(picture, mix(inks.low, inks.far, 0.6), elements.vignette(self.canvas))
        figures.seal(self.canvas, self._lots("seal"), right=not self.terrain.right)
        return ImageChops.add(picture, brush.paper(grain, picture.size, 3.2), 1, -128)
