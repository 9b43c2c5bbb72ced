"""Every call fails in turn, once or from then on, or does less than asked: nothing is lost, nothing crashes."""

import pytest
from support.torture import figures
from support.torture.audit import leftovers
from support.torture.sweep import SweepOf
from support.torture.tracer import CALLS, ERRORS

STEP = figures.sized(59, 1)
COMMANDS = ("gen", "batch", "rerun", "pull", "forget", "repair")
ENDINGS = {0, 2, 3, 4, 6, 7, 8, 9, 10, 11, 141}
"""Any status that the contract knows, but 1, which is a bug."""

ALL_CALLS = [*CALLS.values()]


def chosen(at: int) -> bool:
    return at % STEP == figures.SEED % STEP


@pytest.mark.parametrize(("name", "error"), figures.some([(name, error) for name in COMMANDS for error in ERRORS], 3))
@pytest.mark.timeout(2400)
def test_a_call_that_fails_once_or_from_then_on_loses_nothing(name: str, error: str, sweep_of: SweepOf) -> None:
    points = billed = 0
    for sticky in (False, True):
        if sticky and error == "EINTR":
            continue  # whoever is interrupted for ever tries for ever
        sweep = sweep_of(name)
        fault = {"do": "fail", "number": ERRORS[error], "sticky": sticky}
        for place, run in sweep.points(fault, chosen, ALL_CALLS):
            points += 1
            assert run.status in ENDINGS, f"{run.stderr.decode()}\n{run}"
            assert not run.timed_out, run
            assert b"Traceback" not in run.stderr, run
            found = place.audit(sweep.scenario, parts=True, commands=not sticky)
            assert found.sound, (run, found)
            billed += found.billed
            # A file may stay only where taking it away was what failed.
            assert not leftovers(place.house) or run.struck["name"] in {"unlink", "unlinkat"}, run
    figures.tell(f"failing calls of {name}: {error}", points=points, billed=billed, lost=0)


@pytest.mark.parametrize("name", figures.some(COMMANDS, 2))
@pytest.mark.timeout(2400)
def test_a_call_that_does_less_than_asked_loses_nothing(name: str, sweep_of: SweepOf) -> None:
    points = billed = 0
    sweep = sweep_of(name)
    short = ["write", "pwrite64", "sendto", "copy_file_range", "read", "pread64", "recvfrom"]
    for place, run in sweep.points({"do": "short"}, chosen, short):
        points += 1
        assert run.status == 0, run
        found = place.audit(sweep.scenario, parts=False)
        assert found.sound, (run, found)
        billed += found.billed
    figures.tell(f"short calls of {name}", points=points, billed=billed, lost=0)
