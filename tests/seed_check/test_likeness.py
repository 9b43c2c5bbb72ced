"""Comparing pictures: the same to the pixel, the same composition, another picture."""

import functools
import io
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageEnhance, ImageFilter
from support import pictures

from seedream_cli.errors import LocalFileError
from seedream_cli.sandbox.painter import paint
from seedream_cli.seed_check.likeness import compare

PROMPTS = ("a fox", "An ink-wash mountain at dawn, soft mist", "a harbour at night, red lanterns")
Alteration = Callable[[Image.Image], Image.Image]


@functools.cache
def painted(prompt: str, seed: int) -> Image.Image:
    return Image.open(io.BytesIO(paint(prompt, "", seed, 512, 512, "seedream-v5lite"))).convert("RGB")


def save(folder: Path, name: str, picture: Image.Image, **how: int) -> str:
    path = folder / name
    picture.save(path, **how)
    return str(path)


def compressed(picture: Image.Image) -> Image.Image:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=30)
    return Image.open(data).convert("RGB")


def patched(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    width, height = picture.size
    copy.paste((200, 30, 30), (width // 3, height // 3, 2 * width // 3, 2 * height // 3))
    return copy


ALTERED: dict[str, Alteration] = {
    "compressed": compressed,
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "greyer": lambda picture: ImageEnhance.Color(picture).enhance(0.4),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(4)),
    "moved a little": lambda picture: ImageChops.offset(picture, 6, 4),
    "one pixel": lambda picture: ImageChops.add(picture, Image.new("RGB", picture.size, (1, 0, 0))),
    "a ninth painted over": patched,
    "half as large": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_same_pixels_are_identical_whatever_the_file_says_besides(tmp_path: Path, prompt: str) -> None:
    picture = painted(prompt, 1)
    one = save(tmp_path, "one.png", picture)
    other = save(tmp_path, "other.webp", picture, lossless=1)
    assert compare(one, other) == ("identical", 1.0)


@pytest.mark.parametrize("alteration", ALTERED)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_an_altered_picture_is_similar(tmp_path: Path, prompt: str, alteration: str) -> None:
    picture = painted(prompt, 1)
    one, other = save(tmp_path, "one.png", picture), save(tmp_path, "other.png", ALTERED[alteration](picture))
    for pair in ((one, other), (other, one)):
        verdict, likeness = compare(*pair)
        assert (verdict, 0.5 <= likeness <= 1) == ("similar", True), likeness


@pytest.mark.parametrize("prompt", PROMPTS)
def test_other_seeds_of_one_prompt_are_unrelated(tmp_path: Path, prompt: str) -> None:
    paths = [save(tmp_path, f"{seed}.png", painted(prompt, seed)) for seed in range(1, 6)]
    found = [compare(*pair) for pair in itertools.combinations(paths, 2)]
    assert {verdict for verdict, _ in found} == {"unrelated"}, sorted(likeness for _, likeness in found)


def test_pictures_without_any_outline_are_similar_to_each_other_alone(tmp_path: Path) -> None:
    grey = save(tmp_path, "grey.png", Image.new("RGB", (64, 64), (90, 90, 90)))
    lighter = save(tmp_path, "lighter.png", Image.new("RGB", (64, 64), (91, 91, 91)))
    scene = save(tmp_path, "scene.png", painted(PROMPTS[0], 1))
    assert compare(grey, lighter)[0] == "similar"
    assert compare(grey, scene) == compare(scene, grey) == ("unrelated", 0.0)


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "not.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    whole = save(tmp_path, "whole.png", Image.new("RGB", (8, 8)))
    for path in (tmp_path / "not.png", tmp_path / "missing.png", tmp_path):
        with pytest.raises(LocalFileError, match="cannot be compared"):
            compare(whole, str(path))


def test_what_is_no_picture_of_the_service_is_not_decoded(tmp_path: Path) -> None:
    whole = save(tmp_path, "whole.png", Image.new("RGB", (8, 8)))
    foreign = save(tmp_path, "foreign.bmp", Image.new("RGB", (8, 8)))
    vast = tmp_path / "vast.png"
    vast.write_bytes(pictures.assemble(pictures.header(11_000, 10_000), pictures.chunk(b"IDAT", b"")))
    for path in (foreign, str(vast)):
        with pytest.raises(LocalFileError, match="cannot be compared"):
            compare(whole, path)
