"""Writes of several threads that come together: one for all, each with its own failure."""

import threading

import pytest

from seedream_cli.history.group_commit import GroupCommit


class Disk:
    """Takes what is committed, as slowly as it is told to."""

    def __init__(self, refused: frozenset[int] = frozenset(), fault: type[Exception] = OSError) -> None:
        self.commits: list[list[int]] = []
        self.tries = 0
        self.busy = threading.Event()
        self.go_on = threading.Event()
        self._refused = refused
        self._fault = fault

    def commit(self, items):
        self.tries += 1
        self.busy.set()
        assert self.go_on.wait(10)
        if self._refused.intersection(items):
            raise self._fault("full")
        self.commits.append(list(items))


def submit_together(disk, items):
    """Submit one item, and the others while that one is being committed; return which of them failed."""
    group, failed = GroupCommit(disk.commit), []
    queued = threading.Semaphore(0)

    def submit(item):
        queued.release()
        try:
            group.submit(item)
        except OSError:
            failed.append(item)

    threads = [threading.Thread(target=submit, args=(item,)) for item in items]
    threads[0].start()
    assert disk.busy.wait(10)
    for thread in threads[1:]:
        thread.start()
    for _ in threads:
        queued.acquire()
    while len(group._waiting) < len(items) - 1:
        pass
    disk.go_on.set()
    for thread in threads:
        thread.join(10)
    return sorted(failed)


def test_what_comes_while_one_commits_is_committed_at_once_and_each_once():
    disk = Disk()
    assert submit_together(disk, range(16)) == []
    assert disk.commits[0] == [0]
    assert len(disk.commits) == 2
    assert sorted(disk.commits[1]) == list(range(1, 16))


def test_one_that_cannot_be_committed_does_not_take_the_others_with_it():
    disk = Disk(refused=frozenset({3}))
    assert submit_together(disk, range(6)) == [3]
    assert sorted(item for commit in disk.commits for item in commit) == [0, 1, 2, 4, 5]


def test_a_lock_that_was_waited_for_in_vain_is_not_waited_for_again_by_each():
    disk = Disk(refused=frozenset({3}), fault=TimeoutError)
    assert submit_together(disk, range(6)) == [1, 2, 3, 4, 5]
    assert (disk.tries, disk.commits) == (2, [[0]])


def test_a_bug_in_one_reaches_its_own_thread_and_no_other():
    def commit(items):
        if "odd" in items:
            raise LookupError

    group = GroupCommit(commit)
    with pytest.raises(LookupError):
        group.submit("odd")
    group.submit("even")


def test_an_interrupt_in_the_middle_of_a_commit_reaches_everybody_who_waited_for_it():
    def commit(_):
        raise KeyboardInterrupt

    group = GroupCommit(commit)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            group.submit(1)
