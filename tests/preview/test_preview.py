"""Thumbnails on the terminal: after drawing, beside one another, and nowhere but where they can be seen."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import pictures
from support.pictures import colour_of
from support.program import Home
from support.replies import error, hold, ok
from support.service import Service
from support.terminal_pictures import blocks_in, graphics_in

TRUE = {"COLORTERM": "truecolor"}
QUERY = re.compile(rb"\x1b\[[?>=]?[0-9;$]*[cnpq]|\x1b\][0-9;]*\?|\x1b_G[^;]*a=q|\x1b\[1[468]t|\x1bP\+q")
"""Whatever makes a terminal answer."""


def drawn(home: Home, *argv: str, **how: object) -> bytes:
    """What the terminal got of a run that went well."""
    screen = home.in_terminal("gen", "a fox", "--seed", "1", *argv, **how)
    assert screen.status == 0, screen.text
    return screen.screen


def test_all_drafts_stand_side_by_side_each_with_its_id_and_seed(home: Home, service: Service) -> None:
    screen = drawn(home, "-n", "4", env=TRUE).decode()
    shown = blocks_in(screen)
    assert len(shown) == 10
    for line in shown:
        assert len(line) == 4
        for seed, colours in enumerate(line, 1):
            assert len(colours) == 19
            assert set(colours) <= {colour_of(seed), None}
    ids = [draft["id"] for draft in sorted(home.drafts(), key=lambda draft: draft["seed"])]
    lines = [line.split() for line in screen.split("\r\n")]
    assert lines.index(ids) + 1 == lines.index(["seed", "1", "seed", "2", "seed", "3", "seed", "4"])
    assert screen.rindex("▀") < screen.rindex("4 saved")


@pytest.mark.parametrize("protocol", ["kitty", "iterm2", "sixel"])
def test_a_terminal_that_knows_graphics_gets_pictures(home: Home, service: Service, protocol: str) -> None:
    screen = drawn(home, "-n", "3", env={"SEEDREAM_GRAPHICS": protocol})
    shown = graphics_in(screen, protocol)
    assert len(shown) == 3
    for seed, image in enumerate(shown, 1):
        near = zip(image.resize((1, 1)).getpixel((0, 0)), colour_of(seed), strict=True)
        assert all(abs(one - other) <= 3 for one, other in near)
    # Room is made for them first, and the cursor is set after each.
    assert re.search(rb"(\r\n){13}\x1b\[13A\r\x1b7", screen)
    assert screen.count(b"\x1b7") == screen.count(b"\x1b8") == 3
    assert re.findall(rb"\x1b7\x1b\[(\d+)C", screen) == [b"27", b"54"]
    assert b"\x1b8\x1b[13B\r" in screen


@pytest.mark.parametrize("protocol", ["kitty", "iterm2", "sixel", "blocks", "256"])
def test_the_terminal_is_never_asked_anything(home: Home, service: Service, protocol: str) -> None:
    assert not QUERY.search(drawn(home, "-n", "2", env={"SEEDREAM_GRAPHICS": protocol}))


def test_what_is_typed_ahead_is_there_for_the_next_command(home: Home, service: Service) -> None:
    script = f"{sys.executable} -m seedream_cli gen 'a fox'; IFS= read -r typed; echo \"then: $typed\""
    with home.terminal("-c", script, program=["/bin/sh"]) as terminal:
        terminal.type("ls -l \x1b[?62;4c\r")
        screen = terminal.wait()
    assert "then: ls -l \x1b[?62;4c" in screen.text
    assert "▀" in screen.text


SILENT = {
    "not wanted": (["--no-preview"], {}),
    "not wanted here": ([], {"SEEDREAM_PREVIEW": "0"}),
    "quiet": (["-q"], {}),
    "dumb": ([], {"TERM": "dumb", **TRUE}),
    "no colour": ([], {"NO_COLOR": "1"}),
    "no graphics": ([], {"SEEDREAM_GRAPHICS": "none"}),
    "a console of 16 colours": ([], {"TERM": "linux"}),
    "no blocks in its alphabet": ([], {"PYTHONIOENCODING": "latin-1"}),
    "dry run": (["--dry-run"], {}),
}


@pytest.mark.parametrize("name", SILENT)
def test_there_is_none_where_it_is_not_wanted_or_cannot_be_seen(home: Home, service: Service, name: str) -> None:
    argv, env = SILENT[name]
    screen = drawn(home, *argv, env=env)
    assert "▀".encode() not in screen
    assert b"\x1b_G" not in screen


@pytest.mark.parametrize(("columns", "rows"), [(19, 24), (80, 9)])
def test_there_is_none_on_a_tiny_terminal(home: Home, service: Service, columns: int, rows: int) -> None:
    assert "▀".encode() not in drawn(home, columns=columns, rows=rows)


def test_there_is_none_in_a_pipe(home: Home, service: Service) -> None:
    done = home.gen("a fox", "--seed", "1", env={"FORCE_COLOR": "1", "SEEDREAM_GRAPHICS": "kitty"}).expect(0)
    assert b"\x1b" not in done.output
    assert "▀".encode() not in done.output


def test_stdout_stays_data_where_the_terminal_shows_pictures(home: Home, service: Service) -> None:
    with home.terminal("gen", "a fox", "-n", "2", "--json", pipe_stdout=True) as terminal:
        screen = terminal.wait()
    assert screen.status == 0
    assert [json.loads(line)["status"] for line in screen.stdout.splitlines()] == ["saved", "saved"]
    assert "▀" in screen.text


def test_the_configuration_may_turn_it_off(home: Home, service: Service) -> None:
    home.configure("preview = false\n")
    assert "▀".encode() not in drawn(home)
    assert "▀".encode() in drawn(home, "--preview")


def test_graphics_that_there_are_none_of_cost_nothing(home: Home, service: Service) -> None:
    screen = home.in_terminal("gen", "a fox", env={"SEEDREAM_GRAPHICS": "ascii"})
    assert screen.status == 2
    assert "SEEDREAM_GRAPHICS is 'ascii'" in screen.text
    assert service.connections == 0


def test_what_does_not_fit_is_counted(home: Home, service: Service) -> None:
    screen = drawn(home, "-n", "12", columns=80, rows=24, env=TRUE).decode()
    assert [len(line) for line in blocks_in(screen)] == [4] * 16
    assert "and 4 more: seedream gallery" in screen
    shown = sorted({colours[0] for line in blocks_in(screen) for colours in line})
    assert len(shown) == 8
    assert set(shown) <= {colour_of(seed) for seed in range(1, 13)}


@pytest.mark.parametrize(("columns", "across"), [(79, 4), (78, 3), (40, 2), (38, 1), (20, 1)])
def test_in_a_window_that_became_narrower_fewer_stand_side_by_side(
    home: Home, service: Service, columns: int, across: int
) -> None:
    assert _resized(home, service, columns, "-n", "4") == [across] * (10 * (4 // across)) + [1] * (10 * (across == 3))


def test_where_nothing_fits_any_more_it_is_counted(home: Home, service: Service) -> None:
    assert _resized(home, service, 19, "-n", "2") == []


def _resized(home: Home, service: Service, columns: int, *argv: str) -> list[int]:
    """Draw in a window that becomes so narrow meanwhile; return how many pictures each line shows."""
    service.always(hold(ok()))
    with home.terminal("gen", "a fox", "--seed", "1", *argv, env=TRUE) as terminal:
        service.wait_for_posts(int(argv[-1]))
        terminal.resize(24, columns)
        service.release()
        screen = terminal.wait()
    assert screen.status == 0
    shown = blocks_in(screen.text)
    assert ("more: seedream gallery" in screen.text) is (not shown)
    return [len(line) for line in shown]


def test_only_what_was_saved_is_shown(home: Home, service: Service) -> None:
    service.on_seed(2, error(451, message="no"))
    screen = home.in_terminal("gen", "a fox", "-n", "3", "--seed", "1", env=TRUE)
    assert screen.status == 11
    assert {len(line) for line in blocks_in(screen.text)} == {2}
    assert "seed 1" in screen.text
    assert "seed 3" in screen.text


def test_what_was_there_already_is_shown_too(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1", "-n", "2").expect(0)
    screen = drawn(home, "-n", "2", "--reuse", env=TRUE)
    assert service.billed == 2
    assert {len(line) for line in blocks_in(screen.decode())} == {2}


def test_a_portrait_beside_a_landscape_keeps_its_shape(home: Home, service: Service) -> None:
    first = drawn(home, "-s", "portrait", env=TRUE).decode()
    [width] = {len(line[0]) for line in blocks_in(first)}
    assert 2 * len(blocks_in(first)) / width == pytest.approx(1.5, abs=0.05)
    second = drawn(home, "-s", "landscape", env=TRUE).decode()
    [width] = {len(line[0]) for line in blocks_in(second)}
    assert 2 * len(blocks_in(second)) / width == pytest.approx(2 / 3, abs=0.05)


def test_a_batch_is_shown_too(home: Home, service: Service) -> None:
    (home.work / "b.txt").write_text("a fox\na wolf\n")
    screen = home.in_terminal("batch", "b.txt", env=TRUE)
    assert screen.status == 0
    assert {len(line) for line in blocks_in(screen.text)} == {2}


# history show


@pytest.fixture
def one(home: Home, service: Service) -> dict[str, object]:
    """A draft that was drawn."""
    [draft] = home.gen("a fox", "--seed", "7", "--json").expect(0).objects
    return draft


def test_show_shows_it(home: Home, one: dict[str, object]) -> None:
    screen = home.in_terminal("history", "show", "last", rows=50, env=TRUE)
    assert screen.status == 0
    assert {colour for line in blocks_in(screen.text) for colour in line[0]} == {colour_of(7)}
    assert screen.text.index("prompt") < screen.text.index("▀")
    assert f"{one['id']}, seed 7" in screen.text


@pytest.mark.parametrize(
    ("argv", "how"),
    [
        (["--no-preview"], {}),
        (["--json"], {}),
        ([], {"pipe_stdout": True}),
        (["-q"], {}),
        ([], {"env": {"SEEDREAM_PREVIEW": "no"}}),
    ],
)
def test_show_shows_only_text_where_that_is_wanted(
    home: Home, one: dict[str, object], argv: list[str], how: dict[str, object]
) -> None:
    screen = home.in_terminal("history", "show", "last", *argv, **how)
    assert screen.status == 0
    assert "▀" not in screen.text


def test_show_says_what_became_of_a_picture(home: Home, one: dict[str, object]) -> None:
    path = Path(str(one["path"]))
    path.write_bytes(pictures.SVG)
    damaged = home.in_terminal("history", "show", "last", rows=50)
    assert damaged.status == 0
    assert "damaged: an SVG drawing" in damaged.text
    path.unlink()
    gone = home.in_terminal("history", "show", "last", rows=50)
    assert f"{one['id']}, the file is gone" in gone.text
    assert "▀" not in gone.text


# A real one


def test_tmux_shows_the_colours_of_the_drafts(home: Home, service: Service) -> None:
    tmux = shutil.which("tmux")
    if tmux is None:
        pytest.skip("needs tmux")
    server = [tmux, "-S", str(home.root / "tmp" / "s"), "-f", os.devnull]
    done = home.work / "done"
    program = f"{sys.executable} -m seedream_cli gen 'a fox' -n 2 --seed 1; touch {done}; read end"
    environment = home.environment({"TERM": "xterm-256color"})
    subprocess.run([*server, "new-session", "-d", "-x", "80", "-y", "40", program], env=environment, check=True)
    try:
        wait = f"while [ ! -e {done} ]; do sleep 0.05; done"
        subprocess.run(["sh", "-c", wait], check=True, timeout=30)
        shown = subprocess.run(
            [*server, "capture-pane", "-e", "-p"], env=environment, check=True, capture_output=True, timeout=30
        ).stdout.decode()
    finally:
        subprocess.run([*server, "kill-server"], env=environment, check=True, timeout=30)
    for seed in (1, 2):
        levels = ";".join(map(str, colour_of(seed)))
        assert f"38;2;{levels}" in shown
    assert max(line.count("▀") for line in shown.split("\n")) == 78


def test_no_draft_is_shown_twice(home: Home, service: Service) -> None:
    service.always(ok())
    screen = drawn(home, "-n", "2", "--one-request", env=TRUE)
    assert {len(line) for line in blocks_in(screen.decode())} == {2}
