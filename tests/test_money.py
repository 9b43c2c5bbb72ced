"""Sums as they are shown."""

import pytest

from seedream_cli.money import dollars, estimate


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (0, "$0.00"),
        (0.012, "$0.012"),
        (0.12, "$0.12"),
        (10 * 0.012, "$0.12"),
        (0.1 + 0.2, "$0.30"),
        (0.025 * 3, "$0.075"),
        (0.0119, "$0.0119"),
        (0.0125, "$0.0125"),
        (31.4, "$31.40"),
        (2, "$2.00"),
        (12345.678, "$12345.678"),
    ],
)
def test_a_sum_has_two_places_and_more_where_it_is_finer(usd: float, shown: str) -> None:
    assert dollars(usd) == shown


def test_an_estimate_is_called_one_unless_nothing_is_spent() -> None:
    assert estimate(0.048) == "about $0.048"
    assert estimate(0) == "$0"
