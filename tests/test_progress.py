"""The moving line: there while drafts are drawn, gone when they are, never in the way of a path."""

import re

import pytest
from support.program import Home
from support.replies import error, hold, ok
from support.service import Service

from seedream_cli.console import Console
from seedream_cli.progress import progress

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


def test_without_a_terminal_it_costs_no_import(capfd: pytest.CaptureFixture[str]) -> None:
    with progress(Console({}), 3) as bar:
        bar.advance(0.012)
        with bar.aside():
            pass
    assert capfd.readouterr().err == ""
