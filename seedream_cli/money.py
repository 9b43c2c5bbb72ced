"""Sums of money as they are shown."""

from __future__ import annotations


def dollars(usd: float) -> str:
    """Return a sum in US dollars: whole cents as `$0.12`, anything finer in full, `$0.048`."""
    cents, fraction = f"{usd:.6f}"[:-4], f"{usd:.6f}"[-4:]
    return f"${cents}{fraction.rstrip('0')}"


def estimate(usd: float) -> str:
    """Return a sum made from the rate card, called what it is."""
    return f"about {dollars(usd)}" if usd else "$0"


def micros(usd: float) -> int:
    """Return a sum in millionths of a US dollar, in which sums are exact."""
    return round(usd * 1_000_000)
