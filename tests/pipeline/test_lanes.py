"""How many pictures are fetched at once."""

import threading
from collections.abc import Callable
from itertools import count

import pytest

from seedream_cli.pipeline.lanes import FIRST, Lanes


def at_work(number: int, work: Callable[[], None]) -> None:
    """Do something in that many threads, to the end."""
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_where_pictures_come_through_no_more_than_four_are_fetched_at_once() -> None:
    lanes = Lanes(lambda: 0.0)
    lock = threading.Lock()
    inside = most = done = 0

    def fetch() -> None:
        nonlocal inside, most, done
        for _ in range(50):
            with lanes.lane():
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1
                    done += 1

    at_work(16, fetch)
    assert (inside, done) == (0, 16 * 50)
    assert most <= FIRST == 4


def test_four_are_fetched_at_once_without_waiting() -> None:
    lanes = Lanes(lambda: 0.0)
    together = threading.Barrier(FIRST, timeout=30)

    def fetch() -> None:
        with lanes.lane():
            together.wait()

    at_work(FIRST, fetch)


def test_where_none_comes_through_for_a_while_more_are_let_in() -> None:
    clock = count()
    lanes = Lanes(lambda: float(next(clock)))
    together = threading.Barrier(16, timeout=30)

    def fetch() -> None:
        with lanes.lane():
            together.wait()

    at_work(16, fetch)


def test_a_lane_is_free_again_after_an_error() -> None:
    lanes = Lanes(lambda: 0.0)

    def fail() -> None:
        with pytest.raises(ZeroDivisionError), lanes.lane():
            1 / 0  # noqa: B018

    at_work(4 * FIRST, fail)
