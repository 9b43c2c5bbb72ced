"""Leases: a run counts as alive as long as it holds one, and not a moment longer."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from seedream_cli.errors import LocalFileError
from seedream_cli.history.leases import is_alive, lease


def hold_until_killed(folder: Path, ready: "multiprocessing.synchronize.Event") -> None:
    with lease(folder, "abc123"):
        ready.set()
        signal.pause()


def test_a_run_is_alive_while_it_holds_its_lease(tmp_path: Path) -> None:
    with lease(tmp_path / "h.d", "abc123"):
        assert is_alive(tmp_path / "h.d", "abc123")
        assert not is_alive(tmp_path / "h.d", "abc124")
    assert not is_alive(tmp_path / "h.d", "abc123")
    assert list((tmp_path / "h.d" / "runs").iterdir()) == []


def test_a_killed_run_is_dead_and_what_it_left_is_cleared_away(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    run = spawn.Process(target=hold_until_killed, args=(tmp_path, ready))
    run.start()
    assert ready.wait(20)
    assert is_alive(tmp_path, "abc123")
    os.kill(run.pid or 0, signal.SIGKILL)
    run.join()
    assert not is_alive(tmp_path, "abc123")
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_without_an_id_or_with_an_odd_one_is_dead(tmp_path: Path) -> None:
    for run in (None, "", "../x", "A", "a" * 33, "a/b"):
        assert not is_alive(tmp_path, run)


def test_where_no_lease_can_be_had_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(LocalFileError, match="runs cannot be written"), lease(tmp_path, "abc123"):
        pass


def test_leases_are_private(tmp_path: Path) -> None:
    with lease(tmp_path / "h.d", "abc123"):
        assert (tmp_path / "h.d" / "runs" / "abc123.lock").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "h.d" / "runs").stat().st_mode & 0o777 == 0o700
