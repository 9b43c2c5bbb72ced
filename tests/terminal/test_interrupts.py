"""Ctrl-C and SIGTERM in every phase: what was sent is known, what was not is never sent, and it ends in time."""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from support.program import PROGRAM, Home, Result, Running
from support.replies import bucket_empty, error, hold, ok, picture
from support.service import Service

from seedream_cli.terminal.interrupts import Terminated, raise_on_terminate, signals_handed_to, told_as_such

AT_ONCE = 2.0
STOPPING = b"stopping: nothing new is sent; waiting up to 15 s for "


def statuses(drafts: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(draft["status"] for draft in drafts))


def ended(running: Running, status: int, *, within: float = AT_ONCE) -> Result:
    began = time.monotonic()
    result = running.wait().expect(status)
    assert time.monotonic() - began < within
    assert "Traceback" not in result.talk
    return result


# While requests are in flight


def test_the_first_ctrl_c_sends_nothing_new_and_keeps_what_comes(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.start("gen", "a fox", "-n", "5", "-j", "2", "--json") as running:
        service.wait_for_posts(2)
        running.interrupt()
        running.wait_for(STOPPING + b"2 in flight (Ctrl-C again to leave at once)")
        service.release()
        result = ended(running, 130, within=10)
    assert service.posts == service.billed == 2
    assert statuses(result.objects) == {"saved": 2, "failed": 3}
    assert statuses(home.drafts()) == {"saved": 2}
    assert "2 saved, 3 not sent; about $0.024" in result.talk


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_leaves_at_once(home: Home, service: Service, second: signal.Signals) -> None:
    service.always(hold(ok()))
    with home.start("gen", "a fox", "-n", "3", "-j", "2", "--json") as running:
        service.wait_for_posts(2)
        running.interrupt()
        running.wait_for(STOPPING)
        running.signal(second)
        result = ended(running, 130)
    assert statuses(result.objects) == {"unknown": 2, "failed": 1}
    assert statuses(home.drafts()) == {"unknown": 2}
    assert "hint: perhaps billed; to send it again: seedream history rerun " in result.talk
    assert service.posts == 2


def test_a_terminal_that_is_closed_keeps_what_comes_however_often_that_is_told(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.start("gen", "a fox", "-n", "3", "-j", "2", "--json") as running:
        service.wait_for_posts(2)
        running.signal(signal.SIGHUP)
        running.wait_for(STOPPING)
        running.signal(signal.SIGHUP)
        running.signal(signal.SIGHUP)
        service.release()
        result = ended(running, 130, within=10)
    assert statuses(result.objects) == {"saved": 2, "failed": 1}
    assert statuses(home.drafts()) == {"saved": 2}
    assert service.posts == 2


def test_ctrl_c_after_a_terminal_was_closed_leaves_at_once(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.start("gen", "a fox", "-n", "2") as running:
        service.wait_for_posts(2)
        running.signal(signal.SIGHUP)
        running.wait_for(STOPPING)
        running.interrupt()
        ended(running, 130)
    assert statuses(home.drafts()) == {"unknown": 2}


def test_terminate_leaves_at_once(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.start("gen", "a fox", "-n", "3", "-j", "2", "--json") as running:
        service.wait_for_posts(2)
        running.terminate()
        result = ended(running, 143)
    assert statuses(result.objects) == {"unknown": 2, "failed": 1}
    assert statuses(home.drafts()) == {"unknown": 2}


def test_what_is_answered_and_not_saved_when_it_leaves_is_pending(home: Home, service: Service) -> None:
    service.always_download(hold(picture()))
    service.on_seed(3, hold(ok()))
    with home.start("gen", "a fox", "-n", "3", "--seed", "1", "--json") as running:
        service.wait_for_downloads(2)
        service.wait_for_posts(3)
        running.terminate()
        result = ended(running, 143)
    assert statuses(result.objects) == {"pending": 2, "unknown": 1}
    assert {draft["seed"]: draft["status"] for draft in home.drafts()} == {1: "pending", 2: "pending", 3: "unknown"}
    assert not [path for path in home.files() if not path.name.startswith(".seedream-")]


def test_pictures_that_were_answered_are_fetched_after_the_first_ctrl_c(home: Home, service: Service) -> None:
    service.always_download(hold(picture()))
    with home.start("gen", "a fox", "-n", "2") as running:
        service.wait_for_downloads(2)
        service.wait_for_in_flight(0)
        running.interrupt()
        running.wait_for(STOPPING)
        service.release()
        result = ended(running, 130, within=10)
    assert len(result.lines) == 2
    assert statuses(home.drafts()) == {"saved": 2}


def test_the_sandbox_inside_is_left_at_once_too(offline_home: Home) -> None:
    with offline_home.start("gen", "a fox", "-n", "20", "-j", "1", "--sandbox") as running:
        running.first_line()
        running.terminate()
        ended(running, 143)
    assert statuses(offline_home.drafts())["saved"] >= 1


# While it waits


@pytest.mark.parametrize("limit", [bucket_empty(3600), error(429, headers={"Retry-After": "300"})])
def test_ctrl_c_ends_a_wait_for_the_rate_limit(home: Home, service: Service, limit: Any) -> None:
    service.always(limit)
    with home.start("gen", "a fox", "-n", "2", "--json") as running:
        running.wait_for(b"nothing was billed, trying again in ")
        running.interrupt()
        result = ended(running, 130)
    assert statuses(result.objects) == {"failed": 2}
    assert set(statuses(home.drafts())) == {"failed"}
    assert service.billed == 0


def test_ctrl_c_ends_the_wait_before_another_attempt(home: Home, service: Service) -> None:
    service.always(error(503, headers={"Retry-After": "200"}))
    with home.start("gen", "a fox") as running:
        running.wait_for(b"trying again in ")
        running.interrupt()
        ended(running, 130)
    assert statuses(home.drafts()) == {"failed": 1}


def test_ctrl_c_at_the_question_draws_nothing(home: Home, service: Service) -> None:
    screen = home.in_terminal("gen", "a fox", "-n", "30", answers=[(r"\[y/N\] ", "\x03")])
    assert screen.status == 130
    assert screen.text.endswith("\r\nseedream: interrupted\r\n")
    assert service.posts == 0
    assert not home.history_path.exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_the_prompt_is_read_ends_it(home: Home, number: signal.Signals, status: int) -> None:
    with home.start("gen", "-", stdin="open", program=[sys.executable, "-c", READING]) as running:
        running.wait_for(b"reading")
        running.signal(number)
        result = ended(running, status)
    assert "Traceback" not in result.talk
    assert not home.history_path.exists()


READING = """
import sys
from seedream_cli.__main__ import run
class Told:
    def __init__(self, stream):
        self.buffer = self
        self.stream = stream
    def isatty(self):
        return False
    def read(self, size):
        print("reading", file=sys.stderr, flush=True)
        return self.stream.buffer.read(size)
sys.stdin = Told(sys.stdin)
run()
"""
"""The program with a stdin that says when it is read."""


# Signals that were ignored when it began


def test_an_ignored_ctrl_c_stays_ignored(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    nohup = ["sh", "-c", 'trap "" INT TERM HUP; exec "$@"', "sh", *PROGRAM]
    with home.start("gen", "a fox", program=nohup) as running:
        service.wait_for_posts(1)
        running.interrupt()
        running.terminate()
        running.signal(signal.SIGHUP)
        service.release()
        result = ended(running, 0, within=10)
    assert "stopping" not in result.talk
    assert statuses(home.drafts()) == {"saved": 1}


# In a terminal


def test_ctrl_c_in_a_terminal_is_told_under_the_moving_line(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.terminal("gen", "a fox", "-n", "2") as terminal:
        terminal.expect("0/2")
        service.wait_for_posts(2)
        terminal.type("\x03")
        terminal.expect("stopping: nothing new is sent")
        terminal.type("\x03")
        screen = terminal.wait(AT_ONCE + 3)
    assert screen.status == 130
    assert screen.screen.rindex(b"\x1b[?25h") > screen.screen.rindex(b"\x1b[?25l")


def test_a_terminal_that_goes_away_takes_nothing_with_it_that_is_paid_for(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.terminal("gen", "a fox", "-n", "2") as terminal:
        terminal.expect("0/2")
        terminal.expect(r"\[2K")  # the line has moved
        service.wait_for_posts(2)
        terminal.close()
        service.release()
        assert terminal.running.wait().status == 130
    assert statuses(home.drafts()) == {"saved": 2}


def wait_until_saved(home: Home, count: int) -> None:
    """Wait until the history says of so many drafts that they are saved."""
    deadline = time.monotonic() + 30
    while sum(record["kind"] == "saved" for record in home.history()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_reader_that_does_not_read_does_not_hold_up_the_end(home: Home, service: Service) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    while True:
        try:
            os.write(writer, bytes(65536))
        except BlockingIOError:
            break
    os.set_blocking(writer, True)
    with home.start("gen", "a fox", "-n", "4", "-j", "1", "--seed", "1", stdout=writer) as running:
        wait_until_saved(home, 4)
        running.terminate()
        ended(running, 143)
    os.close(reader)
    os.close(writer)
    assert set(statuses(home.drafts())) == {"saved"}


# The parts


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_signals_are_handed_over_for_a_while_only() -> None:
    taken: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    with signals_handed_to(taken.append):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert taken == [signal.SIGINT, signal.SIGTERM]
    assert signal.getsignal(signal.SIGINT) == before


def test_a_signal_is_handed_over_at_once_whichever_thread_the_system_gives_it_to() -> None:
    taken: SimpleQueue[int] = SimpleQueue()

    def take_it() -> None:
        time.sleep(0.1)  # the main thread waits by then, or will: it is woken either way
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    with signals_handed_to(taken.put):
        other = threading.Thread(target=take_it)
        other.start()
        assert taken.get(timeout=10) == signal.SIGINT
        other.join()


def test_terminate_is_an_exception_elsewhere() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise_on_terminate()
    with pytest.raises(Terminated):
        signal.raise_signal(signal.SIGTERM)


class InterruptedLock:
    """A lock that an interrupt keeps from being taken a second time."""

    def __init__(self, interrupt: type[BaseException]) -> None:
        self._lock = threading.Lock()
        self._interrupt = interrupt
        self._taken = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._taken and blocking:
            raise self._interrupt
        self._taken = True
        return self._lock.acquire(blocking, timeout)

    __enter__ = acquire

    def release(self) -> None:
        self._lock.release()

    def __exit__(self, *_: object) -> None:
        self.release()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, Terminated])
def test_an_interrupt_while_a_lock_is_taken_again_is_told_as_one(interrupt: type[BaseException]) -> None:
    condition = threading.Condition(InterruptedLock(interrupt))  # type: ignore[arg-type]
    with pytest.raises(interrupt), told_as_such(), condition:
        condition.wait(0.01)
    with pytest.raises(RuntimeError), told_as_such():
        raise RuntimeError


def test_what_is_ignored_is_not_taken() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise_on_terminate()
    with signals_handed_to(lambda _: pytest.fail("was to be ignored")):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
