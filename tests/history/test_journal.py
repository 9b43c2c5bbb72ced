"""The history's file: nothing lost, torn or doubled, whatever kills a writer or stands in its way."""

import contextlib
import fcntl
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import pytest

from seedream_cli.errors import LocalFileError
from seedream_cli.history.journal import Journal
from seedream_cli.history.reading import LONGEST_LINE

KILLED_AT_A_STEP = """
import os, signal, sys
from pathlib import Path
from seedream_cli.history.journal import Journal
journal, last, count = Journal(Path(sys.argv[1])), int(sys.argv[2]), 0
def audit(event, _):
    global count
    if event.split(".")[0] in {"open", "os", "fcntl"}:
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(audit)
if sys.argv[3] == "append":
    journal.append(b"new\\n" * 3)
else:
    journal.rewrite(lambda line: line != b"1\\n", b"new\\n")
"""

WRITES_FOR_EVER = """
import sys
from pathlib import Path
from seedream_cli.history.journal import Journal
journal, number = Journal(Path(sys.argv[1])), int(sys.argv[2])
while True:
    journal.append(b"%d " % number + b"x" * 5000 + b" %d\\n" % number)
    print(number, flush=True)
    if number % 5 == 0:
        journal.rewrite(lambda line: not line.startswith(b"gone"), b"gone\\n")
    number += 1
"""


def lines(journal: Journal) -> list[bytes]:
    return list(journal.lines_backward())[::-1]


def test_what_is_appended_is_read_newest_first(tmp_path):
    journal = Journal(tmp_path / "h")
    journal.append(b"1\n2\n")
    journal.append(b"3\n")
    assert list(journal.lines_backward()) == [b"3", b"2", b"1"]
    assert list(journal.pieces()) == [b"1\n", b"2\n", b"3\n"]


def test_no_file_reads_as_empty_and_is_not_made_by_reading(tmp_path):
    journal = Journal(tmp_path / "below" / "h")
    assert (lines(journal), list(journal.pieces())) == ([], [])
    journal.rewrite(lambda _: True, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tail", [b'{"v":1', b"\0\0\0", b"1\n\0", b"\xff", b"1\r"])
def test_an_append_begins_on_a_new_line_whatever_was_left_behind(tmp_path, tail):
    path = tmp_path / "h"
    path.write_bytes(tail)
    Journal(path).append(b"good\n")
    assert path.read_bytes() == tail + b"\ngood\n"


@pytest.mark.parametrize("seed", range(40))
def test_any_file_is_read_as_its_lines_backward(tmp_path, seed):
    chance = random.Random(seed)
    lengths = [0, 1, 100, 65535, 65536, 65537, 524288, chance.randrange(2_000_000)]
    made = [bytes([97 + chance.randrange(26)]) * chance.choice(lengths[: chance.randrange(2, 9)]) for _ in range(12)]
    path = tmp_path / "h"
    data = b"\n".join(made)
    path.write_bytes(data)
    journal = Journal(path)
    expected = data.removesuffix(b"\n").split(b"\n") if data else []
    assert lines(journal) == expected
    with journal.reading() as reading:
        told = list(reading.lines_backward())
        assert all(data[begin : begin + len(line)] == line for begin, line in told)
        chunks = list(reading.chunks_backward())
        assert b"".join(chunk.data[chunk.begin :] for chunk in reversed(chunks)) == data
        assert all(data[chunk.offset : chunk.end] == chunk.data for chunk in chunks)
        assert all(chunk.data[: chunk.begin].endswith(b"\n") for chunk in chunks[:-1])
        forward = list(reading.chunks_forward(0))
        assert b"".join(chunk.data for chunk in forward) == data
        assert all(chunk.data.endswith(b"\n") for chunk in forward[:-1])
    assert list(journal.lines_backward(b"aa")) == [line for line in expected[::-1] if b"aa" in line]


@pytest.mark.parametrize("length", [LONGEST_LINE + 5_000_000, 3 * LONGEST_LINE])
def test_a_line_beyond_all_measure_is_passed_over_and_what_is_around_it_is_read(tmp_path, length):
    path = tmp_path / "h"
    with path.open("wb") as file:
        file.write(b"first\n")
        file.seek(length, os.SEEK_CUR)
        file.write(b"\nlast\n")
    journal = Journal(path)
    assert lines(journal) == [b"first", b"\0", b"last"]
    with journal.reading() as reading:
        read = [line for chunk in reading.chunks_forward(0) for _, line in chunk.lines()]
    assert (len(read), read[0], read[-1]) == (3, b"first", b"last")
    assert len(read[1]) <= LONGEST_LINE + 5_000_000


def test_what_is_cut_out_of_a_line_beyond_all_measure_leaves_whole_lines(tmp_path):
    path = tmp_path / "h"
    with path.open("wb") as file:
        file.write(b"first\n")
        file.write(b"x" * LONGEST_LINE + b"y" * 10 + b"\n")
        file.write(b"last")
    Journal(path).rewrite(lambda piece: not piece.startswith(b"y"))
    assert path.stat().st_size == len(b"first\n") + LONGEST_LINE + 1 + len(b"last\n")
    Journal(path).rewrite(lambda piece: not piece.startswith(b"x"))
    assert path.read_bytes() == b"first\nlast\n"


def test_a_rewrite_keeps_what_it_is_told_to_and_ends_the_last_line(tmp_path):
    path = tmp_path / "h"
    path.write_bytes(b"1\r\n2\n\n\xff\n3")
    Journal(path).rewrite(lambda line: line != b"2\n", b"last\n")
    assert path.read_bytes() == b"1\r\n\n\xff\n3\nlast\n"
    assert [each.name for each in tmp_path.iterdir()] == ["h"]


def test_what_an_earlier_rewrite_left_behind_harms_nothing(tmp_path):
    path = tmp_path / "h"
    path.write_bytes(b"1\n2\n")
    (tmp_path / "h.rewriting").write_bytes(b"secret\n" * 1000)
    assert lines(Journal(path)) == [b"1", b"2"]
    Journal(path).append(b"3\n")
    Journal(path).rewrite(lambda line: line != b"1\n")
    assert path.read_bytes() == b"2\n3\n"
    assert [each.name for each in tmp_path.iterdir()] == ["h"]


def test_a_rewrite_reaches_the_file_behind_a_link(tmp_path):
    behind = tmp_path / "elsewhere" / "real"
    behind.parent.mkdir()
    behind.write_bytes(b"secret\nkept\n")
    (tmp_path / "h").symlink_to(behind)
    Journal(tmp_path / "h").rewrite(lambda line: line != b"secret\n")
    assert behind.read_bytes() == b"kept\n"
    assert (tmp_path / "h").is_symlink()
    assert [each.name for each in behind.parent.iterdir()] == ["real"]


def test_a_rewrite_that_fails_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "h"
    path.write_bytes(b"1\n2\n")
    (tmp_path / "h.rewriting").mkdir()
    with pytest.raises(LocalFileError, match="cannot be rewritten"):
        Journal(path).rewrite(lambda _: False)
    assert path.read_bytes() == b"1\n2\n"


def wait_until_open(path, times):
    """Wait until the file that lies there now is open so many times in this process."""
    there = path.stat()
    deadline = time.monotonic() + 20
    while sum(os.path.samestat(there, each) for each in open_files()) < times:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def open_files():
    for descriptor in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            yield os.fstat(int(descriptor))


def test_an_append_that_waited_while_the_file_was_replaced_goes_to_the_new_one(tmp_path):
    path = tmp_path / "h"
    path.write_bytes(b"old\n")
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        appender = threading.Thread(target=Journal(path).append, args=(b"mine\n",))
        appender.start()
        wait_until_open(path, times=2)
        (tmp_path / "new").write_bytes(b"new\n")
        os.replace(tmp_path / "new", path)
        fcntl.flock(held, fcntl.LOCK_UN)
        appender.join(20)
        assert held.read() == b"old\n"
    assert path.read_bytes() == b"new\nmine\n"


@pytest.mark.parametrize("gone", [False, True])
def test_a_rewriting_that_waited_while_the_file_was_replaced_rewrites_the_new_one(tmp_path, gone):
    path = tmp_path / "h"
    path.write_bytes(b"1\n2\n")
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        rewriter = threading.Thread(target=Journal(path).rewrite, args=(lambda line: line != b"2\n",))
        rewriter.start()
        wait_until_open(path, times=2)
        (tmp_path / "new").write_bytes(b"2\n3\n")
        os.replace(tmp_path / "new", path)
        if gone:
            path.unlink()
        fcntl.flock(held, fcntl.LOCK_UN)
        rewriter.join(20)
    assert (path.read_bytes() if path.exists() else b"gone") == (b"gone" if gone else b"3\n")
    assert not path.with_name("h.rewriting").exists()


def test_a_reader_stays_with_the_file_that_it_began(tmp_path):
    path = tmp_path / "h"
    path.write_bytes(b"".join(b"%06d\n" % n for n in range(100_000)))
    journal = Journal(path)
    with journal.reading() as reading:
        first = next(iter(reading.chunks_backward()))
        journal.rewrite(lambda _: False, b"nothing\n")
        assert next(iter(reading.chunks_forward(first.offset))).data.startswith(first.data[:7])
        assert len(list(reading.lines_backward())) == 100_000
    assert lines(journal) == [b"nothing"]


@pytest.mark.parametrize("what", ["append", "rewrite"])
def test_a_writer_killed_at_any_step_leaves_the_old_file_or_the_new_one(tmp_path, what):
    path = tmp_path / "h"
    old = b"".join(b"%d\n" % n for n in range(4))
    new = old + b"new\n" * 3 if what == "append" else old.replace(b"1\n", b"") + b"new\n"
    for step in range(1, 60):
        path.write_bytes(old)
        command = [sys.executable, "-c", KILLED_AT_A_STEP, path, str(step), what]
        done = subprocess.run(command, check=False, capture_output=True, timeout=60)
        assert path.read_bytes() in {old, new}, step
        assert list(Journal(path).pieces()) in ([b"%d\n" % n for n in range(4)], new.splitlines(keepends=True))
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert path.read_bytes() == new
    assert step > 3
    assert [each.name for each in tmp_path.iterdir()] == ["h"]


def test_writers_killed_at_random_moments_lose_nothing_that_was_confirmed(tmp_path):
    path = tmp_path / "h"
    chance = random.Random(3)
    number = 0
    for _ in range(12):
        command = [sys.executable, "-c", WRITES_FOR_EVER, path, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            confirmed = [writer.stdout.readline() for _ in range(chance.randint(1, 10))]
            time.sleep(chance.random() * 0.005)
            writer.kill()
            confirmed += writer.stdout
        kept = [line for line in path.read_bytes().splitlines() if line != b"gone"]
        assert all(line == b"%d %b %d" % (n, b"x" * 5000, n) for n, line in enumerate(kept))
        assert number <= int(confirmed[-1]) < len(kept)
        number = len(kept)


def occupied(path, what):
    """Put something that is no file in the history's place."""
    match what:
        case "folder":
            path.mkdir()
        case "FIFO":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/null")
        case "socket":
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(path))
        case "dangling link":
            path.symlink_to(path.parent / "not-mounted" / "h")
        case "loop":
            path.symlink_to(path)
        case "file as folder":
            path.write_bytes(b"")
            return path / "h"
    return path


@pytest.mark.parametrize("what", ["folder", "FIFO", "device", "socket", "dangling link", "loop", "file as folder"])
def test_what_is_no_file_is_neither_written_nor_read_nor_waited_for(tmp_path, what):
    journal = Journal(occupied(tmp_path / "h", what))
    for attempt in (
        lambda: journal.append(b"1\n"),
        journal.check_writable,
        lambda: list(journal.lines_backward()),
        lambda: list(journal.pieces()),
    ):
        with pytest.raises(LocalFileError, match=r"the history .* cannot be"):
            attempt()


def test_the_file_is_private_from_its_first_moment_and_made_so_by_the_next_append(tmp_path):
    path = tmp_path / "a" / "b" / "h"
    Journal(path).check_writable()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}
    path.chmod(0o644)
    Journal(path).append(b"1\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
