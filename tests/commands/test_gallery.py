"""`seedream gallery` as typed: the page as a file, the page opened, what is refused; served pages: tests/gallery."""

import errno
import io
import os
import shlex
import socket
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from support import past, pictures
from support.gallery import cards_of, data_of, hang, served
from support.program import Home, Launch
from support.replies import CANARY_KEY, error, ok
from support.service import Service

from seedream_cli.__main__ import main
from seedream_cli.context import Context

WHY = {
    "pending": "paid for, not saved yet",
    "unknown": "outcome unknown",
    "blocked": "blocked by the safety filter",
    "failed": "failed, not billed",
}


def written(home: Home, *argv: str, **how: Any) -> str:
    """The page that is written to `page.html`."""
    home.run("gallery", *argv, "-o", "page.html", **how).expect(0)
    return (home.work / "page.html").read_text("utf-8")


def test_the_commands_of_its_documentation_do_what_they_say(home: Home) -> None:
    drafts = [past.asked(number) for number in (1, 2, 3)]
    hang(home, drafts)
    home.run("history", "rate", drafts[1].id, "4").expect(0)
    text = (Path(__file__).parents[2] / "docs/gallery.md").read_text("utf-8")
    commands = text.partition("<!-- commands -->\n```sh\n")[2].partition("```")[0].splitlines()
    for command in commands:
        home.run(*shlex.split(command.removeprefix("seedream "))).expect(0)
    shown = {path.name: list(cards_of(path.read_text("utf-8"))) for path in home.files() if path.suffix == ".html"}
    assert {name: len(cards) for name, cards in shown.items()} == {"page.html": 3, "foxes.html": 1, "two.html": 2}


# As a file


def test_the_page_is_written_where_it_was_asked_for(home: Home) -> None:
    hang(home, [past.asked(1), past.asked(2)])
    result = home.run("gallery", "-o", "pages/new/fox.html").expect(0)
    assert result.lines == ["pages/new/fox.html"]
    page = (home.work / "pages/new/fox.html").read_text("utf-8")
    cards = cards_of(page)
    assert list(cards) == ["draft0000002", "draft0000001"]
    assert cards["draft0000001"]["picture"]["full"] == "./../../drafts/draft0000001.png"
    assert cards["draft0000001"]["picture"]["thumb"].startswith("data:image/webp;base64,")
    assert not [path for path in home.files() if path.name.startswith(".seedream-")]


class GoneTerminal(io.StringIO):
    """A terminal that goes away before anything is written."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")


def test_a_terminal_that_goes_away_is_no_bug(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hang(home, [past.asked(number) for number in (1, 2, 3)])
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", GoneTerminal())
    path = home.work / "page.html"
    assert main(["gallery", "-o", str(path)], Context(home.environment())) == 0
    assert len(cards_of(path.read_text("utf-8"))) == 3
    assert capfd.readouterr().out == f"{path}\n"


def test_it_shows_on_a_terminal_how_far_it_is(home: Home) -> None:
    hang(home, [past.asked(number) for number in (1, 2, 3)])
    with home.terminal("gallery", "-o", "page.html", pipe_stdout=True) as terminal:
        screen = terminal.wait()
    assert screen.status == 0
    assert screen.stdout == b"page.html\n"
    assert b"pictures" in screen.screen


def test_a_page_that_is_there_is_replaced(home: Home) -> None:
    hang(home, [past.asked(1)])
    written(home)
    hang(home, [past.asked(1), past.asked(2)])
    assert len(cards_of(written(home))) == 2


def test_a_page_without_any_draft_says_nothing_and_is_one(offline_home: Home) -> None:
    assert data_of(written(offline_home)) == {"live": False, "more": None, "drafts": []}


@pytest.mark.parametrize(
    ("argv", "ids"),
    [
        (["--tag", "good"], [2]),
        (["--seed", "3"], [3]),
        (["--grep", "CRANE"], [3]),
        (["-n", "2"], [3, 2]),
        (["-n", "0"], [3, 2, 1]),
        (["-n", "1", "--all"], [3, 2, 1]),
        (["draft0000001", "draft0000003"], [1, 3]),
        (["draft0000001", "draft0000003", "--grep", "crane"], [3]),
        (["drafts/draft0000002.png"], [2]),
        (["last", "draft0000003"], [3]),
        (["--status", "failed"], []),
    ],
)
def test_ids_and_filters_choose(home: Home, argv: list[str], ids: list[int]) -> None:
    hang(home, [past.asked(1), past.asked(2, tags=("good",)), past.asked(3, "a crane")])
    assert list(cards_of(written(home, *argv))) == [f"draft{number:07d}" for number in ids]


def test_what_is_not_shown_is_said(home: Home) -> None:
    hang(home, [past.asked(number) for number in range(1, 5)])
    result = home.run("gallery", "-n", "3", "-o", "page.html").expect(0)
    assert result.talk == "gallery: the newest 3 (--all for all)\n"
    page = data_of((home.work / "page.html").read_text())
    assert (page["more"], len(page["drafts"])) == ("the newest 3 (--all for all)", 3)
    assert home.run("gallery", "-n", "4", "-o", "page.html").expect(0).talk == ""


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["-o", "-"], "the page is not written to stdout"),
        (["-o", "drafts"], "-o 'drafts' is not a name for a page"),
        (["-o", "fox.png"], "-o 'fox.png' is not a name for a page"),
        (["-o", "folder.html"], "-o 'folder.html' is not a name for a page"),
        (["-o", ""], "-o '' is not a name for a page"),
        (["-o", "page.html", "--serve"], "-o and --serve cannot be combined"),
        (["--port", "8080"], "--port needs --serve"),
        (["--serve", "--port", "99999"], "invalid value for --port"),
        (["nobody"], "no draft 'nobody' in the history"),
        (["--serve", "nobody"], "no draft 'nobody' in the history"),
        (["--rating", "9"], "'9' is not a rating"),
        (["--serve", "--status", "good"], "'good' is not a status"),
        (["--serve", "--since", "someday"], ""),
    ],
)
def test_what_cannot_be_is_refused(home: Home, argv: list[str], message: str) -> None:
    hang(home, [past.asked(1)])
    (home.work / "folder.html").mkdir()
    before = home.files()
    result = home.run("gallery", *argv).expect(2)
    assert result.stdout == b""
    assert result.talk.startswith(f"seedream: error: {message}")
    assert "\nhint: " in result.talk
    assert home.files() == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no FIFOs")
def test_what_is_no_file_is_not_replaced(home: Home) -> None:
    os.mkfifo(home.work / "page.html")
    result = home.run("gallery", "-o", "page.html").expect(10)
    assert "page.html is not a file that could be replaced" in result.talk
    assert stat.S_ISFIFO((home.work / "page.html").lstat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_a_full_disk_leaves_the_old_page(home: Home) -> None:
    hang(home, [past.asked(1)])
    old = written(home)
    result = home.run("gallery", "-o", "page.html", launch=Launch(limits={"RLIMIT_FSIZE": 20_000})).expect(10)
    assert "page.html cannot be written" in result.talk
    assert (home.work / "page.html").read_text("utf-8") == old
    assert not [path for path in home.files() if path.name.startswith(".seedream-")]


def test_a_folder_that_cannot_be_made_is_said_so(home: Home) -> None:
    (home.work / "taken").write_text("a file")
    result = home.run("gallery", "-o", "taken/page.html").expect(10)
    assert "cannot be written" in result.talk


# What is on it


def test_every_status_is_shown_with_its_reason(home: Home, service: Service) -> None:
    service.on_seed(1, error(451))
    service.on_seed(2, error(400))
    home.gen("a fox", "-n", "3", "--seed", "1", "-j", "1")
    cards = {card["seed"]: card for card in cards_of(written(home)).values()}
    for card in cards.values():
        if card["status"] != "saved":
            assert card["picture"] is None
            assert WHY[card["status"]] in card["why"]
    assert [cards[seed]["status"] for seed in ("1", "2")] == ["blocked", "failed"]


def test_a_picture_that_is_gone_or_another_is_not_shown(home: Home) -> None:
    gone, swapped, edited = hang(home, [past.asked(number) for number in (1, 2, 3)])
    gone.unlink()
    swapped.write_bytes(pictures.SVG)
    edited.write_bytes(pictures.png(30, 30))
    cards = cards_of(written(home))
    assert [cards[f"draft000000{n}"]["picture"] for n in (1, 2)] == [None, None]
    assert cards["draft0000001"]["why"] == "the file is gone"
    assert "damaged" in cards["draft0000002"]["why"]
    assert cards["draft0000003"]["why"] == "the file was changed since it was drawn"


def test_lineage_says_what_a_child_changed_even_of_a_parent_that_is_not_shown(home: Home) -> None:
    parent = past.asked(1, "a fox at dawn")
    hang(home, [parent, past.asked(2, "a fox at dusk", parent=parent.id)])
    (card,) = cards_of(written(home, "draft0000002")).values()
    assert (card["parent"], card["change"]) == (parent.id, "[-dawn-]{+dusk+}")


def test_no_key_and_no_signed_address_is_on_it(home: Home, service: Service) -> None:
    service.always(ok(revised=f"as {CANARY_KEY} at https://cdn.example/x.png?X-Amz-Signature=5ecre7"))
    home.gen(f"a fox {CANARY_KEY}", "--tag", "sk-byts-other").expect(0)
    page = written(home)
    assert "a fox" in page
    for secret in (CANARY_KEY, "sk-byts-other", "5ecre7", "X-Amz"):
        assert secret not in page
    with served(home) as shop:
        body = shop.get().body.decode()
        assert not [secret for secret in (CANARY_KEY, "sk-byts-other", "5ecre7", "X-Amz") if secret in body]


def test_a_stored_key_of_another_service_is_not_on_it_either(home: Home) -> None:
    home.run("auth", "login", stdin=b"gateway-key-9876543210\n", env={"BYTESPIKE_API_KEY": None}).expect(0)
    hang(home, [past.asked(1, "a fox gateway-key-9876543210")])
    assert "gateway-key" not in written(home, env={"BYTESPIKE_API_KEY": None})


def test_the_page_holds_no_path_of_this_machine_but_to_pictures_elsewhere(home: Home) -> None:
    hang(home, [past.asked(1)])
    assert str(home.root) not in written(home)


# Opened


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has a desktop")
def test_without_a_desktop_the_page_is_made_and_its_place_told(home: Home) -> None:
    hang(home, [past.asked(1)])
    result = home.run("gallery").expect(0)
    (path,) = result.paths
    assert path == home.history_path.with_name("history.jsonl.d") / "gallery.html"
    assert "no browser could be opened here" in result.talk
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    (card,) = cards_of(path.read_text("utf-8")).values()
    assert card["picture"]["full"] == (home.work / "drafts/draft0000001.png").as_uri()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has a call for it, and no program")
def test_the_desktop_is_given_the_page(home: Home, tmp_path: Path) -> None:
    hang(home, [past.asked(1)])
    for name in ("xdg-open", "open"):
        script = tmp_path / name
        script.write_text(f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/said\n')
        script.chmod(0o755)
    result = home.run("gallery", env={"PATH": f"{tmp_path}:/usr/bin:/bin", "DISPLAY": ":7"}).expect(0)
    assert (tmp_path / "said").read_text() == result.lines[0]
    assert result.talk == ""


def test_what_is_forgotten_is_not_left_on_a_page(home: Home) -> None:
    hang(home, [past.asked(1, "a prompt nobody may read")])
    (page,) = home.run("gallery").expect(0).paths
    home.run("history", "forget", "last").expect(0)
    assert not page.exists()
    assert not home.holding("a prompt nobody may read")


# Served


def test_a_port_that_is_taken_is_said_so(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = home.run("gallery", "--serve", "--port", str(port)).expect(10)
    assert f"port {port} cannot be served" in result.talk
    assert "hint: seedream gallery --serve --port 0   # a free one" in result.talk


def test_a_port_that_is_asked_for_is_taken(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with served(home, "--port", str(port)) as page:
        assert page.port == port


def test_the_address_is_another_every_time(home: Home) -> None:
    with served(home) as one, served(home) as other:
        assert one.token != other.token
        assert one.ask("GET", f"/?token={other.token}").status == 403


def test_a_loaded_page_shows_what_was_drawn_since(home: Home) -> None:
    hang(home, [past.asked(1)])
    with served(home) as page:
        assert len(cards_of(page.get().body.decode())) == 1
        hang(home, [past.asked(1), past.asked(2)])
        assert len(cards_of(page.get().body.decode())) == 2
