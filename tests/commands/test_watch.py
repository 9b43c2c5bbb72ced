"""`seedream watch`: each save is a round with the same seeds, and nothing is paid twice, in vain or unasked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.batches import rewrite_history
from support.program import Home, Result, Running, Terminal
from support.replies import error, hold, ok, picture, reset, without_url
from support.service import Service

NAME = "prompt.txt"
NO_KEY = {"BYTESPIKE_API_KEY": None}


def save(home: Home, text: str | bytes) -> Path:
    """As an editor does that gives a whole new file the old name."""
    path = home.work / NAME
    scratch = home.work / ".prompt.txt.swp"
    scratch.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.replace(scratch, path)
    return path


@contextmanager
def watching(home: Home, *argv: str, text: str = "a fox\n", **how: Any) -> Iterator[Running]:
    """The program, when it waits for the first save."""
    save(home, text)
    with home.start("watch", NAME, "--yes", "--seed", "7", *argv, **how) as running:
        rounds(running, 1)
        yield running


def rounds(running: Running, count: int) -> None:
    """Wait until so many rounds have ended."""
    said_after(running, f"watching '{NAME}'\n".encode(), count)


def said_after(running: Running, text: bytes, count: int = 1) -> None:
    running._wait_until(lambda: running._heard["stderr"].count(text) >= count, f"{text!r} x {count}", "stderr", 30)


def leave(running: Running, status: int = 130) -> Result:
    running.interrupt()
    return running.wait().expect(status)


def asked(service: Service) -> list[tuple[str, int | None]]:
    return [(post.json["prompt"], post.seed) for post in service.ledger]


def test_each_save_is_drawn_with_the_same_seeds_and_knows_what_was_before(home: Home, service: Service) -> None:
    with watching(home, "-n", "2") as running:
        save(home, "a red fox\n")
        rounds(running, 2)
        save(home, "a red fox in rain\n")
        rounds(running, 3)
        result = leave(running)
    assert sorted(asked(service)) == sorted(
        (text, seed) for text in ("a fox", "a red fox", "a red fox in rain") for seed in (7, 8)
    )
    drafts = {(each["prompt"], each["seed"]): each for each in home.drafts()}
    for seed in (7, 8):
        assert drafts["a fox", seed]["parent"] is None
        assert drafts["a red fox", seed]["parent"] == drafts["a fox", seed]["id"]
        assert drafts["a red fox in rain", seed]["parent"] == drafts["a red fox", seed]["id"]
    assert len(result.paths) == 6
    assert all((home.work / path).is_file() for path in result.paths)
    assert "each save of 'prompt.txt' draws 2 drafts, seeds 7 to 8: about $0.024" in result.talk
    assert "prompt: a {+red +}fox\n" in result.talk
    assert "seed 7: drafts/a-fox-7-" in result.talk
    assert result.talk.endswith("6 drawn in 3 rounds; about $0.072\n")


def test_without_a_seed_one_is_chosen_once_and_told(home: Home, service: Service) -> None:
    save(home, "a fox")
    with home.start("watch", NAME, "--yes") as running:
        rounds(running, 1)
        save(home, "a red fox")
        rounds(running, 2)
        result = leave(running)
    (first, second) = [post.seed for post in service.ledger]
    assert first == second
    assert f"draws 1 draft, seed {first}:" in result.talk


def test_a_save_in_pieces_is_drawn_once_and_whole(home: Home, service: Service) -> None:
    with watching(home) as running:
        path = home.work / NAME
        with path.open("w") as file:  # empty for a moment, then half
            file.write("a very ")
            file.flush()
            file.write("red fox")
        rounds(running, 2)
        path.rename(home.work / "prompt.txt~")
        path.write_text("a blue fox")
        rounds(running, 3)
        leave(running)
    assert [text for text, _ in asked(service)] == ["a fox", "a very red fox", "a blue fox"]


def test_the_same_text_saved_again_is_not_drawn(home: Home, service: Service) -> None:
    with watching(home) as running:
        save(home, "a fox\n")
        said_after(running, b"the same text as before: nothing drawn")
        result = leave(running)
    assert service.posts == 1
    assert len(result.paths) == 1


def test_a_text_that_was_drawn_before_is_given_back(home: Home, service: Service) -> None:
    with watching(home) as running:
        save(home, "a red fox")
        rounds(running, 2)
        save(home, "a fox")
        rounds(running, 3)
        save(home, "a fox in rain")
        rounds(running, 4)
        result = leave(running)
    assert [text for text, _ in asked(service)] == ["a fox", "a red fox", "a fox in rain"]
    assert result.paths[2] == result.paths[0]
    ids = {each["prompt"]: each for each in home.drafts()}
    assert ids["a fox in rain"]["parent"] == ids["a fox"]["id"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", b"nothing drawn: 'prompt.txt' is empty"),
        (b" \n\n", b"nothing drawn: 'prompt.txt' is empty"),
        (b"\xff\xfe", b"nothing drawn: the prompt from prompt.txt is not UTF-8"),
        (None, b"nothing drawn: the prompt's file 'prompt.txt' cannot be read: No such file"),
    ],
)
def test_what_is_no_prompt_is_told_and_waited_out(
    home: Home, service: Service, text: bytes | None, said: bytes
) -> None:
    with watching(home) as running:
        if text is None:
            (home.work / NAME).unlink()
        else:
            save(home, text)
        said_after(running, said)
        save(home, "a red fox")
        rounds(running, 2)
        leave(running)
    assert [text for text, _ in asked(service)] == ["a fox", "a red fox"]


def test_what_is_saved_while_a_round_is_drawn_waits_and_the_newest_alone_is_drawn(home: Home, service: Service) -> None:
    service.script(ok(), hold(ok()))
    with watching(home) as running:
        save(home, "second")
        service.wait_for_posts(2)
        save(home, "third")
        save(home, "fourth")
        service.release()
        rounds(running, 3)
        leave(running)
    assert [text for text, _ in asked(service)] == ["a fox", "second", "fourth"]
    assert {each["status"] for each in home.drafts()} == {"saved"}


def test_nothing_is_drawn_without_a_yes(home: Home, service: Service) -> None:
    save(home, "a fox")
    result = home.run("watch", NAME, "-n", "4", "--seed", "7", "--max-cost", "1").expect(2)
    cost = "each save of 'prompt.txt' draws 4 drafts, seeds 7 to 10: about $0.048 by the rate card"
    assert cost in result.talk
    assert "$1.00 in all at most; that needs a yes\nhint: add --yes" in result.talk
    no = home.in_terminal("watch", NAME, answers=[(r"Watch it\? \[y/N\]", "n\r")])
    assert no.status == 2
    assert service.posts == 0
    with home.terminal("watch", NAME, "--seed", "7", "--no-preview") as terminal:
        terminal.expect(r"Watch it\? \[y/N\]")
        terminal.type("y\r")
        terminal.expect("watching 'prompt.txt'")
        assert service.posts == 1
        leave_terminal(terminal)


def leave_terminal(terminal: Terminal) -> None:
    terminal.type("\x03")
    assert terminal.wait().status == 130


def test_the_sandbox_asks_nothing_and_needs_no_key(offline_home: Home) -> None:
    save(offline_home, "a fox")
    with offline_home.start("watch", NAME, "--sandbox") as running:
        rounds(running, 1)
        save(offline_home, "a red fox")
        rounds(running, 2)
        result = leave(running)
    assert result.talk.endswith("2 drawn in 2 rounds; $0\n")
    assert {each["sandbox"] for each in offline_home.drafts()} == {True}


def test_a_dry_run_shows_the_round_and_ends(home: Home, service: Service) -> None:
    save(home, "a fox")
    result = home.run("watch", NAME, "-n", "2", "--seed", "7", "--dry-run").expect(0)
    assert result.lines[-1].startswith("2 to draw, 0 there already: about $0.024")
    assert (service.posts, home.history_path.exists()) == (0, False)


def test_the_cap_holds_for_all_rounds_together(home: Home, service: Service) -> None:
    with watching(home, "--max-cost", "0.03") as running:
        save(home, "second")
        rounds(running, 2)
        save(home, "third")
        result = running.wait().expect(4)
    assert service.billed == 2
    assert "this round costs about $0.012; of $0.03 $0.006 are left" in result.talk


def test_the_days_cap_ends_it(home: Home, service: Service) -> None:
    home.configure("daily_cap = 0.02")
    with watching(home) as running:
        save(home, "second")
        running.wait().expect(4)
    assert service.billed == 1


@pytest.mark.parametrize(("status", "ends"), [(401, 3), (402, 4), (403, 3)])
def test_what_no_prompt_mends_ends_it(home: Home, service: Service, status: int, ends: int) -> None:
    service.script(ok(), error(status))
    with watching(home) as running:
        save(home, "second")
        running.wait().expect(ends)
    assert service.billed == 1


def test_without_a_key_it_ends_before_the_first_round(home: Home, service: Service) -> None:
    save(home, "a fox")
    assert "no API key" in home.run("watch", NAME, "--yes", env=NO_KEY).expect(3).talk
    assert service.posts == 0


def test_a_failed_round_is_told_and_the_same_text_saved_again_draws_what_failed(home: Home, service: Service) -> None:
    service.on_seed(8, error(451))
    with watching(home, "-n", "2") as running:
        assert b"(HTTP 451)" in running.heard()
        save(home, "a fox")
        rounds(running, 2)
        result = leave(running)
    assert sorted(asked(service)) == [("a fox", 7), ("a fox", 8), ("a fox", 8)]
    assert len(result.paths) == 2


def test_what_was_perhaps_billed_is_never_drawn_again_unasked(home: Home, service: Service) -> None:
    service.script(reset(billed=True))
    with watching(home) as running:
        assert b"perhaps billed" in running.heard()
        save(home, "a fox")
        said_after(running, b"the same text as before: nothing drawn")
        save(home, "a red fox")
        rounds(running, 3)
        save(home, "a fox")
        rounds(running, 4)
        result = leave(running)
    assert [text for text, _ in asked(service)] == ["a fox", "a red fox"]
    (lost,) = [each for each in home.drafts() if each["status"] == "unknown"]
    assert f"seed 7 was perhaps billed and is not drawn again: seedream history rerun {lost['id']}" in result.talk


def test_what_is_paid_for_and_not_saved_is_left_to_pull(home: Home, service: Service) -> None:
    service.always_download(error(404))
    with watching(home) as running:
        save(home, "a fox")
        said_after(running, b"the same text as before: nothing drawn")
        result = leave(running)
    (draft,) = home.drafts()
    assert draft["status"] == "pending"
    assert f"seed 7 is paid for and not saved: seedream history pull {draft['id']}" in result.talk
    assert service.billed == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("unknown", "seed 7 was perhaps billed and is not drawn again: seedream history rerun {}"),
        ("pending", "seed 7 is paid for and not saved: seedream history pull {}"),
        (
            "expired",
            "seed 7 was paid for, expired before it was saved and is not drawn again: seedream history rerun {}",
        ),
    ],
    ids=["unknown", "pending", "expired"],
)
def test_what_an_earlier_session_perhaps_paid_for_is_not_drawn_again_unasked(
    home: Home, service: Service, status: str, said: str
) -> None:
    service.script(reset(billed=True) if status == "unknown" else ok())
    service.always_download(error(404))
    with watching(home) as running:
        leave(running)
    if status == "expired":
        rewrite_history(home, answer={"expires": "2020-01-01T00:00:00Z"})
    (draft,) = home.drafts()
    assert draft["status"] == status
    plan = home.run("watch", NAME, "--seed", "7", "--dry-run").expect(0)
    assert plan.lines[-1].startswith("0 to draw, 0 there already")
    with watching(home) as running:
        result = leave(running)
    assert said.format(draft["id"]) in result.talk
    assert (service.posts, len(home.drafts())) == (1, 1)
    service.always_download(picture())
    if status == "pending":
        home.run("history", "pull", draft["id"]).expect(0)
    else:
        home.run("history", "rerun", draft["id"]).expect(0)
    with watching(home) as running:
        result = leave(running)
    assert draft["id"] not in result.talk
    assert len(result.paths) == 1
    assert service.posts == (1 if status == "pending" else 2)


def test_what_failed_after_it_was_asked_for_again_is_drawn_in_the_next_session(home: Home, service: Service) -> None:
    service.script(reset(billed=True), error(400))
    with watching(home) as running:
        leave(running)
    home.run("history", "rerun", "last").expect(2)
    with watching(home) as running:
        leave(running)
    assert [each["status"] for each in home.drafts()] == ["unknown", "failed", "saved"]


def test_a_lost_request_of_several_is_told_once_with_one_command(home: Home, service: Service) -> None:
    service.script(reset(billed=True))
    with watching(home, "-n", "3", "--one-request") as running:
        save(home, "a red fox")
        rounds(running, 2)
        save(home, "a fox")
        rounds(running, 3)
        result = leave(running)
    assert result.talk.count("was perhaps billed and is not drawn again: seedream history rerun") == 1


def test_pictures_of_one_request_are_drawn_again_together_or_not_at_all(home: Home, service: Service) -> None:
    service.script(without_url(1))
    with watching(home, "-n", "3", "--one-request") as running:
        save(home, "a fox")
        rounds(running, 2)
        result = leave(running)
    assert [post.json["n"] for post in service.ledger] == [3]
    assert "seed 7 was perhaps billed" in result.talk
    assert sorted(each["status"] for each in home.drafts()) == ["saved", "saved", "unknown"]


def test_ctrl_c_in_a_round_brings_home_what_is_in_flight(home: Home, service: Service) -> None:
    service.script(ok(), hold(ok()))
    with watching(home) as running:
        save(home, "second")
        service.wait_for_posts(2)
        running.interrupt()
        running.wait_for(b"stopping: ")
        service.release()
        result = running.wait().expect(130)
    assert [each["status"] for each in home.drafts()] == ["saved", "saved"]
    assert len(result.paths) == 2


def test_sigterm_ends_it(home: Home) -> None:
    with watching(home) as running:
        running.terminate()
        result = running.wait().expect(143)
    assert result.talk.endswith("1 drawn in 1 round; about $0.012\n")


def test_a_reader_that_is_gone_ends_it_after_the_round(home: Home, service: Service) -> None:
    with watching(home) as running:
        running.close("stdout")
        save(home, "second")
        running.wait().expect(141)
    assert [each["status"] for each in home.drafts()] == ["saved", "saved"]


def test_what_cannot_be_watched_is_told(home: Home, service: Service) -> None:
    os.mkfifo(home.work / "pipe")
    (home.work / "empty").write_bytes(b"")
    (home.work / "bytes").write_bytes(b"\xff")
    for name, status, said in (
        ("missing", 10, "cannot be read: No such file or directory"),
        (".", 2, "is not a regular file"),
        ("pipe", 2, "is not a regular file"),
        ("empty", 2, "is empty"),
        ("bytes", 2, "is not UTF-8"),
    ):
        result = home.run("watch", name, "--yes").expect(status)
        assert said in result.talk
    assert service.posts == 0


def test_a_picture_never_takes_the_place_of_the_prompt(home: Home, service: Service) -> None:
    path = save(home, "a fox")
    for output in (NAME, str(path), f"../work/{NAME}"):
        result = home.run("watch", NAME, "--yes", "-o", output).expect(2)
        assert "the output is 'prompt.txt' itself" in result.talk
    assert path.read_text() == "a fox"
    assert service.posts == 0


def test_a_named_output_is_replaced_each_round(home: Home, service: Service) -> None:
    with watching(home, "-o", "now.png") as running:
        first = (home.work / "now.png").read_bytes()
        save(home, "second")
        rounds(running, 2)
        result = leave(running)
    assert result.lines == ["now.png", "now.png"]
    assert (home.work / "now.png").read_bytes() != first


def test_the_configured_options_are_taken(home: Home, service: Service) -> None:
    home.configure('model = "seedream-v4"\ndir = "there"')
    with watching(home) as running:
        result = leave(running)
    assert service.ledger[0].json["model"] == "seedream-v4"
    assert result.paths[0].parent == Path("there")


def test_hostile_text_never_acts_on_the_terminal(home: Home) -> None:
    save(home, "a fox")
    with home.terminal("watch", NAME, "--yes", "--seed", "7", "--no-preview", env={"NO_COLOR": "1"}) as terminal:
        terminal.expect("watching 'prompt.txt'")
        save(home, "a \x1b]0;owned\x07 fox \u202e")
        terminal.expect("watching 'prompt.txt'")
        leave_terminal(terminal)
        screen = terminal.screen
    assert b"{+\\x1b]0;owned\\x07 +}" in screen
    assert b"\x1b]0;" not in screen


def test_old_and_new_are_shown_side_by_side(home: Home) -> None:
    save(home, "a fox")
    env = {"COLORTERM": "truecolor"}
    with home.terminal("watch", NAME, "--yes", "--seed", "7", rows=60, columns=100, env=env) as terminal:
        terminal.expect("watching 'prompt.txt'")
        save(home, "a red fox")
        terminal.expect("seed 7: .* -> ")
        leave_terminal(terminal)
        text = terminal.screen.decode()
    older, newer = home.drafts()
    captions = [line for line in text.split("\r\n") if older["id"] in line and newer["id"] in line and "->" not in line]
    assert len(captions) == 1
    assert captions[0].index(older["id"]) < captions[0].index(newer["id"])
