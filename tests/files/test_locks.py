"""Locks: one holder at a time, given up by death, and never waited for where there are none."""

import os
import subprocess
import sys
import threading

import pytest

from seedream_cli.files import locks


def test_a_lock_lets_one_in_at_a_time(tmp_path):
    path = tmp_path / "lock"
    path.touch()
    inside = []

    def enter():
        descriptor = os.open(path, os.O_RDWR)
        try:
            with locks.exclusive(descriptor):
                inside.append("in")
                assert inside.count("in") - inside.count("out") == 1
                inside.append("out")
        finally:
            os.close(descriptor)

    threads = [threading.Thread(target=enter) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == ["in", "out"] * 16


# Locks of single bytes

HOLDS_BYTES = """
import os, sys
from seedream_cli.files import locks
descriptor = os.open(sys.argv[1], os.O_RDWR)
print(*(locks.try_lock_byte(descriptor, int(number)) for number in sys.argv[2:]), flush=True)
sys.stdin.readline()
"""


def other_process(path, *numbers):
    """A process that locks these bytes and says which it got, and what it said."""
    argv = [sys.executable, "-B", "-c", HOLDS_BYTES, str(path), *map(str, numbers)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, [word == "True" for word in process.stdout.readline().split()]


@pytest.fixture
def opened(tmp_path):
    path = tmp_path / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    yield path, descriptor
    os.close(descriptor)


def test_each_byte_is_locked_by_one_process_until_it_gives_it_up_or_dies(opened):
    path, descriptor = opened
    assert locks.try_lock_byte(descriptor, 0)
    process, got = other_process(path, 0, 1, 511)
    with process:
        assert got == [False, True, True]
        assert [locks.try_lock_byte(descriptor, number) for number in (1, 2, 511)] == [False, True, False]
        locks.unlock_byte(descriptor, 2)
        process.kill()
    assert [locks.try_lock_byte(descriptor, number) for number in (1, 511)] == [True, True]
    process, got = other_process(path, 0, 1, 2)
    process.communicate("\n", 10)
    assert got == [False, False, True]


def test_a_byte_that_another_process_holds_for_long_is_gone_without(opened):
    path, descriptor = opened
    process, _ = other_process(path, 3)
    with process:
        with locks.exclusive_byte(descriptor, 3, 0.05):
            pass
        assert not locks.try_lock_byte(descriptor, 3)
        process.stdin.close()
    with locks.exclusive_byte(descriptor, 3, 0.05):
        process, [got] = other_process(path, 3)
        process.communicate()
        assert not got
    process, [got] = other_process(path, 3)
    process.communicate()
    assert got


def test_locked_bytes_are_not_in_the_way_of_what_the_file_holds(opened):
    path, descriptor = opened
    assert locks.try_lock_byte(descriptor, 0)
    path.write_bytes(b"text")
    assert path.read_bytes() == b"text"
    assert locks.try_lock(descriptor)


def test_where_a_file_cannot_be_locked_nobody_is_kept_out_for_ever(tmp_path):
    path = tmp_path / "lock"
    path.touch()
    descriptor = os.open(path, os.O_RDONLY)  # the system locks only what may be written
    try:
        assert locks.try_lock_byte(descriptor, 0)
        locks.unlock_byte(descriptor, 0)
    finally:
        os.close(descriptor)


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="needs a descriptor that cannot be locked")
def test_a_lock_that_the_system_cannot_give_is_not_taken_for_one_that_somebody_holds(tmp_path):
    (tmp_path / "a").touch()
    descriptor = os.open(tmp_path / "a", os.O_PATH)
    try:
        with pytest.raises(OSError, match="descriptor"):
            locks.try_lock(descriptor)
        with pytest.raises(OSError, match="descriptor"), locks.exclusive(descriptor, 5):
            pass
    finally:
        os.close(descriptor)
