"""What made a picture is written into it without a change to its pixels, and is read back as it was."""

import io
import json
import re
import zlib
from dataclasses import asdict, replace

import pytest
from handmade import FACTS, decoded, embedded, encoded, facts_in, noise, told
from PIL import Image
from support.pictures import chunk, png

from seedream_cli.saving.picture import NotAPictureError, PictureFacts, embed

PICTURES = {
    "png": encoded(noise(), "PNG"),
    "png palette": encoded(noise().convert("P"), "PNG"),
    "png grey alpha": encoded(noise("LA"), "PNG"),
    "jpeg": encoded(noise(), "JPEG"),
    "jpeg progressive": encoded(noise(), "JPEG", progressive=True),
    "jpeg grey": encoded(noise("L"), "JPEG"),
    "jpeg cmyk": encoded(noise("CMYK"), "JPEG"),
    "webp lossy": encoded(noise(), "WEBP"),
    "webp lossless": encoded(noise(), "WEBP", lossless=True),
    "webp lossless alpha": encoded(noise("RGBA"), "WEBP", lossless=True),
    "webp lossy alpha": encoded(noise("RGBA"), "WEBP"),
    "webp odd": encoded(noise(size=(31, 17)), "WEBP", lossless=True),
}
MARK = b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PROMPTS = {
    "CJK": "水墨画の山、夜明け、柔らかな霧",
    "emoji": "👩‍👩‍👧‍👦 on a 🏔️",
    "right to left": "جبل \u202eabc\u202c عند الفجر",
    "lines": "first\nsecond\r\nthird\n\n",
    "markup": "<b>&amp; \"quoted\" 'single' ]]> </rdf:RDF> </seedream:draft> \\ {}",
    "control characters": "".join(map(chr, range(0x20))) + "\x7f\x80\x9f\x1b[31m",
    "NUL": "a\0b",
    "lone surrogates": "a\ud800b\udfffc\udcff",
    "not characters": "\ufffe\uffff\U0001ffff\ufeff",
    "empty": "",
    "spaces": "  kept  ",
    "form of parameters": "x\nNegative prompt: y\nSteps: 20, Sampler: Euler, Seed: 1, Size: 2x2, Model: z",
    "10,000 characters": "long prompt " * 833 + "last",
    "10,000 emoji": "😀" * 10_000,
    "10,000 control characters": "\x01" * 10_000,
    "10,000 lone surrogates": "\udc80" * 10_000,
}


@pytest.fixture(params=PICTURES)
def picture(request):
    return PICTURES[request.param]


def test_the_facts_come_back(picture):
    assert facts_in(embedded(picture)) == FACTS


def test_no_pixel_changes_and_the_file_stays_whole(picture):
    marked = embedded(picture)
    assert decoded(marked) == decoded(picture)
    before, after = told(picture), told(marked)
    assert (after.format, after.width, after.height) == (before.format, before.width, before.height)


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp lossy", "webp lossless alpha"])
def test_every_prompt_comes_back_as_it_was(kind, prompt):
    facts = replace(FACTS, prompt=PROMPTS[prompt], negative_prompt=PROMPTS[prompt][:500])
    marked = embedded(PICTURES[kind], facts)
    assert facts_in(marked) == facts
    assert decoded(marked) == decoded(PICTURES[kind])
    told(marked)


def test_what_is_not_known_stays_unknown(picture):
    facts = PictureFacts("only a prompt")
    assert facts_in(embedded(picture, facts)) == facts


def test_embedding_again_replaces_what_was_there_and_leaves_nothing_behind(picture):
    other = replace(FACTS, prompt="another", negative_prompt=None, seed=6, id="zzz999zzz9")
    again = embedded(embedded(picture), other)
    assert again == embedded(picture, other)
    assert FACTS.id.encode() not in again


def test_the_mark_of_a_model_is_written_once_and_not_for_a_stand_in(picture):
    assert embedded(picture).count(MARK) == 1
    assert embedded(embedded(picture)).count(MARK) == 1
    assert MARK not in embedded(picture, made_by_model=False)
    assert MARK not in embedded(embedded(picture), made_by_model=False)
    assert facts_in(embedded(picture, made_by_model=False)) == FACTS


def test_nothing_but_the_facts_is_written():
    marked = embedded(png(4, 4))
    start = marked.index(b"iTXtseedream\0") + len(b"iTXtseedream\0\0\0\0\0")
    fields = json.loads(marked[start : marked.index(b"}", start) + 1])
    assert fields == {"v": 1, **asdict(FACTS)}
    assert set(fields) == {"v", "id", "model", "prompt", "negative_prompt", "size", "seed", "created"}


def test_bytes_behind_the_picture_are_kept(picture):
    assert embedded(picture + b"trailing bytes") == embedded(picture) + b"trailing bytes"


def test_the_copy_is_written_from_where_the_target_stands(picture):
    target = io.BytesIO()
    target.write(b"before")
    assert embed(io.BytesIO(picture), target, told(picture), FACTS) is True
    assert target.getvalue() == b"before" + embedded(picture)
    assert not target.closed


def test_a_source_that_ends_early_is_refused(picture):
    # A JPEG's scan is copied up to the end of the file without being looked at again.
    for length in range(0, picture.find(b"\xff\xda") if picture.startswith(b"\xff\xd8") else len(picture), 7):
        with pytest.raises(NotAPictureError):
            embed(io.BytesIO(picture[:length]), io.BytesIO(), told(picture), FACTS)


def test_a_jpeg_that_ends_before_its_pixels_is_refused():
    with pytest.raises(NotAPictureError):
        embed(io.BytesIO(b"\xff\xd8\xff\xd9"), io.BytesIO(), told(PICTURES["jpeg"]), FACTS)


def with_manifest(data):
    kind = told(data).format
    if kind == "png":
        return data[:33] + chunk(b"caBX", b"\0\0\0\x08jumb") + data[33:]
    if kind == "jpeg":
        return data[:2] + b"\xff\xeb\0\x14JP\0\1\0\0\0\1jumbc2pa\0\0" + data[2:]
    body = data[8:] + b"C2PA\4\0\0\0jumb"
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def test_a_picture_with_a_manifest_of_provenance_is_left_as_it_came(picture):
    signed = with_manifest(picture)
    target = io.BytesIO()
    assert embed(io.BytesIO(signed), target, told(signed), FACTS) is False
    assert target.getvalue() == signed


FOREIGN_XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="elsewhere"/></rdf:RDF></x:xmpmeta>'
    b'<?xpacket end="w"?>'
)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_packet_of_another_program_is_added_to_and_its_own_mark_stays_the_only_one(kind):
    marked = embedded(carrying_xmp(kind, FOREIGN_XMP))
    assert facts_in(marked) == FACTS
    assert marked.count(b"<x:xmpmeta") == 1
    assert b'dc:source="elsewhere"' in marked
    assert marked.count(MARK) == 1
    assert embedded(marked) == marked

    theirs = FOREIGN_XMP.replace(b"dc:source", b"Iptc4xmpExt:DigitalSourceType")
    kept = embedded(carrying_xmp(kind, theirs))
    assert facts_in(kept) == FACTS
    assert MARK not in kept


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("packet", [b"no packet at all", b"\xff\xfe\0bad", b"<rdf:RDF/>"])
def test_a_packet_that_cannot_be_added_to_is_left_alone(kind, packet):
    marked = embedded(carrying_xmp(kind, packet))
    assert packet in marked
    assert facts_in(marked).prompt == FACTS.prompt


def carrying_xmp(kind, packet):
    if kind == "PNG":
        plain = PICTURES["png"]
        return plain[:33] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet) + plain[33:]
    return encoded(noise(), kind, xmp=packet)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_exif_of_another_program_is_kept(kind):
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    marked = embedded(encoded(noise(), kind, exif=exif.tobytes()))
    with Image.open(io.BytesIO(marked)) as image:
        assert dict(image.getexif()) == {0x010F: "A camera"}
    assert facts_in(marked) == FACTS


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_colour_profile_and_its_like_are_kept(kind):
    profile = b"profile" * 99
    marked = embedded(encoded(noise(), kind, icc_profile=profile, dpi=(300, 300)))
    with Image.open(io.BytesIO(marked)) as image:
        assert image.info["icc_profile"] == profile


def test_a_jpeg_keeps_its_own_first_segment_first():
    marked = embedded(PICTURES["jpeg"])
    assert re.match(rb"\xff\xd8\xff\xe0\0\x10JFIF.{10}\xff\xe1..Exif\0\0", marked, re.DOTALL)


def test_exif_of_another_program_stays_before_our_packet():
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    marked = embedded(encoded(noise(), "JPEG", exif=exif.tobytes()))
    assert marked.index(b"Exif\0\0") < marked.index(b"http://ns.adobe.com/xap/1.0/\0")


@pytest.mark.parametrize("kind", ["webp lossy", "webp lossless", "webp lossless alpha", "webp lossy alpha"])
def test_the_header_of_a_webp_tells_alpha_exif_and_xmp(kind):
    flags = embedded(PICTURES[kind])[20]
    assert flags == (0x1C if kind.endswith("alpha") else 0x0C)


def test_in_a_jpeg_what_does_not_fit_is_left_out_whole_and_that_is_told():
    facts = replace(FACTS, prompt="😀" * 20_000)
    target = io.BytesIO()
    plain = PICTURES["jpeg"]
    assert embed(io.BytesIO(plain), target, told(plain), facts) is False
    marked = target.getvalue()
    assert MARK in marked
    assert facts_in(marked) is None
    assert decoded(marked) == decoded(plain)
    assert FACTS.id.encode() not in embedded(embedded(plain), facts)
    assert len(embedded(plain, facts, made_by_model=False)) == len(plain)


def test_other_texts_of_a_png_stay_and_ours_are_there_once():
    plain = PICTURES["png"]
    texts = [b"Comment\0kept", b"parameters\0old", b"seedream\0old"]
    before = b"".join(chunk(b"tEXt", text) for text in texts)
    marked = embedded(plain[:33] + before + plain[33:-12] + before + plain[-12:])
    assert marked.count(b"Comment\0kept") == 2
    assert marked.count(b"parameters\0") == marked.count(b"seedream\0") == 1


def test_pillow_shows_the_parameters_of_a_png():
    with Image.open(io.BytesIO(embedded(PICTURES["png"]))) as image:
        assert image.info["parameters"] == (
            "An ink-wash mountain at dawn, soft mist\n"
            "Negative prompt: blur, text\n"
            "Steps: 0, Sampler: unknown, Seed: 5, Size: 1024x1024, Model: seedream-v5lite"
        )


@pytest.mark.parametrize("kind", ["jpeg", "webp lossy", "webp lossless"])
def test_pillow_shows_the_parameters_of_the_others_as_the_web_ui_writes_them(kind):
    with Image.open(io.BytesIO(embedded(PICTURES[kind]))) as image:
        comment = image.getexif().get_ifd(0x8769)[0x9286]
    assert comment.startswith(b"UNICODE\0")
    assert comment[8:].decode("utf-16-be").endswith("Seed: 5, Size: 1024x1024, Model: seedream-v5lite")


def test_hundreds_of_squeezed_packets_do_not_make_a_large_copy():
    packet = zlib.compress(b" " * 900_000 + b"</rdf:RDF>")
    hostile = chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packet) * 500
    plain = PICTURES["png"]
    data = plain[:33] + hostile + plain[33:]
    assert len(embedded(data)) < len(data) + 1_000_000


def test_hundreds_of_our_own_segments_do_not_make_a_large_copy():
    long = replace(FACTS, prompt="long prompt " * 500)
    for kind, head in (("jpeg", 20), ("webp lossless alpha", 30)):
        marked = embedded(PICTURES[kind], FACTS)
        once = len(embedded(marked, long)) - len(marked)
        again = repeated(marked, head)
        assert len(embedded(again, long)) - len(again) == once


def repeated(data, head):
    """The picture with its EXIF there 300 times."""
    if data.startswith(b"\xff\xd8"):
        end = head + 2 + int.from_bytes(data[head + 2 : head + 4], "big")
        return data[:head] + data[head:end] * 300 + data[end:]
    start = data.index(b"EXIF")
    end = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
    body = data[8:start] + data[start : end + end % 2] * 300 + data[end + end % 2 :]
    return b"RIFF" + len(body).to_bytes(4, "little") + body
