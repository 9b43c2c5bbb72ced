"""The README says only what is true: its commands run, its table is the program's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import commandlines
from support.program import Home
from support.service import Service

from generators.tree import read_tree
from seedream_cli.exits import ExitStatus

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(marker: str) -> str:
    """Return the commands of the fenced block below a marker."""
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert found, marker
    return found[1]


def shell(home: Home, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run commands in the user's shell, with `seedream` on its path."""
    tools = home.work / "bin"
    tools.mkdir(exist_ok=True)
    program = tools / "seedream"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedream_cli "$@"\n')
    program.chmod(0o755)
    environment = {**home.environment(), **variables, "PATH": f"{tools}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home.work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )


def test_every_recipe_runs_in_the_sandbox(offline_home: Home) -> None:
    done = shell(offline_home, blocks("recipes"), SEEDREAM_SANDBOX="1")
    assert done.returncode == 0, done.stderr
    assert (offline_home.work / "boat.png").stat().st_size > 1000


def test_the_commands_for_real_drafts_draw_them(home: Home, service: Service) -> None:
    done = shell(home, blocks("service"))
    assert done.returncode == 0, done.stderr
    assert service.billed == 4
    assert len(done.stdout.splitlines()) == 4


def test_the_first_command_draws_four_drafts_once_installed(offline_home: Home) -> None:
    command = blocks("first-drafts").split("&&")[-1].replace(".venv/bin/", "")
    done = shell(offline_home, command)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4


def test_the_makefile_is_the_one_of_the_page_on_batches() -> None:
    """That one is tried in `test_batch_page.py`."""
    makefile = re.compile(r"<!-- Makefile -->\n```make\n.*?```", re.DOTALL)
    assert makefile.findall(README) == makefile.findall((ROOT / "docs/batch.md").read_text("utf-8"))


def test_the_table_of_exit_statuses_is_complete() -> None:
    table = README.partition("## Exit statuses")[2].partition("## ")[0]
    told = {int(number) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for number in row.split(",")}
    assert told == {int(status) for status in ExitStatus}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^):]+)\)", README))))
def test_every_link_leads_somewhere(path: str) -> None:
    assert (ROOT / path).exists()


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
OPTIONS = {name for command in read_tree().everything() for option in command.options for name in option.names}
OTHERS = {
    "--editable",
    "--quiet",
    "--check",
    "--strict",
    "--sign",
    "--file",
    "--branch",
    "--outdir",
    "--times",
    "--write",
    "--peers",
    "--quick",
    "--markdown",
}
"""Options of other programs that pages speak of."""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_a_page_shows_is_understood(page: Path) -> None:
    for line in commandlines.blocks(page.read_text("utf-8")):
        for argv in commandlines.calls(line):
            commandlines.parse(argv)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_option_that_a_page_names_is_there(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    named = {
        word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"(?<![\w-])--[a-z0-9][a-z0-9-]*", code)
    }
    assert named <= OPTIONS | OTHERS
