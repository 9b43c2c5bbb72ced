"""Files that survive a crash, and moves that replace nothing."""

import errno
import os
import stat
import subprocess
import sys
import threading

import pytest

from seedream_cli.files import durable

IN_THE_WAY = {
    "file": lambda path: path.write_bytes(b"mine"),
    "empty file": lambda path: path.touch(),
    "folder": lambda path: path.mkdir(),
    "link": lambda path: path.symlink_to("elsewhere.png"),
    "link to a file": lambda path: (path.with_name("other").write_bytes(b"mine"), path.symlink_to("other")),
    "link to itself": lambda path: path.symlink_to(path.name),
    "FIFO": os.mkfifo,
}

MOVES = {"by a link": durable.move_without_replacing, "by a rename": durable._rename_exclusively}


def kinds(folder):
    """Name and kind of everything in a folder, and what it holds."""
    found = {}
    for path in folder.iterdir():
        mode = path.lstat().st_mode
        found[path.name] = (stat.S_IFMT(mode), path.read_bytes() if stat.S_ISREG(mode) else None)
    return found


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_file_is_moved_where_nothing_is_in_its_way(move, tmp_path):
    (tmp_path / "a.part").write_bytes(b"new")
    move(str(tmp_path / "a.part"), str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").read_bytes() == b"new"


@pytest.mark.parametrize("obstacle", IN_THE_WAY)
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_nothing_is_ever_replaced_or_followed_by_a_move(move, obstacle, tmp_path):
    (tmp_path / "a.part").write_bytes(b"new")
    IN_THE_WAY[obstacle](tmp_path / "a.png")
    before = kinds(tmp_path)
    with pytest.raises(FileExistsError):
        move(str(tmp_path / "a.part"), str(tmp_path / "a.png"))
    assert kinds(tmp_path) == before


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_of_many_moves_to_one_name_exactly_one_succeeds(move, tmp_path):
    won = []
    barrier = threading.Barrier(16)

    def try_it(number):
        part = tmp_path / f"{number}.part"
        part.write_bytes(b"%d" % number)
        barrier.wait()
        try:
            move(str(part), str(tmp_path / "a.png"))
        except FileExistsError:
            return
        won.append(number)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert (tmp_path / "a.png").read_bytes() == b"%d" % won[0]


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_move_of_nothing_and_a_move_to_nowhere_are_errors_of_the_system(move, tmp_path):
    with pytest.raises(FileNotFoundError):
        move(str(tmp_path / "a.part"), str(tmp_path / "a.png"))
    (tmp_path / "a.part").write_bytes(b"new")
    with pytest.raises(FileNotFoundError):
        move(str(tmp_path / "a.part"), str(tmp_path / "gone" / "a.png"))
    assert (tmp_path / "a.part").exists()


def test_a_link_is_moved_and_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "a.part").symlink_to("secret")
    durable.move_without_replacing(str(tmp_path / "a.part"), str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").is_symlink()


def test_a_file_system_that_cannot_sync_folders_is_no_reason_to_fail():
    # Folders there answer EINVAL, as those of some network file systems do.
    descriptor = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(OSError) as refused:  # noqa: PT011 - its number is looked at below
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    assert refused.value.errno == errno.EINVAL
    durable.sync_folder("/proc/self")


def test_a_folder_that_is_gone_cannot_be_synced(tmp_path):
    with pytest.raises(FileNotFoundError):
        durable.sync_folder(tmp_path / "gone")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_private_files_and_folders_are_private_whatever_the_umask(umask, tmp_path):
    before = os.umask(umask)
    try:
        durable.make_private_folder(tmp_path / "a" / "b")
        durable.write_private_file(tmp_path / "a" / "b" / "c", b"secret")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / "a" / place).stat().st_mode) for place in ("", "b", "b/c")] == [
        0o700,
        0o700,
        0o600,
    ]
    assert (tmp_path / "a/b/c").read_bytes() == b"secret"


def test_the_mode_of_a_folder_that_is_there_is_left_alone(tmp_path):
    tmp_path.chmod(0o755)
    durable.make_private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize("obstacle", [name for name in IN_THE_WAY if name != "folder"])
def test_a_private_file_is_never_written_over_or_through_anything(obstacle, tmp_path):
    IN_THE_WAY[obstacle](tmp_path / "a")
    before = kinds(tmp_path)
    with pytest.raises(FileExistsError):
        durable.write_private_file(tmp_path / "a", b"secret")
    assert kinds(tmp_path) == before


def test_a_private_file_that_does_not_fit_is_not_left_half_written(tmp_path):
    program = """
import pathlib, resource, sys
from seedream_cli.files import durable
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
durable.write_private_file(pathlib.Path(sys.argv[1]), bytes(100_000))
"""
    ended = subprocess.run([sys.executable, "-B", "-c", program, str(tmp_path / "a")], check=False, capture_output=True)
    assert b"File too large" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_private_file_is_replaced_whole_or_not_at_all(tmp_path):
    place = tmp_path / "a"
    place.write_bytes(b"old")
    place.chmod(0o644)
    program = """
import pathlib, resource, sys
from seedream_cli.files import durable
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
durable.replace_private_file(pathlib.Path(sys.argv[1]), bytes(100_000))
"""
    ended = subprocess.run([sys.executable, "-B", "-c", program, str(place)], check=False, capture_output=True)
    assert b"File too large" in ended.stderr
    assert kinds(tmp_path) == {"a": (stat.S_IFREG, b"old")}
    (tmp_path / "a.rewriting").write_bytes(b"what a crash left behind")
    durable.replace_private_file(place, b"new")
    assert kinds(tmp_path) == {"a": (stat.S_IFREG, b"new")}
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.parametrize("obstacle", ["file", "link", "FIFO"])
def test_a_folder_cannot_be_made_where_something_else_is(obstacle, tmp_path):
    IN_THE_WAY[obstacle](tmp_path / "a")
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the obstacle
        durable.make_private_folder(tmp_path / "a" / "b")


def test_many_may_make_one_folder_at_once(tmp_path):
    faults = []

    def make():
        try:
            durable.make_private_folder(tmp_path / "a" / "b" / "c")
        except OSError as error:
            faults.append(error)

    threads = [threading.Thread(target=make) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert (tmp_path / "a/b/c").is_dir()


def test_folders_are_made_with_their_parents_and_left_alone_where_they_are(tmp_path):
    durable.make_folder(str(tmp_path / "a/b/c"))
    (tmp_path / "a/b/c/kept").touch()
    durable.make_folder(str(tmp_path / "a/b/c"))
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["a", "b", "c", "kept"]


def test_a_folder_is_not_made_where_a_file_is_in_the_way(tmp_path):
    (tmp_path / "a").touch()
    for path in ("a", "a/b"):
        with pytest.raises(OSError, match=r"exists|directory"):
            durable.make_folder(str(tmp_path / path))
