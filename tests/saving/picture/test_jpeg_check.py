"""A JPEG is a picture when its segments, frame and scans go on to the end."""

import contextlib
import time

import pytest
from handmade import encoded, noise, refused, told

from seedream_cli.saving.picture import NotAPictureError, PictureInfo

JPEG = encoded(noise(), "JPEG")
EOI = b"\xff\xd9"


def segment(marker, body=b""):
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def frame(width=16, height=16, marker=0xC0, precision=8, components=b"\1\x11\0"):
    body = bytes([precision]) + height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return segment(marker, body + bytes([len(components) // 3]) + components)


TABLES = segment(0xDB, bytes(65)) + segment(0xC4, bytes(17))
SCAN = segment(0xDA, b"\1\1\0\0\x3f\0") + b"data"


def made(*parts, end=EOI):
    return b"\xff\xd8" + b"".join(parts) + end


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("restarts", [0, 1])
def test_what_pillow_writes_is_taken(mode, progressive, restarts):
    data = encoded(noise(mode, (93, 61)), "JPEG", progressive=progressive, restart_marker_blocks=restarts)
    assert told(data) == PictureInfo("jpeg", 93, 61)
    assert told(data).extension == "jpg"


def test_a_large_picture_is_read_in_many_pieces():
    assert told(encoded(noise("RGB", (900, 700)), "JPEG", quality=98)) == PictureInfo("jpeg", 900, 700)


def test_one_made_by_hand_is_taken_so_that_the_spoilt_ones_are_refused_for_their_fault():
    assert told(made(frame(), TABLES, SCAN)) == PictureInfo("jpeg", 16, 16)
    assert told(made(b"\xff\xff\xff", frame()[1:], TABLES, SCAN)) == PictureInfo("jpeg", 16, 16)


def test_a_file_cut_at_any_place_is_refused():
    for data in (JPEG, encoded(noise(), "JPEG", progressive=True, restart_marker_blocks=2)):
        for length in range(len(data)):
            refused(data[:length])


def test_what_follows_the_end_is_tolerated():
    assert told(JPEG + b"<script>alert(1)</script>" + bytes(99_999)) == PictureInfo("jpeg", 40, 30)


@pytest.mark.parametrize(
    "data",
    [
        made(),
        made(TABLES, SCAN),
        made(frame(), SCAN),
        made(frame(), TABLES),
        made(frame(), segment(0xDB, bytes(65)), SCAN),
        made(frame(), frame(), TABLES, SCAN),
        made(frame(width=0), TABLES, SCAN),
        made(frame(height=0), TABLES, SCAN),
        made(frame(precision=16), TABLES, SCAN),
        made(frame(components=b"\1\x11\0\2\x11\0"), TABLES, SCAN),
        made(frame(components=b""), TABLES, SCAN),
        made(frame(components=b"\1\x11\0" * 3), TABLES, SCAN),
        made(frame(components=b"\1\x51\0"), TABLES, SCAN),
        made(frame(components=b"\1\x10\0"), TABLES, SCAN),
        made(frame(components=b"\1\x11\0\2\x11\0\3\x11\0"), TABLES, SCAN),
        made(segment(0xC0, bytes(5)), TABLES, SCAN),
        made(frame(), TABLES, segment(0xDA, b""), b"data"),
        made(frame(), TABLES, segment(0xDA, b"\1\1\0\0\x3f"), b"data"),
        made(frame(), TABLES, segment(0xDA, b"\1\7\0\0\x3f\0"), b"data"),
        made(frame(), TABLES, segment(0xDA, b"\1\1\0\0\x3f\0")),
        made(frame(), TABLES, SCAN, b"\xff\xd8"),
        made(b"\xff\xd0", frame(), TABLES, SCAN),
        made(b"\xff\x01", frame(), TABLES, SCAN),
        made(b"\xff\xe0\0\1", frame(), TABLES, SCAN),
        made(b"junk", frame(), TABLES, SCAN),
        *(made(frame(marker=marker), TABLES, SCAN) for marker in (0xC3, 0xC5, 0xC9, 0xCF, 0xDE)),
    ],
)
def test_a_structure_that_makes_no_picture_is_refused(data):
    refused(data)


def test_a_hundred_megapixels_are_the_most():
    assert told(made(frame(10_000, 10_000), TABLES, SCAN)).width == 10_000
    assert "100 megapixels" in refused(made(frame(10_001, 10_000), TABLES, SCAN))
    assert "100 megapixels" in refused(made(frame(65_535, 65_535), TABLES, SCAN))


def test_a_scan_lost_from_a_progressive_picture_is_noticed_where_a_component_is_missing():
    three = frame(components=b"\1\x11\0\2\x11\0\3\x11\0", marker=0xC2)
    scans = [segment(0xDA, bytes([1, component, 0, 0, 0, 0])) + b"data" for component in (1, 2, 3)]
    told(made(three, TABLES, *scans))
    assert "fewer pixels" in refused(made(three, TABLES, *scans[:2]))


@pytest.mark.parametrize("at", [65_535, 65_536, 65_537])
def test_a_marker_across_two_pieces_is_seen(at):
    start = made(frame(), TABLES, SCAN, end=b"")
    assert told(start + bytes(at - len(start)) + b"\xff\x00" + EOI).format == "jpeg"
    assert told(start + bytes(at - len(start)) + EOI).format == "jpeg"
    assert "too early" in refused(start + bytes(at - len(start)) + b"\xff")


@pytest.mark.parametrize("body", [b"\xff" * 4_000_000, b"\xff\xe1\0\2" * 1_000_000, b"\xff\xda\0\2" * 1_000_000])
def test_millions_of_segments_or_fill_bytes_cost_little_time(body):
    began = time.process_time()
    refused(b"\xff\xd8" + body)
    assert time.process_time() - began < 5


def test_a_manifest_of_provenance_is_noticed():
    manifest = segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x40jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10")
    assert told(made(manifest, frame(), TABLES, SCAN)).provenance
    assert not told(made(segment(0xEB, b"JP other"), frame(), TABLES, SCAN)).provenance
    assert not told(JPEG).provenance


def test_only_refusals_come_out_of_a_file_with_any_byte_changed():
    data = encoded(noise(size=(16, 16)), "JPEG")
    for at in range(len(data)):
        for mask in (0x01, 0xFF):
            with contextlib.suppress(NotAPictureError):
                told(data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :])
