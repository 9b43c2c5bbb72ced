"""From file to file, the system copies what need not be looked at: the same bytes as through this process."""

import io
import os
from pathlib import Path

import pytest
from handmade import FACTS, decoded, embedded, encoded, noise, told
from support.pictures import chunk

from seedream_cli.saving.picture import NotAPictureError, embed, inspect
from seedream_cli.saving.picture.source import Source

LARGE = noise(size=(400, 300))
PLAIN = encoded(LARGE, "PNG")
PICTURES = {
    "png": PLAIN,
    "png with texts": PLAIN[:33] + chunk(b"tEXt", b"Comment\0kept") + PLAIN[33:],
    "png with texts behind": PLAIN[:-12] + chunk(b"tEXt", b"parameters\0old") + PLAIN[-12:],
    "jpeg": encoded(LARGE, "JPEG", quality=98),
    "webp": encoded(LARGE, "WEBP", lossless=True),
    "trailing bytes": PLAIN + bytes(range(256)) * 999,
}


@pytest.fixture(params=PICTURES)
def picture(request):
    return PICTURES[request.param]


def copied(data: bytes, folder: Path, *, mode: str = "w+b", before: bytes = b"") -> bytes:
    """What embedding makes of a file, in another file in which something stands already."""
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    with source.open("rb") as file, target.open(mode) as copy:
        copy.write(before)
        embed(file, copy, inspect(file), FACTS)
        copy.write(b"after")
    return target.read_bytes()


def test_files_get_the_bytes_that_memory_gets(picture, tmp_path):
    assert len(picture) > 100_000
    assert copied(picture, tmp_path, before=b"before") == b"before" + embedded(picture) + b"after"


@pytest.mark.parametrize("kind", [kind for kind in PICTURES if kind != "webp"])  # whose length is written last
def test_a_file_into_which_the_system_cannot_copy_gets_them_too(kind, tmp_path):
    with pytest.raises((OSError, AttributeError)), (tmp_path / "x").open("a+b") as end:
        os.copy_file_range(end.fileno(), end.fileno(), 1)
    assert copied(PICTURES[kind], tmp_path, mode="ab") == embedded(PICTURES[kind]) + b"after"


def test_no_pixel_of_a_file_changes(picture, tmp_path):
    assert decoded(copied(picture, tmp_path)) == decoded(picture)


def test_texts_behind_the_pixels_are_replaced_too(tmp_path):
    marked = copied(PICTURES["png with texts behind"], tmp_path)
    assert marked.count(b"parameters\0") == 1
    assert told(PICTURES["png with texts behind"]).late_texts
    assert not told(PICTURES["png with texts"]).late_texts


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_file_cut_short_after_it_was_looked_at_is_refused(kind, tmp_path):
    whole = PICTURES[kind]
    path = tmp_path / "picture"
    for length in (60, 70_000, len(whole) - 1):
        path.write_bytes(whole[:length])
        with path.open("rb") as file, (tmp_path / "copy").open("wb") as copy, pytest.raises(NotAPictureError):
            embed(file, copy, told(whole), FACTS)


def test_the_length_is_where_the_picture_ends():
    assert told(PLAIN).length == told(PICTURES["trailing bytes"]).length == len(PLAIN)


def test_more_than_a_picture_may_have_is_not_copied(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(70 << 20)
    with path.open("rb") as file, (tmp_path / "copy").open("wb") as copy, pytest.raises(NotAPictureError):
        Source(file).copy_rest(copy)
    with pytest.raises(NotAPictureError):
        Source(io.BytesIO(bytes(70 << 20))).copy_rest(io.BytesIO())
