"""Moments as people write them, in the zone where they live."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from seedream_cli.errors import InputError
from seedream_cli.notebook.dates import moment

NOW = datetime.fromisoformat("2026-11-22T15:30:00Z").timestamp()


def unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture
def zone(monkeypatch, request):
    """The zone that the parameter names, restored afterwards."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2026-11-22T00:00:00Z"),
        ("Yesterday", "2026-11-21T00:00:00Z"),
        ("3d", "2026-11-19T15:30:00Z"),
        (" 12H ", "2026-11-22T03:30:00Z"),
        ("90m", "2026-11-22T14:00:00Z"),
        ("5min", "2026-11-22T15:25:00Z"),
        ("2 w", "2026-11-08T15:30:00Z"),
        ("0d", "2026-11-22T15:30:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("20261101", "2026-11-01T00:00:00Z"),
        ("2026-11-01T18:30", "2026-11-01T18:30:00Z"),
        ("2026-11-01 18:30:05", "2026-11-01T18:30:05Z"),
        ("2026-11-01T18:30+02:00", "2026-11-01T16:30:00Z"),
        ("2026-11-01T18:30:00Z", "2026-11-01T18:30:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
    ],
)
def test_a_moment_is_what_it_says(zone, text, expected):
    assert moment(text, now=NOW) == unix(expected)


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_the_end_of_a_day_is_the_beginning_of_the_next_and_a_time_is_its_own_end(zone):
    assert moment("2026-11-01", now=NOW, end=True) == unix("2026-11-02T00:00:00Z")
    assert moment("today", now=NOW, end=True) == unix("2026-11-23T00:00:00Z")
    for text in ("3d", "2026-11-01T18:30"):
        assert moment(text, now=NOW, end=True) == moment(text, now=NOW)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Auckland"], indirect=True)
def test_days_are_those_of_where_one_lives(zone):
    for text in ("today", "yesterday", "2026-11-01"):
        there = datetime.fromtimestamp(moment(text, now=NOW), UTC).astimezone()
        assert (there.hour, there.minute) == (0, 0)
    assert datetime.fromtimestamp(moment("2026-11-01", now=NOW), UTC).astimezone().day == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin"], indirect=True)
def test_days_are_as_long_as_they_are_where_clocks_change(zone):
    def day(text: str) -> float:
        return (moment(text, now=NOW, end=True) - moment(text, now=NOW)) / 3600

    assert (day("2026-03-29"), day("2026-10-25"), day("2026-06-01")) == (23, 25, 24)
    after_the_change = unix("2026-03-29T12:00:00+02:00")
    assert moment("today", now=after_the_change) == unix("2026-03-29T00:00:00+01:00")
    assert moment("yesterday", now=unix("2026-10-26T12:00:00+01:00")) == unix("2026-10-25T00:00:00+02:00")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "soon", "3", "d", "-3d", "3.5d", "3y", "2026-13-01", "2026-02-30", "11/01/2026", "tomorrow ish", "\0",
        "\ud800", "9999999d", "9" * 5000 + "d", "9" * 5000, "0000-01-01", "10000-01-01", "2026-11-01T25:00", "today 3d",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_would_do(text):
    with pytest.raises(InputError, match="is not a date") as caught:
        moment(text, now=NOW)
    assert "today, yesterday, 3d" in str(caught.value.hint)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"], indirect=True)
def test_the_first_day_and_the_last_are_days_like_any_other(zone):
    first, last = moment("0001-01-01", now=NOW), moment("9999-12-31", now=NOW, end=True)
    assert first - 86400 <= unix("0001-01-01T00:00:00Z") <= first + 86400
    assert last - 86400 <= unix("9999-12-31T23:59:59Z") <= last + 86400
    assert moment("9999-12-31", now=NOW) < last


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "999999w"]
)
@pytest.mark.parametrize("end", [False, True])
def test_the_edges_of_time_are_a_moment_or_refused_and_never_a_crash(text, end):
    with suppress(InputError):
        assert isinstance(moment(text, now=NOW, end=end), float)
