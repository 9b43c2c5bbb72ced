"""Where the intents of drafts stand, so that no outcome comes into a file without what was asked for.

The file may be removed, moved away or replaced while requests are in flight: what is recorded then begins a new one,
and records without an intent are no draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history.reading import Reading


class Intents:
    """Writes intents, and knows where they stand; to be used under the lock of the file alone."""

    def __init__(self) -> None:
        self._offsets: dict[str, int] = {}

    def lines(self, reading: Reading, drafts: Sequence[Draft]) -> bytes:
        """Return what says that drafts are asked for, as lines that are to be added to a file at once."""
        offset = reading.size
        made: list[bytes] = []
        for draft in drafts:
            made.append(records.intent(draft))
            self._offsets[draft.id] = offset
            offset += len(made[-1])
        return b"".join(made)

    def missing(self, reading: Reading, drafts: Sequence[Draft], at: str) -> bytes:
        """Return as lines what a file lacks of drafts that it knows nothing of: their intents, and where pictures are.

        A file that was only rewritten holds them elsewhere; drafts that were forgotten stay so.

        Args:
            reading: of the file.
            drafts: before what is about to be recorded of them.
            at: the time now, ISO 8601 UTC.
        """
        lacking = [
            draft for draft in {draft.id: draft for draft in drafts}.values() if not self._stands(reading, draft)
        ]
        answers = (records.answer_of(draft).encode(at, late=False) for draft in lacking if draft.expires is not None)
        return self.lines(reading, lacking) + b"".join(answers)

    def _stands(self, reading: Reading, draft: Draft) -> bool:
        offset = self._offsets.get(draft.id)
        start = records.intent_start(draft.id)
        # Where an earlier crash left half a line, a line feed stands before it.
        if offset is not None and start in reading.at(offset, len(start) + 1):
            return True
        found = _found(reading, draft.id)
        if found is not None:
            self._offsets[draft.id] = found
        return found is not None


def _found(reading: Reading, draft_id: str) -> int | None:
    """Return where a file says what was asked for, or that it is forgotten; looked for from the end."""
    for chunk in reading.chunks_backward():
        for begin, line in chunk.lines_with(draft_id.encode()):
            record = records.readable(line)
            if record is not None and record.id == draft_id and record.kind in records.STANDING:
                return chunk.offset + begin
    return None
