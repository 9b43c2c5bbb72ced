"""Writing down what becomes of drafts while money is being spent: what cannot be written is told, and work goes on."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from seedream_cli.drafts import DraftError
from seedream_cli.errors import APIError, LocalFileError
from seedream_cli.files import durable
from seedream_cli.pipeline.events import Outcome, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedream_cli.drafts import Draft
    from seedream_cli.errors import SeedreamError
    from seedream_cli.history import History
    from seedream_cli.history.records import Entry
    from seedream_cli.pipeline.events import Event


class Recorder:
    """Records outcomes and tells them; safe to use from many threads.

    Args:
        history: the ledger.
        tell: takes what happened.
        late: whether another command drew the drafts.
    """

    def __init__(self, history: History, tell: Callable[[Event], None], *, late: bool) -> None:
        self._history = history
        self._tell = tell
        self._late = late
        self._unwritten: dict[str, Entry] = {}

    def end(self, entries: list[Entry], error: SeedreamError) -> None:
        """Record and tell outcomes for which there is a reason and no picture."""
        for draft in self.note(entries):
            self._tell(Outcome(draft, error=error))

    def note(self, entries: list[Entry]) -> list[Draft]:
        """Record, and return the drafts as that leaves them."""
        if not entries:
            return []
        # An answer that could not be written is written with what comes next of its draft.
        answers = [self._unwritten[entry.draft.id] for entry in entries if entry.draft.id in self._unwritten]
        try:
            noted = self._history.record([*answers, *entries], late=self._late, paid=True)
        except LocalFileError as error:
            self._tell(Trouble(error))
            self._unwritten.update({entry.draft.id: entry for entry in entries if entry.kind == "answer"})
            return [self._unrecorded(entry) for entry in entries]
        for entry in answers:
            self._unwritten.pop(entry.draft.id, None)
        return noted[len(answers) :]

    def keep(self, draft: Draft, data: bytes) -> str | None:
        """Keep bytes of an answer beside the history and return their path, or None where that failed."""
        path = self._history.kept_path(draft.id)
        try:
            durable.make_private_folder(path.parent)
            durable.write_private_file(path, data)
        except OSError as error:
            self._tell(Trouble(LocalFileError(f"an answer cannot be kept in {path.parent}: {error.strerror}")))
            return None
        return os.path.abspath(path)

    def trusted(self, draft: Draft) -> Draft:
        """Return the draft without a kept file that is not ours: a history may come from anywhere."""
        ours = os.path.abspath(self._history.kept_path(draft.id))
        return draft if draft.kept in {None, ours} else replace(draft, kept=None)

    def _unrecorded(self, entry: Entry) -> Draft:
        """Return a draft as an entry that could not be written leaves it: without its URL, nothing can be fetched."""
        draft = entry.outcome()
        is_lost = entry.kind == "unsaved" and draft.id in self._unwritten
        return replace(draft, status="unknown") if is_lost else draft


def said(error: SeedreamError) -> DraftError:
    """Return an error as the history keeps it."""
    if isinstance(error, APIError):
        return DraftError(error.status, error.code, error.message)
    return DraftError(None, None, error.message)
