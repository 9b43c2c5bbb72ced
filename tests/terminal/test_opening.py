"""Handing a picture to the desktop: which program is called, with what, and what of it is heard."""

import sys
from pathlib import Path

import pytest
from support.program import Home

from seedream_cli.terminal.opening import open_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has a call for it, and no program")


def opener(folder: Path, *lines: str) -> dict[str, str]:
    """An environment with a desktop, in which this script opens files."""
    for name in ("xdg-open", "open"):
        script = folder / name
        script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        script.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "DISPLAY": ":7"}


def test_the_desktops_program_is_given_the_file(tmp_path: Path) -> None:
    said = tmp_path / "said"
    assert open_file("/pictures/a fox; rm.png", opener(tmp_path, f'printf %s "$1" > {said}'))
    assert said.read_text() == "/pictures/a fox; rm.png"


def test_a_program_that_fails_is_no_viewer(tmp_path: Path) -> None:
    assert not open_file("/a.png", opener(tmp_path, "exit 4"))


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has a desktop")
def test_without_a_desktop_nothing_is_started(tmp_path: Path) -> None:
    said = tmp_path / "said"
    environment = opener(tmp_path, f"touch {said}")
    del environment["DISPLAY"]
    assert not open_file("/a.png", environment)
    assert not said.exists()


def test_a_program_that_is_not_there_is_no_viewer(tmp_path: Path) -> None:
    assert not open_file("/a.png", {"PATH": str(tmp_path), "DISPLAY": ":7"})


def test_what_the_viewer_says_is_not_in_our_output(home: Home, tmp_path: Path) -> None:
    home.gen("a fox", "--sandbox").expect(0)
    environment = opener(tmp_path, "echo noise", "echo more noise >&2")
    result = home.run("history", "open", "last", env=environment).expect(0)
    assert result.output == b""


@pytest.mark.parametrize(("name", "status"), [("FOX.PNG", 0), ("fox.JpG", 0), ("fox", 10), ("fox.sh", 10)])
def test_only_what_is_named_as_a_picture_is_opened(home: Home, tmp_path: Path, name: str, status: int) -> None:
    home.gen("a fox", "--sandbox", "-o", name).expect(0)
    result = home.run("history", "open", "last", env=opener(tmp_path, "true")).expect(status)
    assert ("its name does not say that it is a picture" in result.talk) == (status == 10)


def test_a_picture_without_a_viewer_is_said_to_have_none(home: Home) -> None:
    home.gen("a fox", "--sandbox").expect(0)
    result = home.run("history", "open", "last").expect(10)
    assert "no viewer could be opened for" in result.talk
