"""`docs/setting-up.md` says only what is true: its commands run, its table is the program's."""

import os
import re
import sys
from pathlib import Path

import pytest
from support.program import Home, Result, Running
from support.replies import CANARY_KEY
from support.service import Service

from seedream_cli.settings import rules

PAGE = (Path(__file__).parents[1] / "docs" / "setting-up.md").read_text()


def script(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found, marker
    return found[1]


def tool(home: Home, name: str, line: str) -> None:
    path = home.work / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def started(home: Home, marker: str, **env: str | None) -> Running:
    tool(home, "seedream", f'exec "{sys.executable}" -m seedream_cli "$@"')
    tool(home, "pass", f"echo {CANARY_KEY}")
    path = f"{home.work / 'bin'}:{os.environ['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", script(marker)]
    return home.start(*command[1:], program=command[:1], env=env | {"PATH": path})


def done(home: Home, marker: str, **env: str | None) -> Result:
    with started(home, marker, **env) as running:
        return running.wait(100).expect(0)


def test_the_keys_way_from_a_password_manager_and_out_again(home: Home) -> None:
    lines = done(home, "key", BYTESPIKE_API_KEY=None).lines
    assert "ends in 7788" in lines[0]
    assert "balance: $31.40" in lines
    assert lines[-1] == "31.4"
    assert home.holding(CANARY_KEY) == [home.work / "bin" / "pass"]


def test_the_configurations_commands_run(offline_home: Home) -> None:
    result = done(offline_home, "config")
    assert "0.02" in result.lines
    assert "max_cost = 0.5" in result.lines
    assert "size" not in offline_home.config_path.read_text()


def test_the_table_names_every_setting_and_its_variable() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (?:`(\w+)`)? ?\|", PAGE, re.MULTILINE)
    assert dict(rows) == {name: rule.variable or "" for name, rule in rules().items()} | {"prices.MODEL": ""}


def test_doctor_finds_a_healthy_home(home: Home) -> None:
    assert "problem" not in done(home, "doctor").stdout.decode()


def test_the_seed_check_gives_an_answer(home: Home, service: Service) -> None:
    assert done(home, "seed-check").lines[-1].startswith("identical")
    assert service.billed == 2


@pytest.mark.parametrize("again", ["a paper boat", "a silver paper boat"])
def test_a_prompt_is_watched_as_the_page_says(home: Home, service: Service, again: str) -> None:
    with started(home, "watch") as running:
        service.wait_for_posts(2)
        running.wait_for(b"watching 'prompt.txt'")
        (home.work / "prompt.txt").write_text(again)
        running.wait_for(b"nothing drawn" if again == "a paper boat" else b"prompt: a {+silver +}paper boat")
        running.kill()
