"""Time that passes only when somebody waits for it."""

import threading


class Timeline:
    """A clock, and a way to wait that moves it.

    Attributes:
        now: seconds since the beginning.
        waits: seconds of every wait, in the order in which they began.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        with self._lock:
            return self.now

    def pause(self, stop: threading.Event, seconds: float) -> bool:
        """Let so many seconds pass, and tell whether the event is set."""
        if seconds > 0:
            with self._lock:
                self.waits.append(seconds)
                self.now += seconds
        return stop.is_set()
