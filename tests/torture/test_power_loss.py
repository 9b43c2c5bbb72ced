"""The power goes at any moment of a run: what was acknowledged is there, and every command works."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
from support.torture import figures
from support.torture.audit import audit
from support.torture.house import House
from support.torture.powerloss import Disk, outcomes
from support.torture.sweep import SweepOf

STEP = figures.sized(13, 1)
CHANCES = figures.sized(1, 6)
SYNCING = {"fsync", "fdatasync"}


class Acknowledged:
    """What the world has been told so far: what was asked for, which URLs were used, which paths were printed."""

    def __init__(self, work: Path) -> None:
        self.asked = 0
        self.urls: set[str] = set()
        self.paths: set[Path] = set()
        self._work = work

    def hear(self, call: dict[str, Any]) -> None:
        data = bytes.fromhex(call["data"])
        if call["name"] == "sendto" and data.startswith(b"POST "):
            self.asked += 1
        if call["name"] == "sendto" and (found := re.match(rb"GET (/img/\S+)", data)):
            self.urls.add(found[1].decode())
        if call["paths"] and call["paths"][0].startswith("/memfd:out"):
            self.paths |= {self._work / line for line in data.decode().splitlines()}


def missing(house: House, told: Acknowledged, known: int) -> list[str]:
    """What was acknowledged and is not there."""
    listed = house.run("history", "list", "--all", "--json")
    if listed.status != 0:
        return [str(listed)]
    drafts = listed.objects
    text = house.history_path.read_text("utf-8", "replace") if house.history_path.exists() else ""
    faults = (
        [f"{told.asked} were asked for, {len(drafts) - known} are known"] if len(drafts) - known < told.asked else []
    )
    faults += [f"{url} was fetched and is not recorded" for url in told.urls if url not in text]
    saved = {Path(draft["path"]) for draft in drafts if draft["status"] == "saved"}
    faults += [f"{path} was printed and is not recorded as saved" for path in told.paths if path not in saved]
    return faults


@pytest.mark.parametrize("name", ("gen", "batch", "rerun", "pull") if figures.FULL else ("gen",))
@pytest.mark.timeout(2400)
def test_whatever_the_disk_shows_after_the_power_went_what_was_acknowledged_is_there(
    name: str, sweep_of: SweepOf
) -> None:
    sweep = sweep_of(name)
    place = sweep.fresh()
    house = place.house
    known = {"gen": 0, "batch": 0, "rerun": 1, "pull": 2}[name]
    disk, told = Disk(), Acknowledged(house.work)
    disk.begin(house.root)
    run = house.traced(*sweep.scenario.argv(place.prompt), record=True)
    assert run.status == 0, run
    lot = random.Random(figures.SEED)
    states = moments = 0
    for number, call in enumerate(run.calls):
        # The worst moment is the one right after something has been told to somebody, or is about to be.
        if number % STEP == 0 or call["name"] == "sendto":
            moments += 1
            for how in outcomes(disk, house.root, lot, CHANCES):
                states += 1
                faults = missing(house, told, known)
                assert not faults, (f"before call {number} ({call['name']} {call['paths']}), {how}", faults)
                if states % 10 == 0:
                    found = audit(house, [], parts=True)
                    assert not found.lost, (how, found)
        disk.apply(call)
        told.hear(call)
    for how in outcomes(disk, house.root, lot, CHANCES):
        states += 1
        assert not missing(house, told, known), how
        found = audit(house, place.ledger(), asked_again=[(place.prompt, 5)], parts=True)
        assert not found.lost, (how, found)
    figures.tell(f"power loss in {name}", calls=len(run.calls), moments=moments, states=states, lost=0)
