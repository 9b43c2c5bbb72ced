"""When a file was saved: whatever an editor does to it, and also where the system does not tell."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from seedream_cli.watching.changes import Changes

PATIENCE = 20.0


def waits(changes: Changes) -> threading.Thread:
    """Begin to wait in a thread of its own."""
    thread = threading.Thread(target=changes.wait, daemon=True)
    thread.start()
    return thread


def over(path: Path) -> None:
    path.write_text("new")


def renamed_over(path: Path) -> None:
    other = path.with_name("4913~")
    other.write_text("new")
    os.replace(other, path)


def backed_up_and_written_anew(path: Path) -> None:
    path.rename(path.with_name("prompt.txt~"))
    path.write_text("new")


def removed(path: Path) -> None:
    path.unlink()


def same_length_at_the_same_time(path: Path) -> None:
    before = path.stat()
    path.write_text("new")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


SAVES = (over, renamed_over, backed_up_and_written_anew, removed, same_length_at_the_same_time)


@pytest.mark.parametrize("save", SAVES)
def test_a_save_ends_the_waiting(tmp_path: Path, save: Callable[[Path], None]) -> None:
    path = tmp_path / "prompt.txt"
    path.write_text("old")
    with Changes(str(path), pytest.fail) as changes:
        changes.look()
        waiting = waits(changes)
        save(path)
        waiting.join(PATIENCE)
        assert not waiting.is_alive()


def test_a_link_is_followed(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real.txt"
    real.parent.mkdir()
    real.write_text("old")
    link = tmp_path / "prompt.txt"
    link.symlink_to(real)
    with Changes(str(link), pytest.fail) as changes:
        changes.look()
        waiting = waits(changes)
        real.write_text("new")
        waiting.join(PATIENCE)
        assert not waiting.is_alive()


def test_a_save_before_the_waiting_began_is_not_missed(tmp_path: Path) -> None:
    path = tmp_path / "prompt.txt"
    path.write_text("old")
    with Changes(str(path), pytest.fail) as changes:
        changes.look()
        path.write_text("newer")
        waiting = waits(changes)
        waiting.join(PATIENCE)
        assert not waiting.is_alive()


def test_other_files_of_the_folder_are_nothing(tmp_path: Path) -> None:
    path = tmp_path / "prompt.txt"
    path.write_text("old")
    with Changes(str(path), pytest.fail) as changes:
        changes.look()
        waiting = waits(changes)
        (tmp_path / "other.txt").write_text("new")
        waiting.join(1.5)
        assert waiting.is_alive()
        over(path)
        waiting.join(PATIENCE)
        assert not waiting.is_alive()


def test_where_the_system_does_not_tell_a_look_each_second_finds_it(tmp_path: Path) -> None:
    path = tmp_path / "not there yet" / "prompt.txt"
    told = threading.Event()
    reasons: list[str] = []

    def trouble(reason: str) -> None:
        reasons.append(reason)
        told.set()

    with Changes(str(path), trouble) as changes:
        changes.look()
        assert told.wait(PATIENCE)
        assert reasons
        waiting = waits(changes)
        path.parent.mkdir()
        path.write_text("new")
        waiting.join(PATIENCE)
        assert not waiting.is_alive()
