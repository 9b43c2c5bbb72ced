"""Putting drafts that were taken in where their times say, among those that are there: place and time agree again.

Whoever wants the newest reads the file from its end, and `last` is what stands there: a draft of last year must not,
since `rerun last` is billed. The lines of drafts that this machine drew stay in the order in which they were written,
whatever its clock did meanwhile.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import unix_time
from seedream_cli.history import records
from seedream_cli.history.reading import LONGEST_LINE, pieces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    from seedream_cli.history.reading import Reading
    from seedream_cli.history.records import Record

_INTENT: Final = re.compile(rb'\t?\{"v":1,"id":"([a-z0-9]{10,16})","kind":"intent","at":"([^"\\]{1,40})"')
_OFFSET_BITS: Final = 48
_AT_THE_END: Final = 1 << 100
"""Rank of lines that come behind all others; above any time that there is."""


def is_out_of_order(reading: Reading, ids: Collection[str]) -> bool:
    """Whether drafts that were added at the end are older than what stands before them.

    Args:
        reading: of the history.
        ids: of the drafts.
    """
    left, earliest = set(ids), math.inf
    for _, line in reading.lines_backward():
        asked = _asked(line)
        if asked is None:
            continue
        draft_id, moment = asked
        if moment > earliest:
            return True
        if draft_id in ids:
            left.discard(draft_id)
            earliest = min(earliest, moment)
        elif not left:
            return False
    return False


def in_order(file: BinaryIO, ids: Collection[str]) -> Iterator[bytes]:
    """Yield the lines of a history, those of some drafts where their times say.

    Of each of these drafts one intent stays: the first of those that know most.

    Args:
        file: to be read from its beginning.
        ids: of the drafts.
    """
    ranks = _ranks(file, ids)
    ranks.sort(reverse=True)
    file.seek(0)
    ends = True
    for piece in pieces(file):
        begins, ends = ends, piece.endswith(b"\n")
        if begins and ends and _record_of(piece, ids) is not None:
            continue
        asked = _asked(piece) if begins and ranks and ranks[-1] < _AT_THE_END else None
        if asked is not None:
            behind = file.tell()
            yield from _lines(file, ranks, _rank(asked[1], 0))
            file.seek(behind)
        yield piece
    if not ends:
        yield b"\n"
    yield from _lines(file, ranks, _AT_THE_END * 2)


def _ranks(file: BinaryIO, ids: Collection[str]) -> list[int]:
    """Return where the lines of some drafts stand, as numbers whose order is that in which they are to stand.

    What the command that drew wrote comes with its intent. Marks, and whatever stands before its intent, come at the
    end, in the order in which they were written.
    """
    intents: dict[str, int] = {}
    knowledge: dict[str, int] = {}
    rest: list[int] = []
    offset = 0
    ends = True
    for piece in pieces(file):
        begins, ends = ends, piece.endswith(b"\n")
        record = _record_of(piece, ids) if begins and ends else None
        if record is None:
            pass
        elif record.kind == "intent":
            if record.id not in intents:
                intents[record.id] = _rank(unix_time(record.at) or 0.0, offset)
                knowledge[record.id] = records.knowledge(record)
            elif knowledge[record.id] < records.knowledge(record):
                knowledge[record.id] = records.knowledge(record)
                intents[record.id] = intents[record.id] >> _OFFSET_BITS << _OFFSET_BITS | offset
        elif records.is_late(piece) or record.kind in records.MARKS or record.id not in intents:
            rest.append(_AT_THE_END | offset)
        else:
            rest.append((intents[record.id] >> _OFFSET_BITS | 1) << _OFFSET_BITS | offset)
        offset += len(piece)
    rest += intents.values()
    return rest


def _rank(moment: float, offset: int) -> int:
    """Return the rank of an intent; what else was written of the drafts of that second is one bit behind it."""
    return int(moment) << _OFFSET_BITS + 1 | offset


def _lines(file: BinaryIO, ranks: list[int], limit: int) -> Iterator[bytes]:
    """Yield the lines whose ranks are below a limit, the lowest first, and take these off the end of the ranks."""
    while ranks and ranks[-1] < limit:
        rank = ranks.pop()
        file.seek(rank & ((1 << _OFFSET_BITS) - 1))
        line = file.readline(LONGEST_LINE)
        yield line if rank < _AT_THE_END or records.is_late(line) else records.LATE + line


def _record_of(line: bytes, ids: Collection[str]) -> Record | None:
    record = records.readable(line) if records.id_of(line) in ids else None
    return None if record is None or record.kind == "forgotten" else record


def _asked(line: bytes) -> tuple[str, float] | None:
    """Return the id of a draft and when it was asked for, Unix time in seconds; None where a line is no intent."""
    ours = _INTENT.match(line)
    if ours is not None:
        return ours[1].decode(), unix_time(ours[2].decode(errors="replace")) or 0.0
    record = records.readable(line) if b'"intent"' in line else None
    return (record.id, unix_time(record.at) or 0.0) if record is not None and record.kind == "intent" else None
