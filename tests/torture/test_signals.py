"""SIGINT and SIGTERM before every call that changes anything: the status promised, in time, and nothing is lost."""

import signal
from collections import Counter

import pytest
from support.torture import figures
from support.torture.audit import Audit
from support.torture.house import OwnService, Run
from support.torture.sweep import Place, Sweep, SweepOf

STEP = figures.sized(31, 1)
COMMANDS = ("gen", "batch", "rerun", "pull", "forget", "repair")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
AT_ONCE = 2.0
PICTURES = {"gen": 2, "batch": 3, "rerun": 2, "pull": 2}
"""How many there are where a command came to its end."""

BETWEEN = 0.2
"""Seconds from the first Ctrl-C to the second."""

HELD = {
    "answers": {"answers": 1.0, "only": ["special: held"]},
    "downloads": {"downloads": 1.0, "only_downloads": ["special: held"]},
}
"""What the service keeps back for longer than the program may take to end."""


def chosen(at: int) -> bool:
    return at % STEP == figures.SEED % STEP


def looked_at(sweep: Sweep, place: Place, run: Run, number: int) -> Audit:
    """The audit of a run that got a signal; it ended as the signal's status says, or had done all it had to do."""
    found = place.audit(sweep.scenario, parts=True, commands=False)
    assert found.sound, (run, found)
    assert not run.timed_out, run
    assert b"Traceback" not in run.stderr, run
    is_done = found.kept["saved"] == PICTURES.get(sweep.scenario.name, found.kept["saved"])
    # Before the program has said what SIGTERM is to do, it does what it does to every process: a shell says 143, too.
    before = {-signal.SIGTERM} if number == signal.SIGTERM else set()
    assert run.status in {128 + number} | before | ({0} if is_done else set()), run
    return found


@pytest.mark.parametrize(("name", "number"), figures.some([(name, each) for name in COMMANDS for each in SIGNALS], 2))
@pytest.mark.timeout(2400)
def test_a_signal_at_any_call_ends_it_as_promised(name: str, number: int, sweep_of: SweepOf) -> None:
    sweep = sweep_of(name)
    counted: Counter[str] = Counter()
    for place, run in sweep.points({"do": "signal", "number": int(number)}, chosen):
        found = looked_at(sweep, place, run, number)
        counted.update({"points": 1, "billed": found.billed, f"status {run.status}": 1})
    figures.tell(f"{signal.Signals(number).name} at calls of {name}", **counted, lost=0)


@pytest.mark.timeout(2400)
def test_what_is_under_way_at_the_first_ctrl_c_is_brought_home(sweep_of: SweepOf, own_service: OwnService) -> None:
    sweep = sweep_of("gen")
    own_service.faults(0, answers=1.0, only=["special: slow"])
    counted: Counter[str] = Counter()
    for place, run in sweep.points({"do": "signal", "number": int(signal.SIGINT)}, chosen):
        found = looked_at(sweep, place, run, signal.SIGINT)
        assert found.kept["saved"] == found.billed, (run, found)
        counted.update({"points": 1, "billed": found.billed, f"status {run.status}": 1})
    figures.tell("first Ctrl-C at calls of gen, answers slow", **counted, lost=0, not_saved=0)


@pytest.mark.parametrize(("held", "number"), figures.some([(held, number) for held in HELD for number in SIGNALS], 1))
@pytest.mark.timeout(2400)
def test_whoever_wants_to_leave_is_let_go_within_two_seconds(
    held: str, number: int, sweep_of: SweepOf, own_service: OwnService
) -> None:
    sweep = sweep_of("gen")
    own_service.faults(0, **HELD[held])
    fault = {"do": "signal", "number": int(number), "again": BETWEEN if number == signal.SIGINT else 0.0}
    counted: Counter[str] = Counter()
    longest = 0.0
    for place, run in sweep.points(fault, chosen):
        found = looked_at(sweep, place, run, number)
        assert run.lasted < AT_ONCE, (run.lasted, run)
        longest = max(longest, run.lasted)
        counted.update({"points": 1, "twice": run.signals > 1, "billed": found.billed, f"status {run.status}": 1})
    name = f"{signal.Signals(number).name} until gen ends, {held} held back"
    figures.tell(name, **counted, seconds=round(longest, 2), lost=0)
