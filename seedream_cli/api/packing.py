"""Undoing a compression that was not asked for: in steps, so that a bomb does not unfold."""

from __future__ import annotations

import itertools
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

_STEP: Final = 1024
_MOST_AT_ONCE: Final = 64 * 1024
_CODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER_FORM: Final = zlib.MAX_WBITS | 32
"""Of gzip and zlib, whichever the first two bytes say."""


class PackedError(ValueError):
    """A compressed body that is damaged or has no end."""


def is_said_packed(headers: Mapping[str, str]) -> bool:
    """Whether an answer says that it is compressed in a way known here; any other is taken as it is."""
    return headers.get("content-encoding", "").strip().lower() in _CODINGS


def unpacked(blocks: Iterable[bytes]) -> Generator[bytes]:
    """Yield what a compressed body holds, at most 64 KB at once; one that does not even begin as such as it is.

    What follows its end is not read.

    Args:
        blocks: of the body.

    Raises:
        PackedError: where it is damaged or has no end, once all that can be read has been.
    """
    blocks = iter(blocks)
    begin = b""
    for block in blocks:
        begin += block
        if len(begin) > 1:
            break
    together = itertools.chain((begin,), blocks)
    if not _begins_packed(begin):
        yield from together
        return
    inflater = zlib.decompressobj(_EITHER_FORM)
    try:
        for block in together:
            for at in range(0, len(block), _STEP):
                rest = block[at : at + _STEP]
                while rest and not inflater.eof:
                    yield inflater.decompress(rest, _MOST_AT_ONCE)
                    rest = inflater.unconsumed_tail
                if inflater.eof:
                    return
    except zlib.error:
        raise PackedError from None
    raise PackedError


def _begins_packed(begin: bytes) -> bool:
    try:
        zlib.decompressobj(_EITHER_FORM).decompress(begin[:2])
    except zlib.error:
        return False
    return True
