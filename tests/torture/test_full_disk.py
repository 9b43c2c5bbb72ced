"""A disk that is really full, and files that may grow no longer: what was paid for is there, or fetched later."""

import os
import subprocess
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from support.replies import Reply, ok, ok_b64
from support.service import Service
from support.torture import figures
from support.torture.audit import audit
from support.torture.house import House, OwnService, Stage

OPTIONS = ("--yes", "--timeout", "8", "--max-wait", "5")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 KB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and not in every container")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def posts(service: Service) -> list[dict[str, Any]]:
    """What was asked for and billed."""
    return [
        {"prompt": post.json["prompt"], "seed": post.seed, "n": post.n, "billed": post.billed}
        for post in service.ledger
    ]


@pytest.mark.timeout(1200)
def test_a_disk_that_fills_up_under_the_history_loses_nothing(
    small_disk: Path, tmp_path: Path, stage: Stage, service: Service
) -> None:
    history = small_disk / "data" / "history.jsonl"
    house = House(tmp_path / "house", stage, service.base_url, SEEDREAM_HISTORY=str(history))
    house.history_path = history
    ballast = small_disk / "ballast"
    inside = cycle((False, True, False))
    tried = 0
    for left in range(0, 40_000, figures.sized(8_192, 512)):

        def fill(_: object, left: int = left) -> Reply:
            # Before anything is paid for there was room.
            ballast.unlink(missing_ok=True)
            room = os.statvfs(small_disk)
            ballast.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - left)))
            return ok_b64() if next(inside) else ok()

        service.always(fill)
        run = house.run("gen", f"with {left} bytes left", "-n", "3", *OPTIONS)
        assert run.status in {0, 8, 9, 10, 11}, run
        assert b"Traceback" not in run.stderr
        ballast.unlink()
        found = audit(house, posts(service), commands=False)
        assert found.sound, (run, found)
        tried += 1
    assert house.run("history", "pull").status == 0
    found = audit(house, posts(service))
    assert found.sound, found
    assert not found.kept["pending"], found
    assert found.billed == 3 * tried
    figures.tell("full disk", sizes=tried, billed=found.billed, lost=0)


def test_where_no_answer_could_be_kept_nothing_is_sent(
    small_disk: Path, tmp_path: Path, stage: Stage, own_service: OwnService
) -> None:
    history = small_disk / "data" / "history.jsonl"
    house = House(tmp_path / "house", stage, own_service.base_url, SEEDREAM_HISTORY=str(history))
    assert house.run("gen", "a fox", *OPTIONS).status == 0
    room = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(room.f_bavail * room.f_frsize - 16_384))
    before = own_service.posts
    run = house.run("gen", "a fox", *OPTIONS)
    assert (run.status, own_service.posts) == (10, before), run
    assert b"nothing was sent" in run.stderr


@pytest.mark.timeout(1200)
def test_files_that_may_not_grow_lose_nothing(house: House, own_service: OwnService) -> None:
    tried = 0
    # As long as the largest file that is written besides, so that it is the history that reaches the limit.
    own_service.faults(0)
    filling = house.run("gen", "x" * 9_000, "-n", "8", *OPTIONS)
    assert filling.status == 0, filling
    assert house.history_path.stat().st_size > 65_536
    for more in range(0, 6_000, figures.sized(1_500, 30)):
        limit = house.history_path.stat().st_size + more
        run = house.run("gen", f"{more} more", "-n", "2", *OPTIONS, limits={"RLIMIT_FSIZE": limit})
        assert run.status in {0, 8, 9, 10, 11, 141}, run
        found = audit(house, own_service.ledger, commands=False)
        assert found.sound, (run, found)
        tried += 1
    figures.tell("limits on files", limits=tried, billed=found.billed, lost=0)
