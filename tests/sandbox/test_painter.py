import io
import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from random import Random

import pytest
from PIL import Image, ImageChops, ImageStat

from seedream_cli.catalog import MODELS
from seedream_cli.sandbox.painter import paint
from seedream_cli.sandbox.scene import TINTS, VOCABULARY, Scene, compose, read

SIZES = sorted({size for model in MODELS for size in model.sizes})

HOSTILE = {
    "empty": "",
    "spaces": " \t\r\n ",
    "NUL and controls": "\x00\x1b[31m\x07 mountain \x7f",
    "emoji": "🏔️🌅👩‍👩‍👧‍👦🏳️‍🌈",
    "lone surrogate": "moon \ud800 sea",
    "right to left": "\u202egnp.exe \u05d4\u05e8\u05d9\u05dd",
    "combining": "e" + "\u0301" * 300,
    "markup": "<script>alert(1)</script> & \"'; DROP TABLE pictures; -- %s %n {0} ${HOME}",
    "10,000 characters": "misty mountain 山 " * 625,
    "10,000 letters without a space": "a" * 10_000,
    "10,000 hyphens": "a-" * 5_000,
}


def png(prompt="", negative="", seed=1, size=(96, 96), model="seedream-v5lite"):
    return paint(prompt, negative, seed, *size, model)


def picture(*args, **kwargs):
    image = Image.open(io.BytesIO(png(*args, **kwargs)))
    image.load()
    return image


def scene_of(prompt, negative="", seed=1):
    return compose(prompt, negative, Random(seed))


def colour(image, box=(0, 0, 1, 1)):
    """Mean red, green and blue of a part of the picture, given as shares of its breadth and height."""
    left, top, right, bottom = box
    part = image.crop((left * image.width, top * image.height, right * image.width, bottom * image.height))
    return ImageStat.Stat(part).mean


def brightness(image, box=(0, 0, 1, 1)):
    return sum(colour(image, box)) / 3


def pixels_of(image):
    channels = image.tobytes()
    return list(zip(channels[::3], channels[1::3], channels[2::3], strict=True))


def share_changed(one, other, by=12):
    """The share of pixels whose grey differs by at least `by` levels of 255."""
    difference = ImageChops.difference(one.convert("L"), other.convert("L"))
    return sum(difference.histogram()[by:]) / (one.width * one.height)


class TestTheSameRequest:
    def test_gives_the_same_bytes_every_time(self):
        assert png("misty mountains at dawn", "people", 7) == png("misty mountains at dawn", "people", 7)

    @pytest.mark.parametrize("hash_seed", ["0", "4711"])
    def test_gives_the_same_bytes_in_another_process(self, hash_seed):
        prompt = "red boats on a lake, bamboo, 雪 月"
        code = (
            "import hashlib, sys; from seedream_cli.sandbox.painter import paint;"
            f"print(hashlib.sha256(paint({prompt!r}, 'fog', 42, 96, 64, 'seedream-v4')).hexdigest())"
        )
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            text=True,
            encoding="utf-8",
        )
        assert run.stdout.strip() == sha256(paint(prompt, "fog", 42, 96, 64, "seedream-v4")).hexdigest()

    def test_gives_the_same_bytes_from_many_threads_at_once(self):
        jobs = [("city at night", 1), ("storm at sea", 2), ("plum blossom", 3), ("snow", 4)] * 3
        alone = {job: png(job[0], seed=job[1]) for job in jobs}
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda job: png(job[0], seed=job[1]), jobs))
        assert together == [alone[job] for job in jobs]

    def test_neither_uses_nor_disturbs_the_random_numbers_of_others(self):
        import random

        random.seed(5)
        before = random.getstate()
        one = png("hills")
        assert random.getstate() == before
        random.seed(6)
        assert png("hills") == one


class TestAnotherRequest:
    def test_has_other_bytes_whatever_differs(self):
        base = {"prompt": "hills", "negative": "", "seed": 1, "size": (96, 96), "model": "seedream-v4"}
        others = [
            {"prompt": "hills "},
            {"prompt": "a fox"},
            {"negative": "blurry"},
            {"seed": 2},
            {"size": (96, 97)},
            {"model": "seedream-v4.5"},
            {"model": "seedream-v5lite"},
        ]
        pictures = [png(**base), *(png(**{**base, **other}) for other in others)]
        assert len(set(pictures)) == len(pictures)

    def test_does_not_confuse_the_prompt_with_the_negative_prompt(self):
        assert len({png("a", "b"), png("b", "a"), png("ab", ""), png("", "ab")}) == 4

    @pytest.mark.parametrize("prompt", ["", "misty mountains at dawn", "a lake at night"])
    def test_with_another_seed_is_clearly_another_picture(self, prompt):
        pictures = [picture(prompt, seed=seed, size=(192, 192)) for seed in (1, 2, 3, 2**31 - 1)]
        for one, other in itertools.combinations(pictures, 2):
            assert share_changed(one, other) > 0.25

    def test_with_another_word_keeps_the_lie_of_the_land(self):
        plain = picture("mountains by a lake", seed=11, size=(192, 192))
        reworded = picture("mountains by a lake, a fox", seed=11, size=(192, 192))
        reseeded = picture("mountains by a lake", seed=12, size=(192, 192))
        assert share_changed(plain, reworded, 24) < share_changed(plain, reseeded, 24) / 2

    def test_takes_any_whole_number_for_a_seed(self):
        pictures = {png(seed=seed) for seed in (0, -1, 2**31 - 1, 2**32 - 1, 2**64)}
        assert len(pictures) == 5


class TestTheWords:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_dawn_is_warmer_than_night(self, seed):
        dawn, night = colour(picture("dawn", seed=seed)), colour(picture("night", seed=seed))
        assert dawn[0] - dawn[2] > night[0] - night[2] + 20

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_night_is_darker_than_noon(self, seed):
        assert brightness(picture("night", seed=seed)) < brightness(picture("noon", seed=seed)) - 60

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_mist_pales_the_foot_of_the_mountains_and_a_negative_prompt_lifts_it(self, seed):
        band = (0, 0.5, 1, 0.75)
        misty = brightness(picture("misty mountains", seed=seed), band)
        lifted = brightness(picture("misty mountains", "mist", seed=seed), band)
        assert misty > lifted + 4

    @pytest.mark.parametrize(
        ("word", "channel"),
        [("red", 0), ("crimson", 0), ("红", 0), ("green", 1), ("绿", 1), ("blue", 2), ("蓝", 2)],
    )
    def test_a_colour_word_tints_the_picture(self, word, channel):
        plain = colour(picture("hills, noon", seed=3))
        tinted = colour(picture(f"hills, noon, {word}", seed=3))
        share = [sum(mean) and mean[channel] / sum(mean) for mean in (plain, tinted)]
        assert share[1] > share[0] + 0.008

    def test_monochrome_leaves_no_colour_but_the_seal(self):
        sky = colour(picture("monochrome sunset"), (0, 0, 1, 0.5))
        assert max(sky) - min(sky) < 8

    def test_snow_brightens_the_land(self):
        bare, snowy = (picture(f"mountains, noon{more}", seed=5) for more in ("", ", winter"))
        assert brightness(snowy, (0, 0.5, 1, 0.9)) > brightness(bare, (0, 0.5, 1, 0.9)) + 5

    def test_every_word_of_the_vocabulary_is_understood_as_what_it_stands_for(self):
        understood = {word: read(f"a {word}, please")[0] for words in VOCABULARY.values() for word in words.split()}
        assert understood == {word: [tag] for tag, words in VOCABULARY.items() for word in words.split()}

    def test_every_word_can_be_painted(self):
        for tag, words in VOCABULARY.items():
            assert png(words.split()[0], size=(48, 48)), tag

    @pytest.mark.parametrize(
        ("text", "tags"),
        [
            ("Misty MOUNTAINS at Dawn", ["mist", "peaks", "dawn"]),
            ("cities, boats and cherries", ["city", "boat", "blossom"]),
            ("snow-capped peaks", ["snow", "peaks"]),
            ("black-and-white", ["mono"]),
            ("月の山", ["moon", "peaks"]),
            ("薄暮", ["dusk"]),
            ("redundant seafood, prune", []),
        ],
    )
    def test_are_found_in_any_case_number_and_script(self, text, tags):
        assert read(text)[0] == tags

    def test_that_are_negated_in_the_prompt_are_left_out(self):
        assert read("no boats, without mist") == ([], {"boat", "mist"})
        assert read("没有船 无雾")[1] >= {"fog"}
        assert scene_of("a lake without boats").boats == 0

    def test_of_the_negative_prompt_are_left_out_even_where_the_prompt_asks_for_them(self):
        scene = scene_of("birds over a misty lake at night, boat, bamboo", "birds, fog, boats, bamboo, no moon")
        assert (scene.birds, scene.mist, scene.boats, scene.disc) == (0, 0.0, 0, "")
        assert scene.grove != "bamboo"

    def test_that_are_not_understood_leave_the_scene_to_the_seed(self):
        assert scene_of("a fox", seed=9) == scene_of("un renard", seed=9)

    def test_change_what_they_name_and_nothing_else(self):
        plain, red = scene_of("hills", seed=9), scene_of("red hills", seed=9)
        assert red == Scene(**{field: getattr(plain, field) for field in Scene.__slots__} | {"tints": (TINTS["red"],)})

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_may_be_anything(self, text):
        assert picture(text, text[::-1], size=(48, 64)).size == (48, 64)


class TestThePng:
    @pytest.mark.parametrize("size", SIZES)
    def test_is_8_bit_rgb_of_the_size_asked_for(self, size):
        width, height = map(int, size.split("x"))
        file = paint("mountains by a lake", "", 3, width, height, "seedream-v4.5")
        assert file[:8] == b"\x89PNG\r\n\x1a\n"
        assert file[12:16] == b"IHDR"
        assert int.from_bytes(file[16:20]) == width
        assert int.from_bytes(file[20:24]) == height
        depth, colour_type, _, _, interlace = file[24:29]
        assert (depth, colour_type, interlace) == (8, 2, 0)
        Image.open(io.BytesIO(file)).load()

    @pytest.mark.parametrize("size", [(1, 1), (1, 64), (64, 1), (7, 300), (300, 7)])
    @pytest.mark.parametrize("prompt", ["storm at sea, pagoda, boat, birds", "city at night, snow", "dunes, bamboo"])
    def test_may_have_an_odd_size(self, size, prompt):
        assert picture(prompt, size=size, model="seedream-v4").size == size

    def test_says_in_its_metadata_that_it_is_a_stand_in(self):
        text = picture("a photograph", seed=8).info
        assert text["Software"] == "seedream sandbox"
        assert "stand-in" in text["Comment"].lower()
        assert "not made by a model" in text["Comment"]

    def test_carries_nothing_of_the_prompt(self):
        assert b"zyzzyva" not in png("zyzzyva", "zyzzyva")

    @pytest.mark.parametrize("seed", [1, 2, 3, 4])
    @pytest.mark.parametrize("prompt", ["night", "red sunset", "monochrome snow"])
    def test_bears_a_vermilion_seal_with_light_letters_in_a_lower_corner(self, prompt, seed):
        image = picture(prompt, seed=seed, size=(512, 512))
        corners = [image.crop((box, 470, box + 90, 495)) for box in (18, 404)]
        inked, lettered = [], []
        for corner in corners:
            pixels = pixels_of(corner)
            inked.append(sum(r > 140 and r > 2 * g and r > 2 * b for r, g, b in pixels) / len(pixels))
            lettered.append(sum(min(r, g, b) > 180 for r, g, b in pixels) / len(pixels))
        assert any(ink > 0.4 and letters > 0.06 for ink, letters in zip(inked, lettered, strict=True))
