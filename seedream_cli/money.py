"""Sums of money as they are shown."""

from __future__ import annotations


def dollars(usd: float) -> str:
    """Return a sum in US dollars to a tenth of a cent, `$0.048`; whole cents without the third place."""
    text = f"{usd:.3f}"
    return f"${text.removesuffix('0')}"


def estimate(usd: float) -> str:
    """Return a sum made from the rate card, called what it is."""
    return f"about {dollars(usd)}" if usd else "$0"
