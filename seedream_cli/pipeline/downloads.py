"""The second half of the way: from an answer that is on the disk to pictures that are."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import DownloadError, LocalFileError, OutcomeUnknownError, Stopped
from seedream_cli.history import records
from seedream_cli.pipeline.lanes import Lanes
from seedream_cli.pipeline.recorder import said

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history.records import Entry
    from seedream_cli.pipeline.crew import Crew
    from seedream_cli.pipeline.events import Event
    from seedream_cli.saving.saver import SavedPicture, Saver

MAX_DOWNLOADS: Final = 16
"""Downloads at once; more would only share the same line."""


class Downloads:
    """Fetches and saves the pictures of answered drafts.

    Args:
        crew: whose threads do it.
        saver: makes a saver for one thread, given how it may wait between attempts.
        workers: threads that fetch, at most.
        monotonic: returns seconds that never jump.
    """

    def __init__(
        self,
        crew: Crew,
        saver: Callable[[Callable[[float], None]], Saver],
        *,
        workers: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._crew = crew
        self._make_saver = saver
        self._workers = min(workers, MAX_DOWNLOADS)
        self._answered: SimpleQueue[Draft | None] = SimpleQueue()
        self._ends = 0  # of what waits, that many are no pictures: each tells one thread that no more come
        self._lanes = Lanes(lambda: self._answered.qsize() > self._ends, monotonic)
        self._threads: list[threading.Thread] = []

    def fetch(self, drafts: Sequence[Draft]) -> Iterator[Event]:
        """Fetch the pictures of drafts that were answered earlier and yield what happens: nothing is sent or billed.

        Begins with the first event that is asked for: whoever asks is ready for signals by then.
        """
        for draft in map(self._crew.recorder.trusted, drafts):
            self.add(draft)
        self.start()
        yield from self._crew.events(self.finish)

    def add(self, draft: Draft) -> None:
        """Have the picture of an answered draft fetched."""
        self._crew.in_flight.answered(draft)
        self._answered.put(draft)

    def save_at_once(self, answer: Entry, data: bytes) -> None:
        """Save a picture that is nowhere but in memory, in the caller's thread.

        Until that is done its draft is one that was sent: nothing is recorded that promises a picture.
        """
        draft = answer.outcome()
        try:
            picture = self._make_saver(self._crew.pause).save(draft, data)
        except (DownloadError, LocalFileError) as error:
            lost = OutcomeUnknownError(
                "the picture came inside the answer and could be kept neither beside the history nor in its place: "
                + error.message
            )
            self._crew.recorder.end([records.unknown(answer.draft, said(lost), None)], lost)
        else:
            self._record(draft, picture, answer)

    def requests_first(self) -> contextlib.AbstractContextManager[None]:
        """Begin no picture, for a moment, while what is done inside brings the next request on its way."""
        return self._lanes.requests_first()

    def start(self) -> None:
        """Start the threads.

        Raises:
            LocalFileError: where the system does not allow so many.
        """
        numbers = itertools.count()
        self._threads = self._crew.threads(self._workers, lambda: self._work(next(numbers)))

    def finish(self) -> None:
        """Return once everything that was added has been fetched, or left for later; nothing is added any more."""
        self._ends = len(self._threads)
        for _ in self._threads:
            self._answered.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        if not self._lanes.needs(number):
            return
        try:
            saver = self._make_saver(self._crew.pause)
            while (draft := self._answered.get()) is not None:
                self._lanes.give_way()
                self._fetch_one(draft, saver)
                self._crew.in_flight.saved(draft)
                self._lanes.moved()
        finally:
            # Whoever is told that all have been begun, or breaks, lets go those who were not needed.
            self._lanes.close()

    def _fetch_one(self, draft: Draft, saver: Saver) -> None:
        try:
            picture = saver.save(draft)
        except Stopped:
            error = DownloadError("stopped before the picture was saved")
            self._crew.recorder.end([records.unsaved(draft, said(error))], error)
            return
        except (DownloadError, LocalFileError) as error:
            self._crew.recorder.end([records.unsaved(draft, said(error))], error)
            return
        if self._record(draft, picture) and draft.kept is not None:
            with contextlib.suppress(OSError):
                os.unlink(draft.kept)

    def _record(self, draft: Draft, picture: SavedPicture, *first: Entry) -> bool:
        entry = records.saved(
            draft,
            path=os.path.abspath(picture.path),
            picture_format=picture.info.format,
            size=picture.size,
            sha256=picture.sha256,
        )
        return self._crew.recorder.saved(entry, picture.path, picture.notices, first=first)
