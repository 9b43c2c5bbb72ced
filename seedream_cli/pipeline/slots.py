"""Places for requests in flight, shared by all processes that draw at one service.

The account, not the process, has a limit on requests in flight. Each request holds a place, the lowest that is free, by
the lock of one byte of a file; the system gives it back when the process ends, in whatever way. How many there are is
learned from the service's refusals, and written into the same file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from typing import TYPE_CHECKING, Final, Protocol

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable, locks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST: Final = 512
_LEARNED: Final = re.compile(rb"([0-9]{1,3}) ([0-9]{1,12})\n")
_BELIEVED_FOR: Final = 3600
"""Seconds after which what was learned is tried anew: the account may have another plan by then."""

_TURN: Final = 1.0
"""Seconds to wait for another process that counts; one that was stopped in that moment is no reason to wait longer."""

_FREE_IN_A_ROW: Final = 16
"""So many free places behind one another, and no later one is expected to be taken."""


class Slots(Protocol):
    """Places for requests in flight."""

    def take(self) -> int | None:
        """Return the number of a place that is held from now on, or None where none is free."""

    def give_back(self, slot: int) -> None:
        """Hold a place no longer."""

    def taken(self) -> int:
        """Return how many are taken, by whomever."""

    @property
    def limit(self) -> int | None:
        """How many there are, or None where that is not known."""

    def learn(self, limit: int) -> None:
        """Believe that there are so many."""


class OwnSlots:
    """Places that nobody shares."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._lock = threading.Lock()
        self.limit: int | None = None

    def take(self) -> int | None:
        """Return the number of a place that is held from now on, or None where none is free."""
        with self._lock:
            if len(self._taken) >= (self.limit or MOST):
                return None
            for slot in range(MOST):
                if slot not in self._taken:
                    self._taken.add(slot)
                    return slot
        return None

    def give_back(self, slot: int) -> None:
        """Hold a place no longer."""
        with self._lock:
            self._taken.discard(slot)

    def taken(self) -> int:
        """Return how many are taken."""
        with self._lock:
            return len(self._taken)

    def learn(self, limit: int) -> None:
        """Believe that there are so many."""
        self.limit = limit


class SharedSlots:
    """Places shared with other processes, until it is closed; at most one object a process and file.

    Args:
        descriptor: of the file, open for reading and writing.
        most: requests in flight that the user allows, or None.
        clock: returns Unix time in seconds.
    """

    def __init__(self, descriptor: int, most: int | None, clock: Callable[[], float]) -> None:
        self._file = descriptor
        self._closed = False
        self._most = most
        self._clock = clock
        self._taken: set[int] = set()
        self._lock = threading.RLock()

    @property
    def limit(self) -> int | None:
        """How many there are, as far as that is known."""
        limits = [limit for limit in (self._most, self._learned()) if limit is not None]
        return min(limits) if limits else None

    def close(self) -> None:
        """Give everything back and close the file; threads that are left behind find no place any more."""
        with self._lock:
            self._closed = True  # another file may get the number of this one
            os.close(self._file)

    def take(self) -> int | None:
        """Return the number of a place that is held from now on, or None where none is free."""
        with self._counting():
            limit = self.limit
            if self._closed or (limit is not None and self._count() >= limit):
                return None
            for slot in range(min(limit or MOST, MOST)):
                if slot not in self._taken and locks.try_lock_byte(self._file, slot):
                    self._taken.add(slot)
                    return slot
        return None

    def give_back(self, slot: int) -> None:
        """Hold a place no longer."""
        with self._lock:
            if not self._closed:
                self._taken.discard(slot)
                locks.unlock_byte(self._file, slot)

    def taken(self) -> int:
        """Return how many are taken, by this process and others."""
        with self._counting():
            return self._count()

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        """Keep others from counting: one looks at a place by locking it, which nobody is to take for a request."""
        with self._lock:
            if self._closed:
                yield
                return
            with locks.exclusive_byte(self._file, MOST, _TURN):
                yield

    def _count(self) -> int:
        count = free = 0
        for slot in range(0 if self._closed else MOST):
            if slot in self._taken:
                count, free = count + 1, 0
            elif locks.try_lock_byte(self._file, slot):
                locks.unlock_byte(self._file, slot)
                free += 1
                if free >= _FREE_IN_A_ROW and slot > max(self._taken, default=0):
                    break
            else:
                count, free = count + 1, 0
        return count

    def learn(self, limit: int) -> None:
        """Believe, for an hour, that there are so many; beyond what the user allows nothing can be learned."""
        with self._lock, contextlib.suppress(OSError):
            if self._closed or (self._most is not None and limit > self._most):
                return
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, b"%d %d\n" % (min(limit, MOST), int(self._clock())))

    def _learned(self) -> int | None:
        found = None
        with self._lock, contextlib.suppress(OSError):
            if not self._closed:
                found = _LEARNED.match(durable.read_at(self._file, 32, 0))
        if found is None or not 0 <= self._clock() - int(found[2]) < _BELIEVED_FOR:
            return None
        return max(int(found[1]), 1)


@contextlib.contextmanager
def shared_slots(folder: Path, origin: str, most: int | None, clock: Callable[[], float]) -> Iterator[SharedSlots]:
    """Share places for requests to one origin.

    Args:
        folder: beside the history.
        origin: base URL of the service.
        most: requests in flight that the user allows, or None.
        clock: returns Unix time in seconds.

    Raises:
        LocalFileError: where that cannot be.
    """
    path = folder / f"in-flight-{hashlib.sha256(origin.encode()).hexdigest()[:12]}.lock"
    try:
        durable.make_private_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | durable.OPEN_FLAGS, durable.PRIVATE_FILE)
    except OSError as error:
        raise LocalFileError(f"{folder} cannot be written: {error.strerror or error}") from error
    with contextlib.closing(SharedSlots(descriptor, most, clock)) as slots:
        yield slots
