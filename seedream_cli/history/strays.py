"""Records that stand before their draft's intent, as they do where its intent was written twice.

They are looked for only where those that were met are not all that the command that draws writes. Many drafts can be
like that, so each part of the file is looked through once for all whose intents stand in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import FREE
from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.history.reading import Reading
    from seedream_cli.history.records import Record

_LOOKED_BACK: Final = 1024 * 1024
"""Bytes before an intent in which its draft's records are looked for."""


class Strays:
    """What stands before intents that are met from the end of a file to its beginning.

    Args:
        reading: the file.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._begin = self._end = 0
        self._first: dict[bytes, int] = {}
        """Where ids stand first between begin and end."""

    def of(self, offset: int, met: Sequence[Record]) -> Sequence[Record]:
        """Return records of a draft that stand before its intent.

        Args:
            offset: at which the intent begins.
            met: the intent and the records behind it.
        """
        kinds = {record.kind for record in met}
        if kinds & FREE or kinds >= {"answer", "saved"} or not self._may_be_before(offset, met[0].id):
            return ()
        before = map(records.readable, self._reading.lines_before(offset, met[0].id.encode(), _LOOKED_BACK))
        return [record for record in before if record is not None and record.id == met[0].id]

    def _may_be_before(self, offset: int, draft_id: str) -> bool:
        if not (offset <= self._end and (self._begin == 0 or self._begin <= offset - _LOOKED_BACK)):
            self._begin, self._end = max(0, offset - 2 * _LOOKED_BACK), offset
            data = self._reading.at(self._begin, self._end - self._begin)
            found = [(match[1], self._begin + match.start()) for match in records.IDS.finditer(data)]
            self._first = dict(reversed(found))
        return self._first.get(draft_id.encode(), offset) < offset
