"""What was paid for and is about to be lost, found fast enough to be looked for by every command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.catalog import URL_LIFETIME_SECONDS
from seedream_cli.drafts import SANDBOX, unix_time
from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.history.journal import Journal

_LOOKED_AT: Final = 2 * 1024 * 1024
"""Bytes at the file's end that are read at most, some thousands of drafts: what is older is left to `pull`."""

_SLACK: Final = 60 * 60.0
"""Seconds by which clocks may differ."""

_AT: Final = re.compile(rb'"at":"([0-9TZ:.+-]{1,40})"')
_RECORD: Final = re.compile(rb'\{"v":1,"id":"([a-z0-9]{10,16})","kind":"(intent|answer|saved|forgotten)".*')


class Expiring(NamedTuple):
    """Pictures that are paid for and not saved.

    Attributes:
        pictures: how many expire soon.
        seconds: until the first of them does.
    """

    pictures: int
    seconds: float


def expiring_within(journal: Journal, seconds: float, *, now: float) -> Expiring | None:
    """Return what expires within so many seconds, among the newest records; None where nothing does."""
    answers: dict[bytes, bytes] = {}
    uninteresting: set[bytes] = set()
    for match in _newest(journal, now - URL_LIFETIME_SECONDS - _SLACK):
        draft_id, kind, line = match[1], match[2], match[0]
        if kind == b"answer":
            answers[draft_id] = line
        elif kind != b"intent" or b'"origin":"%b"' % SANDBOX.encode() in line:
            uninteresting.add(draft_id)
    left = [_seconds_left(line, now) for draft_id, line in answers.items() if draft_id not in uninteresting]
    soon = [remaining for remaining in left if remaining is not None and 0 < remaining <= seconds]
    return Expiring(len(soon), min(soon)) if soon else None


def _newest(journal: Journal, oldest: float) -> Iterator[re.Match[bytes]]:
    """Yield the records at the file's end, a chunk at a time, as far back as URLs may still live."""
    looked_at = 0
    with journal.reading() as reading:
        for chunk in reading.chunks_backward():
            found = list(_RECORD.finditer(chunk.data))
            yield from found
            looked_at += len(chunk.data)
            if looked_at > _LOOKED_AT or (found and _is_older(found[0][0], oldest)):
                return


def _is_older(line: bytes, moment: float) -> bool:
    at = _AT.search(line)
    return at is not None and (unix_time(at[1].decode()) or moment) < moment


def _seconds_left(line: bytes, now: float) -> float | None:
    record = records.readable(line)
    moment = None if record is None else unix_time(records.end_of(record.fields) or "")
    return None if moment is None else moment - now
