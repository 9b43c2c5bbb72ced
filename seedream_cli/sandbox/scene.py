"""From the words of a prompt to what the sandbox paints: pure, without a picture in sight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.lots import one_of

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

RGB = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

VOCABULARY: Final = {
    "dawn": "dawn daybreak sunrise morning 晨 曙 朝 旦 曉 晓 破晓 黎明 日出 あさ",
    "noon": "noon midday day daylight sunny afternoon bright 昼 晝 正午 白天 午",
    "dusk": "dusk twilight evening 暮 昏 夕 傍晚 薄暮",
    "sunset": "sunset sundown 日落 夕阳 夕陽 落日 晚霞 golden-hour",
    "night": "night midnight nocturne nocturnal dark 夜 宵 よる",
    "moon": "moon moonlight moonlit lunar crescent 月",
    "sun": "sun sunlight 太阳 太陽 日轮 日輪",
    "stars": "star starry starlight galaxy cosmos space constellation 星 银河 銀河",
    "mist": "mist misty haze hazy vapour vapor smoke steam 烟 煙 霭 靄 霞 岚 嵐",
    "fog": "fog foggy cloud cloudy 雾 霧 云 雲",
    "rain": "rain rainy drizzle shower umbrella wet monsoon 雨",
    "snow": "snow snowy blizzard ice icy frost frozen glacier 雪 冰 氷 霜",
    "storm": "storm stormy thunder lightning tempest typhoon 暴 雷 风暴 風暴 台风 台風",
    "clear": "clear cloudless crisp 晴",
    "spring": "spring 春",
    "summer": "summer 夏",
    "autumn": "autumn autumnal fall maple harvest 秋 枫 楓 红叶 紅葉",
    "winter": "winter wintry cold 冬 寒",
    "peaks": "mountain mountainous peak summit alps alpine range everest volcano 山 峰 岭 嶺 岳 嶽",
    "karst": "cliff crag karst pillar canyon gorge rock guilin waterfall 崖 岩 石 峡 峽 桂林 瀑",
    "hills": "hill valley field meadow countryside village farm pasture 丘 谷 村 野 田",
    "dunes": "desert dune sahara sand sandy camel oasis 沙 漠 砂",
    "city": "city town skyline skyscraper street cyberpunk urban metropolis tokyo shanghai 城 都市 街 京 市",
    "lake": "lake pond river stream water reflection creek lagoon waterfall 水 河 川 湖 江 池 溪 泉",
    "sea": "sea ocean beach coast shore island harbor harbour wave tide surf 海 洋 岛 島 波 浪",
    "pine": "forest wood tree pine cedar fir spruce woodland jungle garden 松 林 森 树 樹 木 杉",
    "bamboo": "bamboo panda 竹",
    "blossom": "blossom flower plum cherry sakura peach petal rose lotus bloom 花 梅 桜 樱 櫻 桃 莲 蓮",
    "boat": "boat ship sail sailboat fishing fisherman canoe junk vessel raft 舟 船 帆 渔 漁",
    "bird": "bird crane heron goose geese gull seagull swan eagle crow raven swallow 鸟 鳥 鹤 鶴 雁 鹭 鷺 燕",
    "pavilion": "pavilion house hut home shrine gate teahouse cottage castle palace 亭 屋 舍 家 宫 宮",
    "pagoda": "pagoda temple tower monastery lighthouse 塔 寺 庙 廟 楼 樓",
    "mono": "monochrome monochromatic black-and-white grayscale greyscale black grey gray sumi-e 黑 灰",
    "white": "white pale 白",
    "red": "red crimson scarlet vermilion ruby blood lava fire 红 紅 赤 朱 火",
    "orange": "orange amber tangerine copper rust 橙 橘",
    "gold": "gold golden yellow honey wheat brass 金 黄色 黃色",
    "green": "green emerald jade moss mossy verdant lush 绿 綠 翠",
    "teal": "teal turquoise cyan aqua celadon 青",
    "blue": "blue azure indigo cobalt navy sapphire 蓝 藍 碧",
    "violet": "violet purple lavender lilac mauve magenta 紫",
    "pink": "pink coral blush fuchsia neon 粉",
    "brown": "brown sepia umber wooden coffee earth vintage 褐 棕",
}
"""What is understood: a tag, and the words for it in lower case and the singular."""

TINTS: Final[dict[str, RGB]] = {
    "red": (186, 44, 38),
    "orange": (212, 106, 40),
    "gold": (206, 156, 52),
    "green": (60, 116, 78),
    "teal": (40, 124, 128),
    "blue": (42, 84, 150),
    "violet": (104, 70, 146),
    "pink": (216, 112, 140),
    "brown": (120, 82, 54),
}
"""The colour that each colour word lays over the inks."""

TIMES: Final = ("night", "sunset", "dusk", "dawn", "noon")
LANDS: Final = ("city", "dunes", "karst", "peaks", "hills")
WATERS: Final = ("sea", "lake")
GROVES: Final = ("bamboo", "blossom", "pine")
SEASONS: Final = ("winter", "autumn", "spring", "summer")
BUILDINGS: Final = ("pagoda", "pavilion")
WEATHERS: Final = ("storm", "snow", "rain")
NEGATIONS: Final = frozenset({"no", "without", "not", "non"})

_WORD: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NEGATED: Final = re.compile(r"[没沒无無不]有?$")


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be painted; an empty string stands for none.

    Attributes:
        time: one of `TIMES`, or empty for plain paper in daylight.
        land: one of `LANDS`.
        water: one of `WATERS`, or empty.
        grove: one of `GROVES`, or empty.
        season: one of `SEASONS`, or empty.
        building: one of `BUILDINGS`, or empty.
        weather: one of `WEATHERS`, or empty.
        disc: `sun`, `moon` or empty.
        mist: from 0 (clear) to 1 (fog).
        tints: colours laid over the inks, the first the strongest; at most two.
        mono: whether ink and paper are all the colour there is.
        pale: whether white was asked for.
        stars: whether stars shine.
        boats: how many.
        birds: how many.
    """

    time: str
    land: str
    water: str
    grove: str
    season: str
    building: str
    weather: str
    disc: str
    mist: float
    tints: tuple[RGB, ...]
    mono: bool
    pale: bool
    stars: bool
    boats: int
    birds: int


def _index() -> tuple[dict[str, str], dict[str, str]]:
    """Return the tags of whole words, and of CJK words that are found anywhere in a text."""
    whole: dict[str, str] = {}
    anywhere: dict[str, str] = {}
    for tag, words in VOCABULARY.items():
        for word in words.split():
            (whole if word.isascii() else anywhere)[word] = tag
    return whole, anywhere


_WHOLE, _ANYWHERE = _index()
_CJK: Final = re.compile("|".join(sorted(map(re.escape, _ANYWHERE), key=len, reverse=True)))


def _tag(word: str) -> str | None:
    """Return what a lower-case word stands for, in the singular or plural."""
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"):
        if form in _WHOLE:
            return _WHOLE[form]
    return None


def read(text: str) -> tuple[list[str], set[str]]:
    """Return the tags that a text asks for, in its order, and those that it rules out ("no mist")."""
    asked: dict[str, None] = {}
    ruled_out: set[str] = set()
    lowered = text.lower()
    before = ""
    for word in _WORD.findall(lowered):
        parts = [word] if _tag(word) else word.split("-")
        tags = [tag for tag in map(_tag, parts) if tag]
        for tag in tags:
            if before in NEGATIONS:
                ruled_out.add(tag)
            else:
                asked.setdefault(tag)
        before = word
    for match in _CJK.finditer(lowered):
        tag = _ANYWHERE[match[0]]
        if _NEGATED.search(lowered[max(0, match.start() - 2) : match.start()]):
            ruled_out.add(tag)
        else:
            asked.setdefault(tag)
    return list(asked), ruled_out


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the texts ask for and what they rule out."""

    asked: list[str]
    banned: set[str]

    def has(self, *tags: str) -> bool:
        """Say whether one of the tags is asked for."""
        return any(tag in self.asked for tag in tags)

    def one_of(self, tags: Sequence[str]) -> str:
        """Return the first of the tags, in the table's order, that is asked for, or an empty string."""
        return next((tag for tag in tags if tag in self.asked), "")

    def one_or_drawn(self, tags: Sequence[str], drawn: str) -> str:
        """Return what is asked for of the tags, else what was drawn by lot unless that is ruled out."""
        return self.one_of(tags) or ("" if drawn in self.banned else drawn)


def compose(prompt: str, negative_prompt: str, rng: random.Random) -> Scene:
    """Return the scene for two texts; the lots fill in whatever the words leave open.

    As many lots are drawn for any text, so that another word changes what it names and nothing else.
    """
    asked, ruled_out = read(prompt)
    # "No mist" among what is not wanted is not a wish for mist.
    unwanted, negated = read(negative_prompt)
    banned = ruled_out | negated | set(unwanted)
    if banned & {"mist", "fog"}:
        banned |= {"mist", "fog"}
    wish = _Wish([tag for tag in asked if tag not in banned], banned)
    lots = {
        "time": one_of(rng, [("", 5.0), ("dawn", 2.0), ("dusk", 1.5), ("noon", 1.0)]),
        "land": one_of(rng, [("peaks", 4.0), ("karst", 3.0), ("hills", 2.0)]),
        "water": one_of(rng, [("lake", 5.0), ("", 4.0)]),
        "grove": one_of(rng, [("pine", 5.0), ("bamboo", 1.0), ("", 2.0)]),
        "building": one_of(rng, [("pavilion", 2.0), ("pagoda", 1.5), ("", 5.0)]),
        "disc": one_of(rng, [("sun", 6.0), ("", 2.0)]),
    }
    birds, boats, mist = rng.choice((0, 5, 7, 9, 11)), rng.choice((0, 1, 1, 2)), rng.uniform(0.35, 0.6)
    time = _time(wish, lots["time"])
    water = wish.one_or_drawn(WATERS, lots["water"]) or ("lake" if wish.has("boat") else "")
    land = wish.one_or_drawn(LANDS, lots["land"]) or "hills"
    return Scene(
        time=time,
        land=land,
        water="" if land in ("dunes", "city") and not wish.has("boat", *WATERS) else water,
        grove=_grove(wish, lots["grove"], land),
        season=wish.one_of(SEASONS),
        building=wish.one_or_drawn(BUILDINGS, "" if land in ("city", "dunes") else lots["building"]),
        weather=wish.one_of(WEATHERS),
        disc=_disc(wish, time, lots["disc"]),
        mist=_mist(wish, mist),
        tints=tuple(TINTS[tag] for tag in wish.asked if tag in TINTS)[:2],
        mono=wish.has("mono"),
        pale=wish.has("white"),
        stars=wish.has("stars") or (time == "night" and not wish.has(*WEATHERS) and "stars" not in banned),
        boats=0 if "boat" in banned else max(boats, 1 if wish.has("boat") else 0),
        birds=0 if "bird" in banned else max(birds, 9 if wish.has("bird") else 0),
    )


def _time(wish: _Wish, lot: str) -> str:
    """Return the time of day: what is said, night for moon and stars, else the lot."""
    said = wish.one_of(TIMES)
    if said or "night" in wish.banned:
        return said
    if wish.has("moon", "stars"):
        return "night"
    return "" if lot in wish.banned or wish.has("mono", "white", *WEATHERS) else lot


def _grove(wish: _Wish, lot: str, land: str) -> str:
    """Return what grows in front: what is said, what the season suggests, else the lot where trees grow."""
    said = wish.one_of(GROVES)
    if said or land in ("dunes", "city"):
        return said
    drawn = "blossom" if wish.has("spring", "autumn", "pink") else lot
    return "" if drawn in wish.banned else drawn


def _disc(wish: _Wish, time: str, lot: str) -> str:
    """Return what stands in the sky."""
    drawn = "moon" if wish.has("moon") or (time == "night" and not wish.has("sun")) else "sun"
    hidden = wish.has(*WEATHERS) and not wish.has("sun", "moon")
    if drawn in wish.banned or hidden:
        return ""
    return drawn if lot or time or wish.has("sun", "moon") else ""


def _mist(wish: _Wish, lot: float) -> float:
    """Return how much mist there is, 0 to 1."""
    if wish.banned & {"mist", "fog"} or (wish.has("clear") and not wish.has("mist", "fog")):
        return 0.0
    for tag, amount in (("fog", 1.0), ("mist", 0.85), ("storm", 0.6), ("rain", 0.65), ("dunes", 0.25)):
        if wish.has(tag):
            return amount
    return lot
