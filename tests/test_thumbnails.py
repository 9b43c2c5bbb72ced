"""Pictures made small: every kind of picture, nothing but pictures, in order, in bounded memory."""

import hashlib
import io
import itertools
import os
import resource
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support import pictures
from support.past import asked

from seedream_cli.drafts import Draft
from seedream_cli.saving.picture import PictureFacts, embed, inspect
from seedream_cli.thumbnails import NoPictureError, in_order, thumbnail

ORANGE = (240, 120, 0)


def saved(path: Path, data: bytes, **fields: object) -> Draft:
    """A draft whose picture lies there, as it was saved."""
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return replace(asked(), status="saved", path=str(path), bytes=len(data), sha256=digest, **fields)  # type: ignore[arg-type]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def half_orange(mode: str) -> Image.Image:
    """Orange above, black below."""
    image = Image.new("RGB", (64, 64), ORANGE)
    image.paste((0, 0, 0), (0, 32, 64, 64))
    return image.convert(mode)


GREY_16 = Image.linear_gradient("L").convert("I").point(lambda grey: grey * 257).convert("I;16")
KINDS = {
    "png": encoded(half_orange("RGB"), "PNG"),
    "png palette": encoded(half_orange("P"), "PNG"),
    "png alpha": encoded(half_orange("RGBA"), "PNG"),
    "jpeg": encoded(half_orange("RGB"), "JPEG", quality=95),
    "jpeg cmyk": encoded(half_orange("CMYK"), "JPEG", quality=95),
    "jpeg progressive": encoded(half_orange("RGB"), "JPEG", quality=95, progressive=True),
    "webp": encoded(half_orange("RGB"), "WEBP", quality=95),
    "webp lossless alpha": encoded(half_orange("RGBA"), "WEBP", lossless=True),
}


def reason(draft: Draft) -> str:
    with pytest.raises(NoPictureError) as caught:
        thumbnail(draft, (16, 16))
    return caught.value.reason


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_keeps_its_colours(kind: str, tmp_path: Path) -> None:
    made = thumbnail(saved(tmp_path / "p", KINDS[kind]), (16, 16))
    assert (made.image.mode, made.image.size, made.changed) == ("RGB", (16, 16), False)
    above, below = made.image.getpixel((8, 3)), made.image.getpixel((8, 12))
    assert all(abs(is_ - was) < 24 for is_, was in zip((*above, *below), (*ORANGE, 0, 0, 0), strict=True))


def test_sixteen_bits_of_grey_do_not_all_become_white(tmp_path: Path) -> None:
    image = thumbnail(saved(tmp_path / "p", encoded(GREY_16, "PNG")), (16, 16)).image
    assert [image.getpixel((8, y))[0] for y in (0, 8, 15)] == pytest.approx([8, 136, 247], abs=10)


def test_it_keeps_its_shape_and_is_not_made_larger(tmp_path: Path) -> None:
    wide = saved(tmp_path / "p", pictures.png(1536, 1024))
    assert thumbnail(wide, (300, 300)).image.size == (300, 200)
    assert thumbnail(wide, (9000, 300)).image.size == (450, 300)
    assert thumbnail(wide, (9000, 9000)).image.size == (1536, 1024)
    assert thumbnail(saved(tmp_path / "q", pictures.png(2000, 1)), (100, 100)).image.size == (100, 1)


def test_white_is_seen_where_a_picture_is_transparent(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (32, 32), (9, 9, 9, 0))
    paletted = Image.new("P", (32, 32))
    for number, data in enumerate((encoded(clear, "PNG"), encoded(paletted, "PNG", transparency=0))):
        draft = saved(tmp_path / str(number), data)
        assert thumbnail(draft, (8, 8)).image.getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("status", ["pending", "expired", "unknown", "blocked", "failed", "planned"])
def test_a_draft_without_a_picture_says_why(status: str) -> None:
    assert reason(replace(asked(), status=status))


def test_a_picture_that_is_gone_or_cannot_be_read_says_so(tmp_path: Path) -> None:
    gone = saved(tmp_path / "gone", KINDS["png"])
    os.unlink(tmp_path / "gone")
    assert reason(gone) == "the file is gone"
    os.mkfifo(tmp_path / "gone")
    assert reason(gone) == "the file cannot be read"
    assert reason(replace(gone, path="with\0NUL")) == "the file cannot be read"


def test_what_was_edited_since_is_shown_and_marked(tmp_path: Path) -> None:
    draft = saved(tmp_path / "p", KINDS["png"])
    (tmp_path / "p").write_bytes(KINDS["jpeg"])
    assert thumbnail(draft, (16, 16)).changed


def test_another_drafts_picture_is_not_shown_for_this_one(tmp_path: Path) -> None:
    draft = saved(tmp_path / "p", KINDS["png"])
    for draft_id, shown in (("elsewhere123", False), (draft.id, True)):
        with (tmp_path / "p").open("wb") as file:
            facts = PictureFacts("a fox", id=draft_id)
            embed(io.BytesIO(KINDS["jpeg"]), file, inspect(io.BytesIO(KINDS["jpeg"])), facts)
        if shown:
            assert thumbnail(draft, (16, 16)).changed
        else:
            assert reason(draft) == "replaced by another draft's picture"


SPOILT = {
    **pictures.SPOILT,
    "gif": pictures.painted("GIF"),
    "bomb of pixels": pictures.many_pixels(),
    "bomb of data": pictures.swelling(),
}


@pytest.mark.parametrize("name", SPOILT)
def test_nothing_but_a_whole_picture_is_decoded_where_the_file_was_changed(name: str, tmp_path: Path) -> None:
    draft = saved(tmp_path / "p", KINDS["png"])
    (tmp_path / "p").write_bytes(SPOILT[name])
    assert reason(draft).startswith("damaged: ")


@pytest.mark.parametrize("name", SPOILT)
def test_a_history_that_lies_about_a_file_makes_nothing_large(name: str, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    draft = saved(tmp_path / "p", SPOILT[name])
    with suppress(NoPictureError):  # Pillow fills up what is missing, and leaves what is too much
        assert thumbnail(draft, (16, 16)).image.width <= 16
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_more_bytes_than_a_picture_may_have_are_not_read(tmp_path: Path) -> None:
    draft = saved(tmp_path / "p", KINDS["png"])
    os.truncate(tmp_path / "p", 1 << 40)
    assert reason(draft) == "larger than a picture may be"


def test_a_text_that_swells_is_not_unpacked(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    draft = saved(tmp_path / "p", pictures.swelling_text())
    assert reason(draft) == "damaged: its pixels cannot be unpacked"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_what_pillow_would_warn_of_reaches_nobody(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    strange = pictures.with_text(KINDS["png"], b"Comment", b"x").replace(b"IDAT", b"IDAT", 1)
    acted = pictures.chunk(b"acTL", bytes(8))
    thumbnail(saved(tmp_path / "p", strange[:33] + acted + strange[33:]), (8, 8))
    thumbnail(saved(tmp_path / "q", encoded(Image.new("L", (8000, 7000)), "JPEG", quality=10)), (8, 8))
    assert not recwarn.list


def test_they_come_in_order_and_not_far_ahead() -> None:
    started = []
    lock = threading.Lock()

    def work(number: int) -> int:
        with lock:
            started.append(number)
        return number * 2

    with in_order(work, itertools.count()) as made:
        assert list(itertools.islice(made, 100)) == list(range(0, 200, 2))
        assert len(started) < 100 + 4 * (os.cpu_count() or 1) + 4


def test_what_work_raises_comes_out_in_its_turn() -> None:
    with in_order(lambda number: 1 // number, [1, 1, 0, 1]) as made:
        assert [next(made), next(made)] == [1, 1]
        with pytest.raises(ZeroDivisionError):
            next(made)


def test_where_none_of_it_is_taken_no_thread_is_left() -> None:
    threads = set(threading.enumerate())
    with in_order(lambda number: number, range(100)):
        pass
    assert not set(threading.enumerate()) - threads
