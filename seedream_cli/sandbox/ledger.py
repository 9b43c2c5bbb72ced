"""What would have been billed: every generation request, its outcome and its price."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.envelope import ApiError, busy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.sandbox.orders import Order

DEFAULT_BALANCE_USD: Final = 100.0
"""Shown as the balance where none was set; it never goes down then."""

MAX_ENTRIES: Final = 100_000
"""Older entries are dropped, so that memory stays flat; the totals go on counting."""

_MICROS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One generation request and what became of it; never its prompt.

    Attributes:
        time: Unix time in seconds when the outcome was decided.
        status: HTTP status, or None where no answer was sent.
        model: model id, None where the request was not valid; so for size, n and seed.
        size: `WxH` in pixels.
        n: images asked for.
        seed: seed of the first image.
        billed: images billed.
        usd: price of what was billed, US dollars.
        fault: the scripted fault that was applied, or None.
    """

    time: float
    status: int | None
    model: str | None = None
    size: str | None = None
    n: int | None = None
    seed: int | None = None
    billed: int = 0
    usd: float = 0.0
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The ledger's sums at one moment.

    Attributes:
        requests: generation requests that were decided, refused ones too.
        billed_images: images billed.
        usd: their price, US dollars.
        downloads: pictures given out undamaged, ranges counted each.
        in_flight: generation requests that are being decided.
    """

    requests: int
    billed_images: int
    usd: float
    downloads: int
    in_flight: int


class Ledger:
    """Counts and bills, for many threads at once."""

    def __init__(self, balance: float | None = None) -> None:
        """Open a ledger with `balance` US dollars, or with one that never goes down (None)."""
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        # Whole millionths of a dollar: sums of 0.012 must come out even after ten thousand of them.
        self._balance = None if balance is None else round(balance * _MICROS)
        self._spent = 0
        self._requests = 0
        self._billed_images = 0
        self._downloads = 0
        self._in_flight = 0

    @contextmanager
    def flight(self, most: int | None) -> Iterator[None]:
        """Count one generation request as in flight.

        Args:
            most: how many may be at once; None for any number.

        Raises:
            ApiError: 429 where they are that many.
        """
        with self._lock:
            if most is not None and self._in_flight >= most:
                raise busy()
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def bill(self, order: Order, *, time: float, status: int | None, fault: str | None) -> None:
        """Bill every image of the order and write the entry, both or neither.

        Raises:
            ApiError: 402 where the balance does not cover it; nothing is written then.
        """
        price = round(order.model.usd * _MICROS) * order.n
        with self._lock:
            if self._balance is not None and self._spent + price > self._balance:
                raise ApiError(402)
            self._spent += price
            self._billed_images += order.n
            self._write(_entry(order, time, status, fault, billed=order.n, usd=price / _MICROS))

    def note(self, order: Order | None, *, time: float, status: int | None, fault: str | None) -> None:
        """Write the entry of a request that bills nothing; `order` is None where it was not valid."""
        with self._lock:
            self._write(_entry(order, time, status, fault, billed=0, usd=0.0))

    def count_download(self) -> None:
        """Count one picture given out."""
        with self._lock:
            self._downloads += 1

    @property
    def totals(self) -> Totals:
        """All sums, taken at one moment."""
        with self._lock:
            return self._totals()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries, oldest first."""
        with self._lock:
            return tuple(self._entries)

    @property
    def requests(self) -> int:
        """Generation requests that were decided, refused ones too."""
        return self.totals.requests

    @property
    def billed_images(self) -> int:
        """Images billed."""
        return self.totals.billed_images

    @property
    def usd(self) -> float:
        """Price of all images billed, US dollars."""
        return self.totals.usd

    @property
    def downloads(self) -> int:
        """Pictures given out undamaged, ranges counted each."""
        return self.totals.downloads

    @property
    def in_flight(self) -> int:
        """Generation requests that are being decided."""
        return self.totals.in_flight

    @property
    def available_usd(self) -> float:
        """Balance that is left, US dollars; always 100 where no balance was set."""
        with self._lock:
            if self._balance is None:
                return DEFAULT_BALANCE_USD
            return (self._balance - self._spent) / _MICROS

    def as_json(self) -> dict[str, object]:
        """Return sums and entries, ready for JSON."""
        with self._lock:
            totals, entries = self._totals(), tuple(self._entries)
        return {**asdict(totals), "entries": [asdict(entry) for entry in entries]}

    def _write(self, entry: Entry) -> None:
        self._requests += 1
        self._entries.append(entry)

    def _totals(self) -> Totals:
        return Totals(self._requests, self._billed_images, self._spent / _MICROS, self._downloads, self._in_flight)


def _entry(
    order: Order | None, time: float, status: int | None, fault: str | None, *, billed: int, usd: float
) -> Entry:
    if order is None:
        return Entry(time=time, status=status, fault=fault)
    return Entry(
        time=time,
        status=status,
        model=order.model.id,
        size=order.size,
        n=order.n,
        seed=order.seed,
        billed=billed,
        usd=usd,
        fault=fault,
    )
