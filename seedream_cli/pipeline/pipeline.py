"""From a request to its pictures: intent, call, record, download, record, each step on the disk before the next.

Requests run side by side in threads, and downloads beside them, so that a slow picture never holds up a request.
"""

from __future__ import annotations

import contextlib
import io
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seedream_cli.api import retry
from seedream_cli.catalog import URL_LIFETIME_SECONDS
from seedream_cli.drafts import timestamp
from seedream_cli.errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AuthenticationError,
    CapError,
    ContentBlockedError,
    InsufficientBalanceError,
    LocalFileError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    SeedreamError,
    Stopped,
    TLSError,
    UnusableAnswerError,
)
from seedream_cli.history import records
from seedream_cli.pipeline.budget import Budget
from seedream_cli.pipeline.crew import Crew
from seedream_cli.pipeline.downloads import Downloads
from seedream_cli.pipeline.events import Capped, Event, Job, QuotaSeen, Surplus, Taken, Trouble, Waiting
from seedream_cli.pipeline.gate import Gate, Seat
from seedream_cli.pipeline.queue import Begun, JobQueue
from seedream_cli.pipeline.recorder import said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seedream_cli.api.client import ImagesClient
    from seedream_cli.api.generation import Answer, Picture
    from seedream_cli.drafts import Draft
    from seedream_cli.history import History
    from seedream_cli.history.admission import Admissions
    from seedream_cli.history.records import Entry
    from seedream_cli.pipeline.slots import Slots
    from seedream_cli.saving.saver import Saver

_HOPELESS: Final = (
    AuthenticationError,
    PermissionDeniedError,
    InsufficientBalanceError,
    RateLimitError,
    APIConnectionError,
)
"""Errors after which every further request would end the same: none is begun, and none sent again."""

_NOT_THIS_MODEL: Final = "model_not_in_group"
"""Code of a refusal that holds for one model: what asks for another goes on."""


class Pipeline:
    """Runs jobs.

    Args:
        history: the ledger.
        admissions: records what is about to be asked for, where it may be.
        client: sends requests.
        saver: makes a saver for one thread, given how it may wait between attempts.
        slots: places for requests in flight, perhaps shared with other processes.
        workers: requests in flight at most.
        max_wait: seconds that rate limits may cost one request.
        budget: what the jobs are paid out of; None for one without a limit.
        patient: whether a service that cannot be reached is waited for, by all requests at once, for `max_wait`.
        jitter: returns a random number of 0 to 1.
        clock: returns Unix time in seconds.
        monotonic: returns seconds that never jump.
        pause: waits until an event is set, but no longer than so many seconds, and returns whether it is set.

    Attributes:
        crew: the threads, by which it is stopped.
    """

    def __init__(
        self,
        history: History,
        admissions: Admissions,
        client: ImagesClient,
        saver: Callable[[Callable[[float], None]], Saver],
        slots: Slots,
        *,
        workers: int,
        max_wait: float,
        jitter: Callable[[], float],
        budget: Budget | None = None,
        patient: bool = False,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self.crew = Crew(history, pause=pause)
        self._history = history
        self._downloads = Downloads(self.crew, saver, workers=workers, monotonic=monotonic)
        self._admissions = admissions
        self._client = client
        self._gate = Gate(slots, workers=workers, jitter=jitter, monotonic=monotonic, pause=pause)
        self._budget = budget or Budget(None)
        self._workers = workers
        self._max_wait = max_wait
        self._pause = pause
        self._patient = patient
        self._jitter = jitter
        self._clock = clock
        self._untold_cap = threading.Lock()
        self._barred: dict[str, APIError] = {}

    def run(self, jobs: Iterable[Job]) -> Iterator[Event]:
        """Begin the jobs in their order and yield what happens until all that began has ended."""
        queue = JobQueue(
            jobs,
            self._budget,
            self.crew.closing,
            begin=self._begin,
            capped=self._capped,
            in_turn=self._admissions.capped,
        )
        self._downloads.start()
        requesters = self.crew.threads(self._workers, lambda: self._request(queue))

        def finish() -> None:
            for thread in requesters:
                thread.join()
            self._downloads.finish()

        yield from self.crew.events(finish)

    # Requests

    def _request(self, queue: JobQueue) -> None:
        # Nothing is sent before every thread is there: one that the system refused later would leave what was paid
        # for without anybody to fetch it.
        self.crew.ready.wait()
        queue.fill(self._gate.room)
        # The seat first: a draft that waits for its turn is not yet recorded, so that nobody takes it for a lost one.
        while (seat := self._gate.enter(self.crew.closing)) is not None:
            with contextlib.closing(seat):
                with self._downloads.requests_first():
                    job = queue.take()
                if job is not None:
                    self._draw(job, seat)
            if job is not None:
                self.crew.in_flight.end(job.drafts)
            elif not queue.more():  # whoever waits for money has no seat: those who may give some back need it
                break
        for job in queue.abandoned():
            self._refuse(job, Stopped("not sent: the run ended before"))
            self.crew.in_flight.end(job.drafts)

    def _begin(self, jobs: Sequence[Job]) -> Begun:
        """Record in one write what is about to be asked for; nothing may be asked for that could not be recorded."""
        by_request = {job.drafts[0].request: job for job in jobs}
        others = self._budget.open > len(jobs)
        try:
            admission = self._admissions.admit([job.drafts for job in jobs])
        except LocalFileError as error:
            self.crew.closing.set()
            self.crew.tell(Trouble(error))
            # Perhaps they stand there all the same: then they are said not to have been sent.
            unsent = Stopped("not sent, since that could not be recorded")
            self._give_back_money(jobs)
            with contextlib.suppress(LocalFileError):
                self._history.record(
                    [records.refused(draft, said(unsent), blocked=False) for job in jobs for draft in job.drafts]
                )
            return Begun((), last=True)
        begun = [replace(by_request.pop(drafts[0].request), drafts=drafts) for drafts in admission.admitted]
        for job in begun:
            self.crew.in_flight.begin(job.drafts)
        self._give_back_money(by_request.values())
        for drafts in admission.taken:
            self.crew.tell(Taken(drafts))
            del by_request[drafts[0].request]
        if admission.error is None:
            return Begun(begun, last=False)
        if others or begun:  # what they do not cost in the end is there for the next
            return Begun(begun, last=False, later=list(by_request.values()))
        self._capped(admission.error)
        return Begun((), last=True)

    def _give_back_money(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._budget.give_back(job)

    def _capped(self, error: CapError) -> None:
        if self._untold_cap.acquire(blocking=False):
            self.crew.tell(Capped(error))

    def _draw(self, job: Job, seat: Seat) -> None:
        if job.request.model in self._barred:
            self._refuse(job, self._barred[job.request.model])
            return
        try:
            answer = self._ask(job, seat)
        except OutcomeUnknownError as error:
            self._budget.settle(job, billed=True)
            raw = error.raw if isinstance(error, UnusableAnswerError) else b""
            self._lost(job.drafts, error, self.crew.recorder.keep_answer(job.drafts[0], raw))
        except (APIError, Stopped) as error:
            if isinstance(error, APIStatusError) and error.code == _NOT_THIS_MODEL:
                self._barred[job.request.model] = error
            elif isinstance(error, _HOPELESS):
                self.crew.close()
                self.crew.stop_sending()
            self._refuse(job, error)
        else:
            self._budget.settle(job, billed=True)
            with self._downloads.requests_first():
                self._receive(job, answer)

    def _refuse(self, job: Job, error: SeedreamError) -> None:
        blocked = isinstance(error, ContentBlockedError)
        self.crew.recorder.end([records.refused(draft, said(error), blocked=blocked) for draft in job.drafts], error)
        self._budget.settle(job, billed=False)

    def _ask(self, job: Job, seat: Seat) -> Answer:
        attempts = retry.Attempts()
        while True:
            try:
                answer = self._client.generate(
                    job.request,
                    on_sent=lambda: self.crew.in_flight.sent(job.drafts),
                    on_quota=lambda quota: self.crew.tell(QuotaSeen(quota)),
                )
            except APIError as error:
                seat.close()
                if not isinstance(error, OutcomeUnknownError):
                    self.crew.in_flight.refused(job.drafts)
                self._wait_after(error, attempts)
                if not seat.take_again(self.crew.sending_over):
                    raise self._not_again(error) from error
            else:
                self._gate.answered()
                seat.close()
                return answer

    def _wait_after(self, error: APIError, attempts: retry.Attempts) -> None:
        """Wait until the request may be sent again; what concerns every request is waited for at the gate.

        Raises:
            SeedreamError: where it is not to be sent again.
        """
        if self._patient and isinstance(error, APIConnectionError) and not isinstance(error, TLSError):
            self._announce(error, self._gate.unreachable(self._max_wait))
            return
        if not isinstance(error, APIConnectionError):
            self._gate.reached()
        wait = retry.next_wait(error, attempts, max_wait=self._max_wait, jitter=self._jitter)
        if wait is None:
            if isinstance(error, APIStatusError) and not isinstance(error, RateLimitError):
                self._gate.answered()
            raise error
        if isinstance(error, RateLimitError) and not error.concurrency:
            # An empty spend bucket is empty for everyone.
            self._announce(error, self._gate.close_for(wait, self._max_wait))
            return
        # A limit on requests in flight refuses many at once: that is told once.
        if not isinstance(error, RateLimitError) or self._gate.crowded(again=attempts.rate_limits > 1):
            self._announce(error, wait)
        if self._pause(self.crew.sending_over, wait):
            raise self._not_again(error)

    def _announce(self, error: APIError, wait: float | None) -> None:
        """Tell that there is a wait, unless there is none, or it has been told."""
        if wait is None:
            raise error
        if wait:
            self.crew.tell(Waiting(error, wait))

    def _not_again(self, error: APIError) -> SeedreamError:
        """Return why a request that was refused is not sent again, now that nothing is sent any more."""
        return Stopped(f"stopped before it was sent again: {error.message}") if self.crew.interrupted else error

    def _receive(self, job: Job, answer: Answer) -> None:
        pictures = [_whole(picture) for picture in answer.pictures]
        raw = None
        if answer.more or None in pictures:
            # First: once the drafts are recorded, nothing would tell that there was more.
            raw = self.crew.recorder.keep_answer(job.drafts[0], answer.raw)
        if answer.more:
            self.crew.tell(Surplus(job.drafts[0], answer.more, raw))
        expires = timestamp(self._clock() + URL_LIFETIME_SECONDS)
        entries: list[Entry] = []
        missing: list[Draft] = []
        in_hand: list[tuple[Entry, bytes]] = []
        for draft, picture in zip(job.drafts, pictures, strict=True):
            if picture is None:
                missing.append(draft)
                continue
            kept = None if picture.data is None else self.crew.recorder.keep_picture(draft, picture.data)
            revised = picture.revised_prompt
            entry = records.answered(draft, url=picture.url, kept=kept, revised_prompt=revised, expires=expires)
            if picture.data is not None and picture.url is None and kept is None:
                in_hand.append((entry, picture.data))
            else:
                entries.append(entry)
        for draft in self.crew.recorder.note(entries):
            self._downloads.add(draft)
        if missing:
            self._lost(missing, OutcomeUnknownError("the answer has no usable picture at this place"), raw)
        for entry, data in in_hand:
            self._downloads.save_at_once(entry, data)

    def _lost(self, drafts: Sequence[Draft], error: OutcomeUnknownError, kept: str | None) -> None:
        self.crew.recorder.end([records.unknown(draft, said(error), kept) for draft in drafts], error)


def _whole(picture: Picture | None) -> Picture | None:
    """Return a picture of an answer without bytes that are none, and None where nothing is left of it."""
    if picture is None or picture.data is None:
        return picture
    from seedream_cli.saving.picture import NotAPictureError, inspect

    try:
        inspect(io.BytesIO(picture.data))
    except NotAPictureError:
        return None if picture.url is None else picture._replace(data=None)
    return picture
