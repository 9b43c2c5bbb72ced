"""Which drafts may be asked for: none beyond the day's cap, none that another run asks for already.

What is decided and what is recorded are one step under the history's lock, so that it holds for any number of threads
and processes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seedream_cli.drafts import FREE, SANDBOX, Draft, Key, timestamp
from seedream_cli.errors import CapError
from seedream_cli.history import records
from seedream_cli.money import cap_micros, credible_price, dollars, price_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedream_cli.history.intents import Intents
    from seedream_cli.history.journal import Journal
    from seedream_cli.history.reading import Place, Reading
    from seedream_cli.history.records import Record

    Request = tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """What may be asked for; each request stands for its drafts.

    Attributes:
        admitted: as they are recorded: asked for now and, until more is known, `unknown`.
        taken: not admitted, since another run asks for the same.
        error: why requests behind the admitted and taken ones were not looked at, or None.
    """

    admitted: Sequence[Request]
    taken: Sequence[Request] = ()
    error: CapError | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """Pictures that only one run is to ask for.

    Attributes:
        run: the one that asks for them here.
        keys: what they ask for.
        since: place in the history up to which it is known who asked for them.
    """

    run: str
    keys: frozenset[Key]
    since: Place


class Admissions:
    """Admits the requests of one run; safe to use from many threads.

    Args:
        journal: of the history.
        intents: of it.
        clock: returns Unix time in seconds.
        daily_cap: USD that the drafts of one UTC day may cost, or None.
        claims: what is not asked for where another run does, or None.
    """

    def __init__(
        self,
        journal: Journal,
        intents: Intents,
        clock: Callable[[], float],
        *,
        daily_cap: float | None = None,
        claims: Claims | None = None,
    ) -> None:
        self._journal = journal
        self._intents = intents
        self._clock = clock
        self._cap = None if daily_cap is None else cap_micros(daily_cap)
        self._place = None if claims is None else claims.since
        self._others = None if claims is None else _Others(claims)
        self._day = DaySum("")

    @property
    def capped(self) -> bool:
        """Whether there is a cap for the day."""
        return self._cap is not None

    def admit(self, requests: Sequence[Request]) -> Admission:
        """Record which of some requests are about to be sent, in one write.

        Raises:
            LocalFileError: where that cannot be recorded; then none may be sent.
        """
        made = Admission(requests)

        def decide(reading: Reading) -> bytes:
            nonlocal made
            now = timestamp(self._clock())
            made = Admission(requests)
            if self._cap is not None or self._others is not None:
                self._catch_up(reading, now[:10])
                made = self._decide(requests)
            # The day on which a draft counts is the one on which it is asked for, whenever it was planned.
            made = replace(made, admitted=[_asked_for(request, now) for request in made.admitted])
            return self._intents.lines(reading, [draft for request in made.admitted for draft in request])

        self._journal.append_made(decide)
        return made

    def spent_today(self) -> float:
        """Return what the drafts of this UTC day cost so far in USD, unknown ones counted as paid for."""
        with self._journal.reading() as reading:
            return day_sum(reading, timestamp(self._clock())[:10]).micros / 1e6

    def _catch_up(self, reading: Reading, today: str) -> None:
        """Take note of what was recorded since the last time."""
        news = () if self._place is None else reading.lines_since(self._place)
        self._place = reading.end
        if self.capped and self._day.day != today:
            self._day = day_sum(reading, today)
        for record in filter(None, map(records.readable, news)):
            if self.capped:
                self._day.add(record)
            if self._others is not None:
                self._others.add(record)

    def _decide(self, requests: Sequence[Request]) -> Admission:
        for request in requests:
            for draft in request:
                self._day.take_back(draft.id)  # it counted already where writing is tried again
        admitted: list[Request] = []
        taken: list[Request] = []
        for request in requests:
            if self._others is not None and self._others.ask_for(request):
                taken.append(request)
                continue
            cost = sum(0 if draft.sandbox else price_micros(draft.price) for draft in request)
            if self._cap is not None and cost and self._day.micros + cost > self._cap:
                return Admission(admitted, taken, _day_is_over(self._day.micros, self._cap))
            admitted.append(request)
            if self.capped:
                for draft in request:
                    self._day.count(draft.id, 0 if draft.sandbox else price_micros(draft.price))
        return Admission(admitted, taken)


def _asked_for(request: Request, now: str) -> Request:
    return tuple(replace(draft, created=now, status="unknown") for draft in request)


def _day_is_over(spent: int, cap: int) -> CapError:
    return CapError(
        f"the next draft would pass the day's cap: {dollars(spent / 1e6)} of {dollars(cap / 1e6)} are spent, "
        "what is in flight or unknown included",
        hint="go on tomorrow (UTC), or: seedream config set daily_cap USD",
    )


class DaySum:
    """What the drafts of one UTC day cost; their records may come in any order, and more than once.

    Attributes:
        day: `YYYY-MM-DD`.
        micros: millionths of a USD; drafts without an outcome are counted as paid for.
    """

    def __init__(self, day: str) -> None:
        self.day = day
        self.micros = 0
        self._prices: dict[str, int] = {}
        self._paid: set[str] = set()
        self._free: set[str] = set()

    def add(self, record: Record) -> None:
        """Take a record of the history into the sum, whatever it is about."""
        draft_id, kind, fields = record.id, record.kind, record.fields
        if kind == "intent" and record.at.startswith(self.day) and fields.get("origin") != SANDBOX:
            self.count(draft_id, _micros(fields.get("price")))
        elif kind == "forgotten" and str(fields.get("created")).startswith(self.day):
            self.count(draft_id, 0 if fields.get("origin") == SANDBOX else _micros(fields.get("cost_usd")))
        elif kind in records.PAID | FREE:
            before = self._cost(draft_id)
            (self._paid if kind in records.PAID else self._free).add(draft_id)
            self.micros += self._cost(draft_id) - before

    def count(self, draft_id: str, price: int) -> None:
        """Count a draft of this day as about to be asked for, at a price in millionths of a USD."""
        self.take_back(draft_id)
        self._prices[draft_id] = price
        self.micros += self._cost(draft_id)

    def take_back(self, draft_id: str) -> None:
        """Count a draft no longer."""
        self.micros -= self._cost(draft_id)
        self._prices.pop(draft_id, None)

    def _cost(self, draft_id: str) -> int:
        is_free = draft_id in self._free and draft_id not in self._paid
        return 0 if is_free else self._prices.get(draft_id, 0)


def day_sum(reading: Reading, day: str) -> DaySum:
    """Add up what the drafts of a UTC day cost.

    Args:
        reading: of the history.
        day: `YYYY-MM-DD`.
    """
    # Whatever is recorded of a draft of this day has a time of this day, or of the next one. Only the day itself is
    # looked for: what stands around it is another program's choice where one has written the lines anew.
    made = DaySum(day)
    for chunk in reading.chunks_backward():
        for _, line in chunk.lines_with(day.encode()):
            record = records.readable(line)
            if record is not None:
                made.add(record)
    return made


class _Others:
    """What other runs ask for."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._keys: dict[str, Key] = {}
        self._ids: dict[Key, set[str]] = {}

    def add(self, record: Record) -> None:
        """Take note of a record."""
        if record.kind == "intent" and record.fields.get("run") != self._claims.run:
            draft = records.fold([record], now=0.0)
            if draft is not None and draft.key in self._claims.keys:
                self._keys[draft.id] = draft.key
                self._ids.setdefault(draft.key, set()).add(draft.id)
        elif record.kind in FREE and record.id in self._keys:
            self._ids[self._keys[record.id]].discard(record.id)

    def ask_for(self, request: Request) -> bool:
        """Whether another run asks for one of these pictures."""
        return any(self._ids.get(draft.key) for draft in request)


def _micros(usd: object) -> int:
    return price_micros(credible_price(usd) or 0.0)
