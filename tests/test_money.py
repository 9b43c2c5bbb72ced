"""Sums as they are shown."""

import math

import pytest

from seedream_cli.money import by_prices, cap_micros, credible_price, dollars, estimate, price_micros


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


@pytest.mark.parametrize(
    ("told", "usd"),
    [(0, 0.0), (0.012, 0.012), (5, 5.0), *((told, None) for told in (None, True, "5", -0.01, 1e9, math.nan, 10**400))],
)
def test_what_a_record_tells_is_a_price_or_none(told: object, usd: float | None) -> None:
    assert credible_price(told) == usd


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ((), "by the rate card of 2026-11"),
        (("card",), "by the rate card of 2026-11"),
        (("own",), "by the configuration's prices"),
        (("own", "card"), "by the rate card of 2026-11 and the configuration's prices"),
    ],
)
def test_a_sum_says_whose_prices_it_is_made_from(models: tuple[str, ...], told: str) -> None:
    assert by_prices(models, {"own": 0.5}) == told


@pytest.mark.parametrize(
    ("usd", "counted"),
    [
        (0.012, 12_000),
        (0.3, 300_000),
        (0.1 + 0.2, 300_000),
        (0.0119999, 11_999),
        (0.0000004, 0),
        (5, 5_000_000),
        (1e303, 10**18),
        pytest.param(10**400, 10**18, id="no float"),
    ],
)
def test_a_cap_is_never_rounded_up(usd: float, counted: int) -> None:
    assert cap_micros(usd) == counted


@pytest.mark.parametrize("usd", [1e12, 1e15, 1e308, pytest.param(10**400, id="400 digits")])
def test_a_cap_of_any_size_is_above_every_cost(usd: float) -> None:
    assert cap_micros(usd) == 10**18


@pytest.mark.parametrize(
    ("usd", "counted"), [(0, 0), (0.012, 12_000), (0.3, 300_000), (0.0000004, 1), (0.01249996, 12_500)]
)
def test_a_price_is_never_rounded_down(usd: float, counted: int) -> None:
    assert price_micros(usd) == counted


def test_what_is_typed_in_millionths_is_exact_both_ways() -> None:
    for millionths in [*range(100_000), *range(10**12 - 1000, 10**12)]:
        typed = float(f"{millionths // 10**6}.{millionths % 10**6:06}")
        assert cap_micros(typed) == price_micros(typed) == millionths
