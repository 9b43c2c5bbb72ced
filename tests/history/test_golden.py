"""Every record of every released version stays readable: golden files, which are only ever added to."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from support.past import decoded, history

from seedream_cli.history.search import Filter
from seedream_cli.notebook.spending import add_up

GOLDEN = sorted((Path(__file__).parent / "golden").glob("v*/*.jsonl"))
NOW = datetime.fromisoformat("2026-11-22T12:00:00Z").timestamp()
OUTCOMES = {"answer", "unsaved", "saved", "blocked", "failed", "unknown"}
KINDS = {"intent", *OUTCOMES, "rating", "note", "tags", "batch", "forgotten"}


def expected(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(path.with_suffix(".drafts.json").read_text())
    return found


def test_there_is_a_golden_file_of_each_version_and_it_holds_every_kind():
    assert [path.parent.name for path in GOLDEN] == ["v1"]
    assert {record.kind for record in decoded(GOLDEN[0].read_bytes().splitlines())} == KINDS


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_drafts_of_a_released_version_are_what_they_were(path):
    found = [draft.public() for draft in history(path, NOW).newest_first()][::-1]
    wanted = expected(path)
    # New keys may be added to what `--json` shows.
    assert [{name: draft[name] for name in known} for draft, known in zip(found, wanted, strict=True)] == wanted


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_they_are_found_in_every_way(path):
    ledger = history(path, NOW)
    assert list(ledger.damaged_lines()) == []
    for known in expected(path):
        draft = ledger.find(str(known["id"]))
        assert draft.status == known["status"]
        assert draft in list(ledger.search(Filter(text=draft.key.prompt.swapcase())))
        assert draft in ledger.asking({draft.key.prompt})
        if draft.path:
            assert ledger.find(draft.path) == draft


def test_what_is_not_shown_is_read_all_the_same():
    ledger = history(GOLDEN[0], NOW)
    assert (
        ledger.find("pending00001").url
        == "https://images.example/2026/pending.png?X-Amz-Expires=86400&X-Amz-Signature=0123abcd"
    )
    assert ledger.find("kept00000001").kept == "/home/someone/history.jsonl.d/kept00000001.answer"
    assert ledger.find("kept00000002").request == "kept00000001"
    assert ledger.find("saved0000001").run == "run1run1run1"
    assert ledger.find("saved0000001").public()["batches"] == ["prompts.txt", "another.txt"]
    assert ledger.find("child0000001").target.parts == ("/home/someone/finals/x.png",)
    assert ledger.find("child0000001").target.replace
    assert [draft.id for draft in ledger.relatives(ledger.find("child0000001"))] == ["saved0000001", "child0000001"]


def test_sums_of_the_first_version_are_what_they_were():
    ledger = history(GOLDEN[0], NOW)
    told = add_up(ledger.tally()).public()
    assert (told["drafts"], told["usd"], told["perhaps_usd"]) == (11, 0.09, 0.036)
    assert (told["sandbox_drafts"], told["forgotten_drafts"]) == (1, 1)
