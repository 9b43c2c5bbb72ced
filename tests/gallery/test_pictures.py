"""Small pictures: kept for the next page, never shown for what they are not of, private, and gone with their draft."""

import stat
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from support import past, pictures
from support.gallery import cards_of, hang, saved
from support.program import Home

from seedream_cli.gallery.pictures import EDGE, Small
from seedream_cli.history import records


def page(home: Home) -> dict[str, dict[str, object]]:
    home.run("gallery", "-o", "page.html").expect(0)
    return cards_of((home.work / "page.html").read_text("utf-8"))


def kept(home: Home) -> list[Path]:
    return sorted(home.history_path.with_name("history.jsonl.d").glob("small/*"))


def test_a_small_picture_is_made_once(home: Home) -> None:
    hang(home, [past.asked(1), past.asked(2)])
    first = page(home)
    before = {path: path.stat().st_mtime_ns for path in kept(home)}
    assert len(before) == 2
    assert page(home) == first
    assert {path: path.stat().st_mtime_ns for path in kept(home)} == before


def test_what_is_kept_is_what_is_shown(home: Home) -> None:
    hang(home, [past.asked(1)])
    shown = page(home)
    (path,) = kept(home)
    other = pictures.painted("WEBP", (9, 9))
    path.write_bytes(other)
    assert page(home) != shown


@pytest.mark.parametrize("harm", [b"", b"RIFF", b"\0" * 500, pictures.SVG, pictures.painted("WEBP")[:-1]])
def test_a_kept_picture_that_is_not_whole_is_made_anew(home: Home, harm: bytes) -> None:
    hang(home, [past.asked(1)])
    shown = page(home)
    (path,) = kept(home)
    whole = path.read_bytes()
    path.write_bytes(harm)
    assert page(home) == shown
    assert path.read_bytes() == whole


def test_of_a_picture_that_was_changed_nothing_kept_is_shown(home: Home) -> None:
    (path,) = hang(home, [past.asked(1)])
    before = page(home)["draft0000001"]
    path.write_bytes(pictures.png(50, 50, (9, 200, 9)))
    after = page(home)["draft0000001"]
    assert after["picture"] != before["picture"]
    assert after["why"] == "the file was changed since it was drawn"
    path.unlink()
    assert page(home)["draft0000001"]["picture"] is None


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_what_is_kept_is_private(home: Home) -> None:
    hang(home, [past.asked(1)])
    page(home)
    (path,) = kept(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_where_nothing_can_be_kept_a_page_is_made_all_the_same(home: Home) -> None:
    hang(home, [past.asked(1)])
    home.history_path.with_name("history.jsonl.d").write_text("a file in the folder's place")
    assert page(home)["draft0000001"]["picture"]


def test_what_is_forgotten_is_not_kept(home: Home) -> None:
    hang(home, [past.asked(1), past.asked(2)])
    page(home)
    home.run("history", "forget", "draft0000001").expect(0)
    assert [path.name.partition("-")[0] for path in kept(home)] == ["draft0000002"]


def test_a_large_picture_is_made_small_and_keeps_its_shape(home: Home) -> None:
    draft = past.asked()
    (path,) = hang(home, [draft])
    data = pictures.png(1536, 1024)
    path.write_bytes(data)
    past.write(home.history_path, records.intent(draft), past.line(saved(draft, path, data)))
    made = Small(home.root / "small").picture(past.history(home.history_path).find(draft.id))
    with Image.open(BytesIO(made.data)) as image:
        assert (image.format, image.size) == ("WEBP", (EDGE, round(EDGE * 2 / 3)))
    assert len(made.data) < 2000
