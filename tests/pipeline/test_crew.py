"""What the threads of a run share: events come to an end whatever breaks."""

from pathlib import Path

import pytest
from support.past import answer, asked, history

from seedream_cli.drafts import Draft
from seedream_cli.pipeline.crew import Crew
from seedream_cli.pipeline.downloads import Downloads
from seedream_cli.pipeline.events import Crash, Event, Outcome


def crashes(events: list[Event]) -> list[type[BaseException]]:
    return [type(event.error) for event in events if isinstance(event, Crash)]


class Left:
    """A crew that is left at once: its first draft was sent, its second not, its third was answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = history(path)
        drafts = self.ledger.intend([asked(number) for number in (1, 2, 3)])
        self.ledger.record([answer(drafts[2])])
        self.ids = [draft.id for draft in drafts]
        self.crew = Crew(self.ledger)
        for draft in drafts:
            self.crew.in_flight.begin((draft,))
        self.crew.in_flight.sent((drafts[0],))
        self.crew.in_flight.answered(drafts[2])

    def told(self) -> list[tuple[str, str]]:
        outcomes = [event for event in self.crew.abandon() if isinstance(event, Outcome)]
        return sorted((outcome.draft.id, outcome.draft.status) for outcome in outcomes)


def test_whoever_leaves_at_once_tells_of_each_draft_how_far_it_came(tmp_path: Path) -> None:
    left = Left(tmp_path / "h.jsonl")
    ends = list(zip(left.ids, ["unknown", "failed", "pending"], strict=True))
    assert left.told() == ends
    assert sorted((draft.id, draft.status) for draft in left.ledger.newest_first()) == ends


def test_so_he_does_where_the_history_can_no_longer_be_written(tmp_path: Path) -> None:
    left = Left(tmp_path / "h.jsonl")
    left.path.rename(tmp_path / "aside")
    left.path.mkdir()
    assert left.told() == list(zip(left.ids, ["unknown", "failed", "pending"], strict=True))


def test_a_bug_in_the_end_of_a_run_is_handed_to_the_one_that_talks(tmp_path: Path) -> None:
    def broken() -> None:
        raise LookupError

    assert crashes(list(Crew(history(tmp_path / "h.jsonl")).events(broken))) == [LookupError]


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [2, 9])
def test_a_bug_in_all_threads_that_fetch_ends_the_run(tmp_path: Path, threads: int, count: int) -> None:
    class Broken:
        def save(self, draft: Draft) -> None:
            raise LookupError(draft.id)

    ledger = history(tmp_path / "h.jsonl")
    drafts = ledger.record(
        [answer(draft) for draft in ledger.intend([asked(number) for number in range(1, count + 1)])]
    )
    crew = Crew(ledger)
    downloads = Downloads(crew, lambda _: Broken(), workers=threads)  # type: ignore[arg-type,return-value]
    told = crashes(list(downloads.fetch(drafts)))
    assert 1 <= len(told) <= threads
    assert set(told) == {LookupError}
    assert {draft.status for draft in ledger.newest_first()} == {"pending"}
