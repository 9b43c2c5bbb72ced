"""Places for requests in flight, alone and shared with processes that die without a word."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.past import NOW

from seedream_cli.errors import LocalFileError
from seedream_cli.pipeline.slots import MOST, OwnSlots, SharedSlots, shared_slots

ORIGIN = "https://api.example/v1"

# Does what it is told, a line each, and answers with a line.
OTHER = """
import sys
from pathlib import Path
from seedream_cli.pipeline.slots import shared_slots

folder, origin, most, now = sys.argv[1:]
with shared_slots(Path(folder), origin, int(most) or None, lambda: float(now)) as slots:
    for line in sys.stdin:
        order, *numbers = line.split()
        what = getattr(slots, order)
        print(what(*map(int, numbers)) if callable(what) else what, flush=True)
"""

# Takes and gives back as fast as it can; each place that it holds is a byte in a file of its own.
GREEDY = """
import os, sys, time
from pathlib import Path
from seedream_cli.pipeline.slots import shared_slots

folder, held, most, rounds = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
seen = refused = counted = 0
with shared_slots(folder, "origin", most, time.time) as slots:
    while not (folder / "go").exists():
        pass
    for _ in range(rounds):
        while (slot := slots.take()) is None:
            refused += 1
        counted = max(counted, slots.taken())
        mine = os.open(f"{held}/{os.getpid()}", os.O_CREAT)
        seen = max(seen, len(os.listdir(held)))
        os.unlink(f"{held}/{os.getpid()}")
        os.close(mine)
        slots.give_back(slot)
print(seen, refused, counted)
"""


class Other:
    """Another process that shares the places."""

    def __init__(self, folder, origin=ORIGIN, most=0, now=NOW):
        argv = [sys.executable, "-c", OTHER, str(folder), origin, str(most), str(now)]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self._process.stdin.close()
        self._process.stdout.close()

    def __call__(self, *order):
        print(*order, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline().strip()
        return None if answer == "None" else int(answer)

    def kill(self):
        self._process.kill()
        self._process.wait(10)


def shared(folder, origin=ORIGIN, most=None, now=NOW):
    return shared_slots(folder, origin, most, lambda: now)


def learned(folder):
    """The one file that is shared."""
    (path,) = folder.glob("in-flight-*.lock")
    return path


@pytest.fixture(params=["own", "shared"])
def slots(request, tmp_path):
    if request.param == "own":
        yield OwnSlots()
        return
    with shared(tmp_path) as made:
        yield made


# Alone


def test_the_lowest_free_place_is_taken(slots):
    assert [slots.take() for _ in range(4)] == [0, 1, 2, 3]
    slots.give_back(1)
    slots.give_back(2)
    assert [slots.take() for _ in range(3)] == [1, 2, 4]
    assert slots.taken() == 5


def test_no_more_are_taken_than_there_are(slots):
    slots.learn(3)
    assert [slots.take() for _ in range(4)] == [0, 1, 2, None]
    slots.give_back(0)
    assert [slots.take(), slots.take()] == [0, None]


def test_what_was_taken_beyond_a_limit_learned_later_counts(slots):
    for _ in range(5):
        slots.take()
    slots.learn(3)
    slots.give_back(0)
    slots.give_back(1)
    assert slots.take() is None
    slots.give_back(2)
    assert [slots.take(), slots.take()] == [0, None]
    assert slots.taken() == 3


def test_without_a_limit_there_are_as_many_as_the_file_has_room_for(slots):
    assert [slots.take() for _ in range(MOST)] == list(range(MOST))
    assert slots.take() is None
    assert slots.taken() == MOST


def test_a_place_far_behind_the_others_is_counted(slots):
    for _ in range(100):
        slots.take()
    for slot in range(99):
        slots.give_back(slot)
    assert slots.taken() == 1


def test_nothing_is_known_of_a_limit_at_first_and_what_is_learned_last_is_believed(slots):
    assert slots.limit is None
    for limit in (100, 7, 12):
        slots.learn(limit)
        assert slots.limit == limit


# With other processes


def test_processes_share_the_places_and_each_knows_how_many_are_taken(tmp_path):
    with shared(tmp_path) as slots, Other(tmp_path) as other:
        assert [slots.take(), other("take"), slots.take(), other("take")] == [0, 1, 2, 3]
        assert slots.taken() == other("taken") == 4
        other("give_back", 1)
        assert (slots.taken(), slots.take()) == (3, 1)


def test_processes_share_the_limit_and_what_is_learned_of_it(tmp_path):
    with shared(tmp_path) as slots, Other(tmp_path) as other:
        other("learn", 3)
        assert slots.limit == 3
        assert [slots.take(), other("take"), slots.take(), slots.take(), other("take")] == [0, 1, 2, None, None]
        slots.learn(4)
        assert other("limit") == 4
        assert other("take") == 3


def test_a_killed_process_gives_its_places_back(tmp_path):
    with shared(tmp_path, most=4) as slots, Other(tmp_path, most=4) as other:
        assert [other("take") for _ in range(4)] == [0, 1, 2, 3]
        assert slots.take() is None
        other.kill()
        assert slots.taken() == 0
        assert [slots.take() for _ in range(5)] == [0, 1, 2, 3, None]


def test_a_program_that_this_process_starts_holds_none_of_its_places(tmp_path):
    with shared(tmp_path) as slots:
        assert slots.take() == 0
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    with Other(tmp_path) as other:
        assert (other("taken"), other("take")) == (0, 0)
    child.communicate(b"\n", 10)


def test_counting_leaves_everything_as_it_was(tmp_path):
    with shared(tmp_path) as slots, Other(tmp_path) as other:
        assert [slots.take(), other("take"), slots.take()] == [0, 1, 2]
        for _ in range(3):
            assert slots.taken() == other("taken") == 3
        assert [other("take"), slots.take()] == [3, 4]


def test_each_service_has_places_of_its_own(tmp_path):
    with shared(tmp_path) as slots, Other(tmp_path, "https://other.example/v1") as other:
        other("learn", 1)
        assert (other("take"), slots.take(), slots.limit) == (0, 0, None)


def greedy(folder, processes, places, rounds=300):
    """What processes saw that each took one of so many places, again and again, at the same time: the most that were
    held, how often none was free, and the most that they counted."""
    held = folder / "held"
    held.mkdir()
    argv = [sys.executable, "-c", GREEDY, str(folder), str(held), str(places), str(rounds)]
    running = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    (folder / "go").touch()
    ends = [process.communicate(timeout=50)[0].split() for process in running]
    return [max(map(int, numbers)) for numbers in zip(*ends, strict=True)]


@pytest.mark.timeout(60)
def test_processes_that_take_at_the_same_moment_never_hold_more_than_there_are(tmp_path):
    held, _, counted = greedy(tmp_path, processes=4, places=2)
    assert held <= 2
    assert counted <= 2


@pytest.mark.timeout(60)
def test_processes_that_count_at_the_same_moment_do_not_count_each_other_in(tmp_path):
    held, refused, counted = greedy(tmp_path, processes=3, places=4)
    assert (refused, held <= 3, counted <= 3) == (0, True, True)


# The limit


def test_the_users_own_limit_holds_whatever_is_learned(tmp_path):
    with shared(tmp_path, most=5) as slots:
        assert slots.limit == 5
        slots.learn(3)
        assert slots.limit == 3
        slots.learn(5)
        assert slots.limit == 5


def test_the_users_own_limit_is_nothing_that_others_learn(tmp_path):
    with shared(tmp_path, most=5) as slots:
        slots.learn(6)
    with shared(tmp_path) as slots:
        assert slots.limit is None


def test_what_was_learned_outlives_the_process_but_not_the_hour(tmp_path):
    with shared(tmp_path) as slots:
        slots.learn(7)
    for now, limit in ((NOW, 7), (NOW + 3599, 7), (NOW + 3600, None), (NOW - 1, None)):
        with shared(tmp_path, now=now) as slots:
            assert slots.limit == limit


@pytest.mark.parametrize(
    ("content", "limit"),
    [
        (b"", None),
        (b"5", None),
        (b"5 %d" % NOW, None),  # torn
        (b"5 %d\n" % NOW, 5),
        (b"5 %d\n00000\n" % NOW, 5),  # a longer one was there before
        (b"0 %d\n" % NOW, 1),
        (b"-5 %d\n" % NOW, None),
        (b"999 %d\n" % NOW, 999),
        (b"9999 %d\n" % NOW, None),
        (b"5 9999999999999999999\n", None),
        (b"\xd9\xa5 %d\n" % NOW, None),  # a digit, but none of ours
        (b"\0" * 100, None),
        (b"x" * 10_000_000, None),
    ],
)
def test_whatever_the_file_holds_is_a_limit_or_nothing(content, limit, tmp_path):
    with shared(tmp_path):
        learned(tmp_path).write_bytes(content)
    with shared(tmp_path) as slots:
        assert slots.limit == limit
        assert slots.take() == 0
        slots.learn(4)
        assert slots.limit == 4


def test_a_limit_beyond_what_the_file_has_room_for_is_learned_as_that(tmp_path):
    with shared(tmp_path) as slots:
        slots.learn(2000)
        assert slots.limit == MOST


def test_the_file_is_private_and_its_name_tells_nothing(tmp_path):
    folder = tmp_path / "new" / "folder"
    with shared(folder):
        assert learned(folder).stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700
        assert "example" not in learned(folder).name


@pytest.mark.parametrize("obstacle", ["folder is a file", "file is a folder"])
def test_places_that_cannot_be_shared_are_a_fault_of_this_machine(obstacle, tmp_path):
    folder = tmp_path / "folder"
    with shared(folder):
        path = learned(folder)
    path.unlink()
    if obstacle == "file is a folder":
        path.mkdir()
    else:
        folder.rmdir()
        folder.write_bytes(b"")
    with pytest.raises(LocalFileError), shared(folder):
        pass


# When the run is over


def test_whoever_comes_late_touches_no_file_that_has_the_number_of_the_old_one_now(tmp_path):
    with shared(tmp_path) as slots:
        assert slots.take() == 0
    before = learned(tmp_path).read_bytes()
    heir = tmp_path / "heir"
    heir.write_bytes(b"untouched")
    descriptors = [os.open(heir, os.O_RDWR) for _ in range(8)]  # one of them has its number
    slots.learn(3)
    assert slots.take() is None
    assert slots.limit is None
    assert slots.taken() == 0
    slots.give_back(0)
    for descriptor in descriptors:
        os.close(descriptor)
    assert heir.read_bytes() == b"untouched"
    assert learned(tmp_path).read_bytes() == before


def test_a_file_that_cannot_be_read_any_more_means_that_nothing_is_known(tmp_path):
    path = Path(tmp_path / "file")
    path.write_bytes(b"5 %d\n" % NOW)
    descriptor = os.open(path, os.O_WRONLY)
    slots = SharedSlots(descriptor, None, lambda: NOW)
    assert slots.limit is None
    os.close(descriptor)
