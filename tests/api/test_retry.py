"""When a request is sent again, and after how long: the whole policy, without time or chance."""

import pytest

from seedream_cli.api.retry import MAX_ATTEMPTS, Attempts, next_wait
from seedream_cli.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    BadRequestError,
    ContentBlockedError,
    InsufficientBalanceError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TLSError,
    UnusableAnswerError,
)


def limited(wait: float | None = None, *, concurrency: bool = False) -> RateLimitError:
    return RateLimitError("slow down", status=429, code=None, concurrency=concurrency, wait=wait)


def failed(status: int = 503, *, wait: float | None = None, retryable: bool = True) -> ServerError:
    return ServerError("failed", status=status, code=None, retryable=retryable, wait=wait)


def waits(*errors: APIError, max_wait: float = 300, jitter: float = 0.5, limit: int = 1000) -> list[float]:
    """The waits that one request gets when it meets these errors, the last of them for ever."""
    attempts, made = Attempts(), []
    while len(made) < limit:
        wait = next_wait(errors[min(len(made), len(errors) - 1)], attempts, max_wait=max_wait, jitter=lambda: jitter)
        if wait is None:
            break
        made.append(wait)
    return made


FINAL = [
    OutcomeUnknownError("lost"),
    UnusableAnswerError("odd", status=200, raw=b""),
    TLSError("untrusted"),
    AuthenticationError("401", status=401),
    InsufficientBalanceError("402", status=402),
    PermissionDeniedError("403", status=403),
    BadRequestError("400", status=400),
    ContentBlockedError("451", status=451),
    failed(302, retryable=False),
    failed(408, retryable=False),
    failed(302, retryable=False, wait=5),
    APIError("of no kind"),
]


@pytest.mark.parametrize("error", FINAL, ids=lambda error: f"{type(error).__name__} {error.status}")
def test_nothing_that_may_be_billed_or_would_end_the_same_is_sent_again(error: APIError) -> None:
    assert waits(error) == []


@pytest.mark.parametrize("error", FINAL, ids=lambda error: f"{type(error).__name__} {error.status}")
def test_nor_after_failures_that_were_free(error: APIError) -> None:
    assert len(waits(failed(), limited(), error)) == 2


@pytest.mark.parametrize("error", [failed(), APIConnectionError("refused")], ids=["503", "refused"])
def test_a_free_failure_is_tried_four_times_after_one_two_and_four_seconds(error: APIError) -> None:
    assert waits(error, jitter=0) == [1, 2, 4]
    assert len(waits(error)) == MAX_ATTEMPTS - 1
    assert waits(error, jitter=1) == [1.25, 2.5, 5]


def test_failures_of_the_service_and_of_the_connection_count_together() -> None:
    assert waits(failed(), APIConnectionError("refused"), failed(), jitter=0) == [1, 2, 4]


def test_a_failing_service_may_tell_how_long_it_takes() -> None:
    assert waits(failed(wait=20), jitter=0)[0] == 20
    assert waits(failed(wait=0.1), jitter=0) == [1, 2, 4]


def test_what_a_failing_service_tells_costs_no_more_than_the_longest_wait_in_all() -> None:
    assert sum(waits(failed(wait=80_000), max_wait=30, jitter=0)) <= 30 + 1 + 2 + 4
    assert waits(failed(wait=80_000), max_wait=0, jitter=0) == [1, 2, 4]


def test_what_a_failing_service_tells_counts_for_what_it_says_and_no_more() -> None:
    assert waits(failed(wait=0.5), limited(1000), max_wait=10, jitter=0) == [1, 9.5]


def test_an_empty_bucket_is_waited_for_as_told() -> None:
    assert waits(limited(42), jitter=0)[0] == 42
    assert waits(limited(42), jitter=1)[0] == 43
    assert waits(limited(1e-9), jitter=0)[0] == 1


def test_a_limit_of_requests_in_flight_is_waited_for_one_to_three_seconds() -> None:
    assert waits(limited(concurrency=True), jitter=0)[:3] == [1, 1, 1]
    assert waits(limited(concurrency=True), jitter=1)[:3] == [3, 3, 3]


def test_a_bucket_that_tells_nothing_is_asked_less_and_less_often() -> None:
    assert waits(limited(), jitter=0)[:6] == [1, 2, 4, 8, 16, 16]


@pytest.mark.parametrize("wait", [None, 1e-9, 0.5, 7, 299, 300, 301, 86400])
@pytest.mark.parametrize("concurrency", [True, False])
@pytest.mark.parametrize("max_wait", [0, 0.5, 10, 300])
@pytest.mark.parametrize("jitter", [0, 0.5, 1])
def test_rate_limits_cost_a_request_no_more_than_the_longest_wait(
    wait: float | None, concurrency: bool, max_wait: float, jitter: float
) -> None:
    made = waits(limited(wait, concurrency=concurrency), max_wait=max_wait, jitter=jitter, limit=2000)
    assert sum(made) == pytest.approx(max_wait)
    assert len(made) <= max_wait + 1
    assert all(seconds > 0 for seconds in made)


def test_the_longest_wait_is_used_to_its_end_before_giving_up() -> None:
    assert waits(limited(1000), max_wait=300, jitter=0) == [300]


def test_no_wait_at_all_means_giving_up_at_once() -> None:
    assert waits(limited(1), max_wait=0) == []


def test_rate_limits_and_failures_are_counted_apart() -> None:
    assert waits(limited(5), failed(), limited(5), failed(), failed(), failed(), jitter=0) == [5, 1, 5, 2, 4]
