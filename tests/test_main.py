"""The boundary: every end of the program has its status, and no traceback reaches a user."""

import contextlib
import os
import re
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.program import Home, Launch
from support.replies import CANARY_KEY, Reply, bucket_empty, error, ok, redirect, reset, without_url
from support.service import Service

from seedream_cli import __version__
from seedream_cli.__main__ import main
from seedream_cli.context import Context

SECRET_PROMPT = "a heron nobody may know of"


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """`main` takes SIGTERM for itself; the test runner needs it back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def full() -> Iterator[int]:
    """A device that is full."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def test_the_version_is_one_line(offline_home: Home) -> None:
    result = offline_home.run("--version").expect(0)
    assert result.output.decode() == f"seedream {__version__}\n"
    assert offline_home.run("-q", "--version").expect(0).output == result.output


@pytest.mark.parametrize("argv", [["--version"], ["-q", "--version"], ["--help"], ["gen", "--help"], ["models"]])
def test_what_stdout_does_not_take_is_no_bug(offline_home: Home, full: int, unread: int, argv: list[str]) -> None:
    offline_home.run(*argv, launch=Launch(close=(1,))).expect(141)
    offline_home.run(*argv, stdout=unread).expect(141)
    told = offline_home.run(*argv, stdout=full).expect(10)
    assert "seedream: error: stdout cannot be written: No space left on device" in told.talk
    assert not list(offline_home.root.rglob("crash-*"))


def test_a_stderr_that_takes_nothing_changes_no_status(home: Home, full: int, unread: int) -> None:
    for stderr in (full, unread):
        home.gen("a fox", stderr=stderr).expect(0)
        home.gen("a fox", "--nope", stderr=stderr).expect(2)


@pytest.mark.skipif(not Path("/proc/self/syscall").exists(), reason="only Linux tells what a process waits for")
def test_sigterm_while_an_error_is_being_told_ends_with_its_status_and_no_traceback(offline_home: Home) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(65536))
    os.set_blocking(writer, True)
    with offline_home.start("gen", "a fox", "--nope", stderr=writer) as running:
        call = Path(f"/proc/{running.pid}/syscall")
        while call.read_text().split()[1:2] != ["0x2"]:  # a call whose first argument is stderr, and that waits
            assert running.running
        running.signal(signal.SIGTERM)
        assert running.wait().status == 143
    os.close(writer)
    os.close(reader)


STATUSES: dict[str, tuple[Reply, int]] = {
    "as asked": (ok(), 0),
    "400": (error(400), 2),
    "404": (error(404), 2),
    "413": (error(413), 2),
    "401": (error(401), 3),
    "403": (error(403), 3),
    "402": (error(402), 4),
    "451": (error(451), 5),
    "429": (bucket_empty(), 6),
    "408": (error(408), 7),
    "redirect": (redirect(307, "{origin}/v1/elsewhere"), 7),
    "reset": (reset(billed=True), 8),
    "no url": (without_url(0), 8),
}


@pytest.mark.parametrize("name", STATUSES)
def test_each_answer_has_its_status_an_error_line_and_a_hint(home: Home, service: Service, name: str) -> None:
    reply, status = STATUSES[name]
    service.always(reply)
    result = home.gen("a fox", "--max-wait", "0").expect(status)
    assert len(re.findall(r"^seedream: error: ", result.talk, re.MULTILINE)) == (status != 0)
    assert len(re.findall(r"^hint: ", result.talk, re.MULTILINE)) == (status != 0)
    assert "Traceback" not in result.talk


def test_some_saved_and_some_blocked_is_partly_done(home: Home, service: Service) -> None:
    service.on_seed(2, error(451))
    result = home.gen("a fox", "-n", "3", "--seed", "1").expect(11)
    assert len(result.lines) == 2
    assert "2 saved, 1 blocked; about $0.024" in result.talk


def test_no_key_shows_both_ways_out(offline_home: Home) -> None:
    result = offline_home.gen("a fox").expect(3)
    error_line, hint = result.talk.splitlines()
    assert error_line == "seedream: error: no API key"
    assert "export BYTESPIKE_API_KEY=" in hint
    assert "--sandbox" in hint
    assert not offline_home.history_path.exists()
    assert not offline_home.files()


def test_an_interrupt_while_modules_load_is_no_traceback(offline_home: Home) -> None:
    script = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "seedream_cli.context":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
sys.argv = ["seedream", "models"]
from seedream_cli.__main__ import run
run()
"""
    result = offline_home.run(program=[sys.executable, "-c", script]).expect(130)
    assert result.output == b""


# The report of a bug


def broken_clock() -> float:
    raise ZeroDivisionError(SECRET_PROMPT)


def crash(home: Home, capfd: pytest.CaptureFixture[str]) -> str:
    status = main(["gen", SECRET_PROMPT, "--negative", "fog"], Context(home.environment(), clock=broken_clock))
    assert status == 1
    return capfd.readouterr().err


def test_a_bug_leaves_a_private_report_without_prompt_or_key(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    talk = crash(home, capfd)
    (path,) = home.root.rglob("crash-*")
    report = path.read_text()
    assert "ZeroDivisionError" in report
    assert "seedream_cli/commands/gen.py" in report
    assert "broken_clock" in report
    for secret in (SECRET_PROMPT, "heron", "fog", CANARY_KEY, str(home.root)):
        assert secret not in report
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    error_line, hint = talk.splitlines()
    assert error_line == "seedream: error: a bug in seedream (ZeroDivisionError); this should not happen"
    assert str(path) in hint
    assert "`seedream history`" in hint
    assert "heron" not in talk


def test_a_report_that_cannot_be_written_is_said(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    home.history_path.parent.parent.mkdir(exist_ok=True)
    home.history_path.parent.write_text("a file where the folder should be")
    talk = crash(home, capfd)
    assert talk.splitlines()[1].startswith("hint: no report could be written")


def test_a_report_names_the_whole_chain_of_errors(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def clock() -> float:
        try:
            return {}[SECRET_PROMPT]
        except KeyError as cause:
            raise ValueError(SECRET_PROMPT) from cause

    home = Home(tmp_path)
    assert main(["gen", "a", "--dry-run"], Context(home.environment(), clock=clock)) == 1
    capfd.readouterr()
    (path,) = home.root.rglob("crash-*")
    lines = [line for line in path.read_text().splitlines() if not line.startswith(" ")]
    assert lines[1:] == ["ValueError", "KeyError"]
