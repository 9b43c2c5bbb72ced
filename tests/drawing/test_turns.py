"""Taking turns: what another command does is waited for, as long as it does something."""

import os
import threading
from pathlib import Path

import pytest
from support.past import asked, history

from seedream_cli.context import Context
from seedream_cli.drawing.turns import one_at_a_time, wait_for_runs
from seedream_cli.errors import LocalFileError
from seedream_cli.history.leases import lease


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context({"HOME": os.fspath(tmp_path)})


def test_whoever_comes_second_waits_until_the_first_has_ended(tmp_path: Path, context: Context) -> None:
    inside = threading.Event()

    def second() -> None:
        with one_at_a_time(tmp_path, context.console):
            inside.set()

    with one_at_a_time(tmp_path, context.console):
        thread = threading.Thread(target=second)
        thread.start()
        assert not inside.wait(0.3)
    assert inside.wait(20)
    thread.join()


def test_a_turn_that_never_comes_is_given_up(
    tmp_path: Path, context: Context, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        one_at_a_time(tmp_path, context.console),
        pytest.raises(LocalFileError, match=r"another command has been .* for 0\.2 s") as caught,
        one_at_a_time(tmp_path, context.console, patience=0.2),
    ):
        pytest.fail("two at a time")
    assert "the same command again" in (caught.value.hint or "")
    assert "waiting for another command, which is fetching or copying pictures" in capfd.readouterr().err


def test_a_run_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    ledger = history(tmp_path / "h.jsonl")
    with lease(ledger.folder, "a0"):
        pass
    wait_for_runs(ledger, {"a0", "b1"}, patience=0)


def test_a_run_that_was_stopped_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    ledger = history(tmp_path / "h.jsonl")
    with lease(ledger.folder, "a0"), pytest.raises(LocalFileError, match=r"has recorded nothing for 0\.3 s"):
        wait_for_runs(ledger, {"a0"}, patience=0.3)


def test_a_run_that_records_something_is_waited_for(tmp_path: Path) -> None:
    ledger = history(tmp_path / "h.jsonl")
    numbers = iter(range(1, 1_000_000))
    over = threading.Event()

    def waiting() -> None:
        wait_for_runs(history(tmp_path / "h.jsonl"), {"a0"}, patience=1)
        over.set()

    thread = threading.Thread(target=waiting)
    with lease(ledger.folder, "a0"):
        thread.start()
        for _ in range(30):  # three times its patience
            ledger.intend([asked(next(numbers))])
            assert not over.wait(0.1)
    assert over.wait(20)
    thread.join()
