"""The man page: complete, and sound to its readers; that it is up to date is checked with all that is generated."""

import os
import re
import subprocess

import pytest
from support.shells import needed

from generators.__main__ import ROOT
from generators.tree import Command, read_tree
from seedream_cli.exits import ExitStatus
from seedream_cli.sandbox import known_faults

TREE = read_tree()
PAGE = ROOT / "man/seedream.1"


def shown(columns: int = 80) -> str:
    """The page as it is read."""
    done = subprocess.run(
        [needed("man"), "-l", "-P", "cat", str(PAGE)],
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MANWIDTH": str(columns)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not done.stderr
    return re.sub(".\b", "", done.stdout)


def test_mandoc_finds_nothing_to_say() -> None:
    done = subprocess.run(
        [needed("mandoc"), "-Tlint", "-Wall", str(PAGE)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout + done.stderr == ""


def test_groff_finds_nothing_to_say() -> None:
    done = subprocess.run(
        [needed("groff"), "-man", "-Tutf8", "-ww", str(PAGE)], capture_output=True, check=True, timeout=60
    )
    assert done.stderr == b""


@pytest.mark.parametrize("command", [c for c in TREE.everything() if c.words and not c.commands], ids=lambda c: c.path)
def test_every_command_stands_there_with_its_options_and_examples(command: Command) -> None:
    text = PAGE.read_text("utf-8").replace(r"\-", "-").replace(r"\(aq", "'").replace(r"\(ti", "~").replace(r"\e", "\\")
    section = text.partition(f'.SS "seedream {command.path}')[2].partition("\n.S")[0]
    for option in command.options:
        if option.names[0] not in {"-q", "-v", "-h"}:
            for name in option.names:
                assert rf"\fB{name}\fR" in section
    for example in command.examples:
        assert f"\n{example}\n" in section


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_man_shows_it_at_any_width(columns: int) -> None:
    text = shown(columns)
    for heading in ("NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"):
        assert f"\n{heading}\n" in text
    assert "seedream history rerun ID..." in text


def test_every_fault_of_the_sandbox_is_told_with_what_it_does() -> None:
    faults = " ".join(shown(200).partition("\nFAULTS\n")[2].partition("\nEXIT STATUS\n")[0].split())
    for name, text in known_faults():
        assert f" {name} {text}" in faults


def test_every_exit_status_is_told() -> None:
    section = PAGE.read_text("utf-8").partition(".SH EXIT STATUS")[2].partition(".SH")[0]
    told = {int(number) for line in re.findall(r"\\fB([\d, ]+)\\fR", section) for number in line.split(",")}
    assert told == {int(status) for status in ExitStatus}
