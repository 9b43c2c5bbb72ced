"""Commands that are struck at every call in turn, and what is looked at afterwards."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.torture.audit import Audit, audit, records
from support.torture.house import House, OwnService, Run

Argv = tuple[str, ...]
State = tuple[str, tuple[int, ...]]
OPTIONS = ("--yes", "--timeout", "2", "--max-wait", "5")


@dataclass(frozen=True)
class Scenario:
    """A command, what is there before it, and what a user does after it was cut short."""

    name: str
    argv: Callable[[str], Argv]
    recovery: Callable[[str], Argv]
    prepare: Callable[["Place"], None] = lambda place: None
    again: tuple[int, ...] = ()
    forgets: bool = False


@dataclass
class Place:
    """One house with a prompt of its own, by which its lines in the ledger are known."""

    house: House
    service: OwnService
    prompt: str
    since: int = 0
    before: list[dict[str, Any]] = field(default_factory=list)

    def begin_again(self, before: list[dict[str, Any]]) -> None:
        """From now on count what is billed on top of what was billed when the disk was as it is now."""
        self.before, self.since = before, self.service.posts

    def ledger(self) -> list[dict[str, Any]]:
        """What this house was billed."""
        return self.before + [
            line for line in self.service.ledger_since(self.since) if self.prompt in str(line["prompt"])
        ]

    def state(self) -> State:
        """What lies on the disk, and how often each of the drafts recorded there was billed, by their order."""
        asked = [record["seed"] for record in records(self.house)[0] if record.get("kind") == "intent"]
        billed = Counter(line["seed"] for line in self.ledger() for _ in range(line["billed"]))
        unrecorded = sum(count for seed, count in billed.items() if seed not in asked)
        bill = [billed[seed] for seed in asked]
        return self.house.state(), (unrecorded, *bill)

    def run(self, argv: Argv, **how: Any) -> Run:
        """A run to its end."""
        return self.house.run(*argv, **how)

    def audit(self, scenario: Scenario, *, parts: bool, commands: bool = True) -> Audit:
        """Hold the ledger against the disk; a prompt that is forgotten may be gone, not a picture."""
        forgotten = [self.prompt] if scenario.forgets else []
        again = [(self.prompt, seed) for seed in scenario.again]
        return audit(self.house, self.ledger(), asked_again=again, parts=parts, commands=commands, forgotten=forgotten)


def _pending(place: Place) -> None:
    place.service.faults(0, downloads=1.0, only_downloads=["spoilt: 403 expired"])
    made = place.run(("gen", place.prompt, "-n", "2", *OPTIONS))
    assert made.status == 9, made
    place.service.faults(0)


def _drawn(place: Place) -> None:
    made = place.run(("gen", place.prompt, "--seed", "5", *OPTIONS))
    assert made.status == 0, made


def _rows(place: Place) -> None:
    (place.house.work / "rows.txt").write_text("".join(f"{place.prompt} {number}\n" for number in range(3)))


def _torn(place: Place) -> None:
    _drawn(place)
    with place.house.history_path.open("ab") as file:
        file.write(b'{"v":1,"id":"cut off in the mid')


PULL: Argv = ("history", "pull", "--timeout", "2")
SCENARIOS = {
    each.name: each
    for each in (
        Scenario("gen", lambda prompt: ("gen", prompt, "-n", "2", *OPTIONS), lambda prompt: PULL),
        Scenario(
            "batch",
            lambda prompt: ("batch", "rows.txt", *OPTIONS),
            lambda prompt: ("batch", "rows.txt", *OPTIONS),
            _rows,
        ),
        Scenario("rerun", lambda prompt: ("history", "rerun", "last", *OPTIONS), lambda prompt: PULL, _drawn, (5,)),
        Scenario("pull", lambda prompt: PULL, lambda prompt: PULL, _pending),
        Scenario(
            "forget",
            lambda prompt: ("history", "forget", "last"),
            lambda prompt: ("history", "forget", "last"),
            _drawn,
            forgets=True,
        ),
        Scenario("repair", lambda prompt: ("history", "repair"), lambda prompt: ("history", "repair"), _torn),
    )
}


class Sweep:
    """One scenario, struck again and again in one house whose disk is put back each time."""

    def __init__(self, scenario: Scenario, house: House, service: OwnService, aside: Path) -> None:
        self.scenario, self.house, self._service, self._aside = scenario, house, service, aside
        self._count = 0
        service.faults(0)

    def fresh(self) -> Place:
        """The house as it is before the command."""
        self._count += 1
        for entry in self.house.root.iterdir():
            shutil.rmtree(entry)
        for folder in (self.house.work, self.house.root / "tmp", self.house.root / "run"):
            folder.mkdir(parents=True)
        (self.house.root / "run").chmod(0o700)
        place = Place(
            self.house, self._service, f"{self.scenario.name} {self._count} of {id(self)}", self._service.posts
        )
        self.scenario.prepare(place)
        return place

    def keep(self, name: str) -> Path:
        """Lay the disk aside as it is."""
        kept = self._aside / name
        shutil.copytree(self.house.root, kept, symlinks=True)
        return kept

    def put_back(self, kept: Path) -> None:
        """Make the disk what was laid aside."""
        shutil.rmtree(self.house.root)
        shutil.copytree(kept, self.house.root, symlinks=True)

    def strike(self, place: Place, argv: Argv, fault: dict[str, Any], kinds: Sequence[str] = ()) -> Run:
        """The command, struck."""
        return self.house.traced(*argv, fault=fault, kinds=list(kinds), patience=60)

    def points(
        self, fault: dict[str, Any], only: Callable[[int], bool], kinds: Sequence[str] = ()
    ) -> Iterator[tuple[Place, Run]]:
        """The command from its beginning, struck at each point in turn until there are no more."""
        for at in range(2_000):
            if only(at):
                place = self.fresh()
                run = self.strike(place, self.scenario.argv(place.prompt), fault | {"at": at}, kinds)
                if run.struck is None:
                    return
                yield place, run


SweepOf = Callable[[str], Sweep]
"""Makes sweeps by the name of their scenario."""
