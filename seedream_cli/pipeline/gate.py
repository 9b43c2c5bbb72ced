"""When a request may leave: so many at once as the user, the account and the state of the service allow.

A refusal for too many in flight lowers what is believed of the account's limit; answers raise it again, one at a time.
An empty spend bucket, or a service that cannot be reached, closes the gate for every thread at once; afterwards one
request goes first, and each answer doubles how many may follow, so that there is no herd.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedream_cli.pipeline.slots import Slots

_GLANCE: Final = 0.1
"""Seconds between two looks at whether the run is being stopped."""

_POLL: Final = 0.05
"""Seconds, about, between two looks at whether another process gave a place back."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 15.0
"""Seconds between two tries to reach a service that cannot be reached."""

_MOST_PATIENT: Final = 64


class Seat:
    """The right to have one request in flight."""

    def __init__(self, gate: Gate, slot: int) -> None:
        self._gate = gate
        self._slot: int | None = slot

    def close(self) -> None:
        """Give the right back; again is no harm."""
        if self._slot is not None:
            slot, self._slot = self._slot, None
            self._gate.left(slot)

    def take_again(self, stopping: threading.Event) -> bool:
        """Wait until the request may leave once more, and return whether it may."""
        self._slot = self._gate.free_slot(stopping)
        return self._slot is not None


class Gate:
    """Lets requests leave; safe to use from many threads.

    Args:
        slots: shared with other processes, or not.
        workers: requests in flight at most.
        jitter: returns a random number of 0 to 1.
        monotonic: returns seconds that never jump.
        pause: waits until an event is set, but no longer than so many seconds, and returns whether it is set.
    """

    def __init__(
        self,
        slots: Slots,
        *,
        workers: int,
        jitter: Callable[[], float],
        monotonic: Callable[[], float],
        pause: Callable[[threading.Event, float], bool],
    ) -> None:
        self._slots = slots
        self._workers = workers
        self._jitter = jitter
        self._monotonic = monotonic
        self._pause = pause
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._inside = 0
        self._window = workers
        self._opens_at = 0.0
        self._down_since: float | None = None
        self._empty_since: float | None = None
        self._pauses = 0
        self._answers = 0
        self._proven = 0
        self._patience = 1
        self._stride = 1
        self._in_burst = False
        self._trying = False
        self._crowd = False

    @property
    def room(self) -> int:
        """How many requests may leave now, as far as this process can tell."""
        with self._changed:
            return max(min(self._window, self._slots.limit or self._workers) - self._inside, 1)

    def enter(self, stopping: threading.Event) -> Seat | None:
        """Wait until a request may leave; None where the run is stopping instead."""
        slot = self.free_slot(stopping)
        return None if slot is None else Seat(self, slot)

    def free_slot(self, stopping: threading.Event) -> int | None:
        """Wait until a request may leave, and hold a place for it; None where the run is stopping instead."""
        with self._turn, self._changed:
            while not stopping.is_set():
                closed_for = self._opens_at - self._monotonic()
                if closed_for > 0:
                    self._pause_outside(stopping, closed_for)
                elif self._inside >= self._window:
                    self._changed.wait(_GLANCE)
                elif (slot := self._slots.take()) is not None:
                    self._inside += 1
                    return slot
                else:
                    self._crowd = True
                    self._wait_for_a_place(stopping)
        return None

    def left(self, slot: int) -> None:
        """Take a seat's place back."""
        self._slots.give_back(slot)
        with self._changed:
            self._inside -= 1
            self._changed.notify()

    def answered(self) -> None:
        """Take note of an answer that does not say that there are too many requests."""
        with self._changed:
            self.reached()
            self._empty_since = None
            if self._monotonic() >= self._opens_at and self._window < self._workers:
                self._window = min(self._window * 2, self._workers)
                self._changed.notify_all()
            self._answers += 1
            self._proven = max(self._proven, self._inside)
            self._in_burst = False
            limit = self._slots.limit
            rounds = 1 if self._trying else self._patience
            if limit is not None and self._crowd and self._answers >= limit * rounds:
                self._try_more(limit)

    def reached(self) -> None:
        """Take note of an answer of any kind."""
        with self._changed:
            self._down_since = None
            self._pauses = 0

    def crowded(self, *, again: bool) -> bool:
        """Take note of a refusal, to a request whose seat was left, because too many are in flight for the account.

        Args:
            again: whether that request was refused so before.

        Returns:
            Whether it is the first since an answer.
        """
        with self._changed:
            self.reached()
            is_first, self._in_burst = not self._in_burst, True
            self._answers = 0
            in_flight = self._slots.taken()
            # Fewer than have been answered before: the service may have counted one that was just answered. Whoever
            # waited and is refused again was no accident.
            if in_flight >= self._proven or again:
                self._settle_at(in_flight)
            return is_first

    def _settle_at(self, in_flight: int) -> None:
        self._proven = min(self._proven, in_flight)
        self._slots.learn(max(min(in_flight, self._slots.limit or in_flight), 1))
        if self._trying:
            # Each try for more costs a request: what was refused is tried again later and later.
            self._patience = min(self._patience * 2, _MOST_PATIENT)
            self._trying = False

    def _try_more(self, limit: int) -> None:
        if self._trying:  # the last try went well, so the next is for twice as many more
            self._stride *= 2
            self._patience = 1
        else:
            self._stride = 1
        self._trying = True
        self._answers = 0
        self._crowd = False
        self._slots.learn(limit + self._stride)

    def close_for(self, seconds: float, patience: float) -> float | None:
        """Let nothing leave for so long, because of an answer that holds for every request.

        Args:
            patience: seconds after the first such answer at which it is given up, unless another came in between.

        Returns:
            Seconds until the next try, 0 where that is no news, None where it is given up.
        """
        with self._changed:
            self.reached()
            now = self._monotonic()
            if self._empty_since is None:
                self._empty_since = now
            seconds = min(seconds, self._empty_since + patience - now)
            if seconds <= 0:
                return None
            return seconds if self._close(seconds) else 0.0

    def unreachable(self, patience: float) -> float | None:
        """Take note that the service could not be reached: one more try follows, and so on for as long as is allowed.

        Args:
            patience: seconds after the first failure at which it is given up.

        Returns:
            Seconds until the next try, 0 where that is no news, None where it is given up.
        """
        with self._changed:
            now = self._monotonic()
            if self._down_since is None:
                self._down_since = now
            left = self._down_since + patience - now
            if left <= 0:
                return None
            if now < self._opens_at:
                return 0.0
            seconds = min(_FIRST_PAUSE * 2.0**self._pauses * (1 + self._jitter() / 4), _LONGEST_PAUSE, left)
            self._pauses = min(self._pauses + 1, 10)
            self._close(seconds)
            return seconds

    def _close(self, seconds: float) -> bool:
        until = self._monotonic() + seconds
        news = self._opens_at <= self._monotonic()
        self._opens_at = max(self._opens_at, until)
        self._window = 1
        return news

    def _wait_for_a_place(self, stopping: threading.Event) -> None:
        if self._inside:
            self._changed.wait(_POLL)
        else:  # other processes have them all, and wake nobody here
            self._pause_outside(stopping, _POLL * (0.5 + self._jitter()))

    def _pause_outside(self, stopping: threading.Event, seconds: float) -> None:
        self._changed.release()
        try:
            self._pause(stopping, seconds)
        finally:
            self._changed.acquire()
