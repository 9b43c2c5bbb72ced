"""When requests may leave: as many at once as the account allows, one wait for all, no herd after it."""

import heapq
import itertools
import random
import subprocess
import sys
import threading

import pytest
from support.past import NOW
from support.timeline import Timeline

from seedream_cli.pipeline.gate import Gate
from seedream_cli.pipeline.slots import OwnSlots, shared_slots

NEVER = threading.Event()


class Door:
    """A gate, with places and a time of its own."""

    def __init__(self, workers=8, *, slots=None, limit=None, pause=None, jitter=0.0):
        self.time = Timeline()
        self.slots = slots or OwnSlots()
        if limit is not None:
            self.slots.learn(limit)
        self.gate = Gate(
            self.slots,
            workers=workers,
            jitter=lambda: jitter,
            monotonic=self.time.monotonic,
            pause=pause or self.time.pause,
        )

    def enter(self, count=1):
        """So many seats, which must be free."""
        assert self.gate.room >= count
        return [self.gate.enter(NEVER) for _ in range(count)]

    def answer(self, *seats):
        """What a request does that was answered."""
        for seat in seats:
            self.gate.answered()
            seat.close()

    def refuse(self, *seats, again=False):
        """What requests do that were refused at one time, each alone."""
        told = []
        for seat in seats:
            seat.close()
            told.append(self.gate.crowded(again=again))
        return told


def in_threads(count, work):
    """Run work in so many threads; they must all end."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def all_end(threads):
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


# Seats


def test_as_many_leave_at_once_as_the_user_allows():
    door = Door(workers=3)
    seats = door.enter(3)
    assert door.slots.taken() == 3
    entered = []
    threads = in_threads(1, lambda _: entered.append(door.gate.enter(NEVER)))
    assert not entered
    seats[1].close()
    all_end(threads)
    assert len(entered) == 1
    assert door.slots.taken() == 3


def test_a_seat_is_given_back_once_however_often_it_is_closed():
    door = Door(workers=2)
    one, two = door.enter(2)
    for _ in range(3):
        one.close()
    assert door.slots.taken() == 1
    assert one.take_again(NEVER)
    one.close()
    two.close()
    assert (door.slots.taken(), door.gate.room) == (0, 2)


def test_no_seat_is_given_while_the_run_is_stopping():
    door, stopping = Door(), threading.Event()
    (seat,) = door.enter()
    seat.close()
    stopping.set()
    assert door.gate.enter(stopping) is None
    assert not seat.take_again(stopping)
    seat.close()
    assert door.slots.taken() == 0


def test_the_room_is_what_the_user_and_the_account_allow_and_at_least_for_one():
    assert Door(workers=8).gate.room == 8
    assert Door(workers=8, limit=3).gate.room == 3
    assert Door(workers=3, limit=8).gate.room == 3
    door = Door(workers=8, limit=3)
    door.enter(3)
    assert door.gate.room == 1


@pytest.mark.parametrize("state", ["closed", "full", "taken by others", "in a queue"])
def test_whoever_waits_is_let_go_at_once_when_the_run_stops(state):
    stopping, slots = threading.Event(), OwnSlots()
    door = Door(workers=2, slots=slots, pause=threading.Event.wait)
    if state == "closed":
        door.gate.close_for(3600, 3600)
    elif state == "full":
        door.enter(2)
    elif state == "taken by others":
        slots.learn(1)
        slots.take()
    else:
        door.gate.close_for(3600, 3600)
    given = []
    threads = in_threads(8 if state == "in a queue" else 1, lambda _: given.append(door.gate.enter(stopping)))
    assert not given
    stopping.set()
    all_end(threads)
    assert set(given) == {None}


def test_whoever_may_send_again_and_whoever_may_not_begin_are_let_go_alike():
    closing, sending_over = threading.Event(), threading.Event()
    door = Door(pause=threading.Event.wait)
    (seat,) = door.enter()
    seat.close()
    door.gate.close_for(3600, 3600)
    given = []
    threads = in_threads(4, lambda _: given.append(seat.take_again(sending_over)))
    threads += in_threads(4, lambda _: given.append(door.gate.enter(closing)))
    closing.set()
    sending_over.set()
    all_end(threads)
    assert not any(given)


def test_a_place_that_another_process_gives_back_is_found(tmp_path):
    program = """
import sys
from pathlib import Path
from seedream_cli.pipeline.slots import shared_slots
with shared_slots(Path(sys.argv[1]), "origin", 1, lambda: 0.0) as slots:
    print(slots.take(), flush=True)
    sys.stdin.readline()
"""
    argv = [sys.executable, "-c", program, str(tmp_path)]
    with (
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
        shared_slots(tmp_path, "origin", 1, lambda: NOW) as slots,
    ):
        assert other.stdout.readline() == "0\n"
        looked = threading.Event()

        def pause(_, seconds):
            looked.set()
            return threading.Event().wait(seconds)

        door = Door(slots=slots, pause=pause)
        entered = []
        threads = in_threads(1, lambda _: entered.extend(door.enter()))
        assert looked.wait(10)
        assert not entered
        other.kill()
        all_end(threads)
        assert len(entered) == 1


# One wait for all


def test_what_holds_for_every_request_is_waited_for_once_and_then_one_goes_first():
    door = Door(workers=8)
    seats = door.enter(8)
    told = []
    for seat in seats:
        seat.close()
        told.append(door.gate.close_for(42, 300))
    assert told == [42] + [0] * 7
    assert door.gate.room == 1
    in_flight, most, widths = itertools.count(), [], []
    lock = threading.Lock()
    flying = set()

    def work(number):
        seat = door.gate.enter(NEVER)
        with lock:
            flying.add(number)
            most.append(len(flying))
            widths.append(door.gate._window)
            flying.discard(number)
        door.answer(seat)
        next(in_flight)

    all_end(in_threads(16, work))
    assert door.time.waits == [42]
    assert widths[0] == 1
    assert max(most) <= 8
    assert door.gate.room == 8


def test_after_the_wait_each_answer_doubles_how_many_may_follow():
    door = Door(workers=100)
    door.gate.close_for(10, 300)
    rooms = []
    for _ in range(9):
        rooms.append(door.gate.room)
        door.answer(*door.enter())
    assert rooms == [1, 2, 4, 8, 16, 32, 64, 100, 100]


def test_while_it_is_closed_answers_to_earlier_requests_let_no_more_follow():
    door = Door(workers=8)
    seats = door.enter(4)
    door.gate.close_for(10, 300)
    door.answer(*seats)
    assert door.gate.room == 1
    assert door.time.now == 0


def test_a_later_moment_that_is_told_counts():
    door = Door()
    assert door.gate.close_for(10, 300) == 10
    assert door.gate.close_for(30, 300) == 0
    assert door.gate.close_for(20, 300) == 0
    door.enter()
    assert door.time.waits == [30]


def test_whoever_closes_it_while_somebody_waits_makes_that_wait_longer():
    closed_again = iter([True])

    def pause(stop, seconds):
        door.time.pause(stop, seconds)
        if next(closed_again, False):
            door.gate.close_for(5, 300)
        return False

    door = Door(pause=pause)
    door.gate.close_for(10, 300)
    door.enter()
    assert door.time.waits == [10, 5]


def test_an_empty_bucket_is_given_up_when_it_has_been_empty_for_too_long_whoever_asks():
    door = Door()
    waits = []
    for _ in range(9):
        (seat,) = door.enter()
        seat.close()
        waits.append(door.gate.close_for(10, 35))
    assert waits == [10, 10, 10, 5] + [None] * 5
    assert door.time.now == 35


def test_an_answer_in_between_begins_a_new_count():
    door = Door()
    for _ in range(5):
        assert door.gate.close_for(10, 15) == 10
        door.answer(*door.enter())
    assert door.time.now == 50


def test_no_wait_at_all_is_given_up_at_once():
    assert Door().gate.close_for(10, 0) is None
    assert Door().gate.unreachable(0) is None


# A service that cannot be reached


def test_one_more_try_follows_after_longer_and_longer_pauses_until_it_is_given_up():
    door = Door()
    pauses = []
    while (pause := door.gate.unreachable(100)) is not None:
        pauses.append(pause)
        for seat in door.enter():
            seat.close()
    assert pauses == [1, 2, 4, 8, 15, 15, 15, 15, 15, 10]
    assert door.time.now == 100
    assert door.gate.unreachable(100) is None


def test_pauses_are_spread_a_little():
    assert Door(jitter=1.0).gate.unreachable(100) == 1.25


def test_of_many_that_fail_at_once_only_the_first_is_news():
    door = Door()
    seats = door.enter(8)
    told = []
    for seat in seats:
        seat.close()
        told.append(door.gate.unreachable(300))
    assert told == [1] + [0] * 7
    assert door.gate.room == 1


def test_an_answer_of_any_kind_means_that_it_was_reached():
    door = Door()
    for tell in (door.gate.reached, door.gate.answered, lambda: door.gate.crowded(again=False)):
        for expected in (1, 2, 4):
            assert door.gate.unreachable(60) == expected
            for seat in door.enter():
                seat.close()
        door.time.now += 59
        tell()
        assert door.gate.unreachable(60) == 1
        for seat in door.enter():
            seat.close()
        tell()


# Too many in flight


def test_a_limit_is_learned_from_what_is_in_flight_beside_those_that_were_refused():
    door = Door(workers=16)
    seats = door.enter(16)
    assert door.refuse(*seats[5:]) == [True] + [False] * 10
    assert door.slots.limit == 5
    door.answer(*seats[:5])
    assert door.gate.room == 5


def test_a_refusal_is_told_again_once_something_was_answered():
    door = Door(workers=4)
    for _ in range(3):
        (seat,) = door.enter()
        assert door.refuse(seat) == [True]
        assert seat.take_again(NEVER)
        assert door.refuse(seat, again=True) == [False]
        assert seat.take_again(NEVER)
        door.answer(seat)


def test_what_is_learned_is_at_least_one():
    door = Door(workers=4)
    assert door.refuse(*door.enter(), again=True) == [True]
    assert door.slots.limit == 1


def test_a_process_with_few_requests_learns_what_all_processes_have_in_flight():
    slots = OwnSlots()  # of the account
    doors = [Door(workers=1, slots=slots) for _ in range(8)]
    seats = [door.enter()[0] for door in doors]
    for door, seat in zip(doors[5:], seats[5:], strict=True):
        door.refuse(seat)
    assert slots.limit == 5


def test_a_refusal_with_far_fewer_in_flight_than_were_answered_before_may_be_an_accident():
    door = Door(workers=25)
    *answered, last = door.enter(25)
    door.answer(*answered)
    door.refuse(last)
    assert door.slots.limit is None
    assert door.gate.room == 25


def test_whoever_waited_and_is_refused_again_met_no_accident():
    door = Door(workers=25)
    *answered, last = door.enter(25)
    door.answer(*answered)
    door.refuse(last)
    others = door.enter(3)
    assert last.take_again(NEVER)
    door.refuse(last, again=True)
    assert door.slots.limit == 3
    door.answer(*others)


def test_a_limit_never_rises_because_of_a_refusal():
    door = Door(workers=8)
    seats = door.enter(8)
    door.slots.learn(3)  # by another process
    door.refuse(seats[0])
    assert door.slots.limit == 3


class Watched(OwnSlots):
    """Places of which one can wait until somebody asks for one in vain."""

    def __init__(self):
        super().__init__()
        self.asked_in_vain = threading.Event()

    def take(self):
        slot = super().take()
        if slot is None:
            self.asked_in_vain.set()
        return slot


def round_of(door):
    """One round: as many as there are places leave and are answered, while somebody else waits for a place."""
    seats = [door.gate.enter(NEVER) for _ in range(door.slots.limit)]
    door.slots.asked_in_vain.clear()
    threads = in_threads(1, lambda _: door.gate.enter(NEVER).close())
    assert door.slots.asked_in_vain.wait(10)
    door.answer(*seats)
    all_end(threads)


def test_a_limit_that_holds_nobody_up_is_left_as_it_is():
    door = Door(workers=8, limit=3)
    for _ in range(50):
        door.answer(*door.enter(2))
    assert door.slots.limit == 3


def test_while_tries_for_more_go_well_they_come_each_round_and_grow():
    door = Door(workers=64, slots=Watched(), limit=1)
    limits = []
    for _ in range(6):
        round_of(door)
        limits.append(door.slots.limit)
    assert limits == [2, 4, 8, 16, 32, 64]


def test_what_was_tried_and_refused_is_tried_again_later_and_later():
    door = Door(workers=64, slots=Watched(), limit=2)
    rounds = []
    for _ in range(9):
        count = 0
        while door.slots.limit == 2:
            round_of(door)
            count += 1
        rounds.append(count)
        seats = door.enter(3)
        door.refuse(seats[2])
        assert door.slots.limit == 2
        door.answer(*seats[:2])
    assert rounds[0] == 1
    assert rounds[:7] == sorted(rounds[:7])
    # Two are answered beside each refusal, which is as much as a round.
    assert rounds[6:] == [63, 63, 63]


def test_after_a_try_that_went_well_the_next_comes_soon():
    door = Door(workers=64, slots=Watched(), limit=2)
    for _ in range(5):
        while door.slots.limit == 2:
            round_of(door)
        seats = door.enter(3)
        door.refuse(seats[2])
        door.answer(*seats[:2])
    while door.slots.limit == 2:
        round_of(door)
    for expected in (5, 9, 17):  # the account got another plan
        round_of(door)
        assert door.slots.limit == expected


def test_a_process_whose_places_others_hold_tries_for_more_too():
    slots = Watched()
    door, other = Door(workers=1, slots=slots, limit=1), slots.take()
    threads = in_threads(1, lambda _: door.answer(door.gate.enter(NEVER)))
    assert slots.asked_in_vain.wait(10)
    slots.give_back(other)
    all_end(threads)
    assert slots.limit == 2


# As a whole: workers, a service with a limit, and a day on which not everything goes at once


class Account:
    """A service that refuses what exceeds a limit, simulated second by second.

    Attributes:
        seconds: that it took to draw everything.
        refused: how many requests were.
        lowest: the lowest limit that was believed in.
    """

    LATENCY, ROUND_TRIP, RECORDING = 0.5, 0.05, 0.01

    def __init__(self, *, workers, cap, drafts, lag=0.0, learned=None):
        self._chance = random.Random(11)
        self._door = Door(workers=workers, limit=learned)
        self._cap, self._lag, self._left = cap, lag, drafts
        self._in_service = 0
        self._waiting = []
        self._events, self._order = [], itertools.count()
        self.refused = 0
        self.lowest = workers
        for _ in range(workers):
            self._at(0, self._wants, 0)
        while self._left:
            self._door.time.now, _, what, arguments = heapq.heappop(self._events)
            what(*arguments)
            self._let_in()
            self.lowest = min(self.lowest, self._door.slots.limit or workers)
        self.seconds = self._door.time.now

    def _at(self, seconds, what, *arguments):
        heapq.heappush(self._events, (self._door.time.now + seconds, next(self._order), what, arguments))

    def _let_in(self):
        slots, gate = self._door.slots, self._door.gate
        while self._waiting and gate._inside < gate._window:
            if slots.limit is not None and slots.taken() >= slots.limit:
                gate._crowd = True
                return
            self._at(self.ROUND_TRIP / 2, self._arrives, self._waiting.pop(0), gate.enter(NEVER))

    def _wants(self, tries):
        self._waiting.append(tries)

    def _arrives(self, tries, seat):
        if self._in_service >= self._cap:
            self._at(self.ROUND_TRIP / 2, self._is_refused, tries, seat)
            return
        self._in_service += 1
        seconds = self.LATENCY * self._chance.uniform(0.98, 1.02)
        self._at(seconds + self._lag, self._leaves)
        self._at(seconds + self.ROUND_TRIP / 2, self._is_answered, seat)

    def _leaves(self):
        self._in_service -= 1

    def _is_answered(self, seat):
        self._left -= 1
        self._door.answer(seat)
        self._at(self.RECORDING * self._chance.random(), self._wants, 0)

    def _is_refused(self, tries, seat):
        self.refused += 1
        self._door.refuse(seat, again=tries > 0)
        self._at(self._chance.uniform(1, 3), self._wants, tries + 1)


@pytest.mark.parametrize(("workers", "cap"), [(64, 25), (100, 5), (25, 25), (30, 25), (16, 1)], ids=str)
def test_it_settles_at_the_services_limit_and_stays_there(workers, cap):
    drafts = 40 * cap
    account = Account(workers=workers, cap=cap, drafts=drafts)
    ideal = drafts / cap * (Account.LATENCY + Account.ROUND_TRIP + Account.RECORDING / 2)
    assert account.seconds < 1.1 * ideal
    assert account.refused <= 2 * max(workers - cap, 0) + 10


def test_a_service_that_counts_requests_for_a_moment_longer_than_we_do_costs_little():
    account = Account(workers=25, cap=25, drafts=2000, lag=0.1)
    ideal = 2000 / 25 * (Account.LATENCY + 0.1 + Account.ROUND_TRIP)
    assert account.lowest >= 18
    assert account.seconds < 1.25 * ideal


def test_a_limit_learned_far_too_low_is_soon_forgotten():
    account = Account(workers=64, cap=64, drafts=3000, learned=1)
    ideal = 3000 / 64 * (Account.LATENCY + Account.ROUND_TRIP + Account.RECORDING / 2)
    assert account.seconds < 1.25 * ideal
    assert account.refused == 0
