"""Which colours a scene is painted in: pure tables and mixtures."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seedream_cli.sandbox.scene import RGB, Scene

SEAL: Final[RGB] = (190, 42, 30)
"""Vermilion of the seal, whatever the scene."""

PAPER: Final[RGB] = (252, 244, 230)
"""The paper that shows through what is carved out of the seal."""


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours on the palette.

    Attributes:
        sky: at the top.
        low: just above the horizon.
        far: the farthest range that can be told from the sky.
        near: what stands in front.
        mist: what rises between the ranges.
        disc: sun or moon.
        bloom: petals and leaves that are not green.
        light: windows and lanterns.
        snow: snow and foam.
    """

    sky: RGB
    low: RGB
    far: RGB
    near: RGB
    mist: RGB
    disc: RGB
    bloom: RGB
    light: RGB
    snow: RGB

    def at(self, nearness: float) -> RGB:
        """Return the ink of what stands at a distance, from 0 (far) to 1 (near)."""
        pale = mix(self.far, self.low, 0.5)
        if nearness < 0.5:
            return mix(pale, self.far, nearness * 2)
        return mix(self.far, self.near, nearness * 2 - 1)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """Return colour a with that share, 0 to 1, of colour b."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


_PINK: Final = (222, 92, 112)
_WHITE: Final = (252, 250, 244)
_LAMP: Final = (255, 206, 120)

_BY_TIME: Final = {
    "": Inks(
        (229, 222, 206),
        (247, 241, 228),
        (152, 160, 162),
        (26, 30, 34),
        (246, 241, 229),
        (204, 60, 40),
        _PINK,
        _WHITE,
        (250, 249, 245),
    ),
    "noon": Inks(
        (190, 211, 217),
        (248, 243, 228),
        (126, 158, 168),
        (22, 40, 46),
        (248, 245, 234),
        (228, 96, 52),
        _PINK,
        _WHITE,
        (250, 250, 247),
    ),
    "dawn": Inks(
        (190, 203, 220),
        (254, 218, 184),
        (170, 148, 172),
        (44, 36, 58),
        (253, 230, 210),
        (233, 88, 56),
        _PINK,
        _WHITE,
        (252, 240, 232),
    ),
    "dusk": Inks(
        (122, 116, 164),
        (250, 196, 150),
        (118, 90, 136),
        (30, 20, 46),
        (242, 206, 186),
        (226, 82, 54),
        _PINK,
        _LAMP,
        (240, 220, 220),
    ),
    "sunset": Inks(
        (204, 116, 88),
        (254, 208, 128),
        (168, 84, 70),
        (40, 14, 26),
        (252, 212, 160),
        (202, 44, 34),
        _PINK,
        _LAMP,
        (250, 226, 204),
    ),
    "night": Inks(
        (13, 20, 40),
        (84, 110, 140),
        (40, 58, 90),
        (5, 8, 18),
        (104, 128, 154),
        (248, 241, 214),
        (226, 170, 186),
        _LAMP,
        (136, 154, 182),
    ),
}
"""The palette of each time of day."""

_BY_SEASON: Final[dict[str, tuple[RGB, float]]] = {
    "": ((0, 0, 0), 0.0),
    "spring": ((150, 184, 150), 0.3),
    "summer": ((66, 130, 96), 0.36),
    "autumn": ((196, 120, 58), 0.4),
    "winter": ((150, 172, 196), 0.35),
}
"""What each season lays over the distance, and how much of it."""

_BY_WEATHER: Final[dict[str, tuple[RGB, float]]] = {
    "": ((0, 0, 0), 0.0),
    "rain": ((150, 164, 170), 0.5),
    "snow": ((176, 186, 198), 0.5),
    "storm": ((62, 70, 82), 0.62),
}
"""What each weather lays over the sky, and how much of it."""


def inks_for(scene: Scene) -> Inks:
    """Return the colours of a scene."""
    inks = _BY_TIME[scene.time]
    season, share = _BY_SEASON[scene.season]
    inks = replace(inks, far=mix(inks.far, season, share), low=mix(inks.low, season, share / 4))
    cloud, share = _BY_WEATHER[scene.weather]
    night = 0.4 if scene.time == "night" else 1.0
    inks = replace(inks, sky=mix(inks.sky, cloud, share * night), low=mix(inks.low, cloud, share * night / 2.5))
    if scene.season == "autumn":
        inks = replace(inks, bloom=(206, 76, 34))
    if scene.tints:
        inks = _tinted(inks, scene.tints, dark=scene.time == "night")
    if scene.pale:
        inks = replace(
            inks,
            far=mix(inks.far, _WHITE, 0.35),
            sky=mix(inks.sky, _WHITE, 0.5),
            bloom=mix(inks.bloom, _WHITE, 0.55),
        )
    if scene.mono:
        return Inks(*(_grey(getattr(inks, field.name)) for field in fields(inks)))
    return inks


def _tinted(inks: Inks, tints: tuple[RGB, ...], *, dark: bool) -> Inks:
    """Return the inks with the first tint over the land and the last over the sky."""
    land, sky = tints[0], tints[-1]
    glow = mix(sky, (0, 0, 0), 0.45) if dark else mix(sky, _WHITE, 0.35)
    return replace(
        inks,
        sky=mix(inks.sky, glow, 0.58),
        low=mix(inks.low, mix(glow, _WHITE, 0.25), 0.4),
        far=mix(inks.far, land, 0.62),
        near=mix(inks.near, mix(land, (0, 0, 0), 0.45), 0.7),
        mist=mix(inks.mist, glow, 0.2),
        bloom=mix(inks.bloom, land, 0.75),
    )


def _grey(colour: RGB) -> RGB:
    """Return a colour's grey, a little warm as ink on paper is."""
    value = round(0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2])
    return min(255, value + 1), value, max(0, value - 3)
