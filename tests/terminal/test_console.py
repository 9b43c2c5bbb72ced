"""Both streams: closed, full, cut off, narrow, of any encoding; and nothing that acts on a terminal in either."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.program import Home, Launch, Screen
from support.replies import HOSTILE_TEXT, echoing, error, hold, ok
from support.service import Service

HOSTILE_PROMPT = "[/x] [red]a \x1b[2J\x1b]0;owned\x07\x9b31m fox\r\nseedream: forged\u202e\u2066\x7f\x08 {id} %s"
OURS = re.compile(rb"\x1b\[(?:\?25[lh]|\d*A|2K|[0-9;]*m)")
"""What the progress line sends to a terminal: cursor, one line up, clear, colours."""


@pytest.fixture
def full() -> Iterator[int]:
    """A device that is full."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


def raw(output: bytes) -> list[str]:
    """The characters that would act on a terminal, but for line ends and what our own progress sends."""
    text = OURS.sub(b"", output).replace(b"\r", b"").decode("utf-8")
    return re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff]", text)


def nothing_lost(home: Home, service: Service, count: int) -> None:
    assert service.billed == count
    assert [draft["status"] for draft in home.drafts()] == ["saved"] * count
    assert len(home.files("drafts")) == count


# Hostile text


def test_text_of_the_server_never_acts_on_a_terminal(home: Home, service: Service) -> None:
    for reply in (
        error(400, message=HOSTILE_TEXT),
        echoing(451),
        error(402, code=HOSTILE_TEXT),
        ok(revised=HOSTILE_TEXT),
    ):
        service.always(reply)
        for argv in ([], ["--json"], ["-v"]):
            piped = home.gen(HOSTILE_PROMPT, *argv)
            assert raw(piped.stdout) == raw(piped.stderr) == []
            assert "\nseedream: forged" not in piped.talk
        assert raw(home.in_terminal("gen", HOSTILE_PROMPT).screen) == []


def test_a_hostile_prompt_is_stored_and_sent_as_it_is(home: Home, service: Service) -> None:
    (drawn,) = home.gen(HOSTILE_PROMPT, "--json").expect(0).objects
    assert drawn["prompt"] == service.ledger[0].json["prompt"] == HOSTILE_PROMPT
    assert home.drafts()[0]["prompt"] == HOSTILE_PROMPT


def test_names_that_act_are_spelt_out_on_a_terminal_and_kept_in_a_pipe(home: Home) -> None:
    screen = home.in_terminal("gen", "a fox", "-d", "evil\x1b[2J")
    assert "evil\\x1b[2J/a-fox-" in screen.text
    assert raw(screen.screen) == []
    assert raw(home.in_terminal("gen", "a fox", "-d", "evil\x1b[2J", "-0").screen.replace(b"\0", b"")) == []
    (path,) = home.gen("a fox", "-d", "evil\x1b[2J").expect(0).paths
    assert (home.work / path).exists()


def test_names_that_act_are_spelt_out_in_errors(home: Home) -> None:
    (home.work / "x\x1b[2J").write_text("")
    for argv in (["gen", "@no\x1b[2J"], ["gen", "a", "-d", "x\x1b[2J"], ["no\x1b[2J"], ["gen", "a", "--x\x1b[2J"]):
        talk = home.run(*argv).talk
        assert "\x1b" not in talk
        assert "\\x1b[2J" in talk


# Streams that are closed, cut off or full


@pytest.mark.parametrize(
    ("closed", "status"), [((0,), 0), ((1,), 141), ((2,), 0), ((0, 1), 141), ((1, 2), 141), ((0, 1, 2), 141)]
)
def test_closed_descriptors_lose_nothing(home: Home, service: Service, closed: tuple[int, ...], status: int) -> None:
    result = home.gen("a fox", "-n", "2", launch=Launch(close=closed)).expect(status)
    assert len(result.lines) == (0 if 1 in closed else 2)
    assert bool(result.stderr) == (2 not in closed)
    nothing_lost(home, service, 2)


def test_without_stdin_there_is_no_prompt(home: Home) -> None:
    for argv in ([], ["-"]):
        assert "no prompt" in home.gen(*argv, launch=Launch(close=(0,))).expect(2).talk


def test_an_answer_that_cannot_be_read_is_no(home: Home, service: Service) -> None:
    write_only = ["/bin/sh", "-c", '"$0" -m seedream_cli "$@" 0>/dev/tty', sys.executable]
    screen = home.in_terminal("gen", "a fox", "-n", "21", program=write_only)
    assert screen.status == 2
    assert "Draw them? [y/N] \r\nseedream: error: not drawn\r\n" in screen.text
    assert service.posts == 0


def test_a_reader_that_leaves_early_loses_nothing(home: Home, service: Service) -> None:
    command = f'"{sys.executable}" -m seedream_cli gen "a fox" -n 4 -j 1 | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", command], cwd=home.work, env=home.environment(), capture_output=True, text=True, check=False
    )
    path, status = done.stdout.splitlines()
    assert (home.work / path).exists()
    assert status == "141"
    assert done.stderr.count("\n") == 2
    nothing_lost(home, service, 4)


def test_a_reader_that_leaves_does_not_hide_another_failure(home: Home, service: Service) -> None:
    service.on_seed(1, hold(ok()))
    service.on_seed(2, hold(error(451)))
    with home.start("gen", "a fox", "-n", "2", "--seed", "1") as running:
        service.wait_for_posts(2)
        running.close("stdout")
        service.release()
        running.wait().expect(11)


@pytest.mark.parametrize("argv", [[], ["--json"], ["-0"]])
def test_a_full_stdout_loses_nothing(home: Home, service: Service, full: int, argv: list[str]) -> None:
    result = home.gen("a fox", "-n", "2", *argv, stdout=full).expect(10)
    told = "seedream: error: stdout cannot be written: No space left on device\nhint: seedream doctor   # "
    assert result.talk.count(told) == 1
    nothing_lost(home, service, 2)


def test_a_full_or_unread_stderr_loses_nothing(home: Home, service: Service, full: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for stderr in (full, writer):
        assert len(home.gen("a fox", stderr=stderr).expect(0).lines) == 1
    os.close(writer)
    nothing_lost(home, service, 2)


# Terminals and encodings

ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "LANG=C": {"LANG": "C"},
    "LC_ALL=C": {"LC_ALL": "C"},
    "LC_ALL=POSIX": {"LC_ALL": "POSIX"},
    "no language": {"LANG": None},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "C without UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "FORCE_COLOR": {"FORCE_COLOR": "1"},
    "NO_COLOR": {"NO_COLOR": "1"},
    "20 columns": {"COLUMNS": "20"},
    "dumb": {"TERM": "dumb"},
    "no TERM": {"TERM": None},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_paths_and_json_are_the_same_in_every_environment(home: Home, service: Service, name: str) -> None:
    env = ENVIRONMENTS[name]
    prompt = "水墨 dawn"
    if name == "C without UTF-8":
        (home.work / "prompt").write_text(prompt, "utf-8")
        prompt = "@prompt"
    plain = home.gen(prompt, "-d", "絵/ö".encode(), env=env).expect(0)
    (path,) = plain.paths
    assert (home.work / path).exists()
    assert str(path).startswith("絵/ö/shui-mo-dawn-")
    assert b"\x1b" not in plain.output
    result = home.gen(prompt, "--json", env=env).expect(0)
    assert result.stdout.isascii()
    assert json.loads(result.stdout)["prompt"] == "水墨 dawn"
    assert service.ledger[-1].json["prompt"] == "水墨 dawn"


def test_errors_with_text_that_cannot_be_encoded_are_spelt_out(home: Home, service: Service) -> None:
    service.always(error(400, message="禁止"))
    for encoding in ("ascii", "latin-1", "utf-8"):
        result = home.gen("水", env={"PYTHONIOENCODING": encoding}).expect(2)
        assert ("禁止" if encoding == "utf-8" else r"\u7981\u6b62") in result.talk


@pytest.mark.parametrize("name", ["LC_ALL=C", "dumb", "NO_COLOR", "no TERM", "20 columns"])
def test_a_terminal_of_any_kind_shows_whole_paths(home: Home, name: str) -> None:
    columns = 20 if name == "20 columns" else 80
    screen: Screen = home.in_terminal("gen", "水墨", "-n", "2", "--seed", "1", env=ENVIRONMENTS[name], columns=columns)
    assert screen.status == 0
    shown = OURS.sub(b"", screen.screen).decode()
    assert sorted(re.findall(r"drafts/shui-mo-(\d)-[a-z0-9]{12}\.png\r\n", shown)) == ["1", "2"]
    if name == "dumb":
        assert b"\x1b" not in screen.screen


def test_without_any_terminal_nothing_moves(home: Home) -> None:
    result = home.gen("a fox", "-n", "2", env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).expect(0)
    assert b"\x1b" not in result.output
    assert b"\r" not in result.output
    assert len(result.talk.splitlines()) == 2
