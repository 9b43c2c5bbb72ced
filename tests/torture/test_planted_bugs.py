"""The proof proves something: with a bug planted, it fails."""

from pathlib import Path

import pytest
from support.torture import figures
from support.torture.checks import CHECKS
from support.torture.house import House, OwnService, Stage
from support.torture.planted import BUGS, Bug

CHOSEN = figures.some(BUGS, 3)


def holds(check: str, package: Path | None, root: Path) -> bool:
    """Whether a check passes on a copy of the package."""
    with OwnService() as service, Stage(package) as stage:
        if stage.why_not and check in {"power", "kills", "short", "interrupt"}:
            pytest.skip(stage.why_not)
        house = House(root, stage, service.base_url)
        assert (package is None) or stage.greeting["package"].startswith(str(package))
        try:
            CHECKS[check](house, service)
        except AssertionError:
            return False
    return True


@pytest.mark.parametrize("check", sorted({bug.check for bug in CHOSEN}))
@pytest.mark.timeout(300)
def test_each_check_holds_for_the_package_as_it_is(check: str, tmp_path: Path) -> None:
    with OwnService() as service, Stage() as stage:
        if stage.why_not and check in {"power", "kills", "short", "interrupt"}:
            pytest.skip(stage.why_not)
        CHECKS[check](House(tmp_path / "house", stage, service.base_url), service)


@pytest.mark.parametrize("bug", CHOSEN, ids=lambda bug: bug.name)
@pytest.mark.timeout(300)
def test_a_planted_bug_is_caught(bug: Bug, tmp_path: Path) -> None:
    package = tmp_path / "package"
    assert bug.applies(), "to be planted elsewhere"
    bug.plant(package)
    assert not holds(bug.check, package, tmp_path / "house"), f"nothing noticed: {bug.name}"
    figures.tell("planted bug", bug=bug.name, caught_by=bug.check)


def test_every_bug_still_applies() -> None:
    assert not [f"{bug.name}: to be planted elsewhere than in {bug.file}" for bug in BUGS if not bug.applies()]
