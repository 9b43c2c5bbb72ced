"""A stage, a service in a process of its own, and houses on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.torture.house import House, MakeHouse, OwnService, Stage
from support.torture.sweep import SCENARIOS, Sweep, SweepOf


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


@pytest.fixture
def own_service() -> Iterator[OwnService]:
    with OwnService() as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, stage: Stage, own_service: OwnService) -> House:
    return House(tmp_path / "house", stage, own_service.base_url)


@pytest.fixture
def make_house(tmp_path: Path, stage: Stage, own_service: OwnService) -> MakeHouse:
    """Houses, each of its own, by number."""

    def make(number: int, **env: str) -> House:
        return House(tmp_path / f"house-{number}", stage, own_service.base_url, **env)

    return make


@pytest.fixture
def traced(stage: Stage) -> Stage:
    """A stage on which calls can be counted, or a reason why not here."""
    if stage.why_not:
        pytest.skip(stage.why_not)
    return stage


@pytest.fixture
def sweep_of(traced: Stage, house: House, own_service: OwnService, tmp_path: Path) -> SweepOf:
    """Sweeps by the name of their scenario."""
    return lambda name: Sweep(SCENARIOS[name], house, own_service, tmp_path)
