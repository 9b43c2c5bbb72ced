"""Writing down what becomes of drafts while money is being spent: what cannot be written is told, and work goes on."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seedream_cli.drafts import DraftError
from seedream_cli.errors import APIError, LocalFileError, UnrecordedError
from seedream_cli.files import durable
from seedream_cli.pipeline.events import Outcome, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seedream_cli.drafts import Draft
    from seedream_cli.errors import SeedreamError
    from seedream_cli.history import History
    from seedream_cli.history.records import Entry
    from seedream_cli.pipeline.events import Event


class _Unwritten(NamedTuple):
    """A record that is not on the disk yet, and how to tell what it says; None where that is told later."""

    entry: Entry
    ending: Callable[[Draft], Outcome] | None


class Recorder:
    """Records outcomes and tells them; safe to use from many threads.

    What cannot be written is written with whatever comes next, and told then; once the run ends, as the history has it.

    Args:
        history: the ledger.
        tell: takes what happened.
        late: whether another command drew the drafts.
    """

    def __init__(self, history: History, tell: Callable[[Event], None], *, late: bool) -> None:
        self._history = history
        self._tell = tell
        self._late = late
        self._lock = threading.Lock()
        self._unwritten: list[_Unwritten] = []

    def end(self, entries: list[Entry], error: SeedreamError) -> None:
        """Record and tell outcomes for which there is a reason and no picture."""
        self._record([_Unwritten(entry, lambda draft: Outcome(draft, error=error)) for entry in entries])

    def saved(self, entry: Entry, path: str, notices: tuple[str, ...], *, first: Sequence[Entry] = ()) -> bool:
        """Record and tell that a picture lies at a path; return whether that is on the disk.

        Args:
            first: entries that are recorded with it.
        """
        told = _Unwritten(entry, lambda draft: Outcome(draft, path, notices=notices))
        return self._record([*(_Unwritten(each, None) for each in first), told])

    def note(self, entries: list[Entry]) -> list[Draft]:
        """Record, and return the drafts as that leaves them; what becomes of them is told later."""
        self._record([_Unwritten(entry, None) for entry in entries])
        return [entry.outcome() for entry in entries]

    def finish(self) -> None:
        """Write, once all is over, what could not be written before; tell what still cannot as the history has it."""
        with self._lock:
            if self._write(self._unwritten) is None:
                self._unwritten = []
            for entry, ending in self._unwritten:
                if ending is not None:
                    self._tell(self._unrecorded(entry, ending(entry.outcome())))

    def as_recorded(self, draft: Draft) -> Draft:
        """Return a draft that was answered as the history has it: without its URL, nothing can be fetched."""
        unwritten = {(entry.draft.id, entry.kind) for entry, _ in self._unwritten}
        return replace(draft, status="unknown" if (draft.id, "answer") in unwritten else "pending")

    def keep_answer(self, draft: Draft, raw: bytes) -> str | None:
        """Keep the answer to a draft's request; return its path, or None where that failed or there is none."""
        if not raw:
            return None
        path = self._history.answer_path(draft)
        try:
            return _keep(path, raw)
        except OSError as error:
            self._tell(Trouble(LocalFileError(f"an answer cannot be kept in {path.parent}: {error.strerror}")))
            return None

    def keep_picture(self, draft: Draft, data: bytes) -> str | None:
        """Keep a draft's picture that came inside an answer; return its path, or None where that failed."""
        try:
            return _keep(self._history.picture_path(draft), data)
        except OSError:
            return None

    def trusted(self, draft: Draft) -> Draft:
        """Return the draft with the file that is kept of it beside this history, or none, whatever its record names.

        A history may come from anywhere, and be reached by another path than the one that was recorded.
        """
        if draft.kept is None:
            return draft
        ours = os.path.abspath(self._history.picture_path(draft))
        return replace(draft, kept=ours if os.path.isfile(ours) else None)

    def _record(self, more: list[_Unwritten]) -> bool:
        """Return whether it is written, and what could not be before."""
        with self._lock:
            if self._unwritten:
                self._unwritten += more
                if self._write(self._unwritten) is None:
                    self._unwritten = []
                return not self._unwritten
        # Without the lock: threads that write at the same moment share one write.
        error = self._write(more)
        if error is None:
            return True
        with self._lock:
            if not self._unwritten:  # what goes on being so is told once
                self._tell(Trouble(error))
            self._unwritten += more
        return False

    def _write(self, waiting: list[_Unwritten]) -> LocalFileError | None:
        """Write records and tell what they say; return why they cannot be written."""
        if not waiting:
            return None
        try:
            noted = self._history.record([entry for entry, _ in waiting], late=self._late, paid=True)
        except LocalFileError as error:
            return error
        for draft, (_, ending) in zip(noted, waiting, strict=True):
            if ending is not None:
                self._tell(ending(draft))
        return None

    def _unrecorded(self, entry: Entry, outcome: Outcome) -> Outcome:
        """Return an outcome that could not be recorded as the history has it."""
        if entry.kind == "unsaved":
            return replace(outcome, draft=self.as_recorded(outcome.draft))
        if entry.kind != "saved":
            return outcome
        error = UnrecordedError("the picture is saved, but the history, which cannot be written, does not know")
        told = DraftError(None, "unrecorded", error.message)
        draft = replace(self.as_recorded(outcome.draft), error=told)
        return replace(outcome, draft=draft, error=error)


def _keep(path: Path, data: bytes) -> str:
    durable.make_private_folder(path.parent)
    durable.write_private_file(path, data)
    return os.path.abspath(path)


def said(error: SeedreamError) -> DraftError:
    """Return an error as the history keeps it."""
    if isinstance(error, APIError):
        return DraftError(error.status, error.code, error.message)
    return DraftError(None, None, error.message)
