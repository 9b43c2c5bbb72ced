"""Drafts laid out: lines for scripts, one draft in full, families as trees."""

import pytest
from support.past import NOW, asked
from wcwidth import wcswidth

from seedream_cli.differences import change
from seedream_cli.drafts import DraftError, timestamp
from seedream_cli.listing import cells, details, fitted, hours, padded, tabbed, table, tree_lines
from seedream_cli.safetext import UNSAFE

HOSTILE = "esc \x1b[2J bidi \u202e line\nbreak tab\t \ud800 [b]x[/b] 狐"


def test_a_line_has_the_columns_of_the_contract_in_their_order():
    draft = asked(1, "a\tb\nc", status="saved", path="/p/x.png", rating=4)
    told = tabbed(draft).split("\t")
    assert told[:10] == [
        "draft0000001", draft.created, "saved", "seedream-v5lite", "1024x1024", "1", "4", "0.012", "/p/x.png",
        "a\\tb\\nc",
    ]  # fmt: skip
    assert tabbed(asked(1, status="failed")).split("\t")[6:9] == ["", "0", ""]


def test_nothing_raw_is_in_any_layout(monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    error = DraftError(None, HOSTILE, HOSTILE)
    draft = asked(
        1, HOSTILE, negative_prompt=HOSTILE, model=HOSTILE, size=HOSTILE, status="saved", path=HOSTILE, note=HOSTILE,
        tags=(HOSTILE,), batch=HOSTILE, revised_prompt=HOSTILE, error=error, format=HOSTILE, sha256=HOSTILE,
        parent=HOSTILE,
    )  # fmt: skip
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    for text in (
        tabbed(draft).replace("\t", ""),
        details(draft),
        table([draft], now=NOW),
        *tree_lines([draft], "", change),
    ):
        assert not UNSAFE.search(text.replace("\n", ""))
        assert "[b]x[/b]" in text or "…" in text


@pytest.mark.parametrize("width", [1, 5, 20, 59, 60, 89, 90, 119, 120, 300])
def test_a_table_is_never_wider_than_the_terminal(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    drafts = [asked(1, "狐" * 400), asked(2, HOSTILE, status="pending", expires=timestamp(NOW + 80_000), rating=5)]
    lines = table(drafts, now=NOW).splitlines()
    assert len(lines) == 3
    assert all(wcswidth(each) <= width for each in lines)


def test_the_time_left_is_told_of_what_is_pending(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    draft = asked(1, status="pending", expires=timestamp(NOW + 3 * 3600))
    assert "pending, 3 h left" in table([draft], now=NOW)
    assert [hours(each) for each in (86400, 7200, 7199, 60, 0, -5)] == [
        "24 h",
        "2 h",
        "120 min",
        "1 min",
        "0 min",
        "0 min",
    ]


def test_one_draft_in_full_leaves_out_what_is_not_known():
    told = details(asked(1, "one\ntwo", status="unknown"))
    assert "prompt    one\n          two\n" in told
    for name in ("negative", "note", "expires", "picture", "rating"):
        assert f"\n{name} " not in told
    assert "expires   2026" in details(asked(1, status="pending", expires=timestamp(NOW)))
    assert "a stand-in" in details(asked(1, origin="sandbox", status="saved"))


def test_text_is_cut_and_padded_by_cells(monkeypatch):
    monkeypatch.setenv("COLUMNS", "10")
    assert [fitted(text) for text in ("short", "1234567890", "12345678901", "狐狸狐狸狐", "狐狸狐狸狐狸")] == [
        "short", "1234567890", "123456789…", "狐狸狐狸狐", "狐狸狐狸 …",
    ]  # fmt: skip
    assert [cells("abc"), cells("狐狸")] == [3, 4]
    assert padded("狐", 4) + "|" == "狐  |"


def test_a_tree_tells_every_draft_once_however_tangled():
    ring = [asked(n, parent=asked(n % 4 + 1).id) for n in range(1, 5)]
    tail = [asked(5, parent=asked(2).id), asked(6, parent="gonegonegone"), asked(7, parent=asked(7).id)]
    lines = tree_lines([*ring, *tail], asked(3).id, change)
    assert len(lines) == 7
    assert sum("*" in each for each in lines) == 1


def test_a_deep_tree_is_set_in_only_so_far():
    chain = [asked(n, parent=asked(n - 1).id if n else None) for n in range(3000)]
    lines = tree_lines(chain, "", change)
    assert len(lines) == 3000
    assert max(map(len, lines)) < 200
