"""`history pull`: what was paid for and is not saved yet, fetched free, as typed."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.program import Home
from support.replies import Reply, error, hold, ok, ok_b64, picture
from support.service import Service

FAILS = error(500)


def leave_pending(home: Home, service: Service, *options: str, count: int = 1) -> None:
    """Draw drafts whose downloads all fail."""
    service.always_download(FAILS)
    home.gen("a fox", "--seed", "1", "-n", str(count), *options).expect(9)
    service.always_download(picture())


def age(home: Home, hours: float) -> None:
    """Make every URL in the history that many hours older."""
    lines = []
    for record in home.history():
        if record["kind"] == "answer":
            record["expires"] = "2020-01-01T00:00:00Z" if hours >= 24 else _in_hours(24 - hours)
        lines.append(json.dumps(record, separators=(",", ":")))
    home.history_path.write_text("\n".join(lines) + "\n")


def _in_hours(hours: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + hours * 3600))


def test_what_is_pending_is_fetched_free_and_without_a_key(home: Home, service: Service) -> None:
    leave_pending(home, service, count=3)
    result = home.run("history", "pull", env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert len(result.paths) == 3
    assert service.billed == 3
    assert service.posts == 3
    drafts = home.drafts()
    assert [draft["status"] for draft in drafts] == ["saved"] * 3
    assert sorted(draft["path"] for draft in drafts) == sorted(str(path) for path in result.paths)
    assert {Path(draft["path"]).parent for draft in drafts} == {home.work / "drafts"}
    assert home.run("history", "pull").expect(0).stdout == b""


def test_it_comes_to_where_it_was_meant_to_lie(home: Home, service: Service) -> None:
    leave_pending(home, service, "-o", "deep/fox.png")
    elsewhere = home.root / "elsewhere"
    elsewhere.mkdir()
    home.run("history", "pull", cwd=elsewhere).expect(0)
    assert (home.work / "deep" / "fox.png").exists()


def test_what_came_there_since_is_not_replaced(home: Home, service: Service) -> None:
    leave_pending(home, service, "-o", "fox.png")
    newer = home.work / "fox.png"
    newer.write_bytes(b"something newer")
    os.utime(newer, (2**31, 2**31))
    home.run("history", "pull").expect(0)
    assert newer.read_bytes() == b"something newer"
    assert Path(home.drafts()[0]["path"]).name == "fox-2.png"


def test_what_lay_there_before_is_replaced(home: Home, service: Service) -> None:
    old = home.work / "fox.png"
    old.write_bytes(b"something older")
    os.utime(old, (1, 1))
    leave_pending(home, service, "-o", "fox.png")
    assert old.read_bytes() == b"something older"
    home.run("history", "pull").expect(0)
    assert old.read_bytes().startswith(b"\x89PNG")


def test_a_newer_picture_of_the_same_second_is_not_replaced(home: Home, service: Service) -> None:
    leave_pending(home, service, "-o", "fox.png")
    home.gen("a better fox", "--seed", "2", "-o", "fox.png").expect(0)
    better = (home.work / "fox.png").read_bytes()
    result = home.run("history", "pull").expect(0)
    assert (home.work / "fox.png").read_bytes() == better
    assert [path.name for path in result.paths] == ["fox-2.png"]
    assert f"fox.png is newer than {home.drafts()[0]['id']} and stays" in result.talk
    home.run("history", "verify").expect(0)


def test_a_file_of_the_same_second_is_not_replaced(home: Home, service: Service) -> None:
    leave_pending(home, service, "-o", "fox.png")
    (home.work / "fox.png").write_bytes(b"drawn by hand")
    home.run("history", "pull").expect(0)
    assert (home.work / "fox.png").read_bytes() == b"drawn by hand"
    assert Path(home.drafts()[0]["path"]).name == "fox-2.png"


def test_an_older_picture_of_the_same_second_is_replaced(home: Home, service: Service) -> None:
    home.gen("a first fox", "--seed", "2", "-o", "fox.png").expect(0)
    leave_pending(home, service, "-o", "fox.png")
    home.run("history", "pull").expect(0)
    assert [draft["path"] for draft in home.drafts()] == [str(home.work / "fox.png")] * 2
    assert len(home.files()) == 1


def test_of_two_that_wait_for_one_place_the_newest_gets_it_and_none_is_lost(home: Home, service: Service) -> None:
    service.always_download(FAILS)
    for seed in ("1", "2"):
        home.gen("a fox", "--seed", seed, "-o", "fox.png").expect(9)
    service.always_download(picture())
    home.run("history", "pull").expect(0)
    first, second = home.drafts()
    assert Path(first["path"]).name == f"fox-{first['id']}.png"
    assert Path(second["path"]).name == "fox.png"
    home.run("history", "verify").expect(0)


@pytest.mark.parametrize(
    "away", [Path.unlink, lambda path: path.rename(path.with_name("old"))], ids=["removed", "moved"]
)
def test_what_was_paid_for_while_the_history_went_away_is_fetched(
    home: Home, service: Service, away: Callable[[Path], object]
) -> None:
    def go(_: object) -> Reply:
        away(home.history_path)
        return ok()

    service.script(go)
    leave_pending(home, service)
    (path,) = home.run("history", "pull").expect(0).paths
    (draft,) = home.drafts()
    assert (draft["status"], draft["path"], draft["prompt"]) == ("saved", str(path), "a fox")


def test_one_can_be_asked_for(home: Home, service: Service) -> None:
    leave_pending(home, service, count=2)
    first, _ = home.drafts()
    (told,) = home.run("history", "pull", first["id"], "--json").expect(0).objects
    assert (told["id"], told["status"]) == (first["id"], "saved")
    assert [draft["status"] for draft in home.drafts()] == ["saved", "pending"]


def test_what_is_named_and_not_waiting_is_told_how_it_stands(home: Home, service: Service) -> None:
    leave_pending(home, service)
    home.gen("a hare", "--seed", "2").expect(0)
    service.script(error(451))
    home.gen("a bear", "--seed", "3").expect(5)
    home.gen("a pond", "--seed", "4").expect(0)
    age(home, hours=24)
    waiting, saved, blocked, lost = home.drafts()
    Path(lost["path"]).unlink()
    result = home.run("history", "pull", saved["id"], blocked["id"], lost["id"]).expect(0)
    assert f"{saved['id']} is saved: {saved['path']}\n" in result.talk
    assert f"{blocked['id']} is blocked: there is nothing to fetch\n" in result.talk
    assert f"{lost['id']} was saved as {lost['path']}, lost or changed since" in result.talk
    assert f"seedream history rerun {lost['id']}" in result.talk
    assert "is pending" not in result.talk
    assert waiting["id"] not in result.talk
    assert (result.stdout, service.posts) == (b"", 4)
    told = home.run("history", "pull", saved["id"], blocked["id"], lost["id"], "--json").expect(0).objects
    assert told == [saved, blocked, lost]


def test_what_still_fails_stays_pending(home: Home, service: Service) -> None:
    leave_pending(home, service)
    service.always_download(error(403))
    result = home.run("history", "pull").expect(9)
    assert "403" in result.talk
    assert home.drafts()[0]["status"] == "pending"


def test_what_expired_of_one_request_is_told_with_one_command(home: Home, service: Service) -> None:
    leave_pending(home, service, "--one-request", count=3)
    age(home, 30)
    talk = home.run("history", "pull").expect(0).talk
    (hint,) = [line for line in talk.splitlines() if line.startswith("hint: ")]
    assert f"history rerun {home.drafts()[0]['id']} " in hint


def test_what_has_expired_is_told_with_its_cost_and_the_command_that_redoes_it(home: Home, service: Service) -> None:
    leave_pending(home, service)
    age(home, 24)
    before = len(service.downloads)
    result = home.run("history", "pull").expect(0)
    assert "expired" in result.talk
    assert "$0.012" in result.talk
    assert f"seedream history rerun {home.drafts()[0]['id']}" in result.talk
    assert len(service.downloads) == before
    assert home.drafts()[0]["status"] == "expired"


def test_what_has_expired_is_tried_all_the_same_where_it_is_named(home: Home, service: Service) -> None:
    leave_pending(home, service, count=2)
    age(home, 24)
    first, second = home.drafts()
    (path,) = home.run("history", "pull", first["id"]).expect(0).paths
    assert path.exists()
    assert [draft["status"] for draft in home.drafts()] == ["saved", "expired"]
    service.always_download(error(403))
    result = home.run("history", "pull", second["id"], "--json").expect(0)  # nothing is left pending
    assert [told["status"] for told in result.objects] == ["expired"]
    assert "1 expired before they were fetched (about $0.012)" in result.talk
    assert f"hint: seedream history rerun {second['id']} " in result.talk
    assert "history pull" not in result.talk
    assert [draft["status"] for draft in home.drafts()] == ["saved", "expired"]


def test_a_lost_picture_that_can_be_had_and_is_not_got_is_left(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1").expect(0)
    Path(home.drafts()[0]["path"]).unlink()
    service.always_download(FAILS)
    home.run("history", "pull", "last").expect(9)
    service.always_download(picture())
    home.run("history", "pull", "last").expect(0)


@pytest.mark.parametrize("command", [["history", "list"], ["models"], ["history", "path"], ["gen", "x", "--dry-run"]])
def test_every_command_warns_of_what_expires_within_six_hours(home: Home, service: Service, command: list[str]) -> None:
    leave_pending(home, service)
    assert "history pull" not in home.run(*command).expect(0).talk
    age(home, 19)
    result = home.run(*command).expect(0)
    assert "1 picture paid for and not saved: gone in 5 h" in result.talk
    assert b"gone in" not in result.stdout


def test_a_listing_on_a_terminal_shows_the_time_left(home: Home, service: Service) -> None:
    leave_pending(home, service)
    screen = home.in_terminal("history", "list", "--status", "pending", rows=24, columns=120)
    assert "24 h left" in screen.text or "23 h left" in screen.text


def test_the_sandbox_is_left_out(home: Home, service: Service) -> None:
    leave_pending(home, service)
    lines = home.history_path.read_text().replace(f'"origin":"{service.base_url}"', '"origin":"sandbox"')
    home.history_path.write_text(lines)
    age(home, 19)
    result = home.run("history", "pull").expect(0)
    assert "gone in" not in result.talk
    (draft,) = home.drafts()
    assert draft["status"] == "pending"
    named = home.run("history", "pull", "last").expect(0)
    assert f"{draft['id']} was drawn by the sandbox: there is nothing to fetch\n" in named.talk


def test_a_picture_that_another_command_is_fetching_is_left_to_it(home: Home, service: Service) -> None:
    service.always_download(hold(picture()))
    drawing = home.start("gen", "a fox", "--seed", "1")
    service.wait_for_downloads(1)
    result = home.run("history", "pull").expect(9)
    assert "being fetched" in result.talk
    service.release()
    assert drawing.wait().status == 0
    assert len(service.downloads) == 1
    assert len(home.files("drafts")) == 1


def test_what_a_killed_command_left_is_fetched_at_once(home: Home, service: Service) -> None:
    service.script_downloads(hold(picture()))
    drawing = home.start("gen", "a fox", "--seed", "1")
    service.wait_for_downloads(1)
    drawing.kill()
    drawing.wait()
    home.run("history", "pull").expect(0)
    assert home.drafts()[0]["status"] == "saved"
    assert service.billed == 1


def test_two_pulls_at_once_fetch_each_picture_once(home: Home, service: Service) -> None:
    leave_pending(home, service, count=3)
    before = len(service.downloads)
    pulls = [home.start("history", "pull") for _ in range(2)]
    assert [pull.wait().status for pull in pulls] == [0, 0]
    assert len(service.downloads) - before == 3
    assert len([path for path in home.files("drafts") if path.suffix == ".png"]) == 3


def test_where_pictures_come_slowly_as_many_are_fetched_at_once_as_are_allowed(home: Home, service: Service) -> None:
    service.always_download(error(403))
    home.gen("a fox", "-n", "9").expect(9)
    service.always_download(hold(picture()))
    before = len(service.downloads)
    with home.start("history", "pull", "-j", "9") as pulling:
        service.wait_for_downloads(before + 9)
        service.release()
        assert len(pulling.wait().expect(0).paths) == 9


def test_an_interrupt_leaves_the_rest_pending(home: Home, service: Service) -> None:
    leave_pending(home, service, count=2)
    service.always_download(hold(picture()))
    pulling = home.start("history", "pull", "-j", "1")
    service.wait_for_downloads(8 + 1)
    pulling.terminate()
    assert pulling.wait().status == 143
    assert [draft["status"] for draft in home.drafts()] == ["pending", "pending"]


def test_what_is_left_when_it_is_stopped_is_told(home: Home, service: Service) -> None:
    leave_pending(home, service, count=2)
    service.always_download(hold(picture()))
    with home.start("history", "pull", "-j", "1", "--json") as pulling:
        service.wait_for_downloads(8 + 1)
        pulling.terminate()
        result = pulling.wait().expect(143)
    assert [told["status"] for told in result.objects] == ["pending", "pending"]
    assert "seedream was stopped before the picture was saved" in result.talk


def foreign(home: Home, *records: dict[str, object]) -> Path:
    """Return a history from elsewhere."""
    path = home.root / "foreign.jsonl"
    path.write_text("".join(json.dumps({"v": 1, "id": "foreign00001", **record}) + "\n" for record in records))
    return path


def intent(home: Home, **fields: object) -> dict[str, object]:
    base_url = home.environment()["SEEDREAM_BASE_URL"]
    asked = {"origin": base_url, "model": "seedream-v5lite", "prompt": "x", "size": "1024x1024", "seed": 1}
    return {"kind": "intent", "at": _in_hours(0), **asked, **fields}


def test_a_history_from_elsewhere_takes_no_file_of_this_machine_away(home: Home, service: Service) -> None:
    photo = home.root / "photo.png"
    leave_pending(home, service)
    home.run("history", "pull").expect(0)
    photo.write_bytes(Path(home.drafts()[0]["path"]).read_bytes())
    answer = {"kind": "answer", "at": _in_hours(0), "url": None, "kept": str(photo), "expires": _in_hours(5)}
    path = foreign(home, intent(home, target=[str(home.work / "taken."), ""]), answer)
    home.run("history", "import", str(path)).expect(0)
    home.run("history", "pull").expect(9)
    home.history_path.write_text(home.history_path.read_text().replace('"kept":null', f'"kept":"{photo}"'))
    home.run("history", "pull").expect(9)
    assert photo.exists()
    assert not (home.work / "taken.png").exists()


def test_what_has_no_place_in_the_history_goes_to_the_folder_for_pictures(home: Home, service: Service) -> None:
    answer = {"kind": "answer", "at": _in_hours(0), "url": f"{service.origin}/img/1-0-0.png", "expires": _in_hours(5)}
    home.run("history", "import", str(foreign(home, intent(home), answer))).expect(0)
    [path] = home.run("history", "pull", env={"SEEDREAM_DIR": "sketches"}).expect(0).paths
    assert path.parent == home.work / "sketches"


def test_a_history_from_elsewhere_does_not_choose_where_a_picture_lies(home: Home, service: Service) -> None:
    answer = {"kind": "answer", "at": _in_hours(0), "url": f"{service.origin}/img/1-0-0.png", "expires": _in_hours(5)}
    path = foreign(home, intent(home, target=[str(home.root / "elsewhere" / ".bash_profile")]), answer)
    home.run("history", "import", str(path)).expect(0)
    [pulled] = home.run("history", "pull").expect(0).paths
    assert (pulled.parent, pulled.suffix) == (home.work / "drafts", ".png")
    assert not (home.root / "elsewhere").exists()


def test_a_history_from_elsewhere_has_nothing_on_this_machine_asked_where_the_service_is_not_on_it(
    home: Home, service: Service
) -> None:
    answer = {"kind": "answer", "at": _in_hours(0), "url": f"{service.origin}/img/1-0-0.png", "expires": _in_hours(5)}
    home.run("history", "import", str(foreign(home, intent(home), answer))).expect(0)
    for base_url in (None, "https://api.example/v1"):
        home.run("history", "pull", env={"SEEDREAM_BASE_URL": base_url}).expect(9)
    assert service.downloads == []
    home.run("history", "pull").expect(0)


@pytest.mark.parametrize("created", ["2098-01-01T00:00:00Z", "2020-01-01T00:00:00Z"])
def test_a_history_from_elsewhere_replaces_no_file(home: Home, service: Service, created: str) -> None:
    precious = home.root / ".bashrc"
    precious.write_text("precious")
    answer = {
        "kind": "answer",
        "at": _in_hours(0),
        "url": f"{service.origin}/img/1-0-0.png",
        "expires": _in_hours(5),
    }
    path = foreign(home, {**intent(home, target=[str(precious)], replace=True), "at": created}, answer)
    home.run("history", "import", str(path)).expect(0)
    home.run("history", "pull")
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("name", ["a\u0000b.", "a\ud800b.", "x" * 300])
def test_one_impossible_target_does_not_keep_others_from_being_fetched(home: Home, service: Service, name: str) -> None:
    leave_pending(home, service)
    answer = {"kind": "answer", "at": _in_hours(0), "url": f"{service.origin}/img/1-0-0.png", "expires": _in_hours(5)}
    path = foreign(home, intent(home, target=[name, ""]), answer)
    home.history_path.write_bytes(home.history_path.read_bytes() + path.read_bytes())
    home.run("history", "pull").expect(9)
    assert home.drafts()[0]["status"] == "saved"


def test_a_picture_that_was_deleted_is_fetched_again_while_its_url_lives(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1").expect(0)
    drawn = Path(home.drafts()[0]["path"])
    drawn.unlink()
    home.run("history", "pull").expect(0)
    assert not drawn.exists()
    result = home.run("history", "pull", "last").expect(0)
    assert drawn.exists()
    assert "nothing billed" in result.talk
    assert service.billed == 1


def test_an_answer_that_could_not_be_written_at_once_is_written_later(home: Home, service: Service) -> None:
    aside = home.history_path.with_suffix(".aside")

    def break_history(_: object) -> Reply:
        home.history_path.rename(aside)
        home.history_path.mkdir()
        return ok()

    def mend_history(_: object) -> Reply:
        if aside.exists():
            home.history_path.rmdir()
            aside.rename(home.history_path)
        return FAILS

    service.script(break_history)
    service.always_download(mend_history)
    home.gen("a fox", "--seed", "1").expect(9)
    assert home.drafts()[0]["status"] == "pending"
    service.always_download(picture())
    home.run("history", "pull").expect(0)
    assert home.drafts()[0]["status"] == "saved"


def leave_kept(home: Home, service: Service, *options: str) -> None:
    """Draw drafts whose pictures come inside the answer and cannot be saved."""
    folder = home.work / "out"

    def block_folder(_: object) -> Reply:
        folder.rmdir()
        folder.write_text("in the way")
        return ok_b64()

    service.script(block_folder)
    home.gen("a fox", "-d", "out", *options).expect(9)
    folder.unlink()


def test_forgetting_one_of_a_request_leaves_the_pictures_of_the_others(home: Home, service: Service) -> None:
    leave_kept(home, service, "--one-request", "-n", "2")
    _, second = home.drafts()
    home.run("history", "forget", second["id"]).expect(0)
    home.run("history", "pull").expect(0)
    assert [draft["status"] for draft in home.drafts()] == ["saved"]


def test_a_picture_that_came_inside_the_answer_does_not_expire(home: Home, service: Service) -> None:
    leave_kept(home, service)
    age(home, 19)
    assert "gone in" not in home.run("history", "list").expect(0).talk
    age(home, 24)
    assert [draft["status"] for draft in home.drafts()] == ["pending"]
    assert len(home.run("history", "pull").expect(0).paths) == 1


def test_a_picture_that_is_no_longer_kept_is_told_with_the_command_that_redoes_it(home: Home, service: Service) -> None:
    leave_kept(home, service)
    (kept,) = home.root.rglob("*.picture")
    kept.unlink()
    result = home.run("history", "pull").expect(9)
    assert f"hint: seedream history rerun {home.drafts()[0]['id']} " in result.talk


@pytest.mark.parametrize("how", ["link", "copy", "moved"])
def test_a_picture_that_came_inside_the_answer_is_found_by_whatever_path_the_history_is_reached(
    how: str, home: Home, service: Service
) -> None:
    leave_kept(home, service)
    here, elsewhere = home.history_path.parent, home.root / "elsewhere"
    if how == "link":
        elsewhere.symlink_to(here)
    elif how == "copy":
        shutil.copytree(here, elsewhere)
    else:
        here.rename(elsewhere)
    other = {"SEEDREAM_HISTORY": str(elsewhere / home.history_path.name)}
    (path,) = home.run("history", "pull", env=other).expect(0).paths
    assert path.exists()
    assert service.downloads == []
    # It is taken away where it is, and nowhere else.
    assert [*elsewhere.rglob("*.picture")] == []
    assert len([*here.rglob("*.picture")]) == (how == "copy")


def test_a_draft_that_is_being_drawn_is_not_forgotten(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    drawing = home.start("gen", "a fox", "--seed", "1")
    service.wait_for_posts(1)
    home.run("history", "forget", "last").expect(2)
    service.release()
    assert drawing.wait().status == 0
    assert home.drafts()[0]["status"] == "saved"
