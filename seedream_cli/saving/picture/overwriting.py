"""Taking secrets out of a picture: what a service wrote beside the pixels of its file must not travel with it.

Each byte of a secret becomes an `x`, so that nothing in the file moves; only a PNG's checksums have to be set right.
"""

from __future__ import annotations

import zlib
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.saving.picture.check import inspect
from seedream_cli.saving.picture.info import NotAPictureError
from seedream_cli.saving.picture.png_chunks import SIGNATURE, crc_bytes, read_chunk_start
from seedream_cli.saving.picture.source import PIECE, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    Places = list[tuple[int, bytes]]


_MOST: Final = 10_000
"""Places that are overwritten; both the picture and what is looked for come from the service."""


def overwrite(stream: BinaryIO, secrets: Collection[bytes]) -> bool:
    """Overwrite secrets wherever they stand in a picture's bytes; return whether there were any.

    A picture that would not be whole without them, or holds thousands (they are its pixels), stays as it is.

    Args:
        stream: a whole picture, seekable, open for reading and writing, left at an undefined position.
        secrets: as they may stand there, none of them empty.

    Raises:
        OSError: of the stream.
    """
    places = list(islice(_places(stream, secrets), _MOST + 1))
    if not 0 < len(places) <= _MOST:
        return False
    try:
        _change(stream, [(place, b"x" * len(secret)) for place, secret in places])
        inspect(stream)
    except NotAPictureError:
        _change(stream, places)
        return False
    return True


def _places(stream: BinaryIO, secrets: Collection[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield where secrets stand, and which."""
    import stringzilla

    overlap = max(map(len, secrets), default=1) - 1
    stream.seek(0)
    offset, data = 0, stream.read(PIECE)
    while data:
        for secret in secrets:
            at = -1
            while (at := stringzilla.find(data, secret, at + 1)) >= 0:
                yield offset + at, secret
        # One that begins at the end of this piece is found in the next.
        rest = data[max(len(data) - overlap, 0) :] if overlap else b""
        offset += len(data) - len(rest)
        more = stream.read(PIECE)
        data = rest + more if more else b""


def _change(stream: BinaryIO, changes: Places) -> None:
    _write(stream, changes)
    _write(stream, list(_checksums(stream)))


def _checksums(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield which checksums of a PNG are no longer right, where they stand, and what they have to be."""
    source = Source(stream)
    if source.peek(len(SIGNATURE)) != SIGNATURE:
        return
    source.exactly(len(SIGNATURE))
    kind = b""
    while kind != b"IEND":
        length, kind = read_chunk_start(source)
        crc = zlib.crc32(kind)
        for piece in source.pieces(length):
            crc = zlib.crc32(piece, crc)
        place = source.position
        if source.exactly(4) != crc_bytes(crc):
            yield place, crc_bytes(crc)


def _write(stream: BinaryIO, changes: Places) -> None:
    for place, data in changes:
        stream.seek(place)
        stream.write(data)
