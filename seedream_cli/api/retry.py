"""When to send a request again, and after how long: a policy without I/O, clock or randomness of its own.

Only an answer that says it failed, or a connection on which nothing was sent, is tried again. Backoff is exponential
from 1 s with jitter; what the service tells to wait is believed within reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import APIConnectionError, APIError, RateLimitError, ServerError, TLSError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_ATTEMPTS: Final = 4
"""How often one request is sent while the service or the connection fails."""

_BACKOFF_BASE: Final = 1.0
_CONCURRENCY_WAIT: Final = (1.0, 3.0)
_SHORTEST_TOLD_WAIT: Final = 1.0
"""Seconds; a server that tells less each time would be asked without end."""


@dataclass(slots=True)
class Attempts:
    """What one request has been through.

    Attributes:
        failures: answers of 5xx and failed connections so far.
        waited: seconds spent waiting for what the service told, and for rate limits.
        rate_limits: answers of 429 so far.
    """

    failures: int = 0
    waited: float = 0.0
    rate_limits: int = 0


def next_wait(error: APIError, attempts: Attempts, *, max_wait: float, jitter: Callable[[], float]) -> float | None:
    """Return the seconds to wait before sending again, or None to give up; counts the failure in `attempts`.

    Args:
        error: what the last attempt ended with.
        attempts: this request's past; changed.
        max_wait: seconds that rate limits, and waits that a failing service tells, may cost one request in all.
        jitter: returns a random number of 0 to 1.
    """
    if isinstance(error, RateLimitError):
        return _rate_limit_wait(error, attempts, max_wait, jitter())
    if isinstance(error, TLSError) or not _is_free_failure(error):
        return None
    attempts.failures += 1
    if attempts.failures >= MAX_ATTEMPTS:
        return None
    wait: float = _BACKOFF_BASE * 2.0 ** (attempts.failures - 1) * (1 + jitter() / 4)
    if isinstance(error, ServerError) and error.wait is not None:
        told = min(error.wait, max_wait - attempts.waited)
        attempts.waited += max(told, 0)
        wait = max(wait, told)
    return wait


def _is_free_failure(error: APIError) -> bool:
    return isinstance(error, APIConnectionError) or (isinstance(error, ServerError) and error.retryable)


def _rate_limit_wait(error: RateLimitError, attempts: Attempts, max_wait: float, jitter: float) -> float | None:
    left = max_wait - attempts.waited
    if left <= 0:
        return None
    low, high = _CONCURRENCY_WAIT
    guess = low + (high - low) * jitter
    if error.wait is not None:
        # A little spread, so that those who were told the same moment do not all come back at it.
        wait = max(error.wait, _SHORTEST_TOLD_WAIT) + jitter
    elif error.concurrency:
        wait = guess
    else:
        wait = guess * 2 ** min(attempts.rate_limits, 4)
    attempts.rate_limits += 1
    wait = min(wait, left)
    attempts.waited += wait
    return wait
