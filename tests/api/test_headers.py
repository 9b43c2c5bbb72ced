"""What headers say about quota and waiting, however absurd."""

import math
import os
import time
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedream_cli.api.headers import Quota, read_quota, told_wait

NOW = 1_800_000_000.0
SMALL = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def wait(concurrency: bool = False, **headers: str) -> float | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return told_wait(httpx.Headers(named), now=NOW, concurrency=concurrency)


def test_quota_is_read_whatever_the_case_of_its_names() -> None:
    headers = httpx.Headers(
        {
            "X-RATELIMIT-LIMIT": "50.00",
            "x-ratelimit-remaining": "49.5",
            "X-RateLimit-Reset": "1800000060",
            "X-Quota-Remaining-Credits": " 31.40 ",
            "X-Org-Quota-Remaining-Credits": "1e3",
        }
    )
    assert read_quota(headers) == Quota(49.5, 31.4, 1000.0)


def test_no_headers_are_no_quota() -> None:
    assert read_quota({}) == Quota()


@pytest.mark.parametrize("text", ["", "NaN", "inf", "-inf", "-1e999", "9" * 5000, "many", "1, 2", "0x10", "\x9b", "\0"])
def test_a_quota_that_is_no_number_is_none(text: str) -> None:
    assert read_quota({"x-quota-remaining-credits": text}) == Quota()


def test_an_empty_bucket_is_waited_for_until_it_fills() -> None:
    assert wait(x_ratelimit_reset="1800000042") == 42
    assert wait(x_ratelimit_reset="1800000042.5") == 42.5


def test_a_reset_in_milliseconds_is_understood() -> None:
    assert wait(x_ratelimit_reset="1800000042000") == 42


@pytest.mark.parametrize(
    "reset",
    ["1799999999", "1800000000", "0", "-1", "nan", "inf", "-inf", "1e9", "1e300", "9" * 5000, "soon", "", "4000000000"],
)
def test_a_reset_that_is_past_absurd_or_far_away_is_not_believed(reset: str) -> None:
    assert wait(x_ratelimit_reset=reset) is None
    assert wait(x_ratelimit_reset=reset, retry_after="7") == 7


def test_the_bucket_says_nothing_about_requests_in_flight() -> None:
    assert wait(concurrency=True, x_ratelimit_reset="1800000042") is None
    assert wait(concurrency=True, x_ratelimit_reset="1800000042", retry_after="2") == 2


@pytest.mark.parametrize("text", ["-5", "0", "-0", "nan", "inf", "1e9", "86401", "soon", "", "9" * 5000, "7 s", "7,7"])
def test_a_wait_that_is_past_absurd_or_far_away_is_not_told(text: str) -> None:
    assert wait(retry_after=text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30),
        ("Fri, 15 Jan 2027 09:00:30 +0100", 30),
        ("Fri, 15 Jan 2027 08:00:30 -0000", 30),
        ("Fri, 15 Jan 2027 08:00:30", 30),
        ("Friday, 15-Jan-27 08:00:30 GMT", 30),
        ("Fri, 15 Jan 2027 07:59:30 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 15 Jan 2100 08:00:30 GMT", None),
        ("Fri, 99 Jan 2027 08:00:30 GMT", None),
        ("Fri, 15 Jan 99999999999 08:00:30 GMT", None),
        ("Fri, 15 Jan 2027 08:00:30 +9999999999", None),
        ("Fri, 15 Jan 0001 00:00:00 +2359", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_date_to_wait_for_is_read_in_any_time_zone(
    text: str, seconds: float | None, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with local_time(zone, monkeypatch):
        assert wait(retry_after=text) == seconds


class local_time:  # noqa: N801 - reads as a phrase
    """The process in another time zone for a while."""

    def __init__(self, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._zone = zone
        self._monkeypatch = monkeypatch

    def __enter__(self) -> None:
        self._monkeypatch.setenv("TZ", self._zone)
        time.tzset()

    def __exit__(self, *_: object) -> None:
        self._monkeypatch.undo()
        time.tzset()


def words() -> st.SearchStrategy[str]:
    pieces = [
        "Fri",
        ",",
        " ",
        "15",
        "Jan",
        "2027",
        "08:00:30",
        "GMT",
        "+0100",
        "-0000",
        "1e9",
        "nan",
        ":",
        "-",
        "99999",
    ]
    made = st.lists(st.sampled_from(pieces), max_size=9).map("".join)
    return made | st.text(max_size=60) | st.floats().map(str) | st.integers().map(str)


@SMALL
@given(words(), words(), st.booleans(), st.floats(0, 1e11))
def test_whatever_is_told_is_a_wait_of_up_to_a_day_or_none(
    retry_after: str, reset: str, concurrency: bool, now: float
) -> None:
    headers = {"retry-after": retry_after, "x-ratelimit-reset": reset}
    seconds = told_wait(headers, now=now, concurrency=concurrency)
    assert seconds is None or 0 < seconds <= 86400


@SMALL
@given(words())
def test_whatever_quota_is_told_is_a_finite_number_or_none(text: str) -> None:
    names = ("x-ratelimit-remaining", "x-quota-remaining-credits", "x-org-quota-remaining-credits")
    quota = read_quota(dict.fromkeys(names, text))
    told = [quota.remaining_usd, quota.credits_usd, quota.organisation_usd]
    assert all(number is None or math.isfinite(number) for number in told)


@pytest.fixture(autouse=True)
def _same_time_zone_after() -> Iterator[None]:
    before = os.environ.get("TZ")
    yield
    assert os.environ.get("TZ") == before
