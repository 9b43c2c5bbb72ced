"""How many threads fetch pictures, and when."""

import contextlib
import threading
from itertools import count

import pytest

from seedream_cli.pipeline.lanes import FIRST, Lanes


def test_two_threads_are_needed_from_the_beginning() -> None:
    lanes = Lanes(lambda: False, lambda: 0.0)
    assert FIRST == 2
    assert all(lanes.needs(number) for number in range(FIRST))


@pytest.mark.parametrize("come_through", [True, False])
def test_others_are_needed_where_no_picture_comes_through_and_not_where_pictures_do(come_through: bool) -> None:
    now, looks, looked_often = 0.0, 0, threading.Event()

    def waiting() -> bool:
        """Let almost as much time go by from one look to the next as one picture may take."""
        nonlocal now, looks
        if come_through:
            lanes.moved()
        now += 0.09
        looks += 1
        if looks == 6:  # which double the lanes three times, where two looks are too long for one picture
            looked_often.set()
        return True

    lanes = Lanes(waiting, lambda: now)
    needed: dict[int, bool] = {}
    threads = [
        threading.Thread(target=lambda number=number: needed.update({number: lanes.needs(number)}))  # type: ignore[misc]
        for number in range(FIRST, 16)
    ]
    for thread in threads:
        thread.start()
    assert looked_often.wait(30)
    lanes.close()
    for thread in threads:
        thread.join(10)
    assert needed == dict.fromkeys(range(FIRST, 16), not come_through)


def test_where_none_comes_through_for_a_while_as_many_again_are_needed() -> None:
    clock = count()
    lanes = Lanes(lambda: True, lambda: float(next(clock)))
    together = threading.Barrier(16, timeout=30)

    def fetch(number: int) -> None:
        if lanes.needs(number):
            together.wait()

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert not together.broken


def test_nobody_else_is_needed_while_no_picture_waits() -> None:
    clock = count()
    asked = threading.Event()

    def waiting() -> bool:
        asked.set()
        return False

    lanes = Lanes(waiting, lambda: float(next(clock)))
    needed: list[bool] = []
    thread = threading.Thread(target=lambda: needed.append(lanes.needs(FIRST)))
    thread.start()
    assert asked.wait(10)
    lanes.close()
    thread.join(10)
    assert needed == [False]


def test_a_picture_waits_until_the_last_request_that_goes_first_is_on_its_way() -> None:
    lanes = Lanes(lambda: True, lambda: 0.0, held_back=30)
    thread = threading.Thread(target=lanes.give_way)
    with lanes.requests_first():
        with lanes.requests_first():
            thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(10)
    assert not thread.is_alive()


def test_a_picture_goes_on_after_a_request_that_went_wrong() -> None:
    lanes = Lanes(lambda: True, lambda: 0.0, held_back=3600)
    with contextlib.suppress(OSError), lanes.requests_first():
        raise OSError
    lanes.give_way()


def test_however_many_requests_there_are_a_picture_does_not_wait_for_long() -> None:
    lanes = Lanes(lambda: True, lambda: 0.0)
    thread = threading.Thread(target=lanes.give_way)
    with lanes.requests_first():
        thread.start()
        thread.join(10)  # a hundred times as long as it is held back
        assert not thread.is_alive()


def test_nobody_else_is_needed_while_it_is_requests_that_keep_pictures_waiting() -> None:
    clock, looks = count(), threading.Semaphore(0)

    def waiting() -> bool:
        looks.release()
        return True

    lanes = Lanes(waiting, lambda: float(next(clock)))
    needed: list[bool] = []
    thread = threading.Thread(target=lambda: needed.append(lanes.needs(FIRST)))
    with lanes.requests_first():
        thread.start()
        assert looks.acquire(timeout=10)
        assert looks.acquire(timeout=10)  # so that the first look is over
        lanes.close()
        thread.join(10)
    assert needed == [False]
