"""One picture of many drafts: each where it belongs, with its caption, written whole or not at all."""

import hashlib
import itertools
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support import pictures
from support.past import asked
from support.pictures import colour_of

from seedream_cli.drafts import Draft
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.sheet import MOST_DRAFTS, make_sheet

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere"}
PAPER = (255, 255, 255)
EMPTY = (236, 236, 240)
Draw = Callable[..., Draft]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Make a saved draft whose picture has the colour of its seed."""
    numbers = itertools.count(1)

    def draw(prompt: str = "a fox", *, seed: int = 1, picture: bytes | None = None, **fields: Any) -> Draft:
        status = fields.pop("status", "saved")
        data = picture or pictures.png(64, 64, colour_of(seed))
        path = tmp_path / f"{next(numbers)}.png"
        path.write_bytes(data)
        draft = asked(next(numbers), prompt, seed=seed, **fields)
        digest = hashlib.sha256(data).hexdigest()
        return replace(draft, status=status, path=str(path), bytes=len(data), sha256=digest)

    return draw


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Image.Image]:
    """Make a sheet and read it."""

    def make(drafts: list[Draft], name: str = "sheet.png") -> Image.Image:
        made = make_sheet(drafts, str(tmp_path / name), ENVIRONMENT)
        with Image.open(tmp_path / name) as image:
            assert image.size == made.size
            return image.convert("RGB")

    return make


def pixels(image: Image.Image, y: int) -> list[tuple[int, int, int]]:
    """A line of pixels."""
    data = image.crop((0, y, image.width, y + 1)).tobytes()
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def runs(image: Image.Image, y: int) -> list[tuple[int, int, int]]:
    """The colours of a line of pixels, each once, paper left out."""
    return [colour for colour, _ in itertools.groupby(pixels(image, y)) if colour != PAPER]


def row_of(image: Image.Image, colour: tuple[int, int, int]) -> int:
    """The first line of pixels with a colour."""
    return next(y for y in range(image.height) if colour in runs(image, y))


def test_pictures_stand_in_their_order(draw: Draw, sheet: Callable[..., Image.Image]) -> None:
    seeds = [9, 3, 7, 1, 8, 2, 4]
    image = sheet([draw(seed=seed) for seed in seeds])
    lines = []
    for seed in seeds[::3]:
        # The pictures are 64 pixels wide: smaller than their places, and never made larger.
        lines += runs(image, row_of(image, colour_of(seed)) + 30)
    assert lines == [colour_of(seed) for seed in seeds]


def test_prompts_stand_against_seeds(draw: Draw, sheet: Callable[..., Image.Image]) -> None:
    colours = {}
    drafts = []
    for number, ((row, prompt), seed) in enumerate(itertools.product(enumerate(("a fox", "a wolf"), 1), (5, 6, 7))):
        colours[prompt, seed] = colour_of(number)
        picture = pictures.png(64, 64, colour_of(number))
        drafts.append(draw(prompt, seed=seed, row=row, batch="b.txt", picture=picture))
    image = sheet(drafts[::-1])
    for prompt in ("a fox", "a wolf"):
        found = runs(image, row_of(image, colours[prompt, 5]) + 30)
        assert found == [colours[prompt, seed] for seed in (5, 6, 7)]


@pytest.mark.parametrize("name", ["sheet.png", "sheet.jpg", "sheet.JPEG", "new/folders/sheet.png"])
def test_it_is_a_png_or_a_jpeg_by_its_name(
    name: str, draw: Draw, sheet: Callable[..., Image.Image], tmp_path: Path
) -> None:
    sheet([draw()], name)
    with Image.open(tmp_path / name) as image:
        assert image.format == ("PNG" if name.endswith("png") else "JPEG")
    assert [path.name for path in (tmp_path / name).parent.iterdir() if path.name.startswith(".")] == []


def test_a_caption_says_id_seed_rating_and_prompt(draw: Draw, sheet: Callable[..., Image.Image]) -> None:
    draft = draw()
    once = sheet([draft])
    others = {
        "id": replace(draft, id="another00001"),
        "seed": replace(draft, key=replace(draft.key, seed=2)),
        "rating": replace(draft, rating=4),
        "prompt": replace(draft, key=replace(draft.key, prompt="a wolf")),
    }
    places = {}
    for what, other in others.items():
        again = sheet([other])
        assert again.size == once.size
        places[what] = _first_difference(once, again)
    assert len(set(places.values())) == len(places)
    assert min(y for _, y in places.values()) > row_of(once, colour_of(1)) + 64
    assert sheet([draft]).tobytes() == once.tobytes()


def _first_difference(one: Image.Image, other: Image.Image) -> tuple[int, int]:
    from PIL import ImageChops

    box = ImageChops.difference(one, other).getbbox()
    assert box is not None
    return box[0], box[1]


def test_a_stand_in_is_marked(draw: Draw, sheet: Callable[..., Image.Image]) -> None:
    real, stand_in = draw(), draw(origin="sandbox")
    badge = (24, 24, 27)
    [top] = {row_of(sheet([draft]), colour_of(1)) for draft in (real,)}
    assert badge not in runs(sheet([real]), top + 3)
    image = sheet([stand_in])
    assert badge in runs(image, row_of(image, badge) + 1)


def test_what_was_changed_since_is_marked(draw: Draw, sheet: Callable[..., Image.Image]) -> None:
    draft = draw()
    Path(str(draft.path)).write_bytes(pictures.png(64, 64, colour_of(5)))
    image = sheet([draft])
    badge = (24, 24, 27)
    assert runs(image, row_of(image, badge) + 40) == [colour_of(5)]


def test_a_missing_picture_leaves_a_place_that_says_why(draw: Draw, tmp_path: Path) -> None:
    gone, blocked, damaged = draw(), draw(status="blocked"), draw()
    Path(str(gone.path)).unlink()
    Path(str(damaged.path)).write_bytes(pictures.SVG)
    made = make_sheet([draw(seed=1), gone, blocked, damaged], str(tmp_path / "s.png"), ENVIRONMENT)
    assert made.absent == 3
    with Image.open(tmp_path / "s.png") as image:
        line = runs(image.convert("RGB"), row_of(image.convert("RGB"), EMPTY) + 2)
        assert line.count(EMPTY) == 3


def test_what_no_font_has_is_told(draw: Draw, tmp_path: Path) -> None:
    made = make_sheet([draw("狐狸 \U000f0000 狐")], str(tmp_path / "s.png"), {"PATH": ""})
    assert "\U000f0000" in made.unwritten
    assert make_sheet([draw("a fox")], str(tmp_path / "s.png"), {"PATH": ""}).unwritten == ""


def test_drafts_that_share_a_place_are_counted(draw: Draw, tmp_path: Path) -> None:
    drafts = [draw(f"p{row}", seed=seed, row=row, batch="b") for row in (1, 2) for seed in (1, 2)]
    again = replace(drafts[0], id="again0000001", status="failed")
    assert make_sheet([again, *drafts], str(tmp_path / "s.png"), ENVIRONMENT).left_out == 1


def test_the_fewer_the_larger(draw: Draw, sheet: Callable[..., Image.Image]) -> None:
    big = pictures.png(600, 600, colour_of(1))
    few, many = sheet([draw(picture=big)] * 4), sheet([draw(picture=big)] * 90)

    def width(image: Image.Image) -> int:
        line = pixels(image, row_of(image, colour_of(1)))
        return next(len(list(run)) for colour, run in itertools.groupby(line) if colour == colour_of(1))

    assert (width(few), width(many)) == (512, 256)
    assert many.width * many.height < 20_000_000


def test_an_older_sheet_is_replaced(draw: Draw, sheet: Callable[..., Image.Image], tmp_path: Path) -> None:
    (tmp_path / "sheet.png").touch()
    assert row_of(sheet([draw(), draw()]), colour_of(1))
    assert row_of(sheet([draw()]), colour_of(1))
    elsewhere = replace(draw(), path="/pictures/\0.png")  # of a history that was tampered with
    assert row_of(sheet([draw(), elsewhere]), colour_of(1))


REFUSED = {
    "no suffix": ("sheet", "a PNG or a JPEG"),
    "another kind": ("sheet.gif", "a PNG or a JPEG"),
    "a folder": ("folder.png", "something other than a sheet"),
    "a link to nowhere": ("link.png", "something other than a sheet"),
    "a FIFO": ("fifo.png", "something other than a sheet"),
    "a text": ("text.png", "something other than a sheet"),
    "a draft's picture": ("1.png", "something other than a sheet"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_nothing_but_a_sheet_is_replaced(what: str, draw: Draw, tmp_path: Path) -> None:
    name, message = REFUSED[what]
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to("/nowhere")
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "text.png").write_text("what took an evening to write")
    draft = draw()
    before = Path(str(draft.path)).read_bytes()
    with pytest.raises(InputError, match=message):
        make_sheet([draft], str(tmp_path / name), ENVIRONMENT)
    assert Path(str(draft.path)).read_bytes() == before


def test_the_picture_of_a_draft_that_is_not_on_it_is_not_replaced_either(draw: Draw, tmp_path: Path) -> None:
    from seedream_cli.saving.picture import PictureFacts, embed, inspect

    draft = draw()
    with Path(str(draft.path)).open("rb") as source, (tmp_path / "other.png").open("wb") as target:
        embed(source, target, inspect(source), PictureFacts("a wolf", id="elsewhere123"))
    before = (tmp_path / "other.png").read_bytes()
    with pytest.raises(InputError, match="something other than a sheet"):
        make_sheet([draft], str(tmp_path / "other.png"), ENVIRONMENT)
    assert (tmp_path / "other.png").read_bytes() == before


def test_there_is_none_of_nothing_and_none_of_thousands(draw: Draw, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no draft"):
        make_sheet([], str(tmp_path / "s.png"), ENVIRONMENT)
    with pytest.raises(InputError, match="too many"):
        make_sheet([draw()] * (MOST_DRAFTS + 1), str(tmp_path / "s.png"), ENVIRONMENT)


def test_what_no_jpeg_can_hold_is_refused_before_it_is_painted(draw: Draw, tmp_path: Path) -> None:
    drafts = [draw(f"p{row}", seed=seed, row=row, batch="b", status="blocked") for row in range(400) for seed in (1, 2)]
    threads = set(threading.enumerate())
    with pytest.raises(InputError, match=r"the sheet would be \d{3}x\d{5}: a JPEG has at most 65500 pixels") as raised:
        make_sheet(drafts, str(tmp_path / "s.v2.jpeg"), ENVIRONMENT)
    assert not set(threading.enumerate()) - threads  # those that made pictures small are over
    assert raised.value.hint == f"name it {tmp_path}/s.v2.png"
    assert make_sheet(drafts, str(tmp_path / "s.v2.png"), ENVIRONMENT).size[1] > 65500
    assert not (tmp_path / "s.v2.jpeg").exists()


def test_where_it_cannot_be_written_nothing_is_left(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LocalFileError, match="cannot be written"):
        make_sheet([draw()], str(tmp_path / "file" / "s.png"), ENVIRONMENT)
    with pytest.raises(LocalFileError, match="cannot be written"):
        make_sheet([draw()], str(tmp_path / ("s" * 300 + ".png")), ENVIRONMENT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.png", "3.png", "file"]
