"""Hands out the jobs of a run in their order, each to one thread, recorded and paid for out of the budget."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedream_cli.errors import CapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seedream_cli.pipeline.budget import Budget
    from seedream_cli.pipeline.events import Job


@dataclass(frozen=True, slots=True)
class Begun:
    """Jobs that are recorded as begun.

    Attributes:
        jobs: to be sent.
        last: whether none is to be begun after them.
        later: not begun: whether they may be depends on what those in flight cost.
    """

    jobs: Sequence[Job]
    last: bool
    later: Sequence[Job] = ()


class JobQueue:
    """The jobs of one run, until there are no more or the run is closing.

    Args:
        jobs: not begun yet; taken as they are needed.
        budget: out of which each is paid for.
        closing: set when none is to be begun or sent any more.
        begin: records jobs as begun, and returns those that are to be sent, as they then are.
        capped: is told once the budget allows no further job.
        in_turn: whether each is begun only once it is known whether the one before it is.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        budget: Budget,
        closing: threading.Event,
        *,
        begin: Callable[[Sequence[Job]], Begun],
        capped: Callable[[CapError], None],
        in_turn: bool = False,
    ) -> None:
        self._jobs = iter(jobs)
        self._budget = budget
        self._closing = closing
        self._begin = begin
        self._capped = capped
        self._in_turn = in_turn
        self._lock = threading.Lock()
        self._later: deque[Job] = deque()
        self._put_off_at = -1
        self._next: Job | None = None
        self._begun: deque[Job] = deque()
        self._filled = False
        self._ended = threading.Event()

    def fill(self, count: int) -> None:
        """Begin the first jobs together: they stand in their order in the history, for the price of one write.

        Whichever thread comes first does so; the others wait for it.
        """
        with self._lock:
            if self._filled:
                return
            self._filled = True
            first: list[Job] = []
            while len(first) < count and (job := self._reserved()) is not None:
                first.append(job)
            if first:
                self._begun.extend(self._begin_now(first))

    def take(self) -> Job | None:
        """Return the next job, begun, or None where none is to be begun or sent, or `more` tells when."""
        while True:
            with self._lock:
                if self._begun:
                    return None if self._closing.is_set() else self._begun.popleft()
                job = self._reserved()
                if job is None:
                    return None
                begun = self._begin_now([job]) if self._in_turn else None
            if begun is None:
                begun = self._begin_now([job])
            if begun:
                return begun[0]

    def more(self) -> bool:
        """Wait until it is known whether the next job can be paid for; False where there is none to be begun."""
        with self._lock:
            # Another thread may have taken the job that was next.
            following = None if self._ended.is_set() else self._peeked()
            put_off_at = self._put_off_at
        return following is not None and self._budget.wait_for(following, self._closing, beyond=put_off_at)

    def abandoned(self) -> list[Job]:
        """Return, once, the jobs that have been begun and that nobody takes any more."""
        with self._lock:
            if not self._closing.is_set():
                return []
            left = list(self._begun)
            self._begun.clear()
            return left

    def _begin_now(self, jobs: Sequence[Job]) -> Sequence[Job]:
        outcomes = self._budget.outcomes
        begun = self._begin(jobs)
        if begun.last:
            self._ended.set()
        if begun.later:
            self._later.extendleft(reversed(begun.later))
            self._put_off_at = outcomes
        return begun.jobs

    def _reserved(self) -> Job | None:
        """Return the next job, paid for; None where there is none, or where it cannot be paid for yet."""
        if self._closing.is_set() or self._ended.is_set():
            return None
        if self._put_off_at == self._budget.outcomes and self._budget.open:
            return None
        following = self._peeked()
        try:
            if following is None or not self._budget.reserve(following):
                return None
        except CapError as error:
            self._ended.set()
            self._capped(error)
            return None
        if self._later:
            return self._later.popleft()
        self._next = None
        return following

    def _peeked(self) -> Job | None:
        """Return the next job, which stays the next."""
        if self._later:
            return self._later[0]
        if self._next is None:
            self._next = next(self._jobs, None)
        return self._next
