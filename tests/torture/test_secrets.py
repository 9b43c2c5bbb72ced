"""A canary key and canary signatures, searched in every file, output, request and process list, in every usual form."""

from pathlib import Path

import pytest
from support.program import Home
from support.replies import CANARY_COOKIE, CANARY_KEY, CANARY_SIGNATURE, hold, ok
from support.service import Service
from support.torture import figures
from support.torture.checks import found_in
from support.torture.house import House, OwnService

ROWS = figures.sized(60, 2_000)
LOOKING = (
    ("history", "list", "--all"),
    ("history", "list", "--all", "--json"),
    ("history", "show", "last"),
    ("history", "stats"),
    ("history", "verify"),
    ("history", "export", "--json"),
    ("history", "export", "--csv"),
    ("history", "path"),
    ("config", "list"),
    ("auth", "status"),
    ("gen", "a fox", "--dry-run", "--json"),
    ("gallery", "--sheet", "sheet.png"),
    ("gallery", "-o", "gallery.html"),
)


@pytest.mark.timeout(1200)
def test_secrets_are_in_no_file_output_or_request_but_where_they_belong(house: House, own_service: OwnService) -> None:
    own_service.faults(figures.SEED, answers=0.6, downloads=0.04)
    (house.work / "rows.txt").write_text("".join(f"row {number}\n" for number in range(ROWS)))
    options = ("--yes", "--jobs", "16", "--max-wait", "5", "--timeout", "8")
    outputs = [house.run("batch", "rows.txt", *options, *more, patience=600) for more in ((), ("--verbose", "--json"))]
    outputs += [house.run(*argv, patience=120) for argv in LOOKING]
    for run in outputs:
        for secret in (CANARY_KEY, CANARY_SIGNATURE, CANARY_COOKIE):
            assert not found_in(secret, run.stdout + run.stderr), (secret, run.argv)
    files = [path for path in house.root.rglob("*") if path.is_file()]
    # The URLs have to be kept until the pictures are fetched; the key and cookies are kept nowhere.
    private = house.history_path.parent
    for path in files:
        data = path.read_bytes()
        assert not found_in(CANARY_KEY, data), path
        assert not found_in(CANARY_COOKIE, data), path
        assert path.is_relative_to(private) or not found_in(CANARY_SIGNATURE, data), path
    asked = own_service.requests
    for method, target, data in asked:
        assert method == "POST" or not found_in(CANARY_KEY, data), target
        assert not found_in(CANARY_COOKIE, data), target
    assert any(method == "POST" and CANARY_KEY.encode() in data for method, _, data in asked)
    figures.tell("secrets", files=len(files), outputs=len(outputs), requests=len(asked), found=0)


def test_the_key_is_in_no_process_list(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.start("gen", "a fox") as running:
        service.wait_for_posts(1)
        lists = [path.read_bytes() for path in Path("/proc").glob(f"{running.pid}/**/cmdline")]
        assert lists
        assert not any(found_in(CANARY_KEY, data) for data in lists)
        service.release()
        assert running.wait().status == 0
