"""Small files of our own are changed whole, by one at a time, and stay private."""

import os
import stat
import threading
from pathlib import Path

import pytest

from seedream_cli.files.statefile import LARGEST, change_state, read_state


def appended(path: Path, data: bytes) -> None:
    change_state(path, lambda old: old + data)


def test_a_file_and_its_folder_are_made_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "state"
    before = os.umask(0)
    try:
        appended(path, b"x")
    finally:
        os.umask(before)
    assert read_state(path) == b"x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}


def test_changes_by_many_threads_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "state"
    threads = [threading.Thread(target=appended, args=(path, bytes([n]))) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_state(path)) == list(range(24))


def test_what_raises_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state"
    appended(path, b"x")

    def fail(old: bytes) -> bytes:
        raise ValueError(old)

    with pytest.raises(ValueError, match="x"):
        change_state(path, fail)
    assert read_state(path) == b"x"


def test_what_a_crash_left_behind_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "state"
    (tmp_path / "state.rewriting").write_bytes(b"half of someth")
    appended(path, b"x")
    assert read_state(path) == b"x"
    assert sorted(each.name for each in tmp_path.iterdir()) == [".seedream.lock", "state"]


def test_nothing_is_written_through_a_link_in_the_scratch_files_place(tmp_path: Path) -> None:
    path = tmp_path / "state"
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "state.rewriting").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        appended(path, b"x")
    assert victim.read_bytes() == b"mine"


def test_what_is_no_regular_file_is_neither_read_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path):
        with pytest.raises(OSError, match=r"regular|directory"):
            read_state(path)


def test_reading_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with path.open("wb") as file:
        file.truncate(100 * LARGEST)
    assert len(read_state(path)) == LARGEST + 1
