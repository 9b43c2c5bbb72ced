"""Sums of money as they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli import catalog

if TYPE_CHECKING:
    from collections.abc import Collection, Container

_MICROS: Final = 1_000_000
_MOST: Final = 1e12
"""USD; a cap of more is as good as one of this, and can be counted in millionths."""
_NO_PRICE: Final = 1e9
"""USD; what costs so much was never drawn."""


def dollars(usd: float) -> str:
    """Return a sum in US dollars: whole cents as `$0.12`, anything finer in full, `$0.048`."""
    cents, fraction = f"{usd:.6f}"[:-4], f"{usd:.6f}"[-4:]
    return f"${cents}{fraction.rstrip('0')}"


def estimate(usd: float) -> str:
    """Return a sum made from prices, called what it is."""
    return f"about {dollars(usd)}" if usd else "$0"


def credible_price(told: object) -> float | None:
    """Return in USD what a record, which may come from anywhere, tells as a price; None where it can be none."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < _NO_PRICE:
        return None
    return float(told)


def by_prices(models: Collection[str], own: Container[str]) -> str:
    """Return whose prices a sum is made from: those of the rate card, or the user's.

    Args:
        models: ids of what is drawn.
        own: ids of models whose prices the configuration gives.
    """
    card = f"by the rate card of {catalog.RATE_CARD_DATE}"
    configured = [model in own for model in models]
    if not any(configured):
        return card
    return "by the configuration's prices" if all(configured) else f"{card} and the configuration's prices"


def micros(usd: float) -> int:
    """Return a sum of prices in millionths of a US dollar, in which sums are exact."""
    return round(usd * _MICROS)


def cap_micros(usd: float) -> int:
    """Return a cap in millionths of a US dollar, rounded down where it is finer."""
    nearest = micros(min(usd, _MOST))
    # What was typed as whole millionths is the float nearest to them, and so is the quotient.
    return nearest if nearest / _MICROS <= usd else nearest - 1


def price_micros(usd: float) -> int:
    """Return the price of a picture in millionths of a US dollar, rounded up where it is finer."""
    nearest = micros(usd)
    return nearest if nearest / _MICROS >= usd else nearest + 1
