"""Sky, mist, water and weather: what fills the picture's breadth and is not land."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageFilter

from seedream_cli.sandbox import brush
from seedream_cli.sandbox.brush import Canvas, Grey, Point, Stencil, fade, levels, wash
from seedream_cli.sandbox.inks import mix

if TYPE_CHECKING:
    import random

CLOUDINESS: Final = {"": 0.22, "rain": 0.4, "snow": 0.25, "storm": 0.85}
"""How strong the clouds are in each weather, 0 to 1."""


def sky(canvas: Canvas, weather: str, horizon: float, rng: random.Random) -> None:
    """Paint the sky down to the horizon, y in pixels, and the low light below it."""
    picture, inks = canvas.picture, canvas.inks
    small = (max(2, picture.width // 4), max(2, picture.height // 4))
    sketch = Image.new("RGB", small, inks.low)
    down = fade([(0, 1.0), (max(0.1, horizon / picture.height), 0.0), (1, 0.0)], small)
    uneven = levels(brush.clouds(rng, (3, 4), small), 0.2, 0.8, 0.55, 1.0)
    wash(sketch, inks.sky, ImageChops.multiply(down, uneven))
    bank = levels(brush.clouds(rng, (2, 6), small), 0.5, 0.8, 0.0, CLOUDINESS[weather])
    tone = mix(inks.sky, inks.near, 0.55) if weather == "storm" else inks.mist
    wash(sketch, tone, ImageChops.multiply(bank, fade([(0, 1), (0.55, 0)], small)))
    picture.paste(sketch.resize(picture.size, brush.BICUBIC))


def disc(canvas: Canvas, place: tuple[float, float, float], glow: float, rng: random.Random) -> None:
    """Paint sun or moon at x, y and with a radius, in pixels; `glow`, 0 to 1, is the light around it."""
    x, y, radius = place
    inks, reach = canvas.inks, radius * 5
    side = max(4, round(reach * 2))
    halo = Image.radial_gradient("L").resize((side, side), brush.BILINEAR)
    halo = halo.point([round(255 * glow * max(0.0, 1 - value / 180) ** 2) for value in range(256)])
    wash(canvas.picture, mix(inks.disc, inks.low, 0.35), halo, (round(x - reach), round(y - reach)))
    stencil = Stencil.over((x - radius - 2, y - radius - 2, x + radius + 2, y + radius + 2))
    stencil.dot((x, y), radius)
    stencil.printed(canvas, inks.disc, 0.96, bleed=radius / 90, dry=(rng, 0.82))


def stars(canvas: Canvas, bottom: float, rng: random.Random) -> None:
    """Scatter stars above the y `bottom`."""
    width, unit, inks = canvas.picture.width, canvas.unit, canvas.inks
    stencil = Stencil.over((0, 0, width, max(2.0, bottom)), 2)
    for _ in range(150):
        size = unit * (0.0006 + 0.0014 * rng.random() ** 6)
        place = rng.random() * width, rng.random() ** 1.3 * bottom
        stencil.dot(place, max(0.5, size), ink=rng.randrange(90, 256))
    stencil.printed(canvas, mix(inks.disc, inks.light, 0.3), 0.9)


def mist(canvas: Canvas, y: float, thickness: float, strength: float, rng: random.Random) -> None:
    """Draw a band of mist about y across the picture, that many pixels thick to each side."""
    top, bottom = round(y - thickness), round(y + thickness)
    size = (canvas.picture.width, max(2, bottom - top))
    small = (max(2, size[0] // 6), max(2, size[1] // 6))
    band = levels(brush.clouds(rng, (3, 3), small), 0.15, 0.7, 0.25, 1.0)
    band = ImageChops.multiply(band, fade([(0, 0), (0.5, strength), (0.62, strength), (1, 0)], small))
    wash(canvas.picture, canvas.inks.mist, band.resize(size, brush.BICUBIC), (0, top))


def water(canvas: Canvas, shore: float, rng: random.Random, *, sea: bool) -> None:
    """Turn everything below the shore, y in pixels, into water that mirrors what stands above it."""
    picture, inks = canvas.picture, canvas.inks
    width, top = picture.width, round(shore)
    deep = picture.height - top
    if deep < 4:
        return
    small = (max(8, width // 3), max(8, deep // 3))
    above = picture.crop((0, max(0, top - deep), width, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = _rippled(above.resize(small, brush.BILINEAR).filter(ImageFilter.BoxBlur((1, 4))), canvas, rng)
    body = mix(mix(inks.low, inks.far, 0.5 if sea else 0.28), inks.sky, 0.3)
    wash(mirror, body, fade([(0, 0.3), (0.4, 0.55), (1, 0.8)], small))
    gleam = levels(brush.noise(rng, (5, small[1] // 2), small), 0.62, 0.85, 0.0, 0.5)
    wash(mirror, mix(inks.low, inks.snow, 0.5), ImageChops.multiply(gleam, fade([(0, 0.5), (1, 1)], small)))
    dark = levels(brush.noise(rng, (7, small[1] // 3), small), 0.64, 0.9, 0.0, 0.5)
    wash(mirror, mix(inks.far, inks.near, 0.3), ImageChops.multiply(dark, fade([(0, 0.2), (1, 0.9)], small)))
    picture.paste(mirror.resize((width, deep), brush.BICUBIC), (0, top))


def _rippled(mirror: Image.Image, canvas: Canvas, rng: random.Random) -> Image.Image:
    """Return a mirror image with its rows pushed to and fro, more so towards the viewer."""
    width, height = mirror.size
    rows = []
    for y in range(0, height, 2):
        push = rng.uniform(-1, 1) * (0.6 + 7 * (y / height)) * width / 400
        corners = (push, y, push, y + 2, width + push, y + 2, width + push, y)
        rows.append(((0, y, width, min(y + 2, height)), corners))
    moved = mirror.transform(mirror.size, Image.Transform.MESH, rows, brush.BILINEAR, fillcolor=canvas.inks.low)
    return moved.filter(ImageFilter.GaussianBlur(0.7))


def glitter(canvas: Canvas, place: Point, strength: float, rng: random.Random) -> None:
    """Lay the path of sun or moon on the water below a place on the shore."""
    x, shore = place
    unit, depth = canvas.unit, canvas.picture.height - shore
    stencil = Stencil.over((x - unit * 0.3, shore, x + unit * 0.3, canvas.picture.height), 2)
    for _ in range(90):
        share = rng.random() ** 1.5
        half = unit * (0.012 + 0.05 * share) * rng.uniform(0.3, 1.2)
        middle = x + rng.gauss(0, 0.35) * unit * (0.03 + 0.1 * share)
        y = shore + depth * (0.02 + 0.9 * share)
        thick = unit * (0.001 + 0.003 * share)
        stencil.dot((middle, y), half, thick, round(230 * (1 - 0.75 * share)))
    stencil.printed(canvas, mix(canvas.inks.disc, canvas.inks.light, 0.25), strength, bleed=unit / 1500)


def waves(canvas: Canvas, shore: float, rough: float, rng: random.Random) -> None:
    """Draw a sea's waves from the shore, y in pixels, forwards: lines of pointed crests.

    Args:
        canvas: what is painted on.
        shore: where the water begins, as y in pixels.
        rough: how high the waves are; 1 is a fair wind, beyond it crests break.
        rng: where the lines come from.
    """
    width, height = canvas.picture.size
    lines, foam = Stencil.over((0, shore, width, height), 2), Stencil.over((0, shore, width, height), 2)
    rows = 30
    for row in range(rows):
        share = ((row + 0.7) / rows) ** 1.5
        breadth = canvas.unit * (0.018 + 0.1 * share) * (0.6 + 0.4 * rough)
        tall, thick = breadth * 0.2 * rough, canvas.unit * (0.0008 + 0.002 * share)
        phase, long = rng.random() * math.tau, rng.uniform(2.5, 6) * breadth
        upper, lower = [], []
        for k in range(math.ceil(width / breadth * 9) + 2):
            x = k * breadth / 9
            swell = 0.5 + 0.5 * math.sin(x / long + phase)
            crest = 1 - abs(math.sin(math.pi * x / breadth + phase + 0.7 * math.sin(x / long * 1.7)))
            y = shore + (height - shore) * share - tall * (crest**1.3 * (0.3 + 0.7 * swell) + 0.8 * swell)
            half = thick * (0.25 + crest) * (0.2 + swell)
            upper.append((x, y - half))
            lower.append((x, y + half))
            if rough > 1 and crest > 0.8 and swell > 0.4:
                _foam(foam, (x, y), (breadth, tall, thick), rng)
        lines.fill([*upper, *reversed(lower)], round(150 + 90 * share))
    lines.printed(canvas, canvas.inks.at(0.85), 0.75, dry=(rng, 0.25))
    foam.printed(canvas, canvas.inks.snow, 0.85)


def _foam(stencil: Stencil, place: Point, wave: tuple[float, float, float], rng: random.Random) -> None:
    """Let a crest break, on a wave of this breadth, height and thickness of line, in pixels."""
    breadth, tall, thick = wave
    for _ in range(6):
        spot = place[0] + rng.gauss(0, 0.07) * breadth, place[1] + rng.gauss(0.05, 0.1) * tall
        stencil.dot(spot, thick * rng.uniform(0.2, 1.1), ink=rng.randrange(120, 256))


def snowfall(canvas: Canvas, rng: random.Random) -> None:
    """Let snow fall over everything."""
    width, height = canvas.picture.size
    stencil = Stencil.over((0, 0, width, height), 1)
    for _ in range(420):
        size = canvas.unit * (0.0012 + 0.0042 * rng.random() ** 4)
        stencil.dot((rng.random() * width, rng.random() * height), size, ink=rng.randrange(120, 256))
    stencil.printed(canvas, (252, 252, 250), 0.95, bleed=canvas.unit / 1400)


def rainfall(canvas: Canvas, slant: float, ink: tuple[int, int, int], rng: random.Random) -> None:
    """Let rain fall over everything, `slant` pixels to the left for each one down."""
    width, height = canvas.picture.size
    stencil = Stencil.over((0, 0, width, height), 1)
    for _ in range(380):
        x, y = rng.uniform(-0.1, 1.2) * width, rng.uniform(-0.1, 1) * height
        length = canvas.unit * rng.uniform(0.03, 0.11)
        stencil.line([(x, y), (x - slant * length, y + length)], 1.0, rng.randrange(50, 170))
    stencil.printed(canvas, ink, 0.5, bleed=canvas.unit / 2200)


def vignette(canvas: Canvas) -> Grey:
    """Return a mask that is empty in the middle of the picture and thickens towards its corners."""
    return levels(Image.radial_gradient("L").resize(canvas.picture.size, brush.BILINEAR), 0.55, 1.0, 0.0, 0.22)
