"""The moving line: there while drafts are drawn, gone when they are, never in the way of a path."""

import io
import os
import re
import sys

import pytest
from support.program import Home
from support.replies import error, hold, ok
from support.service import Service

from seedream_cli.terminal.console import Console
from seedream_cli.terminal.progress import Pace, Plain, progress

PIECES = re.compile(r"\x1b\[(\d*)A|(\x1b\[2K)|\x1b\[\??[0-9;]*[hlm]|(\r)|(\n)|([^\x1b\r\n]+)|.")


def left_on(screen: str) -> list[str]:
    """What a wide terminal shows after this: lines that were cleared are gone."""
    rows = [""]
    row = column = 0
    for piece in PIECES.finditer(screen):
        up, clear, carriage_return, line_feed, text = piece.groups()
        assert piece[0][0] != "\x1b" or len(piece[0]) > 1, piece
        if text:
            rows[row] = rows[row][:column].ljust(column) + text + rows[row][column + len(text) :]
            column += len(text)
        elif clear:
            rows[row] = ""
        elif carriage_return:
            column = 0
        elif line_feed:
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif up is not None:
            row -= int(up or 1)
    return rows


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (24, 20), (3, 200)])
def test_it_shows_what_is_done_and_leaves_no_trace(home: Home, service: Service, rows: int, columns: int) -> None:
    for seed in range(1, 5):
        service.on_seed(seed, hold(ok()))
    argv = ("gen", "a fox", "-n", "4", "--seed", "1", "--no-preview")
    with home.terminal(*argv, rows=rows, columns=columns) as terminal:
        terminal.expect(r"0/4")
        service.release()
        screen = terminal.wait()
    assert screen.status == 0
    assert b"\x1b[?25l" in screen.screen
    assert screen.screen.rindex(b"\x1b[?25h") > screen.screen.rindex(b"\x1b[?25l")
    told, *paths, total, last = left_on(screen.text)
    assert told.startswith("drawing 4 drafts on seedream-v5lite")
    assert sorted(re.fullmatch(r"drafts/a-fox-(\d)-[a-z0-9]{12}\.png", path)[1] for path in paths) == list("1234")
    assert re.fullmatch(r"4 saved; about \$0\.048; \d+\.\d s", total)
    assert last == ""


def test_it_leaves_a_redirected_stdout_alone(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.terminal("gen", "a fox", "-n", "2", pipe_stdout=True) as terminal:
        terminal.expect("0/2")
        service.release()
        screen = terminal.wait()
    assert len(screen.stdout.splitlines()) == 2
    assert b"\x1b" not in screen.stdout
    assert b".png" not in screen.screen


@pytest.mark.parametrize(
    ("argv", "env"),
    [(["-q"], {}), ([], {"TERM": "dumb"}), (["--reuse"], {"SEEDREAM_MAX_COST": "0", "SEEDREAM_PREVIEW": "0"})],
)
def test_there_is_none_for_quiet_and_dumb_terminals_or_without_drafts(
    home: Home, service: Service, argv: list[str], env: dict[str, str]
) -> None:
    home.gen("a fox", "--seed", "1").expect(0)
    with home.terminal("gen", "a fox", "--seed", "1", *argv, env=env) as terminal:
        screen = terminal.wait()
    assert screen.status == 0
    assert b"\x1b" not in screen.screen


def test_errors_and_waits_do_not_tear_it(home: Home, service: Service) -> None:
    service.always(hold(error(400, message="no")))
    with home.terminal("gen", "a fox") as terminal:
        terminal.expect("0/1")
        service.release()
        screen = terminal.wait()
    lines = left_on(screen.text)
    assert lines[1].startswith("seedream: error: no (HTTP 400) (")
    assert lines[2].startswith("hint: ")
    assert len(lines) == 5


def test_a_terminal_that_goes_away_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    window, terminal = os.openpty()
    with io.TextIOWrapper(open(terminal, "wb", buffering=0), "utf-8", write_through=True) as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with progress(Console({}), 2) as moving:
            shown = b""
            while b"0/2" not in shown:
                shown += os.read(window, 4096)
            os.close(window)
            with moving.aside():
                pass
            moving.advance(0.0)


def test_without_a_terminal_it_costs_no_import(capfd: pytest.CaptureFixture[str]) -> None:
    with progress(Console({}), 3) as bar:
        bar.advance(0.012)
        with bar.aside():
            pass
    assert capfd.readouterr().err == ""


# Rate, cost and the time left


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("seconds", "done", "told"),
    [
        (0, 0, "$0.50 so far"),
        (30, 0, "$0.50 so far"),
        (0, 5, "$0.50 so far"),
        (10, 25, "2.5 a second, $0.50 so far, about 6 min left"),
        (60, 600, "10.0 a second, $0.50 so far, about 40 s left"),
        (100, 100, "1.0 a second, $0.50 so far, about 15 min left"),
        (120, 1, "0.5 a minute, $0.50 so far, about 33.3 h left"),
        (600, 100, "10.0 a minute, $0.50 so far, about 1.5 h left"),
        (10, 900, "90.0 a second, $0.50 so far, about 1 s left"),
        (1, 1000, "1000.0 a second, $0.50 so far, about 0 s left"),
        (10, 1100, "110.0 a second, $0.50 so far, about 0 s left"),  # rows that others had to be waited for came on top
    ],
)
def test_a_pace_is_told_in_units_that_one_can_grasp(seconds: float, done: int, told: str) -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    clock.now += seconds
    assert pace.seconds == seconds
    assert pace.told(done, 0.5) == told


def test_elsewhere_than_on_a_terminal_a_line_comes_now_and_then(capfd: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    plain = Plain(Console({}), Pace(100, clock), between=10)
    lines = []
    for _ in range(40):
        clock.now += 1
        plain.advance(0.012)
        with plain.aside():
            lines.append(capfd.readouterr().err)
    assert [number for number, line in enumerate(lines, 1) if line] == [10, 20, 30, 40]
    assert lines[9] == "10 done, 1.0 a second, $0.012 so far, about 2 min left\n"


def test_lines_that_were_missed_while_nothing_was_done_are_not_made_up_for(capfd: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    plain = Plain(Console({}), Pace(100, clock), between=10)
    for seconds in (100, 1, 1, 7, 1):
        clock.now += seconds
        plain.advance(0.0)
    assert len(capfd.readouterr().err.splitlines()) == 2


@pytest.mark.parametrize(("total", "paced", "kind"), [(0, True, "_Still"), (3, False, "_Still"), (3, True, "Plain")])
def test_only_long_runs_tell_anything_there(total: int, paced: bool, kind: str) -> None:
    with progress(Console({}), total, paced=paced) as bar:
        assert type(bar).__name__ == kind
