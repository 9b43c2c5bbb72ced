"""Outcomes that cannot be written down at once: kept, written with what comes next, told as the history has them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support.past import answer, asked, history, saved
from support.program import Home
from support.replies import Reply, error, ok, picture
from support.service import Service

from seedream_cli.drafts import Draft
from seedream_cli.errors import DownloadError, LocalFileError, Stopped, UnrecordedError
from seedream_cli.history import History, records
from seedream_cli.pipeline.events import Event, Outcome, Trouble
from seedream_cli.pipeline.recorder import Recorder, said

FAILED = DownloadError("the picture's server failed")
NEVER_SENT = Stopped("not sent")


def break_disk(path: Path) -> None:
    """Let nothing be written to a history, nor read."""
    path.rename(path.with_name("aside"))
    path.mkdir()


def mend_disk(path: Path) -> None:
    path.rmdir()
    path.with_name("aside").rename(path)


class Run:
    """A recorder, what it tells, and drafts that were asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[Event] = []
        ledger = history(path)
        self.drafts = ledger.intend([asked(1), asked(2)])
        self.recorder = Recorder(ledger, self.events.append, late=False)

    @contextmanager
    def broken(self) -> Iterator[None]:
        break_disk(self.path)
        yield
        mend_disk(self.path)

    def answered(self, draft: Draft) -> Draft:
        (noted,) = self.recorder.note([answer(draft)])
        return noted

    def saved(self, draft: Draft) -> bool:
        return self.recorder.saved(saved(draft), f"{draft.id}.png", ())

    @property
    def told(self) -> dict[str, Outcome]:
        return {event.draft.id: event for event in self.events if isinstance(event, Outcome)}

    @property
    def statuses(self) -> dict[str, str]:
        return {draft_id: outcome.draft.status for draft_id, outcome in self.told.items()}

    @property
    def recorded(self) -> dict[str, str]:
        return {draft.id: draft.status for draft in History(self.path, lambda: 0.0).newest_first()}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "history.jsonl")


def test_what_cannot_be_written_is_written_and_told_with_what_comes_of_another_draft(run: Run) -> None:
    one, two = run.drafts
    with run.broken():
        assert not run.saved(run.answered(one))
        assert run.told == {}
    assert run.saved(run.answered(two))
    assert run.statuses == run.recorded == {one.id: "saved", two.id: "saved"}


def test_whether_a_saved_picture_is_recorded_is_told_to_who_saved_it(run: Run) -> None:
    paid, other = [run.answered(draft) for draft in run.drafts]
    with run.broken():
        assert run.saved(paid) is False
    assert run.saved(other) is True
    assert run.statuses == run.recorded == dict.fromkeys([paid.id, other.id], "saved")


def test_it_is_written_and_told_at_the_end_where_nothing_else_comes(run: Run) -> None:
    one, two = run.drafts
    with run.broken():
        run.saved(run.answered(one))
        run.recorder.end([records.refused(two, said(NEVER_SENT), blocked=False)], NEVER_SENT)
    run.recorder.finish()
    assert run.statuses == run.recorded == {one.id: "saved", two.id: "failed"}
    assert run.told[one.id].error is None


def test_what_never_can_is_told_as_the_history_has_it(run: Run) -> None:
    one, two = run.drafts
    paid = run.answered(one)
    with run.broken():
        run.saved(paid)
        run.saved(run.answered(two))
        run.recorder.finish()
    assert run.statuses == run.recorded == {one.id: "pending", two.id: "unknown"}
    assert all(isinstance(outcome.error, UnrecordedError) for outcome in run.told.values())
    assert run.told[one.id].path == f"{one.id}.png"


def test_so_is_a_picture_that_is_not_here_and_whose_address_is_lost(run: Run) -> None:
    one, two = run.drafts
    paid = run.answered(one)
    with run.broken():
        for draft in (paid, run.answered(two)):
            run.recorder.end([records.unsaved(draft, said(FAILED))], FAILED)
        run.recorder.finish()
    assert run.statuses == run.recorded == {one.id: "pending", two.id: "unknown"}
    assert {outcome.error for outcome in run.told.values()} == {FAILED}


def test_that_nothing_can_be_written_is_told_once_until_something_can(run: Run) -> None:
    one, two = run.drafts

    def troubles() -> int:
        return sum(isinstance(event, Trouble) for event in run.events)

    with run.broken():
        run.saved(run.answered(one))
        run.saved(replace(two, status="pending"))
        assert troubles() == 1
    run.answered(two)
    with run.broken():
        run.saved(two)
        assert troubles() == 2
        run.recorder.finish()
    assert troubles() == 2


def test_nothing_is_told_of_an_answer_alone(run: Run) -> None:
    with run.broken():
        run.answered(run.drafts[0])
        run.recorder.finish()
    assert [type(event.error) for event in run.events if isinstance(event, Trouble)] == [LocalFileError]
    assert run.told == {}


# The command line


def test_a_picture_that_the_history_does_not_know_is_told_with_what_mends_it_free(home: Home, service: Service) -> None:
    def breaking(_: object) -> Reply:
        break_disk(home.history_path)
        return ok()

    service.script(breaking)
    result = home.gen("a fox", "--json").expect(8)
    (told,) = result.objects
    assert (told["status"], told["error"]["code"]) == ("unknown", "unrecorded")
    hint = f"hint: seedream history import {told['path']}"
    assert hint in result.talk
    assert result.talk.count("cannot be written: ") == 1
    mend_disk(home.history_path)
    assert home.drafts()[0]["status"] == "unknown"
    taken = home.run("history", "import", told["path"]).expect(0)
    assert "1 known already, unknown until now, recorded as saved" in taken.talk
    (draft,) = home.drafts()
    assert (draft["status"], draft["path"], draft["seed"]) == ("saved", told["path"], told["seed"])
    assert service.billed == 1


def test_its_path_is_told_all_the_same(home: Home, service: Service) -> None:
    def breaking(_: object) -> Reply:
        break_disk(home.history_path)
        return picture()

    service.always_download(breaking)
    (path,) = home.gen("a fox").expect(9).paths
    assert (home.work / path).exists()
    mend_disk(home.history_path)
    assert home.drafts()[0]["status"] == "pending"


def test_a_history_that_can_be_written_again_by_the_end_knows_everything(home: Home, service: Service) -> None:
    def breaking(_: object) -> Reply:
        break_disk(home.history_path)
        return ok()

    def mending(_: object) -> Reply:
        mend_disk(home.history_path)
        return error(404)

    service.script(breaking)
    service.always_download(mending)
    home.gen("a fox").expect(9)
    service.always_download(picture())
    home.run("history", "pull").expect(0)
    assert home.drafts()[0]["status"] == "saved"
