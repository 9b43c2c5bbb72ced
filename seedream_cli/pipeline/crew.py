"""The threads of one run: what they tell, and the ways to end them.

What happens is handed to the caller as events, in the order in which it happens; only the caller's thread talks to
people.
"""

from __future__ import annotations

import contextlib
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from seedream_cli.errors import DownloadError, LocalFileError, OutcomeUnknownError, Stopped
from seedream_cli.history import records
from seedream_cli.pipeline.events import Crash, Event, GraceOver, Outcome, Signalled
from seedream_cli.pipeline.in_flight import InFlight
from seedream_cli.pipeline.recorder import Recorder, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seedream_cli.history import History


class Crew:
    """Threads at work on drafts, and what they share; its events are to be consumed by one thread.

    Args:
        history: the ledger.
        late: whether another command drew what is worked on.
        pause: waits until an event is set, but no longer than so many seconds, and returns whether it is set.

    Attributes:
        recorder: writes down what becomes of drafts.
        in_flight: what has been begun and has no outcome yet.
        ready: set once every thread is there.
        closing: set once nothing further is to be begun.
        sending_over: set once no further request is to leave.
    """

    def __init__(
        self,
        history: History,
        *,
        late: bool = False,
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self.recorder = Recorder(history, self.tell, late=late)
        self.in_flight = InFlight()
        self.ready = threading.Event()
        self.closing = threading.Event()
        self.sending_over = threading.Event()
        self._interrupted = threading.Event()
        self._wait = pause
        self._events: SimpleQueue[Event | None] = SimpleQueue()

    def tell(self, event: Event) -> None:
        """Put something that happened among the events; any thread may."""
        self._events.put(event)

    def threads(self, count: int, work: Callable[[], None]) -> list[threading.Thread]:
        """Start that many threads.

        Raises:
            LocalFileError: where the system does not allow so many.
        """
        threads = [threading.Thread(target=self._guard, args=(work,), daemon=True) for _ in range(count)]
        try:
            for thread in threads:
                thread.start()
        except RuntimeError as error:
            raise LocalFileError("the system allows no more threads", hint="nothing was sent; fewer with -j") from error
        return threads

    def events(self, finish: Callable[[], None]) -> Iterator[Event]:
        """Let the threads begin and yield what happens.

        Args:
            finish: returns once all threads have ended; called in a thread of its own.
        """

        def wind_up() -> None:
            finish()
            self.recorder.finish()

        def end() -> None:
            self._guard(wind_up)
            self._events.put(None)

        self.threads(1, end)
        self.ready.set()
        while (event := self._events.get()) is not None:
            yield event

    def signal(self, number: int) -> None:
        """Tell the consumer of events about a signal; may be called from a signal handler."""
        self._events.put(Signalled(number))

    def unheard(self) -> list[int]:
        """Return the signals that came after the last event."""
        return [event.number for event in self._waiting_events() if isinstance(event, Signalled)]

    @property
    def interrupted(self) -> bool:
        """Whether whoever waits is to give up."""
        return self._interrupted.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, unless the run is interrupted.

        Raises:
            Stopped: where it is.
        """
        if self._wait(self._interrupted, max(seconds, 0)):
            raise Stopped("stopped before it was sent")

    def close(self) -> None:
        """Begin nothing further and send nothing again; what is in flight goes on."""
        self.closing.set()
        self.sending_over.set()

    def stop_sending(self) -> int:
        """Let no further request leave; return how many have left and have no outcome."""
        self.sending_over.set()
        return self.in_flight.stop_sending()

    def interrupt(self, grace: float) -> int:
        """Send nothing more and return how many requests are in flight.

        Args:
            grace: seconds after which `GraceOver` comes among the events.
        """
        self.closing.set()
        self._interrupted.set()
        timer = threading.Timer(grace, lambda: self.tell(GraceOver()))
        timer.daemon = True
        timer.start()
        return self.stop_sending()

    def abandon(self) -> list[Event]:
        """Record what is in flight as unknown and what was never sent as failed; the process is expected to end.

        Returns:
            What happened and was not consumed yet, and the outcome of every draft that has been begun and had none; no
            byte of a request leaves after this.
        """
        self.closing.set()
        self._interrupted.set()
        self.stop_sending()
        # First who has no outcome, then the outcomes that wait to be told: whoever gets one in between is in both.
        left = self.in_flight.unfinished()
        waiting = self._waiting_events()
        ended = {event.draft.id for event in waiting if isinstance(event, Outcome)}
        lost = OutcomeUnknownError("seedream was stopped before the answer came")
        unsent = Stopped("seedream was stopped before this was sent")
        unsaved = DownloadError("seedream was stopped before the picture was saved")
        sent = (draft for draft in left.sent if draft.id not in ended)
        self.recorder.end([records.unknown(draft, said(lost), None) for draft in sent], lost)
        never_sent = (draft for draft in left.unsent if draft.id not in ended)
        self.recorder.end([records.refused(draft, said(unsent), blocked=False) for draft in never_sent], unsent)
        self.recorder.finish()
        answered = [
            Outcome(self.recorder.as_recorded(draft), error=unsaved) for draft in left.answered if draft.id not in ended
        ]
        return _told_once([*waiting, *self._waiting_events(), *answered])

    def _waiting_events(self) -> list[Event]:
        events: list[Event] = []
        with contextlib.suppress(Empty):
            while True:
                event = self._events.get_nowait()
                if event is not None:
                    events.append(event)
        return events

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that talks to people
            self.close()
            self.tell(Crash(error))


def _told_once(events: list[Event]) -> list[Event]:
    """Return events without further outcomes of a draft: its own thread may have told one meanwhile, too."""
    told: set[str] = set()
    made: list[Event] = []
    for event in events:
        if isinstance(event, Outcome):
            if event.draft.id in told:
                continue
            told.add(event.draft.id)
        made.append(event)
    return made
