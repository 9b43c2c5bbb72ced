"""SIGKILL before every call that changes anything, and again in the recovery: what was paid for is there afterwards."""

from pathlib import Path
from typing import Any

import pytest
from support.torture import figures
from support.torture.audit import Audit
from support.torture.sweep import SCENARIOS, Place, State, Sweep, SweepOf

KILL = {"do": "kill"}
STEP = figures.sized(29, 1)
"""In the short part one point in so many is tried, others each time the seed is another."""


def chosen(at: int) -> bool:
    return at % STEP == figures.SEED % STEP


def settled(sweep: Sweep, place: Place) -> Audit:
    """The audit after the user did what the documentation says to do."""
    recovery = place.run(sweep.scenario.recovery(place.prompt), patience=60)
    assert recovery.status in {0, 2, 8, 9, 11}, recovery
    found = place.audit(sweep.scenario, parts=True, commands=False)
    assert found.sound, (recovery, found)
    assert not found.kept["pending"], (recovery, found)
    return found


@pytest.mark.parametrize("name", figures.some(tuple(SCENARIOS), 3))
@pytest.mark.timeout(2400)
def test_a_kill_before_any_call_loses_nothing_and_charges_nothing_twice(name: str, sweep_of: SweepOf) -> None:
    sweep = sweep_of(name)
    points = recovered = billed = 0
    states: set[State] = set()
    ends: set[State] = set()
    for place, run in sweep.points(KILL, chosen):
        points += 1
        assert run.status == -9, run
        found = place.audit(sweep.scenario, parts=True)
        assert found.sound, (run, found)
        billed += found.billed
        if (state := place.state()) in states:
            continue
        states.add(state)
        ends.add(state)
        kept, before = sweep.keep(f"state-{len(states)}"), place.ledger()
        settled(sweep, place)
        if figures.FULL or len(states) == 1:
            recovered += in_recovery(sweep, place, kept, before, ends)
    assert points > (1 if figures.FULL else 0)
    figures.tell(
        f"kill points of {name}",
        points=points,
        states=len(states),
        points_in_recoveries=recovered,
        states_in_all=len(ends),
        billed=billed,
        lost=0,
    )


def in_recovery(sweep: Sweep, place: Place, kept: Path, before: list[dict[str, Any]], ends: set[State]) -> int:
    """Kill the recovery before each of its calls, from the same disk each time; the user then tries once more.

    What a kill leaves is looked at each time; what becomes of it, once for each state in which a disk was left.
    """
    for count, at in enumerate(range(figures.SEED % STEP, 1000, STEP)):
        sweep.put_back(kept)
        place.begin_again(before)
        run = sweep.strike(place, sweep.scenario.recovery(place.prompt), KILL | {"at": at})
        if run.struck is None:
            return count
        found = place.audit(sweep.scenario, parts=True, commands=False)
        assert found.sound, (run, found)
        if (state := place.state()) not in ends:
            ends.add(state)
            settled(sweep, place)
    raise AssertionError("a recovery of more than 1000 calls")
