"""Facts are read from our own field first, then from what other programs write, and from nothing else."""

import io
import json
import struct
import time
import tracemalloc
import zlib
from dataclasses import replace
from html import escape

import pytest
from handmade import FACTS, embedded, encoded, facts_in, noise
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from support.pictures import chunk, png

from seedream_cli.saving.picture import PictureFacts

WEB_UI = """a lighthouse, <lora:storm:0.8>, (dramatic:1.2)
second line
Negative prompt: lowres, text
bad hands
Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 3141592653, Size: 512x768, \
Model hash: 6ce0161689, Model: dreamshaper_8, Lora hashes: "storm: 1a2b, other: 3c4d", Version: v1.10.1"""
FROM_WEB_UI = PictureFacts(
    prompt="a lighthouse, <lora:storm:0.8>, (dramatic:1.2)\nsecond line",
    negative_prompt="lowres, text\nbad hands",
    model="dreamshaper_8",
    size="512x768",
    seed=3141592653,
)


def with_chunks(*chunks):
    data = png(4, 4)
    return data[:33] + b"".join(chunks) + data[33:]


def with_parameters(text):
    info = PngInfo()
    info.add_text("parameters", text)
    return encoded(noise(), "PNG", pnginfo=info)


def with_comment(kind, comment, order=">"):
    """A picture with a `UserComment` in EXIF of that byte order, the comment far from its entry."""
    mark = b"MM\0*" if order == ">" else b"II*\0"
    main = struct.pack(order + "IHHHIIHHIII", 8, 2, 0x010F, 2, 2, 0x41000000, 0x8769, 4, 1, 100, 0)
    sub = struct.pack(order + "HHHIII", 1, 0x9286, 7, len(comment), 200, 0)
    tiff = (mark + main).ljust(100, b"\0") + sub.ljust(100, b"\0") + comment
    return encoded(noise(), kind, exif=b"Exif\0\0" + tiff)


def test_a_picture_without_a_text_has_no_facts():
    for kind in ("PNG", "JPEG", "WEBP"):
        assert facts_in(encoded(noise(), kind)) is None
    for data in (b"", b"GIF89a", b"<html>", bytes(1000)):
        assert facts_in(data) is None


def test_the_web_ui_s_parameters_are_read_from_a_png():
    assert facts_in(with_parameters(WEB_UI)) == FROM_WEB_UI
    assert facts_in(with_parameters(WEB_UI.replace("lighthouse", "灯台"))).prompt.startswith("a 灯台")
    packed = chunk(b"zTXt", b"parameters\0\0" + zlib.compress(WEB_UI.encode("latin-1")))
    assert facts_in(with_chunks(packed)) == FROM_WEB_UI
    packed = chunk(b"iTXt", b"parameters\0\1\0en\0Parameter\0" + zlib.compress(WEB_UI.encode()))
    assert facts_in(with_chunks(packed)) == FROM_WEB_UI


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + WEB_UI.encode("utf-16-be"),
        b"UNICODE\0" + WEB_UI.encode("utf-16-le"),
        b"ASCII\0\0\0" + WEB_UI.encode(),
        bytes(8) + WEB_UI.encode() + b"\0",
    ],
)
def test_the_web_ui_s_parameters_are_read_from_exif(kind, order, comment):
    assert facts_in(with_comment(kind, comment, order)) == FROM_WEB_UI


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Steps: 1, Seed: 7, Size: 8x8", PictureFacts("", seed=7, size="8x8")),
        ("p\nSteps: 1, Seed: -1, Size: wide", PictureFacts("p")),
        ("p\nSteps: 1, Seed: 4294967295, CFG scale: 7", PictureFacts("p", seed=4294967295)),
        ("p\nSteps: 1, Seed: 4294967296, CFG scale: 7", PictureFacts("p")),
        ("p\nSteps: 1, Seed: " + "9" * 5000 + ", CFG scale: 7", PictureFacts("p")),
        ("p\nSteps: 1, Seed: ٣, CFG scale: 7", PictureFacts("p")),
        ('p\nSteps: 1, Seed: 7, Model: "a, b: \\"c\\""', PictureFacts("p", seed=7, model='a, b: "c"')),
        ('p\nSteps: 1, Seed: 7, Model: "broken', PictureFacts("p", seed=7, model='"broken')),
        ("Negative prompt: n\nSteps: 1, Seed: 7, Size: 8x8", PictureFacts("", "n", seed=7, size="8x8")),
        ("p\r\nSteps: 1, Seed: 7, Size: 8x8\r\n", PictureFacts("p", seed=7, size="8x8")),
        ("just a sentence: with, one colon", None),
        ("a prompt\nand nothing else", None),
        ('{"sui_image_params": {"prompt": "another program"}}', None),
        ("", None),
    ],
)
def test_parameters_of_other_shapes_are_read_as_far_as_they_go(text, facts):
    assert facts_in(with_chunks(chunk(b"iTXt", b"parameters\0\0\0\0\0" + text.encode()))) == facts


def test_our_own_field_goes_first_wherever_it_stands():
    ours = embedded(png(4, 4))
    start = ours.index(b"iTXtseedream") - 4
    end = start + 12 + int.from_bytes(ours[start : start + 4], "big")
    late = with_chunks(chunk(b"tEXt", b"parameters\0" + WEB_UI.encode()))[:-12] + ours[start:end]
    assert facts_in(late) == FACTS


def test_our_field_is_read_from_a_packet_that_another_program_wrote_anew():
    field = escape(json.dumps({"v": 1, "prompt": 'a "b" & <c>', "seed": 3}), quote=False)
    quoted = field.replace('"', "&quot;")
    for packet in (
        f"<seedream:draft>{field}<",
        f'<x seedream:draft="{quoted}"/>',
        f"<x seedream:draft='{field}'/>",
    ):
        for kind in ("JPEG", "WEBP"):
            data = encoded(noise(), kind, xmp=packet.encode())
            assert facts_in(data) == PictureFacts('a "b" & <c>', seed=3)


def test_a_newer_field_is_read_for_what_is_known_of_it():
    newer = json.dumps({"v": 2, "prompt": "p", "seed": 1, "mood": ["new"]}).encode()
    assert facts_in(with_chunks(chunk(b"tEXt", b"seedream\0" + newer))) == PictureFacts("p", seed=1)


@pytest.mark.parametrize(
    "field",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"prompt": "p"}',
        '{"v": "1", "prompt": "p"}',
        '{"v": true, "prompt": "p"}',
        '{"v": 0, "prompt": "p"}',
        '{"v": 1}',
        '{"v": 1, "prompt": null}',
        '{"v": 1, "prompt": ["p"]}',
        '{"v": 1, "prompt": "p", "seed": "1"}',
        '{"v": 1, "prompt": "p", "seed": -1}',
        '{"v": 1, "prompt": "p", "seed": 4294967296}',
        '{"v": 1, "prompt": "p", "seed": 1.5}',
        '{"v": 1, "prompt": "p", "seed": true}',
        '{"v": 1, "prompt": "p", "model": 7}',
        '{"v": 1, "prompt": "p", "id": {}}',
        '{"v": 1, "prompt": "p", "seed": ' + "9" * 6000 + "}",
        "[" * 200_000,
        '{"v": 1, "prompt": "p"',
    ],
)
def test_a_field_that_is_not_ours_is_passed_over(field):
    text = chunk(b"tEXt", b"seedream\0" + field.encode())
    assert facts_in(with_chunks(text)) is None
    assert facts_in(with_chunks(text, chunk(b"tEXt", b"parameters\0" + WEB_UI.encode()))) == FROM_WEB_UI


@pytest.mark.parametrize(
    "body",
    [
        b"parameters",
        b"parameters\0",
        b"parameters\0\0",
        b"parameters\0\1\0",
        b"parameters\0\1\0\0\0not deflated",
        b"parameters\0\0\0\0\0\xff\xfe",
        b"parameters\0\1\0\0\0" + zlib.compress(WEB_UI.encode())[:-5],
        b"parameters\0\1\0\0\0" + zlib.compress(bytes(3_000_000)),
    ],
)
@pytest.mark.parametrize("kind", [b"iTXt", b"zTXt"])
def test_a_damaged_or_swollen_text_is_passed_over(kind, body):
    assert facts_in(with_chunks(chunk(kind, body))) is None


def test_a_text_with_a_wrong_checksum_is_passed_over():
    text = chunk(b"tEXt", b"parameters\0" + WEB_UI.encode())
    assert facts_in(with_chunks(text[:-1] + bytes([text[-1] ^ 1]))) is None


@pytest.mark.parametrize(
    "make", [lambda: png(4, 4), lambda: encoded(noise(), "JPEG"), lambda: encoded(noise(), "WEBP")]
)
def test_the_facts_of_a_cut_file_are_read_or_not_but_never_fail(make):
    data = embedded(make())
    for length in range(0, len(data), 3):
        assert facts_in(data[:length]) in {None, FACTS} or facts_in(data[:length]).prompt == FACTS.prompt


def test_exif_whose_directories_point_anywhere_is_passed_over():
    data = bytearray(with_comment("WEBP", b"UNICODE\0" + WEB_UI.encode("utf-16-be")))
    start = data.index(b"MM\0*")
    for at in range(start, start + 140):
        for value in (0x00, 0x7F, 0xFF):
            facts_in(bytes(data[:at]) + bytes([value]) + bytes(data[at + 1 :]))


HOSTILE = {
    "spaces": "x\n" + " " * 900_000,
    "commas": "x\n" + "," * 900_000,
    "names": "x\n" + "a" * 900_000,
    "names and colons": "x\n" + "a:" * 450_000,
    "quotes": "x\nSteps: 1, Size: 2, " + 'Seed:"\\",' * 100_000,
    "lines": "\n" * 900_000,
    "negatives": "\nNegative prompt:" * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_costs_little_time(text):
    data = with_chunks(chunk(b"tEXt", b"parameters\0" + HOSTILE[text].encode()))
    began = time.process_time()
    facts_in(data)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("start", ["seedream:draft>", 'seedream:draft="', "seedream:draft='", "&amp;", "<rdf:RDF>"])
def test_a_hostile_packet_costs_little_time(start):
    packet = start.encode() * (900_000 // len(start))
    began = time.process_time()
    facts_in(encoded(noise(), "WEBP", xmp=packet))
    embedded(encoded(noise(), "WEBP", xmp=packet))
    assert time.process_time() - began < 3


def test_our_parameters_alone_tell_all_but_id_and_time():
    without_field = embedded(png(4, 4)).replace(b"seedream\0", b"damaged!\0")
    assert facts_in(without_field) == replace(FACTS, id=None, created=None)


def test_thousands_of_swollen_texts_cost_little_time_and_memory():
    swollen = zlib.compress(b"Steps: 1, " * 100_000)
    file = io.BytesIO(with_chunks(*[chunk(b"zTXt", b"parameters\0\0" + swollen)] * 20_000))
    tracemalloc.start()
    try:
        began = time.process_time()
        facts_in(file.getvalue())
        assert time.process_time() - began < 5
        assert tracemalloc.get_traced_memory()[1] < 64_000_000
    finally:
        tracemalloc.stop()


def test_a_picture_kept_by_pillow_still_tells_its_parameters():
    with Image.open(io.BytesIO(embedded(encoded(noise(), "JPEG")))) as image:
        again = encoded(image, "WEBP", exif=image.getexif().tobytes())
    assert facts_in(again).seed == FACTS.seed
