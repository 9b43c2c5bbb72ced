"""`history list`, `show`, `path`, `open`: every filter, tables of any width, columns for scripts, nothing raw."""

import json
import os
import re
import socket
import time
from itertools import pairwise
from pathlib import Path

import pytest
from support.past import URL, asked, line, story, write
from support.program import Home
from wcwidth import wcswidth

from seedream_cli.drafts import DraftError, timestamp
from seedream_cli.history import records
from seedream_cli.safetext import UNSAFE

NOW = time.time()
HOSTILE = (
    "[b]markup[/b] esc \x1b[2J\x1b]0;title\x07 bidi \u202e c1 \x9b31m"
    " del \x7f nul \0 line\nbreak\r tab\there \ud800 狐狸"
)
ERROR = DraftError(503, "overloaded", "the service failed")


def at(hours_ago: float) -> str:
    return timestamp(NOW - hours_ago * 3600)


def lives(draft: object, seconds: float) -> bytes:
    """An answer whose URL lives that long from now on."""
    entry = records.answered(draft, url=URL, kept=None, revised_prompt=None, expires=timestamp(NOW + seconds))  # type: ignore[arg-type]
    return line(entry, at=NOW)


@pytest.fixture
def past(offline_home: Home) -> Home:
    """A home with a draft of every status."""
    one = asked(1, "a red fox", id="saved0000001", created=at(72), tags=("poster",), batch="b.txt", seed=11)
    two = asked(2, "a blue fox", id="pending00001", created=at(50), size="1536x1024", seed=22)
    three = asked(3, "EIN STRASSENFUCHS", id="expired00001", created=at(30), seed=33)
    four = asked(4, "狐狸", id="unknown00001", created=at(20), model="seedream-v4.5", seed=44)
    five = asked(5, "a red wolf", id="blocked00001", created=at(10), tags=("poster", "best"), seed=55)
    six = asked(6, "a fox again", id="failed000001", created=at(1), parent=one.id, seed=66)
    seven = asked(7, "a red fox", id="sandbox00001", created=at(0.1), origin="sandbox", seed=11)
    write(
        offline_home.history_path,
        story(one),
        records.intent(two),
        lives(two, 80_000),
        records.intent(three),
        lives(three, -10),
        records.intent(four),
        line(records.unknown(four, ERROR, None)),
        records.intent(five),
        line(records.refused(five, ERROR, blocked=True)),
        records.intent(six),
        line(records.refused(six, ERROR, blocked=False)),
        story(seven),
        line(records.rated(one, 5), late=True),
        line(records.rated(two, 4), late=True),
        line(records.noted(four, "the Mist is right"), late=True),
        line(records.tagged(six, added=["best"]), late=True),
    )
    return offline_home


def listed(home: Home, *options: str) -> list[str]:
    return [draft["id"].rstrip("01") for draft in home.run("history", "list", *options, "--json").expect(0).objects]


EVERY = ["saved", "pending", "expired", "unknown", "blocked", "failed", "sandbox"]


def test_alone_it_lists_and_the_newest_is_last(past: Home) -> None:
    alone = past.run("history").expect(0)
    assert alone.stdout == past.run("history", "list").expect(0).stdout
    assert [row.split("\t")[0].rstrip("01") for row in alone.lines] == EVERY


@pytest.mark.parametrize("options", [["-n", "2"], ["-q", "-n2", "--json"], ["-qv"], ["--grep", "fox"], ["--nope"]])
def test_without_a_command_options_are_those_of_list(past: Home, options: list[str]) -> None:
    short, full = past.run("history", *options), past.run("history", "list", *options)
    assert (short.status, short.output) == (full.status, full.output)


@pytest.mark.parametrize("before", [["-q"], ["--verbose", "-qv"], ["--"]])
def test_what_every_command_knows_may_stand_before_the_name_of_one(past: Home, before: list[str]) -> None:
    assert past.run("history", *before, "show", "last", "--json").expect(0).objects[0]["id"] == "sandbox00001"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--all"], EVERY),
        (["-n", "0"], EVERY),
        (["-n", "9" * 20], EVERY),
        (["-n", "2"], ["failed", "sandbox"]),
        (["--status", "saved"], ["saved", "sandbox"]),
        (["--status", "pending"], ["pending"]),
        (["--status", "expired"], ["expired"]),
        (["--status", "unknown"], ["unknown"]),
        (["--status", "blocked"], ["blocked"]),
        (["--status", "failed"], ["failed"]),
        (["--status", "unknown", "--status", "pending"], ["pending", "unknown"]),
        (["--model", "seedream-v4.5"], ["unknown"]),
        (["--size", "1536x1024"], ["pending"]),
        (["--seed", "11"], ["saved", "sandbox"]),
        (["--tag", "poster"], ["saved", "blocked"]),
        (["--tag", "best"], ["blocked", "failed"]),
        (["--tag", "best", "--tag", "poster"], ["blocked"]),
        (["--rating", "5"], ["saved"]),
        (["--rating", "4+"], ["saved", "pending"]),
        (["--rating", "0"], []),
        (["--batch", "b.txt"], ["saved"]),
        (["--since", "25h"], ["unknown", "blocked", "failed", "sandbox"]),
        (["--until", "25h"], ["saved", "pending", "expired"]),
        (["--since", "3d", "--until", "1d"], ["pending", "expired"]),
        (["--since", "20 hours ago"], ["unknown", "blocked", "failed", "sandbox"]),
        (["--until", "20 hours ago"], ["saved", "pending", "expired"]),
        (["--grep", "FOX"], ["saved", "pending", "failed", "sandbox"]),
        (["--grep", "straßenFUCHS"], ["expired"]),
        (["--grep", "mist"], ["unknown"]),
        (["--grep", "狐"], ["unknown"]),
        (["--grep", "red", "--tag", "poster", "--status", "blocked"], ["blocked"]),
        (["--grep", "fox", "--rating", "4+", "--since", "55h", "--size", "1536x1024", "-n", "1"], ["pending"]),
        (["--grep", "fox", "-n", "2"], ["failed", "sandbox"]),
        (["--grep", "poster"], []),
        (["--grep", "https"], []),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_filters_find_what_they_say_alone_and_combined(past: Home, options: list[str], found: list[str]) -> None:
    # The moment is not in the test's name: every process that runs tests must give it the same.
    assert listed(past, *(at(20) if option == "20 hours ago" else option for option in options)) == found


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--status", "lost"], "'lost' is not a status"),
        (["--size", "banana"], "'banana' is not a size"),
        (["--rating", "6"], "'6' is not a rating"),
        (["--rating", "good"], "'good' is not a rating"),
        (["--since", "whenever"], "'whenever' is not a date"),
        (["--since", "9" * 400 + "d"], "is not a date"),
        (["-n", "-1"], "-n"),
        (["--seed", "x"], "--seed"),
    ],
)
def test_what_is_no_filter_is_refused_with_a_hint(past: Home, options: list[str], told: str) -> None:
    done = past.run("history", "list", *options).expect(2)
    assert told in done.talk
    assert "hint: " in done.talk
    assert len(done.talk.splitlines()) == 2
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--model", "v4.5"], ["unknown"]),
        (["--size", "landscape"], ["pending"]),
        (["--size", "square", "--seed", "44"], ["unknown"]),
        (["--size", "1536\N{MULTIPLICATION SIGN}1024"], ["pending"]),
        (["--size", "portrait"], []),
    ],
)
def test_filters_take_the_names_that_people_use(past: Home, options: list[str], found: list[str]) -> None:
    assert listed(past, *options) == found


def test_a_filter_that_is_likely_to_be_misspelt_says_what_may_be_meant(past: Home) -> None:
    done = past.run("history", "list", "--model", "v5light").expect(0)
    assert (done.stdout, done.talk) == (
        b"",
        "no draft is of the model 'v5light'; did you mean seedream-v5lite?\n",
    )
    assert past.run("history", "list", "--model", "v4").expect(0).output == b""
    write(past.history_path, past.history_path.read_bytes(), story(asked(77, model="v5light")))
    assert past.run("history", "list", "--model", "v5light", "--grep", "zzz").expect(0).output == b""
    assert "did you mean saved?" in past.run("history", "list", "--status", "saveed").expect(2).talk


def test_on_a_terminal_an_empty_list_says_why(offline_home: Home, past: Home) -> None:
    nowhere = str(offline_home.work / "none" / "h.jsonl")
    first = offline_home.in_terminal("history", env={"SEEDREAM_HISTORY": nowhere})
    assert first.status == 0
    assert first.text.startswith("nothing drawn yet\r\nhint: seedream gen ")
    assert past.in_terminal("history", "--grep", "absent").text == "no draft matches\r\n"


@pytest.mark.parametrize(
    ("draft", "hint"),
    [
        ("pending00001", "hint: seedream history pull pending00001 "),
        ("expired00001", "hint: seedream history rerun expired00001 "),
        ("unknown00001", "hint: seedream history rerun unknown00001   # it was perhaps billed"),
        ("blocked00001", "hint: seedream history rerun blocked00001 --prompt TEXT"),
        ("failed000001", "hint: seedream history rerun failed000001 "),
        ("saved0000001", ""),
    ],
)
def test_what_is_shown_of_what_has_no_picture_says_what_to_do(past: Home, draft: str, hint: str) -> None:
    assert past.run("history", "show", draft).expect(0).talk.startswith(hint)
    assert past.run("history", "show", draft, "--json").expect(0).talk == ""


def test_no_history_and_no_match_are_empty_lists_and_nothing_is_made(offline_home: Home, past: Home) -> None:
    nowhere = str(offline_home.work / "none" / "h.jsonl")
    done = offline_home.run("history", "list", env={"SEEDREAM_HISTORY": nowhere}).expect(0)
    assert done.output == b""
    assert not Path(nowhere).parent.exists()
    assert past.run("history", "list", "--grep", "absent").expect(0).output == b""


def test_in_a_pipe_columns_are_those_that_scripts_rely_on(past: Home) -> None:
    rows = [row.split("\t") for row in past.run("history", "list").expect(0).lines]
    created, path = at(72), "/pictures/saved0000001.png"
    told = ["saved0000001", created, "saved", "seedream-v5lite", "1024x1024", "11", "5", "0.012", path, "a red fox"]
    assert rows[0][:10] == told
    assert rows[1][6:10] == ["4", "0.012", "", "a blue fox"]
    assert rows[4][6:9] == ["", "0", ""]
    assert len({len(row) for row in rows}) == 1


def test_what_would_break_a_line_or_a_column_is_escaped_in_it(offline_home: Home) -> None:
    write(offline_home.history_path, story(asked(1, HOSTILE), "/p/a\tb\nc\x1b.png"))
    done = offline_home.run("history", "list").expect(0)
    (row,) = done.lines
    cells = row.split("\t")
    assert cells[8] == "/p/a\\tb\\nc\\x1b.png"
    assert "line\\nbreak\\r tab\\there" in cells[9]
    assert not UNSAFE.search(done.stdout.decode()[:-1].replace("\t", ""))


def test_json_is_ascii_has_every_key_and_no_url(past: Home) -> None:
    write(past.history_path, past.history_path.read_bytes(), story(asked(9, HOSTILE)))
    done = past.run("history", "list", "--json").expect(0)
    assert done.stdout.isascii()
    assert b"Signature" not in done.stdout
    last = done.objects[-1]
    assert last["prompt"] == HOSTILE
    for name in ("negative_prompt", "parent", "batch", "row", "rating", "note", "error", "revised_prompt"):
        assert last[name] is None
    assert last["tags"] == []
    assert done.objects[4]["error"] == {"status": 503, "code": "overloaded", "message": "the service failed"}


def screen_lines(screen: bytes) -> list[str]:
    """What stands on the lines of a terminal, without colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", screen.decode())
    return text.removesuffix("\r\n").split("\r\n")


@pytest.mark.parametrize("columns", [20, 40, 60, 100, 200])
@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
def test_no_line_of_a_table_is_wider_than_the_terminal_and_nothing_raw_is_in_it(
    past: Home, columns: int, term: str
) -> None:
    hostile = asked(8, HOSTILE, model="m" * 50 + "\x1b[0m", size="9" * 60, tags=(HOSTILE,), seed=4294967295)
    long = asked(9, "水墨山水" * 200 + "👩‍🚀é", seed=1)
    write(past.history_path, past.history_path.read_bytes(), story(hostile), story(long))
    done = past.in_terminal("history", "list", columns=columns, env={"TERM": term})
    assert done.status == 0
    lines = screen_lines(done.screen)
    assert len(lines) == 10
    assert all(0 < wcswidth(each) <= columns for each in lines), lines
    assert not any(UNSAFE.search(each) for each in lines)
    assert "id" in lines[0].split()
    assert (b"\x1b" in done.screen) == (term != "dumb")
    if columns >= 60:
        assert columns < 200 or any("[b]markup[/b] esc \\x1b[2J" in each for each in lines)
        assert any(re.search(r"pending, 2\d h left", each) for each in lines)
    assert sum(bool(re.search(r"saved \((s|sandbox)\)", each)) for each in lines) == 1
    for earlier, later in pairwise(EVERY):
        order = [next(n for n, each in enumerate(lines) if each.find(name) >= 0) for name in (earlier, later)]
        assert order == sorted(order)


@pytest.mark.parametrize("columns", [30, 120])
def test_show_tells_everything_and_nothing_raw(offline_home: Home, columns: int) -> None:
    draft = asked(
        1, HOSTILE, negative_prompt=HOSTILE, tags=(HOSTILE,), batch=HOSTILE, n=4, index=2, parent="gonegonegone"
    )
    notes = line(records.noted(draft, HOSTILE), late=True) + line(records.rated(draft, 3), late=True)
    write(offline_home.history_path, story(draft, f"/p/{HOSTILE}.png", revised=HOSTILE), notes)
    for output in (
        offline_home.run("history", "show", "last").expect(0).stdout.decode(),
        offline_home.in_terminal("history", "show", "last", columns=columns).text.replace("\r\n", "\n"),
    ):
        assert not UNSAFE.search(output.replace("\n", ""))
        for told in (
            "2 of 4",
            "\n          break\\r tab\\there",
            "rating    3",
            "gonegonegone",
            "revised ",
            "0" * 64,
            "$0.012",
        ):
            # Elsewhere than in a pipe it may be folded.
            assert told in output or told in output.replace("\n          ", "")
        assert "Signature" not in output
    shown = offline_home.run("history", "show", "draft", "--json").expect(0)
    assert shown.objects[0]["note"] == HOSTILE
    assert shown.stdout.isascii()


def test_what_is_shown_of_what_has_no_picture_says_why(past: Home) -> None:
    told = past.run("history", "show", "blocked").expect(0).stdout.decode()
    assert "error     the service failed" in told
    assert "cost      $0.00 (estimate)" in told


@pytest.mark.parametrize("reference", ["nothing", "last~7", "drafts/none.png", "s"])
def test_an_unknown_draft_ends_with_2_and_a_hint(past: Home, reference: str) -> None:
    for command in ("show", "open", "rate", "tag", "note", "tree", "diff", "forget"):
        more = {"rate": ["3"], "tag": ["x"], "note": ["x"], "diff": ["last"]}.get(command, [])
        if reference in {"nothing", "s"} or command == "show":
            done = past.run("history", command, reference, *more).expect(2)
            assert "hint: " in done.talk
            assert done.stdout == b""


def test_the_path_is_printed_as_it_is(offline_home: Home) -> None:
    told = offline_home.run("history", "path").expect(0).stdout
    assert told == os.fsencode(offline_home.history_path) + b"\n"


def test_there_is_nothing_to_open_without_a_picture(past: Home) -> None:
    done = past.run("history", "open", "unknown").expect(2)
    assert "has no picture: it is unknown" in done.talk


@pytest.mark.parametrize("what", ["folder", "FIFO", "socket", "device", "dangling link", "name too long"])
def test_a_history_that_is_no_file_ends_every_command_with_10_and_one_line(offline_home: Home, what: str) -> None:
    path = offline_home.work / "h"
    match what:
        case "folder":
            path.mkdir()
        case "FIFO":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(path))
        case "device":
            path.symlink_to("/dev/zero")
        case "dangling link":
            path.symlink_to("/nowhere/h")
        case "name too long":
            path = offline_home.work / ("h" * 300)
    for command in (
        ["list"],
        ["list", "--grep", "x"],
        ["show", "last"],
        ["rate", "abc", "3"],
        ["stats"],
        ["export"],
        ["verify"],
    ):
        done = offline_home.run("history", *command, env={"SEEDREAM_HISTORY": str(path)}, timeout=20).expect(10)
        assert done.stdout == b""
        assert [each.split(":")[0] for each in done.talk.splitlines()] == ["seedream", "hint"]


def test_damaged_lines_are_counted_and_the_rest_is_listed(past: Home) -> None:
    write(past.history_path, past.history_path.read_bytes(), b"torn{\n\0\0\0\n")
    before = past.history_path.read_bytes()
    done = past.run("history", "list", "--json").expect(0)
    assert len(done.objects) == 7
    assert "2 damaged lines" in done.talk
    assert past.history_path.read_bytes() == before


def test_a_table_cut_short_by_its_reader_ends_with_141(past: Home) -> None:
    many = b"".join(story(asked(n, "x" * 5000)) for n in range(100, 400))
    write(past.history_path, many)
    with past.start("history", "list", "--all") as running:
        running.wait_for(b"\n", "stdout")
        running.close("stdout")
        assert running.wait().status == 141


def test_every_draft_of_the_program_is_listed_as_it_was_reported(offline_home: Home) -> None:
    made = offline_home.gen("a fox", "-n", "3", "--seed", "5", "--tag", "t", "--json", "--sandbox").expect(0).objects
    found = offline_home.drafts()
    assert sorted(found, key=lambda draft: draft["seed"]) == sorted(made, key=lambda draft: draft["seed"])
    assert json.dumps(found[0])
    (first,) = (draft for draft in found if draft["seed"] == 5)
    by_path = offline_home.run("history", "show", first["path"], "--json").expect(0).objects[0]
    relative = os.path.relpath(first["path"], offline_home.work)
    assert by_path == offline_home.run("history", "show", relative, "--json").expect(0).objects[0] == first
