"""Secrets that stand in a picture's file are blacked out: nothing moves, no pixel changes, the picture stays whole."""

import io
import tracemalloc
import zlib

import pytest
from handmade import decoded, encoded, noise, told
from support.pictures import assemble, chunk, header

from seedream_cli.saving.picture import overwrite
from seedream_cli.saving.picture.source import PIECE

SECRET = b"sk-byts-0123456789abcdef"
OTHER = b"0123456789abcdef0123"
IMAGE = noise(size=(60, 40))
PNG = encoded(IMAGE, "PNG")


def with_exif(kind: str) -> bytes:
    exif = IMAGE.getexif()
    exif[0x010E] = f"made with {SECRET.decode()}"
    return encoded(IMAGE, kind, exif=exif.tobytes())


HOLDING = {
    "png, text before the pixels": PNG[:33] + chunk(b"tEXt", b"Source\0key " + SECRET) + PNG[33:],
    "png, text behind them": PNG[:-12] + chunk(b"iTXt", b"a\0\0\0\0\0" + SECRET) + PNG[-12:],
    "png, twice": PNG[:33] + chunk(b"tEXt", b"a\0" + SECRET * 2) + chunk(b"tEXt", b"b\0" + OTHER) + PNG[33:],
    "png, behind its end": PNG + SECRET,
    "png, across two pieces": PNG[:33] + chunk(b"tEXt", b"a\0" + b" " * (PIECE - 60) + SECRET) + PNG[33:],
    "jpeg, comment": encoded(IMAGE, "JPEG", comment=b"by " + SECRET),
    "jpeg, exif": with_exif("JPEG"),
    "webp, exif": with_exif("WEBP"),
}


def blacked_out(data: bytes, *secrets: bytes) -> tuple[bytes, bool]:
    stream = io.BytesIO(data)
    found = overwrite(stream, secrets)
    return stream.getvalue(), found


@pytest.mark.parametrize("data", HOLDING.values(), ids=HOLDING)
def test_a_secret_beside_the_pixels_is_blacked_out(data: bytes) -> None:
    changed, found = blacked_out(data, OTHER, SECRET)
    assert found
    assert SECRET not in changed
    assert OTHER not in changed
    assert len(changed) == len(data)
    assert told(changed) == told(data)
    assert decoded(changed) == decoded(data)


@pytest.mark.parametrize("before", range(PIECE - len(SECRET) - 60, PIECE + 4 - 45, 7))
def test_wherever_it_stands_it_is_found(before: int) -> None:
    data = PNG[:33] + chunk(b"tEXt", b"a\0" + b" " * before + SECRET) + PNG[33:]
    changed, found = blacked_out(data, SECRET, b"abcdefghijkl")
    assert found
    assert SECRET not in changed
    assert decoded(changed) == decoded(data)


@pytest.mark.parametrize("secrets", [(), (SECRET,)])
def test_a_picture_without_any_stays_as_it_is(secrets: tuple[bytes, ...]) -> None:
    assert blacked_out(PNG, *secrets) == (PNG, False)


def test_what_stands_everywhere_is_no_secret_and_takes_no_memory() -> None:
    data = PNG + b"a" * 8_000_000
    tracemalloc.start()
    changed, found = blacked_out(data, b"a" * 12)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not found
    assert changed == data
    assert peak < 3 * len(data)  # the copy that is looked at, and the one that is compared


def test_what_are_the_pixels_themselves_stays() -> None:
    rows = b"\0" + SECRET
    data = assemble(header(8, 1), chunk(b"IDAT", zlib.compress(rows, 0)))
    assert SECRET in data
    assert blacked_out(data, SECRET) == (data, False)
