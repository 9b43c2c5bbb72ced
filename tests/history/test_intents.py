"""Outcomes and their intents: a file that was removed, replaced or rewritten meanwhile has both."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.past import NOW, URL, answer, asked, history, saved, story, write

from seedream_cli.drafts import Draft, DraftError, timestamp
from seedream_cli.history import History, records

PENDING = replace(asked(1), status="pending", url=URL, expires=timestamp(NOW + 3600), revised_prompt="a red fox")


def kinds(path: Path) -> list[tuple[str, str]]:
    return [(record["id"], record["kind"]) for record in map(json.loads, filter(None, path.read_text().splitlines()))]


def unsaved(draft: Draft) -> records.Entry:
    return records.unsaved(draft, DraftError(None, None, "the picture's server failed"))


def replaced_by_another(path: Path) -> None:
    path.unlink()
    write(path, *(story(asked(number)) for number in range(50, 90)))


def replaced_by_one_of_this_length(path: Path) -> None:
    path.write_bytes(b"\n" * path.stat().st_size)


AWAY: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "moved away": lambda path: path.rename(path.with_name("elsewhere")),
    "emptied": lambda path: path.write_bytes(b""),
    "replaced": replaced_by_another,
    "replaced by one as long": replaced_by_one_of_this_length,
}


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
def test_what_was_asked_for_is_recorded_anew_where_the_file_is_not_the_one_that_held_it(
    tmp_path: Path, away: Callable[[Path], object]
) -> None:
    path = tmp_path / "history.jsonl"
    ledger = history(path)
    (draft,) = ledger.intend([asked(1)])
    away(path)
    ledger.record([answer(draft)], paid=True)
    assert kinds(path)[-2:] == [(draft.id, "intent"), (draft.id, "answer")]
    found = history(path).find(draft.id)
    assert (found.status, found.url, found.key, found.target) == ("pending", URL, draft.key, draft.target)


def test_so_is_where_the_picture_is(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history(path).record([unsaved(PENDING)], paid=True)
    assert [kind for _, kind in kinds(path)] == ["intent", "answer", "unsaved"]
    found = history(path).find(PENDING.id)
    assert (found.status, found.url, found.revised_prompt) == ("pending", URL, "a red fox")
    assert found.error is not None


def test_each_draft_is_recorded_anew_once(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    ledger = history(path)
    drafts = ledger.intend([asked(1), asked(2)])
    path.unlink()
    ledger.record([*map(answer, drafts), *map(saved, drafts)], paid=True)
    ledger.record([unsaved(replace(draft, expires=timestamp(NOW))) for draft in drafts], paid=True)
    assert [kind for _, kind in kinds(path)].count("intent") == 2
    assert [draft.status for draft in history(path).newest_first()] == ["saved"] * 2


def rewritten(ledger: History) -> None:
    with ledger.path.open("ab") as file:
        file.write(b"damaged\n")
    ledger.repair()


def shortened(ledger: History) -> None:
    ledger.forget([asked(0)])


def left_with_half_a_line(ledger: History) -> None:
    with ledger.path.open("ab") as file:
        file.write(b'{"v":1,"id":"dra')


@pytest.mark.parametrize("change", [rewritten, shortened, left_with_half_a_line, lambda _: None])
def test_nothing_is_recorded_twice_in_a_file_that_knows_the_draft(
    tmp_path: Path, change: Callable[[History], None]
) -> None:
    path = write(tmp_path / "history.jsonl", story(asked(0)), b'{"half a line')
    ledger = history(path)
    drafts = ledger.intend([asked(1), asked(2)])
    change(history(path))
    ledger.record([answer(draft) for draft in drafts], paid=True)
    assert path.read_bytes().count(b'"kind":"intent"') == 2 + (change is not shortened)


def test_what_another_command_asked_for_is_found(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history(path).intend([asked(1)])
    history(path).record([saved(asked(1))], late=True, paid=True)
    assert [kind for _, kind in kinds(path)] == ["intent", "saved"]


def test_what_was_forgotten_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    ledger = history(path)
    ledger.intend([asked(1)])
    history(path).forget([PENDING])
    ledger.record([saved(PENDING)], paid=True)
    assert [kind for _, kind in kinds(path)] == ["forgotten", "saved"]
    assert list(history(path).newest_first()) == []
