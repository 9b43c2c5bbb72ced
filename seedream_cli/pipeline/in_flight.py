"""Which requests are in flight and which pictures are on their way: the state that the threads of a run share."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedream_cli.errors import Stopped

if TYPE_CHECKING:
    from seedream_cli.drafts import Draft


class InFlight:
    """Requests that have been begun and have no outcome yet.

    The moment before a request's first byte leaves and the moment at which sending ends for good exclude each other:
    whatever is told to have been unsent then will never be sent.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._begun: dict[str, tuple[Draft, ...]] = {}
        self._sent: set[str] = set()
        self._answered: dict[str, Draft] = {}

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
            if self._stopped:
                raise Stopped("stopped before it was sent")
            self._sent.add(drafts[0].request)

    def refused(self, drafts: tuple[Draft, ...]) -> None:
        """Note that the request came to nothing, so that it counts as unsent again."""
        with self._lock:
            self._sent.discard(drafts[0].request)

    def stop_sending(self) -> int:
        """Let no further request leave; return how many have left and have no outcome."""
        with self._lock:
            self._stopped = True
            return len(self._sent)

    def answered(self, draft: Draft) -> None:
        """Note that the draft is answered and its picture still to be saved."""
        with self._lock:
            self._answered[draft.id] = draft

    def saved(self, draft: Draft) -> None:
        """Note that the draft's picture is saved, or left for later."""
        with self._lock:
            self._answered.pop(draft.id, None)

    def unfinished(self) -> Unfinished:
        """Return all drafts that have been begun and have no outcome."""
        with self._lock:
            made = Unfinished([], [], list(self._answered.values()))
            for request, drafts in self._begun.items():
                still = [draft for draft in drafts if draft.id not in self._answered]
                (made.sent if request in self._sent else made.unsent).extend(still)
            return made


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Drafts without an outcome.

    Attributes:
        sent: their requests have left.
        unsent: their requests have not.
        answered: their pictures are paid for and not saved yet.
    """

    sent: list[Draft]
    unsent: list[Draft]
    answered: list[Draft]
