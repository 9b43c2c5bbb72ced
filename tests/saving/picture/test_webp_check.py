"""A WebP is a picture when its chunks fill it exactly and its frame has the size of its canvas."""

import contextlib

import pytest
from handmade import encoded, noise, refused, told
from PIL import Image

from seedream_cli.saving.picture import NotAPictureError, PictureInfo

LOSSY = encoded(noise(), "WEBP")
LOSSLESS = encoded(noise("RGBA"), "WEBP", lossless=True)
EXTENDED = encoded(noise("RGBA"), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")


def chunk(kind, body):
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


def made(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def lossy(width=16, height=16, tag=0x10):
    return chunk(
        b"VP8 ",
        tag.to_bytes(3, "little") + b"\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little"),
    )


def lossless(width=16, height=16, version=0):
    return chunk(b"VP8L", b"\x2f" + (width - 1 | height - 1 << 14 | version << 29).to_bytes(4, "little") + b"\0")


def canvas(width=16, height=16, flags=0):
    return chunk(
        b"VP8X",
        bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
    )


@pytest.mark.parametrize("data", [LOSSY, LOSSLESS, EXTENDED, encoded(noise("RGBA"), "WEBP")])
def test_what_pillow_writes_is_taken(data):
    info = told(data)
    assert (info.format, info.width, info.height, info.extension) == ("webp", 40, 30, "webp")


def test_those_made_by_hand_are_taken_so_that_the_spoilt_ones_are_refused_for_their_fault():
    picture = PictureInfo("webp", 16, 16)
    assert told(made(lossy())) == told(made(lossless())) == told(made(canvas(), lossless())) == picture


@pytest.mark.parametrize("data", [LOSSY, LOSSLESS, EXTENDED])
def test_a_file_cut_at_any_place_is_refused(data):
    for length in range(len(data)):
        refused(data[:length])


@pytest.mark.parametrize("data", [LOSSY, LOSSLESS, EXTENDED])
def test_a_wrong_size_in_the_file_header_is_refused(data):
    size = int.from_bytes(data[4:8], "little")
    for wrong in (0, 3, 4, 11, size - 2, size - 1, size + 1, size + 2, 2**32 - 1):
        refused(data[:4] + wrong.to_bytes(4, "little") + data[8:])


def test_what_follows_the_end_is_tolerated():
    assert told(LOSSY + b"<script>alert(1)</script>").format == "webp"


@pytest.mark.parametrize(
    "data",
    [
        made(),
        made(canvas()),
        made(chunk(b"EXIF", b""), lossy()),
        made(lossy(), lossy()),
        made(lossy(), canvas()),
        made(canvas(), canvas(), lossy()),
        made(canvas(15, 16), lossy()),
        made(canvas(16, 17), lossless()),
        made(lossy(width=0)),
        made(lossy(height=0)),
        made(lossy(tag=0x11)),
        made(lossy(tag=0x00)),
        made(lossy(tag=0x30)),
        made(lossless(version=1)),
        made(chunk(b"VP8 ", b"short")),
        made(chunk(b"VP8L", b"\x2f")),
        made(chunk(b"VP8L", b"\x2e" + bytes(9))),
        made(chunk(b"VP8X", bytes(9)), lossy()),
        made(canvas(20_000, 20_000), lossy()),
        made(canvas(flags=2), lossy()),
        made(canvas(), chunk(b"ANIM", bytes(6)), lossy()),
        made(canvas(), lossy(), b"junk"),
        made(lossless(16_384, 16_384)),
    ],
)
def test_a_structure_that_makes_no_picture_is_refused(data):
    refused(data)


def test_an_animation_is_refused_by_name():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    assert refused(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])) == "an animation"


def test_a_manifest_of_provenance_is_noticed():
    assert told(made(canvas(), lossy(), chunk(b"C2PA", b"jumb"))).provenance
    assert not told(LOSSY).provenance


@pytest.mark.parametrize("data", [LOSSY[:200], LOSSLESS[:200], EXTENDED])
def test_only_refusals_come_out_of_a_file_with_any_byte_changed(data):
    for at in range(len(data)):
        for mask in (0x01, 0xFF):
            with contextlib.suppress(NotAPictureError):
                told(data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :])
