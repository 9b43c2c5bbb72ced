"""Which jobs are taken and which requests are in flight: the state that the threads of a run share."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedream_cli.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.pipeline.events import Job


class Supply:
    """Hands each job to one thread, in order, until there are no more or the run is closing.

    Args:
        jobs: not begun yet.
        closing: set when none is to be begun any more.
        begin: records jobs as begun and returns them as they then are; none where that failed.
    """

    def __init__(
        self, jobs: Iterable[Job], closing: threading.Event, begin: Callable[[Sequence[Job]], list[Job]]
    ) -> None:
        self._jobs = iter(jobs)
        self._closing = closing
        self._begin = begin
        self._lock = threading.Lock()
        self._begun: deque[Job] = deque()
        self._filled = False

    def fill(self, count: int) -> None:
        """Begin the first jobs together: they stand in their order in the history, for the price of one write.

        Whichever thread comes first does so; the others wait for it.
        """
        with self._lock:
            if not self._filled and not self._closing.is_set():
                self._filled = True
                first = list(itertools.islice(self._jobs, count))
                self._begun.extend(self._begin(first) if first else ())

    def take(self) -> Job | None:
        """Return the next job, begun, or None where none is to be begun."""
        with self._lock:
            if self._begun:
                return self._begun.popleft()
            job = None if self._closing.is_set() else next(self._jobs, None)
        begun = self._begin([job]) if job else []
        return begun[0] if begun else None


class Flights:
    """Requests that have been begun and have no outcome yet.

    The moment before a request's first byte leaves and the moment at which sending ends for good exclude each other:
    whatever is told to have been unsent then will never be sent.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grounded = False
        self._begun: dict[str, tuple[Draft, ...]] = {}
        self._sent: set[str] = set()
        self._landing: dict[str, Draft] = {}

    def begin(self, drafts: tuple[Draft, ...]) -> None:
        """Count the drafts of one request as begun."""
        with self._lock:
            self._begun[drafts[0].request] = drafts

    def end(self, drafts: tuple[Draft, ...]) -> None:
        """Count the drafts of one request as ended."""
        request = drafts[0].request
        with self._lock:
            self._begun.pop(request, None)
            self._sent.discard(request)

    def sent(self, drafts: tuple[Draft, ...]) -> None:
        """Note that the request's first byte is about to leave.

        Raises:
            Stopped: where it must not.
        """
        with self._lock:
            if self._grounded:
                raise Stopped("stopped before it was sent")
            self._sent.add(drafts[0].request)

    def refused(self, drafts: tuple[Draft, ...]) -> None:
        """Note that the request came to nothing, so that it counts as unsent again."""
        with self._lock:
            self._sent.discard(drafts[0].request)

    def ground(self) -> int:
        """Let no further request leave; return how many have left and have no outcome."""
        with self._lock:
            self._grounded = True
            return len(self._sent)

    def answered(self, draft: Draft) -> None:
        """Note that the draft is answered and its picture still to be saved."""
        with self._lock:
            self._landing[draft.id] = draft

    def landed(self, draft: Draft) -> None:
        """Note that the draft's picture is saved, or left for later."""
        with self._lock:
            self._landing.pop(draft.id, None)

    def aloft(self) -> Aloft:
        """Return all drafts that have been begun and have no outcome."""
        with self._lock:
            made = Aloft([], [], list(self._landing.values()))
            for request, drafts in self._begun.items():
                still = [draft for draft in drafts if draft.id not in self._landing]
                (made.sent if request in self._sent else made.unsent).extend(still)
            return made


@dataclass(frozen=True, slots=True)
class Aloft:
    """Drafts without an outcome.

    Attributes:
        sent: their requests have left.
        unsent: their requests have not.
        answered: their pictures are paid for and not saved yet.
    """

    sent: list[Draft]
    unsent: list[Draft]
    answered: list[Draft]
