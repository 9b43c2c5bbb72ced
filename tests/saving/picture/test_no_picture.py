"""What is no picture is refused, with a reason in our own words, whatever it pretends to be."""

import contextlib
import io

import pytest
from handmade import embedded, encoded, facts_in, noise, refused, told
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pictures import HTML, SVG, png

from seedream_cli.saving.picture import NotAPictureError, embed, inspect

GIF = encoded(noise("L"), "GIF")
PICTURES = {
    "png": embedded(png(9, 7)),
    "jpeg": embedded(encoded(noise(), "JPEG")),
    "webp": embedded(encoded(noise(), "WEBP")),
}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (HTML, "a web page, not a picture"),
        (b"\xef\xbb\xbf \r\n\t<HTML>", "a web page, not a picture"),
        (SVG, "an SVG drawing, not a PNG, JPEG or WebP"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML document, not a picture"),
        (b'{"error": {"message": "expired"}}', "a text, not a picture"),
        (GIF, "a GIF, not a PNG, JPEG or WebP"),
        (encoded(noise(), "BMP"), "not a PNG, JPEG or WebP"),
        (encoded(noise(), "TIFF"), "not a PNG, JPEG or WebP"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "not a PNG, JPEG or WebP"),
        (bytes(100), "not a PNG, JPEG or WebP"),
        (b"\x1b]0;owned\x07\x1b[2J", "not a PNG, JPEG or WebP"),
    ],
)
def test_other_files_are_named_or_just_refused(data, reason):
    assert refused(data) == reason


@pytest.mark.parametrize("start", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0", b"RIFF\xff\0\0\0WEBP"])
@pytest.mark.parametrize("rest", [HTML, SVG, GIF, b"", bytes(1000), b"\xff" * 1000])
def test_a_right_beginning_alone_makes_no_picture(start, rest):
    refused(start + rest)


@pytest.mark.parametrize("before", [HTML, SVG, GIF, b"\n", b"\0", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_behind_something_else_is_none(before, kind):
    refused(before + PICTURES[kind])


@pytest.mark.parametrize("after", [HTML, SVG, GIF, b"PK\x03\x04"])
@pytest.mark.parametrize("kind", PICTURES)
def test_something_else_behind_a_picture_does_not_change_what_it_is(after, kind):
    assert told(PICTURES[kind] + after) == told(PICTURES[kind])


def test_a_png_with_the_line_ends_of_a_text_transfer_is_refused():
    data = png(20, 20)
    refused(data.replace(b"\r\n", b"\n"))
    refused(data.replace(b"\n", b"\r\n"))


changes = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "insert", "repeat"]),
        st.integers(0, 2**16),
        st.binary(min_size=1, max_size=9),
    ),
    min_size=1,
    max_size=6,
)


def mutated(data, steps):
    for action, place, piece in steps:
        at = place % (len(data) + 1)
        if action == "set":
            data = data[:at] + piece + data[at + len(piece) :]
        elif action == "cut":
            data = data[:at] + data[at + len(piece) :]
        elif action == "insert":
            data = data[:at] + piece + data[at:]
        else:
            data = data[:at] + data[max(0, at - 64 * len(piece)) :]
    return data


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(kind=st.sampled_from(sorted(PICTURES)), steps=changes)
def test_whatever_is_done_to_a_picture_it_is_checked_marked_and_read_without_a_surprise(kind, steps):
    data = mutated(PICTURES[kind], steps)
    facts_in(data)
    with contextlib.suppress(NotAPictureError):
        embedded(data)
    with contextlib.suppress(NotAPictureError):
        embed(io.BytesIO(data), io.BytesIO(), told(PICTURES[kind]), facts_in(PICTURES[kind]))


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(start=st.sampled_from([data[:12] for data in PICTURES.values()] + [b""]), rest=st.binary(max_size=300))
def test_any_bytes_at_all_are_refused_or_taken_and_nothing_else(start, rest):
    facts_in(start + rest)
    with contextlib.suppress(NotAPictureError):
        inspect(io.BytesIO(start + rest))


def test_faults_of_the_disk_are_not_hidden():
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        inspect(Broken(png(4, 4)))
