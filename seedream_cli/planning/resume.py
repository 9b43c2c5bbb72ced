"""Going on where a batch stopped: what each row asks for, held against what the history knows of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from seedream_cli.drafts import SANDBOX
from seedream_cli.history.leases import is_alive
from seedream_cli.planning.reuse import as_it_lies, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from seedream_cli.drafts import Draft, Key, Target
    from seedream_cli.history import History
    from seedream_cli.planning.rows import Asked

Standing = Literal["given", "found", "told", "fetch", "busy", "withheld", "draw"]
"""How one picture stands: there; there, but not where the history says; told before; paid for; drawn by another run;
not to be drawn unasked; to be drawn."""

_UNDECIDED: Final = frozenset({"fetch", "busy", "draw"})


@dataclass(frozen=True, slots=True)
class Again:
    """What is asked for again although it was asked for before.

    Attributes:
        unknown: drafts of unknown outcome, perhaps billed.
        blocked: drafts that the safety filter blocked.
        missing: drafts whose pictures are lost or changed and can no longer be fetched.
        everything: whatever is there already.
    """

    unknown: bool = False
    blocked: bool = False
    missing: bool = False
    everything: bool = False


@dataclass(slots=True)
class Standings:
    """A batch's requests by how they stand.

    Attributes:
        fresh: to be drawn, with the parent of each draft where it was tried before.
        given: drafts whose pictures are there, and what asks for each: request and place among its drafts.
        found: those of them that lie where they say it themselves, and no longer where the history says it.
        fetch: drafts that are paid for and can be fetched, and what asks for each.
        withheld: drafts that stand for what is not asked for again.
        later: requests that are known to stand some way only when others have ended.
        runs: ids of other runs that those wait for.
    """

    fresh: list[tuple[Asked, list[str | None]]] = field(default_factory=list)
    given: list[tuple[Draft, Asked, int]] = field(default_factory=list)
    found: list[Draft] = field(default_factory=list)
    fetch: list[tuple[Draft, Asked, int]] = field(default_factory=list)
    withheld: list[Draft] = field(default_factory=list)
    later: list[Asked] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)


def sort_out(
    history: History,
    asked: Sequence[Asked],
    again: Again,
    *,
    now: float,
    place: Callable[[Asked, int, str], Target],
    told: Callable[[Draft], bool] = lambda _: False,
) -> Standings:
    """Hold requests against the history.

    Args:
        now: Unix time in seconds.
        place: says where a picture is wanted, by request, place among its drafts, and id.
        told: whether it has been told what became of a draft: whoever asks for the same has his answer, too.

    Raises:
        LocalFileError: where the history cannot be read.
    """
    made = Standings()
    if again.everything:
        made.fresh = [(request, [None] * len(request.keys)) for request in asked]
        return made
    past, alive = _settled(history, _past(history, {key for request in asked for key in request.keys}))
    known: dict[Key, tuple[Standing, Draft | None]] = {}
    for request in asked:
        if any(known[key][0] in _UNDECIDED for key in request.keys if key in known):
            # An earlier row asks for the same picture: what becomes of it is what becomes of this.
            made.later.append(request)
            continue
        for number, key in enumerate(request.keys):
            if key not in known:
                there = _lies(past.get(key, []), functools.partial(place, request, number))
                known[key] = there or _stands(past.get(key, []), again, now, told, alive)
        _sort_in(made, request, [known[key] for key in request.keys])
    return made


def perhaps_paid(history: History, wanted: Collection[Key]) -> dict[Key, Draft]:
    """Return, by what they ask for, drafts that were or may have been paid for, are not saved, and not repeated since.

    Raises:
        LocalFileError: where the history cannot be read.
    """
    found: dict[Key, Draft] = {}
    for key, tries in _past(history, wanted).items():
        paid = [draft for draft in tries if draft.status == "pending"]
        open_ends = [draft for draft in unanswered(tries) if draft.status in {"unknown", "expired"}]
        if key.origin != SANDBOX and (paid or open_ends):
            found[key] = [*paid, *open_ends][0]
    return found


def _past(history: History, wanted: Collection[Key]) -> dict[Key, list[Draft]]:
    """Return the drafts that asked for the same before, the newest first."""
    by_picture: dict[Key, list[Key]] = {}
    for key in wanted:
        by_picture.setdefault(key.picture, []).append(key)
    past: dict[Key, list[Draft]] = {}
    for draft in history.asking({key.prompt for key in wanted}) if wanted else ():
        for key in by_picture.get(draft.key.picture, ()):
            past.setdefault(key, []).append(draft)
    return past


def _settled(
    history: History, past: Mapping[Key, Sequence[Draft]]
) -> tuple[dict[Key, list[Draft]], Collection[str | None]]:
    """Return the drafts, and which runs are alive that have not brought theirs to an end.

    A run that ended while the history was read has written more than was read: its drafts are read once more.
    """
    unsettled = [draft for drafts in past.values() for draft in drafts if draft.status in {"unknown", "pending"}]
    alive = {run for run in {draft.run for draft in unsettled} if is_alive(history.folder, run)}
    ended = [draft.id for draft in unsettled if draft.run not in alive]
    anew = history.by_ids(ended) if ended else {}
    return {key: [anew.get(draft.id, draft) for draft in drafts] for key, drafts in past.items()}, alive


def _lies(past: Sequence[Draft], place: Callable[[str], Target]) -> tuple[Standing, Draft] | None:
    """Return how a picture stands that lies here whole, and the draft that it is of, as it lies."""
    for draft in past:
        lying = whole(draft, lambda draft: place(draft.id))
        if lying is not None:
            return ("given" if lying is draft else "found"), lying
    return None


def _stands(
    past: Sequence[Draft],
    again: Again,
    now: float,
    told: Callable[[Draft], bool],
    alive: Collection[str | None],
) -> tuple[Standing, Draft | None]:
    """Return how a picture stands that lies nowhere here, and the draft that says so."""
    if not past:
        return "draw", None
    if told(past[0]):
        return "told", past[0]
    lying = [as_it_lies(draft, now) for draft in past]
    paid = next((draft for draft in lying if draft.status == "pending" and not draft.sandbox), None)
    if paid is not None:
        fetched_by_other = paid.error is None and paid.run in alive and not paid.is_over(now)
        return ("busy" if fetched_by_other else "fetch"), paid
    drawn = next((draft for draft in lying if draft.status == "unknown" and draft.run in alive), None)
    if drawn is not None:
        return "busy", drawn
    return _tried(lying, again)


def _tried(tries: Sequence[Draft], again: Again) -> tuple[Standing, Draft]:
    """Return how a picture stands that is not to be had from any try, the newest first, and the one that says so."""
    allowed = {
        "unknown": again.unknown,
        "blocked": again.blocked,
        "saved": again.missing,
        "expired": again.missing,
    }
    open_ends = [draft for draft in unanswered(tries) if draft.status in allowed]
    held = next((draft for draft in open_ends if not allowed[draft.status]), None)
    if held is not None:
        return "withheld", held
    return "draw", next(iter(open_ends), tries[0])


def unanswered(tries: Sequence[Draft]) -> Iterator[Draft]:
    """Yield those of several tries at one picture after which it was not tried again.

    A try is later than another where it is so in the file and in time: clocks jump, and what is taken in from another
    history comes last, however old it is. Or it says itself which one it repeats.

    Args:
        tries: the newest first, as they stand in the file.
    """
    repeated = {draft.parent for draft in tries}
    latest = ""
    for draft in tries:
        if draft.created > latest and draft.id not in repeated:
            yield draft
        latest = max(latest, draft.created)


def _sort_in(made: Standings, request: Asked, standings: Sequence[tuple[Standing, Draft | None]]) -> None:
    kinds = {kind for kind, _ in standings}
    if "busy" in kinds:
        made.later.append(request)
        made.runs |= {draft.run for kind, draft in standings if kind == "busy" and draft is not None and draft.run}
        return
    if "draw" in kinds and "withheld" not in kinds:
        # The pictures of one request are drawn together or not at all: one that must not be holds back the others.
        made.fresh.append((request, [draft.id if draft is not None else None for _, draft in standings]))
        return
    for place, (kind, known) in enumerate(standings):
        if known is None:
            continue
        draft = replace(known, row=request.row.number)
        if kind in {"given", "found"}:
            made.given.append((draft, request, place))
            if kind == "found":
                made.found.append(draft)
        elif kind == "fetch":
            made.fetch.append((draft, request, place))
        elif kind in {"draw", "withheld"} and draft.status != "failed":
            made.withheld.append(draft)
