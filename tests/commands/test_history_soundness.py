"""`history verify`, `repair`, `forget`, against real pictures on a real disk."""

import json
import os
import re
from pathlib import Path

import pytest
from support.batches import rewrite_history
from support.opened import Opened
from support.past import answer, asked, line, saved, story, write
from support.program import Home, Launch
from support.replies import error, picture
from support.service import Service
from wcwidth import wcswidth

from seedream_cli.history import records
from seedream_cli.safetext import UNSAFE


def drawn(home: Home, *options: str, prompt: str = "a fox") -> list[dict[str, object]]:
    return home.gen(prompt, "--sandbox", "--json", *options).expect(0).objects


def found(home: Home, status: int = 10) -> list[list[str]]:
    return [each.split("\t") for each in home.run("history", "verify").expect(status).lines]


def test_what_is_sound_is_told_so_and_nothing_is_written(offline_home: Home) -> None:
    drawn(offline_home, "-n", "2")
    before = offline_home.history_path.read_bytes(), offline_home.history_path.stat().st_mtime_ns
    done = offline_home.run("history", "verify").expect(0)
    assert (done.stdout, "are sound" in done.talk) == (b"", True)
    assert "nothing to repair" in offline_home.run("history", "repair").expect(0).talk
    assert (offline_home.history_path.read_bytes(), offline_home.history_path.stat().st_mtime_ns) == before


def test_pictures_missing_moved_changed_and_unknown_are_told_and_damage_by_line(offline_home: Home) -> None:
    drafts = drawn(offline_home, "-n", "4", "--seed", "1")
    missing, moved, changed, unknown = (Path(str(draft["path"])) for draft in drafts)
    missing.unlink()
    moved.rename(moved.with_name("moved.png"))
    changed.write_bytes(changed.read_bytes()[:-1])
    lines = offline_home.history_path.read_bytes().splitlines(keepends=True)
    kept = [each for each in lines if str(drafts[3]["id"]).encode() not in each]
    write(offline_home.history_path, kept[0], b"torn{\n", *kept[1:], b"\0\0")
    told = found(offline_home)
    assert sorted(told) == sorted(
        [
            ["missing", str(drafts[0]["id"]), str(missing)],
            ["moved", str(drafts[1]["id"]), str(moved), f"now {moved.with_name('moved.png')}"],
            ["changed", str(drafts[2]["id"]), str(changed)],
            ["unknown", "-", str(unknown)],
            ["damaged", "line 2"],
            ["damaged", f"line {len(kept) + 2}"],
        ]
    )
    objects = offline_home.run("history", "verify", "--json").expect(10).objects
    assert {each["finding"] for each in objects} == {"missing", "moved", "changed", "unknown", "damaged"}
    assert offline_home.run("history", "verify").talk.count("hint: ") >= 4
    offline_home.run("history", "repair").expect(0)
    assert sorted(each[0] for each in found(offline_home)) == ["changed", "missing", "unknown"]
    assert offline_home.run("history", "show", str(moved.with_name("moved.png"))).expect(0)


def test_however_many_pictures_moved_that_is_written_down_at_once(offline_home: Home) -> None:
    opened = Opened(offline_home)
    times = []
    for number, count in enumerate((2, 6)):
        drafts = drawn(offline_home, "-n", str(count), prompt=f"fox {number}")
        moved = {str(draft["id"]): Path(str(draft["path"])) for draft in drafts}
        for draft_id, path in moved.items():
            moved[draft_id] = path.rename(path.with_name(f"moved-{draft_id}.png"))
        opened.since()
        offline_home.run("history", "repair").expect(0)
        times.append(opened.since())
        told = {str(draft["id"]): str(draft["path"]) for draft in offline_home.drafts()}
        assert told.items() >= {draft_id: str(path) for draft_id, path in moved.items()}.items()
    assert times[0] == times[1] > 0


def test_a_lost_picture_is_to_be_had_free_first_and_for_money_last(home: Home, service: Service) -> None:
    (lost,) = home.gen("a fox", "--json").expect(0).objects
    Path(lost["path"]).unlink()
    hints = [each for each in home.run("history", "verify").expect(10).talk.splitlines() if each.startswith("hint: ")]
    assert [each.partition("   #")[0] for each in hints] == [f"hint: seedream history pull {lost['id']}"]
    rewrite_history(home, answer={"expires": "2020-01-01T00:00:00Z"})
    talk = home.run("history", "verify").expect(10).talk
    assert "history pull" not in talk
    assert 0 < talk.index("history import") < talk.index("history rerun")


def shut(folder: Path) -> Path:
    """Have nobody, not even root, reach what lies in a folder; give the place where it lies now."""
    aside = folder.rename(folder.with_name("aside"))
    folder.symlink_to(folder)
    return aside


def test_what_cannot_be_read_is_not_missing_and_nobody_is_told_to_pay_for_it(offline_home: Home) -> None:
    one, two = drawn(offline_home, "-n", "2")
    shut(offline_home.work / "drafts")
    assert sorted(found(offline_home)) == sorted(
        ["unreadable", draft["id"], draft["path"], "cannot be read: Too many levels of symbolic links"]
        for draft in (one, two)
    )
    result = offline_home.run("history", "verify", "--json").expect(10)
    assert {told["reason"] for told in result.objects} == {"Too many levels of symbolic links"}
    assert "billed" not in result.talk


def test_of_what_was_replaced_before_it_could_not_be_read_nothing_is_found(offline_home: Home) -> None:
    drawn(offline_home, "-o", "e.png")
    (newest,) = drawn(offline_home, "-o", "e.png")
    picture = offline_home.work / "e.png"
    picture.unlink()
    picture.symlink_to(picture)
    assert [(kind, draft) for kind, draft, *_ in found(offline_home)] == [("unreadable", newest["id"])]


def test_a_repair_keeps_the_file_as_it_was(offline_home: Home) -> None:
    drawn(offline_home)
    damaged = offline_home.history_path.read_bytes() + b"torn"
    write(offline_home.history_path, damaged)
    told = offline_home.run("history", "repair").expect(0).talk
    assert "1 damaged line taken out" in told
    (copy,) = offline_home.history_path.with_name("history.jsonl.d").glob("before-repair-*.jsonl")
    assert str(copy) in told
    assert copy.read_bytes() == damaged
    found(offline_home, 0)


def test_a_picture_that_a_later_draft_replaced_is_no_fault(offline_home: Home) -> None:
    (one,) = drawn(offline_home, "-o", "x.png", "--seed", "1")
    (two,) = drawn(offline_home, "-o", "x.png", "--seed", "2")
    assert found(offline_home, 0) == [["replaced", str(one["id"]), str(one["path"])]]
    assert offline_home.run("history", "show", "x.png", "--json").expect(0).objects[0]["id"] == two["id"]
    Path(str(two["path"])).unlink()
    assert {each[0] for each in found(offline_home)} == {"replaced", "missing"}


@pytest.mark.parametrize("path", ["/dev/zero", "FIFO", "\0", "\ud800", "/" + "x" * 5000, "", "relative.png", "."])
def test_a_path_that_was_tampered_with_neither_stops_nor_hangs_anything(offline_home: Home, path: str) -> None:
    if path == "FIFO":
        path = str(offline_home.work / "f.png")
        os.mkfifo(path)
    write(offline_home.history_path, story(asked(1), path), story(asked(2), path, revised="x"))
    assert {each[0] for each in found(offline_home)} <= {"missing", "replaced", "changed"}
    offline_home.run("history", "repair").expect(0)
    offline_home.run("history", "show", "last").expect(0)
    offline_home.run("history", "forget", asked(1).id, asked(2).id, "--files").expect(0)


def test_a_saved_record_without_a_hash_proves_nothing(offline_home: Home) -> None:
    draft = asked(1)
    entry = json.loads(line(saved(draft)))
    write(offline_home.history_path, records.intent(draft), json.dumps({**entry, "sha256": None}).encode())
    assert found(offline_home) == [["missing", draft.id, f"/pictures/{draft.id}.png"]]


def test_nothing_raw_is_told_of_paths(offline_home: Home) -> None:
    name = "a\x1b[2J\u202e\tb\nc.png"
    write(offline_home.history_path, story(asked(1), f"/p/{name}"))
    done = offline_home.run("history", "verify").expect(10)
    assert not UNSAFE.search(done.stdout.decode().replace("\n", "").replace("\t", ""))
    assert len(done.lines) == 1
    forgotten = offline_home.run("history", "forget", "last").expect(0)
    assert b"\x1b" not in forgotten.output


# Forget

SECRET = "a zebra in a secret garden"


def test_forgetting_takes_every_trace_of_the_text_and_leaves_the_picture(offline_home: Home) -> None:
    (one,) = drawn(offline_home, "--negative", "secret negative words", "-o", "one.png", "--no-embed", prompt=SECRET)
    (other,) = drawn(offline_home, "-o", "two.png", prompt="a quiet pond")
    offline_home.run("history", "note", str(one["id"]), "my secret note").expect(0)
    kept = offline_home.history_path.with_name("history.jsonl.d")
    write(offline_home.history_path, offline_home.history_path.read_bytes(), b'torn "a zebra in a secret garden\n')
    offline_home.run("history", "repair").expect(0)
    write(kept / f"{one['id']}.answer", SECRET.encode())
    write(kept / "crash-x.txt", SECRET.encode())
    done = offline_home.run("history", "forget", str(one["id"])).expect(0)
    assert str(one["path"]) in done.talk
    for text in ("zebra", "secret", "one.png"):
        assert offline_home.holding(text) == []
    assert Path(str(one["path"])).exists()
    assert [draft["id"] for draft in offline_home.drafts()] == [other["id"]]
    offline_home.run("history", "show", str(one["id"])).expect(2)


def test_files_are_deleted_only_where_asked_and_only_if_they_are_still_that_picture(offline_home: Home) -> None:
    drafts = drawn(offline_home, "-n", "4", "--seed", "1")
    whole, changed, gone, linked = (Path(str(draft["path"])) for draft in drafts)
    changed.write_bytes(b"the user's own now")
    gone.unlink()
    target = linked.rename(linked.with_name("kept.png"))
    linked.symlink_to(target)
    offline_home.run("history", "forget", *(str(draft["id"]) for draft in drafts[:3]), "--files").expect(0)
    assert not whole.exists()
    assert changed.read_bytes() == b"the user's own now"
    offline_home.run("history", "forget", str(drafts[3]["id"]), "--files").expect(0)
    assert target.exists()
    assert offline_home.drafts() == []


def test_where_a_picture_cannot_be_looked_at_it_is_not_said_to_be_deleted(offline_home: Home) -> None:
    (draft,) = drawn(offline_home)
    aside = shut(offline_home.work / "drafts")
    before = offline_home.history_path.read_bytes()
    result = offline_home.run("history", "forget", "last", "--files").expect(10)
    assert f"{draft['path']} cannot be deleted: Too many levels of symbolic links" in result.talk
    assert "is forgotten" not in result.talk
    assert offline_home.history_path.read_bytes() == before
    assert (aside / Path(str(draft["path"])).name).exists()


def test_of_two_drafts_at_one_path_forgetting_the_older_leaves_the_newers_picture(offline_home: Home) -> None:
    (one,) = drawn(offline_home, "-o", "x.png", "--seed", "1")
    (two,) = drawn(offline_home, "-o", "x.png", "--seed", "2")
    offline_home.run("history", "forget", str(one["id"]), "--files").expect(0)
    assert Path(str(two["path"])).exists()


def test_one_unknown_draft_among_several_and_nothing_is_forgotten(offline_home: Home) -> None:
    write(offline_home.history_path, story(asked(1)))
    before = offline_home.history_path.read_bytes()
    offline_home.run("history", "forget", asked(1).id, "nonsense").expect(2)
    assert offline_home.history_path.read_bytes() == before


def test_a_draft_named_twice_is_forgotten_once(offline_home: Home) -> None:
    write(offline_home.history_path, story(asked(1)))
    offline_home.run("history", "forget", "last", asked(1).id).expect(0)
    assert len(offline_home.history()) == 1


def test_where_the_disk_is_full_nothing_is_forgotten_by_half(offline_home: Home) -> None:
    write(offline_home.history_path, *(story(asked(n)) for n in range(40)))
    before = offline_home.history_path.read_bytes()
    full = Launch(limits={"RLIMIT_FSIZE": 2000})
    offline_home.run("history", "forget", "last", launch=full).expect(10)
    assert offline_home.history_path.read_bytes() == before
    assert [each.name for each in offline_home.history_path.parent.iterdir() if "rewriting" in each.name] == []


def test_forgetting_what_is_paid_for_and_not_saved_says_what_is_lost(offline_home: Home) -> None:
    pending, sandbox = asked(1), asked(2, origin="sandbox")
    entries = [line(answer(draft, left=1e9)) for draft in (pending, sandbox)]
    write(offline_home.history_path, records.intent(pending), entries[0], records.intent(sandbox), entries[1])
    assert "warning" not in offline_home.run("history", "forget", sandbox.id).expect(0).talk
    told = offline_home.run("history", "forget", pending.id).expect(0).talk
    assert "draft0000001: paid for and not saved yet; what is forgotten can be fetched no more" in told
    assert offline_home.drafts() == []


@pytest.mark.parametrize(("answered", "status", "left"), [("n\r", 2, 1), ("\r", 2, 1), ("y\r", 0, 0)])
def test_on_a_terminal_that_is_asked_about(offline_home: Home, answered: str, status: int, left: int) -> None:
    write(offline_home.history_path, records.intent(asked(1)), line(answer(asked(1), left=1e9)))
    screen = offline_home.in_terminal("history", "forget", "last", answers=[("y/N", answered)])
    assert screen.status == status
    assert "Forget all the same? [y/N]" in screen.text
    assert ("hint: seedream history pull draft0000001" in screen.text) == bool(left)
    assert len(offline_home.drafts()) == left


@pytest.mark.parametrize("columns", [20, 60])
def test_on_a_terminal_findings_fit(offline_home: Home, columns: int) -> None:
    write(offline_home.history_path, story(asked(1), "/pictures/" + "long name " * 20 + ".png"), b"torn{\n")
    screen = offline_home.in_terminal("history", "verify", "-q", columns=columns).text
    assert all(wcswidth(each) <= columns for each in screen.split("\r\n"))
    assert screen.startswith("missing")
    assert "draft0000001" in screen
    assert "damaged  line 4\r\n" in screen


# What was paid for, and lost the record of what was asked for


def spoil_the_first_intent(home: Home) -> str:
    """Break one byte of the first intent, and return the id of its draft."""
    draft_id: str = home.history()[0]["id"]
    intent, *others = home.history_path.read_bytes().splitlines(keepends=True)
    assert b'"intent"' in intent
    home.history_path.write_bytes(b"".join([intent[:60] + b"\xff" + intent[61:], *others]))
    return draft_id


def leave_an_orphan(home: Home, service: Service) -> str:
    """Leave two drafts to be fetched, of which one has no intent any more; return its id."""
    service.always_download(error(404))
    home.gen("a fox", "-n", "2").expect(9)
    service.always_download(picture())
    return spoil_the_first_intent(home)


def test_what_was_paid_for_is_named_though_its_intent_is_damaged(home: Home, service: Service) -> None:
    orphan = leave_an_orphan(home, service)
    result = home.run("history", "verify").expect(10)
    assert f"orphaned\t{orphan}\tpending" in result.lines
    assert "hint: seedream history repair" in result.talk
    (found, *_) = home.run("history", "verify", "--json").expect(10).objects
    assert found == {"finding": "orphaned", "id": orphan, "path": None, "found": None}


def test_it_is_fetched_with_the_others(home: Home, service: Service) -> None:
    orphan = leave_an_orphan(home, service)
    result = home.run("history", "pull").expect(0)
    assert len(result.paths) == 2
    assert "1 draft paid for, with a damaged record of what was asked for" in result.talk
    draft = next(draft for draft in home.drafts() if draft["id"] == orphan)
    assert (draft["status"], draft["prompt"]) == ("saved", records.LOST_PROMPT)
    assert draft["cost_usd"] > 0
    home.run("history", "repair").expect(0)
    home.run("history", "verify").expect(0)
    assert service.billed == 2


def test_repair_lists_it_with_what_is_known(home: Home, service: Service) -> None:
    orphan = leave_an_orphan(home, service)
    assert f"{orphan} was paid for" in home.run("history", "repair").expect(0).talk
    assert sorted(draft["status"] for draft in home.drafts()) == ["pending"] * 2
    home.run("history", "verify").expect(0)
    assert len(home.run("history", "pull").expect(0).paths) == 2


def test_repair_takes_what_was_asked_for_from_the_picture(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "7").expect(0)
    (before,) = home.drafts()
    orphan = spoil_the_first_intent(home)
    home.run("history", "verify").expect(10)
    home.run("history", "repair").expect(0)
    (after,) = home.drafts()
    known = ("id", "status", "prompt", "model", "size", "seed", "path", "sha256", "cost_usd", "sandbox")
    assert [after[name] for name in known] == [before[name] for name in known]
    assert after["id"] == orphan
    home.run("history", "verify").expect(0)


def test_nobody_is_told_to_draw_again_what_nobody_knows(home: Home, service: Service) -> None:
    orphan = leave_an_orphan(home, service)
    lines = home.history_path.read_bytes()
    home.history_path.write_bytes(re.sub(rb'"expires":"[^"]+"', b'"expires":"2020-01-01T00:00:00Z"', lines))
    told = home.run("history", "pull").expect(0).talk
    assert "1 draft paid for, with a damaged record" in told
    assert "rerun" in told
    assert orphan not in told
    assert f"orphaned\t{orphan}\texpired" in home.run("history", "verify").expect(10).lines
    home.run("history", "repair").expect(0)
    home.run("history", "rerun", orphan).expect(2)
    assert service.billed == 2


def test_what_was_forgotten_is_no_orphan(home: Home, service: Service) -> None:
    leave_an_orphan(home, service)
    home.run("history", "repair").expect(0)
    ids = [draft["id"] for draft in home.drafts()]
    home.run("history", "forget", *ids).expect(0)
    home.run("history", "verify").expect(0)


def test_an_answer_of_an_earlier_version_is_listed_though_nobody_knows_its_origin(home: Home, service: Service) -> None:
    orphan = leave_an_orphan(home, service)
    lines = home.history_path.read_bytes().splitlines(keepends=True)
    home.history_path.write_bytes(
        b"".join(re.sub(rb',"origin":[^{]*?,"price":[0-9.]+}\n', b"}\n", each) for each in lines)
    )
    home.run("history", "repair").expect(0)
    draft = next(draft for draft in home.drafts() if draft["id"] == orphan)
    assert (draft["status"], draft["cost_usd"]) == ("pending", 0)
