"""From a request to its pictures: intent, call, record, download, record, each step on the disk before the next.

Requests run side by side in threads, and downloads beside them, so that a slow picture never holds up a request.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from typing import TYPE_CHECKING, Final

from seedream_cli import durable, retry
from seedream_cli.catalog import URL_LIFETIME_SECONDS
from seedream_cli.drafts import timestamp
from seedream_cli.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    ContentBlockedError,
    InsufficientBalanceError,
    LocalFileError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    Stopped,
    UnusableAnswerError,
)
from seedream_cli.history import records
from seedream_cli.pipeline.events import Event, Job, QuotaSeen, Trouble, Waiting
from seedream_cli.pipeline.flights import Supply
from seedream_cli.pipeline.landing import Landing, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seedream_cli.client import ImagesClient
    from seedream_cli.drafts import Draft
    from seedream_cli.generation import Picture
    from seedream_cli.history import History
    from seedream_cli.history.records import Entry
    from seedream_cli.saving import Saver

_HOPELESS: Final = (
    AuthenticationError,
    PermissionDeniedError,
    InsufficientBalanceError,
    RateLimitError,
    APIConnectionError,
)
"""Errors after which every further request would end the same: none is begun."""


class Pipeline(Landing):
    """Runs jobs; its `events` are to be consumed by one thread.

    Args:
        history: the ledger.
        client: sends requests.
        saver: makes a saver for one thread, given how it may wait between attempts.
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
        super().__init__(history, saver, workers=workers, pause=pause)
        self._client = client
        self._max_wait = max_wait
        self._jitter = jitter
        self._clock = clock
        self._monotonic = monotonic
        self._open_at = 0.0

    def run(self, jobs: Iterable[Job]) -> Iterator[Event]:
        """Begin the jobs in their order and yield what happens until all that began has ended."""
        source = Supply(jobs, self._closing, self._begin)
        downloaders = self._start_downloads()
        requesters = self._threads(self._workers, lambda: self._request(source))
        yield from self._run(requesters, downloaders)

    # Requests

    def _request(self, source: Supply) -> None:
        # Nothing is sent before every thread is there: one that the system refused later would leave what was paid
        # for without anybody to fetch it.
        self._ready.wait()
        source.fill(self._workers)
        while (job := source.take()) is not None:
            self._draw(job)
            self._flights.end(job.drafts)

    def _begin(self, jobs: Sequence[Job]) -> list[Job]:
        """Record in one write what is about to be asked for; nothing may be asked for that could not be recorded."""
        try:
            drafts = self._history.intend([draft for job in jobs for draft in job.drafts])
        except LocalFileError as error:
            self._closing.set()
            self._events.put(Trouble(error))
            # Perhaps they stand there all the same: then they are said not to have been sent.
            unsent = Stopped("not sent, since that could not be recorded")
            with contextlib.suppress(LocalFileError):
                self._history.record(
                    [records.refused(draft, said(unsent), blocked=False) for job in jobs for draft in job.drafts]
                )
            return []
        intended = iter(drafts)
        begun = [Job(job.request, tuple(itertools.islice(intended, len(job.drafts)))) for job in jobs]
        for job in begun:
            self._flights.begin(job.drafts)
        return begun

    def _draw(self, job: Job) -> None:
        try:
            pictures = self._ask(job)
        except OutcomeUnknownError as error:
            self._lost(job.drafts, error)
        except Stopped as error:
            self._end([records.refused(draft, said(error), blocked=False) for draft in job.drafts], error)
        except APIError as error:
            if isinstance(error, _HOPELESS):
                self._closing.set()
            blocked = isinstance(error, ContentBlockedError)
            self._end([records.refused(draft, said(error), blocked=blocked) for draft in job.drafts], error)
        else:
            self._receive(job, pictures)

    def _ask(self, job: Job) -> tuple[Picture | None, ...]:
        attempts = retry.Attempts()
        while True:
            closed = max(self._open_at - self._monotonic(), 0.0)
            attempts.waited += closed
            self._pause(closed)
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
        self._end([records.unknown(draft, said(error), kept) for draft in drafts], error)

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
