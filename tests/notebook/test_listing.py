"""Drafts laid out: lines for scripts, one draft in full, families as trees."""

import re
import time
from itertools import product

import pytest
from support.past import NOW, asked
from wcwidth import wcswidth

from seedream_cli.drafts import STATUSES, Draft, DraftError, timestamp
from seedream_cli.notebook.differences import change
from seedream_cli.notebook.listing import details, labelled, tabbed, table, tree
from seedream_cli.safetext import UNSAFE

COLUMNS = ["created", "id", "status", "model", "size", "seed", "★", "cost", "from", "prompt"]
HOSTILE = "esc \x1b[2J bidi \u202e line\nbreak tab\t \ud800 [b]x[/b] 狐"


def test_a_line_has_the_columns_of_the_contract_in_their_order():
    draft = asked(1, "a\tb\nc", status="saved", path="/p/x.png", rating=4)
    told = tabbed(draft).split("\t")
    assert told[:10] == [
        "draft0000001", draft.created, "saved", "seedream-v5lite", "1024x1024", "1", "4", "0.012", "/p/x.png",
        "a\\tb\\nc",
    ]  # fmt: skip
    assert tabbed(asked(1, status="failed")).split("\t")[6:9] == ["", "0", ""]


def tree_lines(family: list[Draft], marked: str = "") -> list[str]:
    return [before + text for before, _, text in tree(family, marked, change, deepest=60)]


def test_nothing_raw_is_in_any_layout():
    error = DraftError(None, HOSTILE, HOSTILE)
    draft = asked(
        1, HOSTILE, negative_prompt=HOSTILE, model=HOSTILE, size=HOSTILE, status="saved", path=HOSTILE, note=HOSTILE,
        tags=(HOSTILE,), batch=HOSTILE, revised_prompt=HOSTILE, error=error, format=HOSTILE, sha256=HOSTILE,
        parent=HOSTILE,
    )  # fmt: skip
    for line in (
        tabbed(draft).replace("\t", ""),
        *labelled(details(draft, now=NOW), None),
        *labelled(details(draft, now=NOW), 30),
        *table([draft], now=NOW, width=150),
        *tree_lines([draft]),
    ):
        assert not UNSAFE.search(line)
    assert "[b]x[/b]" in "".join(labelled(details(draft, now=NOW), None))


@pytest.mark.parametrize("width", [1, 5, 13, 20, 59, 60, 89, 90, 119, 120, 300])
def test_a_table_is_never_wider_than_the_terminal(width):
    drafts = [asked(1, "狐" * 400), asked(2, HOSTILE, status="pending", expires=timestamp(NOW + 80_000), rating=5)]
    lines = list(table(drafts, now=NOW, width=width))
    assert len(lines) == 3
    assert all(wcswidth(each) <= width for each in lines)


def test_columns_come_by_what_matters_most_and_those_that_are_empty_do_not():
    plain = [asked(1, status="saved", seed=4294967295)]
    full = [asked(2, status="saved", seed=4294967295, rating=4, parent="draft0000001")]

    def shown(drafts: list[Draft], width: int) -> list[str]:
        return next(table(drafts, now=NOW, width=width)).split()

    assert shown(full, 200) == COLUMNS
    assert shown(plain, 200) == [name for name in COLUMNS if name not in {"★", "from"}]
    assert shown(plain, 80) == ["id", "status", "model", "size", "seed", "cost", "prompt"]
    assert shown(plain, 60) == ["id", "status", "model", "seed", "prompt"]
    assert shown(plain, 20) == ["id", "status"]
    for width in range(40, 200):
        prompt = next(table(full, now=NOW, width=width)).index("prompt")
        assert width - prompt >= 16


@pytest.mark.parametrize("width", range(20, 130))
@pytest.mark.parametrize("length", [10, 16])
def test_every_status_and_the_mark_of_the_sandbox_are_shown_at_any_width(width, length):
    drafts = [
        asked(n, status=status, origin=origin, id=f"{n:x}{'z' * (length - 1)}", expires=timestamp(NOW + 80_000))
        for n, (status, origin) in enumerate(product(STATUSES, ("sandbox", "https://api.example/v1")))
    ]
    for draft, line in zip(drafts, list(table(drafts, now=NOW, width=width))[1:], strict=True):
        assert wcswidth(line) <= width
        assert re.search(rf"\b{draft.status}\b", line)
        assert bool(re.search(r"\((s|sandbox)\)", line)) == draft.sandbox
        assert re.search(rf"\b{draft.id[:7]}z*\b", line), "what can be typed as it stands there"


def test_a_status_is_in_full_where_there_is_room_for_it():
    drafts = [asked(1, status="pending", expires=timestamp(NOW + 80_000)), asked(2, status="saved", origin="sandbox")]
    lines = list(table(drafts, now=NOW, width=40))
    assert "pending, 22 h left  a fox" in lines[1]
    assert "saved (sandbox)" in lines[2]
    assert "pending  " in list(table(drafts, now=NOW, width=36))[1]


def test_colours_are_only_where_they_are_wanted_and_take_no_room():
    drafts = [asked(n, status=status) for n, status in enumerate(("saved", "failed", "pending", "from elsewhere"))]
    plain, coloured = (list(table(drafts, now=NOW, width=80, coloured=each)) for each in (False, True))
    assert "\x1b" not in "".join(plain)
    assert [re.sub("\x1b\\[[0-9;]*m", "", line).rstrip() for line in coloured] == plain
    assert "\x1b[32msaved" in coloured[1]
    assert "\x1b[31mfailed" in coloured[2]


def test_times_are_those_of_the_place(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert "2026-11-22 05:30" in list(table([asked(1, created="2026-11-21T20:30:00Z")], now=NOW, width=150))[1]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_time_left_is_told_of_what_is_pending():
    draft = asked(1, status="pending", expires=timestamp(NOW + 3 * 3600))
    assert "pending, 3 h left" in list(table([draft], now=NOW, width=200))[1]


def test_no_time_is_told_of_what_is_kept_here():
    draft = asked(1, status="pending", kept="/k", expires=timestamp(NOW - 3600))
    assert "left" not in list(table([draft], now=NOW, width=200))[1]
    told = dict(details(draft, now=NOW))
    assert told["status"] == "pending"
    assert "expires" not in told


def test_one_draft_in_full_leaves_out_what_is_not_known():
    told = "\n".join(labelled(details(asked(1, "one\ntwo", status="unknown"), now=NOW), None))
    assert "prompt    one\n          two\n" in told
    for name in ("negative", "note", "expires", "picture", "rating"):
        assert f"\n{name} " not in told
    pending = dict(details(asked(1, status="pending", expires=timestamp(NOW + 7200)), now=NOW))
    assert pending["expires"].startswith("2026")
    assert pending["status"] == "pending, 2 h left"
    assert "a stand-in" in dict(details(asked(1, origin="sandbox", status="saved"), now=NOW))["status"]


@pytest.mark.parametrize("width", [20, 40, 80])
def test_one_draft_in_full_fits_and_loses_nothing(width):
    facts = details(asked(1, "A quick 狐狸 jumps\nover " + "x" * 90, sha256="0" * 64, path="/a b/" + "c" * 90), now=NOW)
    lines = list(labelled(facts, width))
    assert all(wcswidth(line) <= width for line in lines)
    squeezed = "".join(lines).replace(" ", "")
    for _, text in facts:
        assert text.replace(" ", "").replace("\n", "") in squeezed


def test_a_tree_tells_every_draft_once_however_tangled():
    ring = [asked(n, parent=asked(n % 4 + 1).id) for n in range(1, 5)]
    tail = [asked(5, parent=asked(2).id), asked(6, parent="gonegonegone"), asked(7, parent=asked(7).id)]
    lines = tree_lines([*ring, *tail], asked(3).id)
    assert len(lines) == 7
    assert sum("*" in each for each in lines) == 1


def test_rails_go_on_beside_the_further_lines_of_a_draft_that_has_more_below():
    first = asked(1)
    family = [first, asked(2, parent=first.id), asked(3, parent=asked(2).id), asked(4, parent=first.id)]
    rails = [(before, further) for before, further, _ in tree(family, "", change, deepest=60)]
    assert rails == [("", "│  "), ("├─ ", "│  │  "), ("│  └─ ", "│        "), ("└─ ", "      ")]


def test_a_deep_tree_is_set_in_only_so_far():
    chain = [asked(n, parent=asked(n - 1).id if n else None) for n in range(3000)]
    lines = tree_lines(chain)
    assert len(lines) == 3000
    assert max(map(len, lines)) < 200
