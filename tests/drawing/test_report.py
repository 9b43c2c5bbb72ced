"""What a run says of its drafts: each once, failures together, a sum, one status."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from seedream_cli.api.headers import Quota
from seedream_cli.drafts import Draft, Key, Status, Target
from seedream_cli.drawing.report import Report
from seedream_cli.errors import (
    BadRequestError,
    ContentBlockedError,
    DownloadError,
    LocalFileError,
    OutcomeUnknownError,
    RateLimitError,
    SeedreamError,
    ServerError,
)
from seedream_cli.pipeline.events import Outcome
from seedream_cli.terminal.console import Console


class Bar:
    """A moving line that writes down what is asked of it."""

    def __init__(self) -> None:
        self.done = 0
        self.moved = 0

    def advance(self, cost: float) -> None:
        self.done += 1

    def aside(self) -> AbstractContextManager[None]:
        @contextmanager
        def moved() -> Iterator[None]:
            self.moved += 1
            yield

        return moved()


ERRORS: dict[Status, SeedreamError] = {
    "failed": BadRequestError("refused", status=400),
    "blocked": ContentBlockedError("too much", status=451),
    "unknown": OutcomeUnknownError("lost"),
    "pending": DownloadError("not there"),
}


def draft(number: int, status: Status = "planned", origin: str = "https://x/v1") -> Draft:
    key = Key(origin, "seedream-v5lite", "a fox", None, "1024x1024", number, 1, 1)
    made = Draft(f"draft{number:07}", "2026-11-01T00:00:00Z", key, 0.012, Target(("x",), replace=False), "r", run="run")
    return replace(made, status=status)


def outcome(number: int, status: Status, **changes: str) -> Outcome:
    made = draft(number, status, **changes)
    return Outcome(made, path=f"{number}.png") if status == "saved" else Outcome(made, error=ERRORS[status])


def report(*, as_json: bool = False, end: str = "\n") -> Report:
    return Report(Console({}), Bar(), as_json=as_json, end=end, run="run")


def test_paths_are_told_as_they_are_saved(capfd: pytest.CaptureFixture[str]) -> None:
    told = report()
    told.outcome(outcome(2, "saved"))
    assert capfd.readouterr().out == "2.png\n"
    told.outcome(outcome(1, "saved"))
    assert capfd.readouterr().out == "1.png\n"
    assert told.finish([draft(1), draft(2)]) == 0
    assert capfd.readouterr().err.startswith("2 saved; about $0.024; ")


@pytest.mark.parametrize(
    ("statuses", "status", "words"),
    [
        (["saved", "failed"], 11, "1 saved, 1 failed; about $0.012"),
        (["failed", "failed"], 2, "2 failed; $0"),
        (["blocked"], 5, "1 blocked; $0"),
        (["saved", "blocked", "unknown"], 8, "1 saved, 1 outcome unknown, perhaps billed, 1 blocked; about $0.024"),
        (["saved", "pending"], 9, "1 saved, 1 paid for, not saved yet; about $0.024"),
        ([], 0, "nothing drawn; $0"),
    ],
)
def test_the_sum_and_the_status_are_of_all_drafts(
    capfd: pytest.CaptureFixture[str], statuses: list[Status], status: int, words: str
) -> None:
    told = report()
    outcomes = [outcome(number, each) for number, each in enumerate(statuses)]
    for each in outcomes:
        told.outcome(each)
    assert told.finish([each.draft for each in outcomes]) == status
    assert capfd.readouterr().err.splitlines()[-1].startswith(words)


@pytest.mark.parametrize(("count", "named"), [(1, True), (4, True), (5, False)])
@pytest.mark.parametrize("status", ERRORS)
def test_drafts_that_ended_alike_are_told_together(
    capfd: pytest.CaptureFixture[str], status: Status, count: int, *, named: bool
) -> None:
    told = report()
    for number in range(count):
        told.outcome(outcome(number, status))
    told.finish([])
    error, hint, _ = capfd.readouterr().err.splitlines()
    assert error.startswith(f"seedream: error: {ERRORS[status].message} (")
    assert hint.startswith("hint: ")
    assert ("draft0000000, seed 0" in error) == named
    assert ("5 drafts" in error) != named


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("failed", "seedream history show draft0000007"),
        (
            "blocked",
            "a blocked draft is not billed; with other words: seedream history rerun draft0000007 --prompt TEXT",
        ),
        ("unknown", "perhaps billed; to send it again: seedream history rerun draft0000007"),
        ("pending", "seedream history pull   # fetches it free while the URL lives"),
    ],
)
def test_each_failure_has_a_hint(capfd: pytest.CaptureFixture[str], status: Status, hint: str) -> None:
    told = report()
    told.outcome(outcome(7, status))
    told.finish([])
    assert capfd.readouterr().err.splitlines()[1] == f"hint: {hint}"


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (
            RateLimitError("slowly", status=429, code=None, concurrency=False, wait=None),
            "later, or with a longer wait: seedream history rerun draft0000007 --max-wait 1800",
        ),
        (
            ServerError("down", status=503, code=None, retryable=True, wait=None),
            "nothing was billed; later: seedream history rerun draft0000007",
        ),
        (
            ServerError("down", status=408, code=None, retryable=False, wait=None),
            "nothing was billed; later: seedream history rerun draft0000007",
        ),
    ],
)
def test_what_the_service_could_not_do_is_hinted_at_with_the_command_that_asks_again(
    capfd: pytest.CaptureFixture[str], error: SeedreamError, hint: str
) -> None:
    told = report()
    told.outcome(Outcome(draft(7, "failed"), error=error))
    told.finish([])
    assert capfd.readouterr().err.splitlines()[1] == f"hint: {hint}"


def test_the_sandbox_bills_nothing_and_has_nothing_to_pull(capfd: pytest.CaptureFixture[str]) -> None:
    told = report()
    told.outcome(outcome(7, "unknown", origin="sandbox"))
    told.outcome(outcome(8, "pending", origin="sandbox"))
    told.finish([])
    talk = capfd.readouterr().err
    assert "send it again" not in talk
    assert "pull" not in talk
    assert "; $0;" in talk


def test_a_draft_that_was_there_already_costs_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    told = report(as_json=True)
    told.given_back(draft(7, "saved"), "7.png")
    assert told.finish([]) == 0
    out, talk = capfd.readouterr()
    assert json.loads(out)["path"].endswith("/7.png")
    assert talk.startswith("1 saved; $0; ")


def test_drafts_without_an_outcome_were_not_sent(capfd: pytest.CaptureFixture[str]) -> None:
    told = report(as_json=True)
    told.outcome(outcome(1, "failed"))
    told.finish([draft(1), draft(2)])
    out, talk = capfd.readouterr()
    first, second = map(json.loads, out.splitlines())
    assert (first["seed"], second["seed"]) == (1, 2)
    assert (second["status"], second["cost_usd"]) == ("failed", 0)
    assert second["error"] == {"status": None, "code": "not_sent", "message": "not sent: the run ended before"}
    assert "1 failed, 1 not sent; $0" in talk


def test_what_a_command_did_not_come_to_is_told_as_it_stands(capfd: pytest.CaptureFixture[str]) -> None:
    told = report(as_json=True)
    told.outcome(outcome(1, "saved"))
    assert told.finish([draft(1), draft(2, "saved"), draft(3, "pending"), draft(4, "expired"), draft(5)]) == 9
    out, talk = capfd.readouterr()
    drafts = [json.loads(line) for line in out.splitlines()]
    assert [(each["seed"], each["status"]) for each in drafts] == [
        (1, "saved"),
        (2, "saved"),
        (3, "pending"),
        (4, "expired"),
        (5, "failed"),
    ]
    assert "1 saved, 1 paid for, not saved yet, 1 expired, 1 not copied, 1 not sent; about $0.012; " in talk
    assert "error: paid for, and not fetched yet (draft0000003, seed 3; draft0000004, seed 4)" in talk


def test_trouble_beside_the_drafts_counts(capfd: pytest.CaptureFixture[str]) -> None:
    told = report()
    told.outcome(outcome(1, "saved"))
    told.trouble(LocalFileError("the disk is full", hint="make room"))
    assert told.finish([]) == 10
    assert "seedream: error: the disk is full\nhint: make room\n" in capfd.readouterr().err


def test_the_moving_line_is_taken_aside_for_every_word() -> None:
    bar = Bar()
    told = Report(Console({}), bar, as_json=False, end="\n", run="run")
    told.outcome(outcome(1, "saved"))
    told.say("something")
    told.trouble(LocalFileError("x"))
    assert (bar.done, bar.moved) == (1, 3)


def test_quota_is_told_to_those_who_want_to_know(capfd: pytest.CaptureFixture[str]) -> None:
    console = Console({})
    told = Report(console, Bar(), as_json=False, end="\n", run="run")
    quota = Quota(remaining_usd=49.5, credits_usd=31.4, organisation_usd=None)
    told.quota(quota)
    assert capfd.readouterr().err == ""
    console.verbose = True
    told.quota(quota)
    assert capfd.readouterr().err == "quota: $31.40 on the key, $49.50 in the spend bucket\n"
