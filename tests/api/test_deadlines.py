"""Deadlines: called back in time, in whatever order they come, and never when cancelled."""

import queue
import threading
import time

import pytest

from seedream_cli.api.deadlines import Deadlines, within

NEVER = 3600.0


@pytest.fixture
def fired() -> "queue.SimpleQueue[str]":
    return queue.SimpleQueue()


def _gone(before: set[threading.Thread]) -> None:
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


def test_each_is_called_once_and_the_earliest_first(fired: "queue.SimpleQueue[str]") -> None:
    before = set(threading.enumerate())
    deadlines = Deadlines()
    far = deadlines.add(NEVER, lambda: fired.put("far"))
    for name, seconds in [("second", 0.1), ("first", 0.02), ("third", 0.15)]:
        deadlines.add(seconds, lambda name=name: fired.put(name))  # type: ignore[misc]
    assert [fired.get(timeout=5) for _ in range(3)] == ["first", "second", "third"]
    deadlines.cancel(far)
    _gone(before)
    assert fired.empty()


def test_it_is_never_called_too_early(fired: "queue.SimpleQueue[str]") -> None:
    began = time.monotonic()
    Deadlines().add(0.1, lambda: fired.put("now"))
    fired.get(timeout=5)
    assert time.monotonic() - began >= 0.1


def test_what_is_cancelled_is_not_called(fired: "queue.SimpleQueue[str]") -> None:
    deadlines = Deadlines()
    cancelled = deadlines.add(0.01, lambda: fired.put("cancelled"))
    deadlines.cancel(cancelled)
    deadlines.cancel(cancelled)
    deadlines.add(0.05, lambda: fired.put("other"))
    assert fired.get(timeout=5) == "other"
    assert fired.empty()


def test_one_thread_waits_for_all_and_ends_with_the_last() -> None:
    before = set(threading.enumerate())
    deadlines = Deadlines()
    handles = [deadlines.add(NEVER, lambda: None) for _ in range(200)]
    assert len(set(threading.enumerate()) - before) == 1
    for handle in handles:
        deadlines.cancel(handle)
    _gone(before)


def test_it_can_be_used_again_once_its_thread_has_ended(fired: "queue.SimpleQueue[str]") -> None:
    before = set(threading.enumerate())
    deadlines = Deadlines()
    for name in ("one", "two"):
        deadlines.add(0.01, lambda name=name: fired.put(name))  # type: ignore[misc]
        assert fired.get(timeout=5) == name
        _gone(before)


def test_one_that_fails_keeps_no_other_from_being_called(fired: "queue.SimpleQueue[str]") -> None:
    deadlines = Deadlines()
    deadlines.add(0.01, lambda: fired.put(str(int("none"))))
    deadlines.add(0.05, lambda: fired.put("other"))
    assert fired.get(timeout=5) == "other"


def test_many_threads_at_once_lose_nothing(fired: "queue.SimpleQueue[str]") -> None:
    deadlines = Deadlines()

    def work() -> None:
        for number in range(100):
            handle = deadlines.add(0.001 if number % 2 else NEVER, lambda: fired.put("over"))
            if number % 2 == 0:
                deadlines.cancel(handle)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [fired.get(timeout=5) for _ in range(400)] == ["over"] * 400
    assert fired.empty()


def test_a_call_within_its_time_returns_and_raises_as_it_does() -> None:
    assert within(NEVER, lambda: "done") == "done"
    with pytest.raises(ValueError, match="none"):
        within(NEVER, lambda: int("none"))


def test_a_call_that_takes_longer_is_not_waited_for() -> None:
    before, over = set(threading.enumerate()), threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, lambda: over.wait(NEVER))
    over.set()
    _gone(before)
