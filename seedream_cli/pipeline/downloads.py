"""The second half of the way: from an answer that is on the disk to pictures that are.

Downloads run in threads. What happens is handed to the caller as events, in the order in which it happens; only the
caller's thread talks to people.
"""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import DraftError
from seedream_cli.errors import APIError, DownloadError, LocalFileError, OutcomeUnknownError, SeedreamError, Stopped
from seedream_cli.history import records
from seedream_cli.pipeline.events import Crash, Event, GraceOver, Outcome, Signalled, Trouble
from seedream_cli.pipeline.in_flight import InFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history import History
    from seedream_cli.history.records import Entry
    from seedream_cli.saving.saver import Saver

MAX_DOWNLOADS: Final = 16
"""Downloads at once; more would only share the same line."""


class Downloads:
    """Fetches and saves the pictures of answered drafts; its events are to be consumed by one thread.

    Args:
        history: the ledger.
        saver: makes a saver for one thread, given how it may wait between attempts.
        workers: threads that fetch, at most.
        late: whether another command drew what is fetched.
        pause: waits until an event is set, but no longer than so many seconds, and returns whether it is set.
    """

    def __init__(
        self,
        history: History,
        saver: Callable[[Callable[[float], None]], Saver],
        *,
        workers: int,
        late: bool = False,
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self._history = history
        self._make_saver = saver
        self._workers = workers
        self._late = late
        self._wait = pause
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._answered: SimpleQueue[Draft | None] = SimpleQueue()
        self._in_flight = InFlight()
        self._ready = threading.Event()
        self._unwritten: dict[str, Entry] = {}
        self._interrupted = threading.Event()
        self._sending_over = threading.Event()
        self._closing = threading.Event()

    def fetch(self, drafts: Sequence[Draft]) -> Iterator[Event]:
        """Fetch the pictures of drafts that have been answered, and yield what happens: nothing is sent or billed."""
        for draft in map(self._trusted, drafts):
            self._in_flight.answered(draft)
            self._answered.put(draft)
        return self._run([], self._start_downloads())

    def _run(self, requesters: list[threading.Thread], downloaders: list[threading.Thread]) -> Iterator[Event]:
        self._threads(1, lambda: self._finish(requesters, downloaders))
        self._ready.set()
        while (event := self._events.get()) is not None:
            yield event

    def signal(self, number: int) -> None:
        """Tell the consumer of events about a signal; may be called from a signal handler."""
        self._events.put(Signalled(number))

    @property
    def closed(self) -> bool:
        """Whether nothing further is begun."""
        return self._closing.is_set()

    def close(self) -> None:
        """Begin nothing further and send nothing again; what is in flight goes on."""
        self._closing.set()
        self._sending_over.set()

    def interrupt(self, grace: float) -> int:
        """Send nothing more and return how many requests are in flight.

        Args:
            grace: seconds after which `GraceOver` comes among the events.
        """
        self._closing.set()
        self._interrupted.set()
        timer = threading.Timer(grace, lambda: self._events.put(GraceOver()))
        timer.daemon = True
        timer.start()
        return self._stop_sending()

    def abandon(self) -> list[Event]:
        """Record what is in flight as unknown and what was never sent as failed; the process is expected to end.

        Returns:
            What happened and was not consumed yet, and the outcome of every draft that has been begun and had none; no
            byte of a request leaves after this.
        """
        self._closing.set()
        self._interrupted.set()
        self._stop_sending()
        # First who has no outcome, then the outcomes that wait to be told: whoever gets one in between is in both.
        left = self._in_flight.unfinished()
        waiting = self._waiting_events()
        ended = {event.draft.id for event in waiting if isinstance(event, Outcome)}
        lost = OutcomeUnknownError("seedream was stopped before the answer came")
        unsent = Stopped("seedream was stopped before this was sent")
        unsaved = DownloadError("seedream was stopped before the picture was saved")
        entries = [records.unknown(draft, said(lost), None) for draft in left.sent if draft.id not in ended]
        entries += [
            records.refused(draft, said(unsent), blocked=False) for draft in left.unsent if draft.id not in ended
        ]
        errors = {"unknown": lost, "failed": unsent}
        noted = [Outcome(draft, error=errors[draft.status]) for draft in self._note(entries)]
        answered = [Outcome(draft, error=unsaved) for draft in left.answered if draft.id not in ended]
        return [*waiting, *noted, *answered]

    def _stop_sending(self) -> int:
        """Let no further request leave; return how many have left and have no outcome."""
        self._sending_over.set()
        return self._in_flight.stop_sending()

    def _waiting_events(self) -> list[Event]:
        events: list[Event] = []
        with contextlib.suppress(Empty):
            while True:
                event = self._events.get_nowait()
                if event is not None:
                    events.append(event)
        return events

    def _start_downloads(self) -> list[threading.Thread]:
        return self._threads(min(self._workers, MAX_DOWNLOADS), self._download)

    def _threads(self, count: int, work: Callable[[], None]) -> list[threading.Thread]:
        """Start that many threads.

        Raises:
            LocalFileError: where the system does not allow so many.
        """
        threads = [self._thread(work) for _ in range(count)]
        try:
            for thread in threads:
                thread.start()
        except RuntimeError as error:
            raise LocalFileError("the system allows no more threads", hint="nothing was sent; fewer with -j") from error
        return threads

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - it belongs to the thread that talks to people
                self.close()
                self._events.put(Crash(error))

        return threading.Thread(target=guarded, daemon=True)

    def _finish(self, requesters: list[threading.Thread], downloaders: list[threading.Thread]) -> None:
        for thread in requesters:
            thread.join()
        for _ in downloaders:
            self._answered.put(None)
        for thread in downloaders:
            thread.join()
        self._events.put(None)

    def _pause(self, seconds: float) -> None:
        """Wait, unless the run is interrupted.

        Raises:
            Stopped: where it is.
        """
        if self._wait(self._interrupted, max(seconds, 0)):
            raise Stopped("stopped before it was sent")

    # Downloads

    def _download(self) -> None:
        saver = self._make_saver(self._pause)
        while (draft := self._answered.get()) is not None:
            self._fetch_one(draft, saver)
            self._in_flight.saved(draft)

    def _trusted(self, draft: Draft) -> Draft:
        """Return the draft without a kept file that is not ours: a history may come from anywhere."""
        ours = self._history.folder / f"{draft.id}.answer"
        return draft if draft.kept in {None, os.path.abspath(ours)} else replace(draft, kept=None)

    def _fetch_one(self, draft: Draft, saver: Saver) -> None:
        try:
            picture = saver.save(draft)
        except Stopped:
            error = DownloadError("stopped before the picture was saved")
            self._end([records.unsaved(draft, said(error))], error)
            return
        except (DownloadError, LocalFileError) as error:
            self._end([records.unsaved(draft, said(error))], error)
            return
        entry = records.saved(
            draft,
            path=os.path.abspath(picture.path),
            picture_format=picture.info.format,
            size=picture.size,
            sha256=picture.sha256,
        )
        saved = self._note([entry])[0]
        if draft.kept is not None:
            with contextlib.suppress(OSError):
                os.unlink(draft.kept)
        self._events.put(Outcome(saved, picture.path, notices=picture.notices))

    # Records

    def _end(self, entries: list[Entry], error: SeedreamError) -> None:
        for draft in self._note(entries):
            self._events.put(Outcome(draft, error=error))

    def _note(self, entries: list[Entry]) -> list[Draft]:
        """Record; what cannot be recorded is said, and the work goes on, since money has been spent."""
        if not entries:
            return []
        # An answer that could not be written is written with what comes next of its draft.
        answers = [self._unwritten[entry.draft.id] for entry in entries if entry.draft.id in self._unwritten]
        try:
            noted = self._history.record([*answers, *entries], late=self._late)
        except LocalFileError as error:
            self._events.put(Trouble(error))
            self._unwritten.update({entry.draft.id: entry for entry in entries if entry.kind == "answer"})
            return [self._unrecorded(entry) for entry in entries]
        for entry in answers:
            self._unwritten.pop(entry.draft.id, None)
        return noted[len(answers) :]

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
