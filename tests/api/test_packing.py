"""Bodies that come compressed, unasked."""

import gzip
import itertools
import random
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from seedream_cli.api.packing import PackedError, is_said_packed, unpacked

BODY = b'{"data": []}' + random.Random(7).randbytes(5000) + bytes(300_000)
FORMS = {"gzip": gzip.compress, "zlib": zlib.compress}
BOMB = gzip.compress(bytes(64 << 20))


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("pack", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
def test_what_is_compressed_is_undone_however_it_is_cut(pack: Callable[[bytes], bytes], size: int) -> None:
    assert b"".join(unpacked(pieces(pack(BODY), size))) == BODY


@pytest.mark.parametrize("begin", [b"{}", b' \n{"data": []}', b"\x89PNG", b"\xff\xd8", b"RIFF", b"<html>"])
@pytest.mark.parametrize("size", [1, 2, 1 << 20])
def test_what_does_not_begin_as_compressed_is_taken_as_it_is(begin: bytes, size: int) -> None:
    assert b"".join(unpacked(pieces(begin + BODY, size))) == begin + BODY


@pytest.mark.parametrize("pack", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("left", [0, 1, 2, 12, 2000, -1])
def test_what_has_no_end_gives_what_it_holds_and_is_said(pack: Callable[[bytes], bytes], left: int) -> None:
    parts: list[bytes] = []
    with pytest.raises(PackedError):
        parts.extend(unpacked([pack(BODY)[:left]]))
    found = b"".join(parts)
    assert BODY.startswith(found)
    assert found or left in (0, 1, 2, 12)


def test_what_is_damaged_is_said() -> None:
    with pytest.raises(PackedError):
        list(unpacked([b"\x1f\x8b" + bytes(60)]))


def test_what_stands_behind_the_end_is_neither_taken_nor_gathered() -> None:
    later = iter([bytes(1 << 20)] * 64)
    body = gzip.compress(b"all") + bytes(64 << 20)
    tracemalloc.start()
    try:
        assert b"".join(unpacked(itertools.chain([body], later))) == b"all"
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 1 << 20
    assert len(list(later)) == 64


def test_what_unfolds_without_measure_comes_in_small_parts() -> None:
    tracemalloc.start()
    try:
        assert max(map(len, unpacked([BOMB]))) <= 64 << 10
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 1 << 20


@pytest.mark.parametrize("coding", ["gzip", " X-GZIP ", "deflate"])
def test_what_is_known_here_is_told_by_its_header(coding: str) -> None:
    assert is_said_packed({"content-encoding": coding})


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "br"}, {"content-encoding": "gzip, gzip"}])
def test_any_other_is_not(headers: dict[str, str]) -> None:
    assert not is_said_packed(headers)
