"""What a run may cost: reserved before a request is begun, so that no number of threads passes the cap."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import CapError
from seedream_cli.money import cap_micros, dollars, price_micros

if TYPE_CHECKING:
    from seedream_cli.pipeline.events import Job

_GLANCE: Final = 0.1
"""Seconds between two looks at whether the run is being stopped."""


class Budget:
    """Reserves what jobs may cost, and takes back what they did not.

    Args:
        most: USD, or None for any sum.
        glance: seconds between two looks of whoever waits at whether the run is being stopped.
    """

    def __init__(self, most: float | None, glance: float = _GLANCE) -> None:
        self._most = None if most is None else cap_micros(most)
        self._spent = 0
        self._reserved = 0
        self._open = 0
        self._outcomes = 0
        self._settled = threading.Condition()
        self._glance = glance

    def reserve(self, job: Job) -> bool:
        """Reserve what a job may cost.

        Returns:
            False where it is not known yet whether it may: that depends on what those in flight cost.

        Raises:
            CapError: where the job would pass the cap.
        """
        cost = _cost(job)
        with self._settled:
            if self._most is not None and self._spent + self._reserved + cost > self._most:
                if not self._reserved:
                    raise _cap_reached(self._spent, self._most)
                return False
            self._reserved += cost
            self._open += 1
        return True

    @property
    def open(self) -> int:
        """How many jobs are reserved for and have no outcome yet."""
        return self._open

    @property
    def outcomes(self) -> int:
        """How many jobs have come to an end; what each cost, or that it cost nothing, is in the history by then."""
        return self._outcomes

    def wait_for(self, job: Job, stopping: threading.Event, *, beyond: int = -1) -> bool:
        """Wait until it is known whether a job may be begun, and return whether it is; False where the run is stopping.

        Nobody may hold anything meanwhile that those in flight need in order to end.

        Args:
            job: the next.
            stopping: set when none is to be begun any more.
            beyond: how many outcomes there were when others than this budget had nothing left for the job: as long as
                there are no more, and jobs that may bring some, it is not known either.
        """
        cost = _cost(job)
        with self._settled:
            while not stopping.is_set():
                is_due = self._outcomes != beyond or not self._open
                fits = self._most is None or not self._reserved or self._spent + self._reserved + cost <= self._most
                if is_due and fits:
                    return True
                self._settled.wait(self._glance)
        return False

    def settle(self, job: Job, *, billed: bool) -> None:
        """Say what became of a job, once that is known: it was billed, perhaps billed, or not."""
        self._end(job, spent=_cost(job) if billed else 0, outcomes=1)

    def give_back(self, job: Job) -> None:
        """Take back the reservation of a job that was not begun."""
        self._end(job, spent=0, outcomes=0)

    def _end(self, job: Job, *, spent: int, outcomes: int) -> None:
        with self._settled:
            self._outcomes += outcomes
            self._open -= 1
            self._reserved -= _cost(job)
            self._spent += spent
            self._settled.notify_all()


def _cost(job: Job) -> int:
    return sum(0 if draft.sandbox else price_micros(draft.price) for draft in job.drafts)


def _cap_reached(spent: int, most: int) -> CapError:
    return CapError(
        f"the next draft would pass the cap: {dollars(spent / 1e6)} of {dollars(most / 1e6)} are spent, or may be",
        hint="the same command with a higher --max-cost goes on where this one stopped",
    )
