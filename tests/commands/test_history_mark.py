"""`history rate`, `tag`, `note`: appended, private, whole or not at all."""

import stat
import subprocess

import pytest
from support.past import asked, line, story, write
from support.program import Home, Launch

from seedream_cli.history import records

HOSTILE = "esc \x1b[2J bidi \u202e line\nbreak tab\t[b]x[/b] 狐"


@pytest.fixture
def past(offline_home: Home) -> Home:
    """A home with two drafts."""
    write(
        offline_home.history_path, story(asked(1, id="first0000001", tags=("a",))), story(asked(2, id="second000001"))
    )
    return offline_home


def last(home: Home) -> dict[str, object]:
    return home.run("history", "show", "last", "--json").expect(0).objects[0]


def test_marks_are_added_to_the_history_and_replace_nothing_in_it(past: Home) -> None:
    before = past.history_path.read_bytes()
    for command in (
        ["rate", "last", "4"],
        ["tag", "sec", "b", "c"],
        ["tag", "last", "b", "--remove"],
        ["note", "last", "x"],
    ):
        done = past.run("history", *command).expect(0)
        assert done.stdout == b""
        assert "second000001" in done.talk
    draft = last(past)
    assert (draft["rating"], draft["tags"], draft["note"]) == (4, ["c"], "x")
    assert past.history_path.read_bytes().startswith(before)
    assert past.run("history", "rate", "last", "0", "-q").expect(0).output == b""
    past.run("history", "note", "last", "").expect(0)
    assert (last(past)["rating"], last(past)["note"]) == (0, None)


@pytest.mark.parametrize("rating", ["6", "-1", "five", "4.5", ""])
def test_what_is_no_rating_is_refused_and_nothing_is_written(past: Home, rating: str) -> None:
    before = past.history_path.read_bytes()
    past.run("history", "rate", "last", "--", rating).expect(2)
    assert past.history_path.read_bytes() == before


def test_text_of_any_kind_is_kept_as_it_is_and_shown_safely(past: Home) -> None:
    draft = asked(2, id="second000001")
    foreign = line(records.tagged(draft, added=[HOSTILE]), late=True)
    write(past.history_path, past.history_path.read_bytes(), foreign)
    noted = past.run("history", "note", "last", HOSTILE).expect(0)
    assert (last(past)["tags"], last(past)["note"]) == ([HOSTILE], HOSTILE)
    told = past.run("history", "tag", "last", "[b]x[/b] 狐").expect(0)
    assert last(past)["tags"] == [HOSTILE, "[b]x[/b] 狐"]
    for output in (noted.output, told.output, past.in_terminal("history", "tag", "last", "x").screen):
        assert b"\x1b" not in output
        assert "\u202e".encode() not in output


@pytest.mark.parametrize("command", ["tag", "note"])
def test_text_that_is_no_text_is_refused_and_nothing_is_written(past: Home, command: str) -> None:
    before = past.history_path.read_bytes()
    for text in (b"\xff\xfe", b"\xc3", *(["", "a\nb", "\x1b[2J"] if command == "tag" else [])):
        assert "hint: " in past.run("history", command, "last", text).expect(2).talk
    assert past.history_path.read_bytes() == before


@pytest.mark.parametrize("tail", [b"", b'{"v":1,"torn', b"\0\0\0"])
def test_where_the_disk_is_full_nothing_is_torn_and_the_status_is_10(past: Home, tail: bytes) -> None:
    write(past.history_path, past.history_path.read_bytes(), tail)
    before = past.history_path.read_bytes()
    for room in (0, 1, 20, 60):
        full = Launch(limits={"RLIMIT_FSIZE": len(before) + room})
        done = past.run("history", "note", "last", "a note", launch=full).expect(10)
        assert [each.split(":")[0] for each in done.talk.splitlines()] == ["seedream", "hint"]
        assert past.history_path.read_bytes() == before
    past.run("history", "note", "last", "a note").expect(0)
    assert last(past)["note"] == "a note"


@pytest.mark.parametrize("umask", [0, 0o077, 0o777])
def test_the_history_is_private_whatever_the_umask(offline_home: Home, umask: int) -> None:
    launch = Launch(umask=umask)
    if umask == 0o777:  # no picture could be written; the history itself is made first
        offline_home.work.joinpath("drafts").mkdir()
    offline_home.gen("a fox", "--sandbox", "--seed", "1", launch=launch)
    path = offline_home.history_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o666)
    offline_home.run("history", "rate", "last", "3", launch=launch).expect(0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write(path, path.read_bytes(), b"damaged\n")
    offline_home.run("history", "repair", launch=launch).expect(0)
    offline_home.run("history", "forget", "last", launch=launch).expect(0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.with_name(path.name + ".d")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept.iterdir() if file.is_file()} == {0o600}


def test_a_history_that_may_not_be_read_ends_with_10(past: Home) -> None:
    past.history_path.chmod(0)
    powerless = Launch(powerless=True)
    for argv in (["list"], ["rate", "last", "3"]):
        assert "Permission denied" in past.run("history", *argv, launch=powerless).expect(10).talk


def test_many_commands_at_once_lose_no_mark(past: Home) -> None:
    running = [past.start("history", "tag", "first", f"tag{n}") for n in range(8)]
    running += [past.start("history", "note", "second", f"note{n}") for n in range(4)]
    for each in running:
        with each:
            each.wait().expect(0)
    first, second = past.drafts()
    assert sorted(first["tags"]) == ["a", *(f"tag{n}" for n in range(8))]
    assert second["note"] in {f"note{n}" for n in range(4)}
    jq = subprocess.run(
        ["python3", "-m", "json.tool", "--json-lines", past.history_path], capture_output=True, check=False
    )
    assert jq.returncode == 0
