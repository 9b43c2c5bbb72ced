"""From a request to its pictures: intent, call, record, download, record, each step on the disk before the next.

Requests run side by side in threads, and downloads beside them, so that a slow picture never holds up a request. What
happens is handed to the caller as events, in the order in which it happens; only the caller's thread talks to people.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from seedream_cli import durable, retry
from seedream_cli.catalog import URL_LIFETIME_SECONDS
from seedream_cli.drafts import DraftError, timestamp
from seedream_cli.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    ContentBlockedError,
    DownloadError,
    InsufficientBalanceError,
    LocalFileError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    SeedreamError,
    Stopped,
    UnusableAnswerError,
)
from seedream_cli.history import records
from seedream_cli.pipeline.events import (
    Crash,
    Event,
    GraceOver,
    Job,
    Outcome,
    QuotaSeen,
    Signalled,
    Trouble,
    Waiting,
)
from seedream_cli.pipeline.flights import Flights, Supply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seedream_cli.client import ImagesClient
    from seedream_cli.drafts import Draft
    from seedream_cli.generation import Picture
    from seedream_cli.history import History
    from seedream_cli.history.records import Entry
    from seedream_cli.saving import Saver

MAX_DOWNLOADS: Final = 16
"""Downloads at once; more would only share the same line."""

_HOPELESS: Final = (
    AuthenticationError,
    PermissionDeniedError,
    InsufficientBalanceError,
    RateLimitError,
    APIConnectionError,
)
"""Errors after which every further request would end the same: none is begun."""


class Pipeline:
    """Runs jobs; its `events` are to be consumed by one thread.

    Args:
        history: the ledger.
        client: sends requests.
        saver: a function that makes the saver, given how it may wait between attempts.
        workers: requests in flight at most.
        max_wait: seconds that rate limits may cost one request.
        jitter: returns a random number of 0 to 1.
        clock: returns Unix time in seconds.
        monotonic: returns seconds that never jump.
        pause: waits until an event is set, but no longer than so many seconds, and returns whether it is set.
    """

    def __init__(
        self,
        history: History,
        client: ImagesClient,
        saver: Callable[[Callable[[float], None]], Saver],
        *,
        workers: int,
        max_wait: float,
        jitter: Callable[[], float],
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self._history = history
        self._client = client
        self._saver = saver(self._pause)
        self._workers = workers
        self._max_wait = max_wait
        self._jitter = jitter
        self._clock = clock
        self._monotonic = monotonic
        self._wait = pause
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._answered: SimpleQueue[Draft | None] = SimpleQueue()
        self._flights = Flights()
        self._interrupted = threading.Event()
        self._closing = threading.Event()
        self._open_at = 0.0

    def run(self, jobs: Iterable[Job]) -> Iterator[Event]:
        """Begin the jobs in their order and yield what happens until all that began has ended."""
        source = Supply(jobs, self._closing)
        requesters = self._threads(self._workers, lambda: self._request(source))
        downloaders = self._threads(min(self._workers, MAX_DOWNLOADS), self._download)
        self._thread(lambda: self._finish(requesters, downloaders)).start()
        while (event := self._events.get()) is not None:
            yield event

    def signal(self, number: int) -> None:
        """Tell the consumer of events about a signal; may be called from a signal handler."""
        self._events.put(Signalled(number))

    def close(self) -> None:
        """Begin no further job; those begun go on."""
        self._closing.set()

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
        return self._flights.ground()

    def abandon(self) -> list[Outcome]:
        """Record what is in flight as unknown and what was never sent as failed; the process is expected to end.

        Returns:
            The outcome of every draft that has been begun and had none; no byte of a request leaves after this.
        """
        self._closing.set()
        self._interrupted.set()
        self._flights.ground()
        aloft = self._flights.aloft()
        lost = OutcomeUnknownError("seedream was stopped before the answer came")
        unsent = Stopped("seedream was stopped before this was sent")
        unsaved = DownloadError("seedream was stopped before the picture was saved")
        entries = [records.unknown(draft, _said(lost), None) for draft in aloft.sent]
        entries += [records.refused(draft, _said(unsent), blocked=False) for draft in aloft.unsent]
        errors = {"unknown": lost, "failed": unsent}
        outcomes = [Outcome(draft, error=errors[draft.status]) for draft in self._note(entries)]
        return outcomes + [Outcome(draft, error=unsaved) for draft in aloft.answered]

    def _threads(self, count: int, work: Callable[[], None]) -> list[threading.Thread]:
        threads = [self._thread(work) for _ in range(count)]
        for thread in threads:
            thread.start()
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

    # Requests

    def _request(self, source: Supply) -> None:
        while (job := source.take()) is not None:
            try:
                drafts = tuple(self._history.intend(job.drafts))
            except LocalFileError as error:
                self._closing.set()
                self._events.put(Trouble(error))
                return
            with self._flights.flight(drafts):
                self._draw(Job(job.request, drafts))

    def _draw(self, job: Job) -> None:
        try:
            pictures = self._ask(job)
        except OutcomeUnknownError as error:
            self._lost(job.drafts, error)
        except Stopped as error:
            self._end([records.refused(draft, _said(error), blocked=False) for draft in job.drafts], error)
        except APIError as error:
            if isinstance(error, _HOPELESS):
                self._closing.set()
            blocked = isinstance(error, ContentBlockedError)
            self._end([records.refused(draft, _said(error), blocked=blocked) for draft in job.drafts], error)
        else:
            self._receive(job, pictures)

    def _ask(self, job: Job) -> tuple[Picture | None, ...]:
        attempts = retry.Attempts()
        while True:
            self._pause(self._open_at - self._monotonic())
            try:
                return self._client.generate(
                    job.request,
                    on_sent=lambda: self._flights.sent(job.drafts),
                    on_quota=lambda quota: self._events.put(QuotaSeen(quota)),
                )
            except APIError as error:
                if not isinstance(error, OutcomeUnknownError):
                    self._flights.refused(job.drafts)
                wait = retry.next_wait(error, attempts, max_wait=self._max_wait, jitter=self._jitter)
                if wait is None:
                    raise
                self._events.put(Waiting(error, wait))
                if isinstance(error, RateLimitError) and not error.concurrency:
                    # An empty spend bucket is empty for everyone: nobody asks before it has filled.
                    self._open_at = max(self._open_at, self._monotonic() + wait)
                self._pause(wait)

    def _pause(self, seconds: float) -> None:
        """Wait, unless the run is interrupted.

        Raises:
            Stopped: where it is.
        """
        if self._wait(self._interrupted, max(seconds, 0)):
            raise Stopped("stopped before it was sent")

    def _receive(self, job: Job, pictures: tuple[Picture | None, ...]) -> None:
        expires = timestamp(self._clock() + URL_LIFETIME_SECONDS)
        entries: list[Entry] = []
        missing: list[Draft] = []
        unkept: list[Draft] = []
        for draft, picture in zip(job.drafts, pictures, strict=True):
            if picture is None:
                missing.append(draft)
                continue
            kept = None if picture.data is None else self._keep(draft, picture.data)
            if picture.url is None and kept is None:
                unkept.append(draft)
                continue
            revised = picture.revised_prompt
            entries.append(records.answered(draft, url=picture.url, kept=kept, revised_prompt=revised, expires=expires))
        for draft in self._note(entries):
            self._flights.answered(draft)
            self._answered.put(draft)
        if missing:
            self._lost(tuple(missing), OutcomeUnknownError("the answer has no picture at this place"))
        if unkept:
            self._lost(tuple(unkept), OutcomeUnknownError("the picture came inside the answer and could not be kept"))

    def _lost(self, drafts: tuple[Draft, ...], error: OutcomeUnknownError) -> None:
        raw = error.raw if isinstance(error, UnusableAnswerError) else b""
        kept = self._keep(drafts[0], raw) if raw else None
        self._end([records.unknown(draft, _said(error), kept) for draft in drafts], error)

    def _keep(self, draft: Draft, data: bytes) -> str | None:
        """Keep bytes of an answer beside the history, and return their path."""
        path = self._history.folder / f"{draft.id}.answer"
        try:
            durable.make_private_folder(path.parent)
            durable.write_private_file(path, data)
        except OSError as error:
            self._events.put(Trouble(LocalFileError(f"an answer cannot be kept in {path.parent}: {error.strerror}")))
            return None
        return os.path.abspath(path)

    # Downloads

    def _download(self) -> None:
        while (draft := self._answered.get()) is not None:
            self._land(draft)
            self._flights.landed(draft)

    def _land(self, draft: Draft) -> None:
        try:
            picture = self._saver.save(draft)
        except (DownloadError, LocalFileError, Stopped) as error:
            self._end([records.unsaved(draft, _said(error))], error)
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
        try:
            return self._history.record(entries)
        except LocalFileError as error:
            self._events.put(Trouble(error))
            return [entry.outcome() for entry in entries]


def _said(error: SeedreamError) -> DraftError:
    if isinstance(error, APIError):
        return DraftError(error.status, error.code, error.message)
    return DraftError(None, None, error.message)
