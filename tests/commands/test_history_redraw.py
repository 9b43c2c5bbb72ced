"""`history rerun` and `history final`: drawn again, with what is to be different, as typed."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.batches import let_urls_die, rewrite_history
from support.opened import Opened
from support.past import answer, asked, line, story, write
from support.program import Home
from support.replies import error, ok, reset
from support.service import Service

from seedream_cli.history import records


def sent(service: Service) -> list[dict[str, Any]]:
    """Return the bodies of all requests, in order."""
    return [post.json for post in service.ledger]


def drawn(home: Home, *options: str) -> dict[str, Any]:
    """Draw one draft and return it."""
    return home.gen("a fox at dawn", "--seed", "7", "--json", *options).expect(0).objects[0]


def test_a_rerun_sends_the_same_again_and_knows_its_parent(home: Home, service: Service) -> None:
    parent = drawn(home, "--negative", "text", "-s", "landscape", "--tag", "old")
    child = home.run("history", "rerun", parent["id"], "--json").expect(0).objects[0]
    first, second = sent(service)
    assert first == second
    assert child["parent"] == parent["id"]
    assert child["id"] != parent["id"]
    assert child["tags"] == []
    assert home.drafts()[0]["tags"] == ["old"]


def test_what_is_given_replaces_what_was(home: Home, service: Service) -> None:
    drawn(home, "--negative", "text")
    options = ("--prompt", "a crane", "--negative", "people", "-m", "seedream-v4", "-s", "portrait", "--seed", "9")
    home.run("history", "rerun", "last", *options).expect(0)
    assert sent(service)[1] == {
        "model": "seedream-v4",
        "prompt": "a crane",
        "negative_prompt": "people",
        "size": "1024x1536",
        "seed": 9,
        "n": 1,
    }


def test_an_empty_prompt_is_refused_with_the_help_of_the_command_that_was_typed(home: Home, service: Service) -> None:
    drawn(home)
    result = home.run("history", "rerun", "last", "--prompt", "").expect(2)
    assert result.talk == "seedream: error: the prompt is empty\nhint: seedream history rerun --help\n"
    assert service.posts == 1


def test_an_empty_negative_takes_the_old_one_away(home: Home, service: Service) -> None:
    drawn(home, "--negative", "text")
    home.run("history", "rerun", "last", "--negative", "").expect(0)
    assert "negative_prompt" not in sent(service)[1]


def test_variables_and_configuration_do_not_change_what_is_drawn_again(home: Home, service: Service) -> None:
    drawn(home)
    home.configure('model = "seedream-v4.5"\nsize = "2048x2048"\nnegative = "text"\n')
    env = {"SEEDREAM_MODEL": "seedream-v4", "SEEDREAM_SIZE": "landscape", "SEEDREAM_NEGATIVE": "people"}
    home.run("history", "rerun", "last", env=env).expect(0)
    assert sent(service)[0] == sent(service)[1]


def test_substitutions_replace_text_that_is_there(home: Home, service: Service) -> None:
    drawn(home)
    home.run("history", "rerun", "last", "--sub", "dawn=dusk", "--sub", "fox=").expect(0)
    assert sent(service)[1]["prompt"] == "a  at dusk"


@pytest.mark.parametrize(
    "command",
    [
        "history rerun --dry-run --sandbox",
        "history rerun --dry-run --sandbox --reuse",
        "history pull",
        "history forget",
        "gallery -o page.html",
    ],
)
def test_however_many_drafts_are_named_the_history_is_searched_as_often(offline_home: Home, command: str) -> None:
    drafts = [asked(number, f"fox {number}", origin="sandbox") for number in range(1, 10)]
    write(offline_home.history_path, *map(story, drafts))
    opened = Opened(offline_home)
    times = []
    for named in (drafts[:2], drafts[2:]):
        opened.since()
        offline_home.run(*command.split(), *(draft.id for draft in named)).expect(0)
        times.append(opened.since())
    assert times[0] == times[1] > 0


@pytest.mark.parametrize("substitution", ["noon=dusk", "dawn", "=dusk"])
def test_a_substitution_that_cannot_be_sends_nothing(home: Home, service: Service, substitution: str) -> None:
    drawn(home)
    result = home.run("history", "rerun", "last", "--sub", substitution).expect(2)
    assert "hint: --sub " in result.talk
    assert service.posts == 1


@pytest.mark.parametrize(("seed", "expected"), [("+1", 8), ("+10", 17), ("123", 123), ("0", 0)])
def test_a_seed_is_given_or_counted_from_the_old_one(home: Home, service: Service, seed: str, expected: int) -> None:
    drawn(home)
    home.run("history", "rerun", "last", "--seed", seed).expect(0)
    assert sent(service)[1]["seed"] == expected


def test_a_new_seed_is_another(home: Home, service: Service) -> None:
    drawn(home)
    result = home.run("history", "rerun", "last", "--seed", "new").expect(0)
    seed = sent(service)[1]["seed"]
    assert seed != 7
    assert f": new seed: {seed}\n" in result.talk


@pytest.mark.parametrize("seed", ["-1", "x", "+", "1.5", "4294967296", "99999999999"])
def test_a_seed_that_cannot_be_sends_nothing(home: Home, service: Service, seed: str) -> None:
    drawn(home)
    home.run("history", "rerun", "last", f"--seed={seed}").expect(2)
    assert service.posts == 1


def test_several_of_one_draft_have_new_seeds_and_say_so(home: Home, service: Service) -> None:
    drawn(home)
    result = home.run("history", "rerun", "last", "-n", "4").expect(0)
    seeds = sorted(body["seed"] for body in sent(service)[1:])
    assert seeds == list(range(seeds[0], seeds[0] + 4))
    assert 7 not in seeds
    assert f": new seeds: {seeds[0]} to {seeds[3]}\n" in result.talk
    assert len(result.lines) == 4


def test_several_with_a_seed_count_from_it(home: Home, service: Service) -> None:
    drawn(home)
    home.run("history", "rerun", "last", "-n", "3", "--seed", "+1").expect(0)
    assert sorted(body["seed"] for body in sent(service)[1:]) == [8, 9, 10]


def test_several_drafts_are_drawn_again_at_once(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1", "-n", "2").expect(0)
    home.gen("a crane", "--seed", "5").expect(0)
    home.run("history", "rerun", "last", "last~1", "last").expect(0)
    again = {(body["prompt"], body["seed"]) for body in sent(service)[3:]}
    assert again == {("a crane", 5), ("a fox", 2)}


@pytest.mark.parametrize(
    ("options", "parents", "note"),
    [
        (("--seed", "7"), {7: 0}, "1 of these 2 drafts asks for the same as another: it is drawn once"),
        (("--seed", "7", "--reuse"), {7: 0}, "1 of these 2 drafts asks for the same as another: it is drawn once"),
        (
            ("--seed", "+1", "-n", "3"),
            {2: 0, 3: 0, 4: 0, 5: 1},
            "2 of these 6 drafts ask for the same as others: each is drawn once",
        ),
    ],
)
def test_what_several_drafts_ask_for_in_the_same_way_is_drawn_once(
    home: Home, service: Service, options: tuple[str, ...], parents: dict[int, int], note: str
) -> None:
    home.gen("a fox", "--seed", "1", "-n", "2").expect(0)
    ids = [draft["id"] for draft in home.drafts()]
    result = home.run("history", "rerun", *ids, *options).expect(0)
    assert sorted(body["seed"] for body in sent(service)[2:]) == list(parents)
    assert len(result.lines) == len(parents)
    assert note in result.talk
    assert {draft["seed"]: ids.index(draft["parent"]) for draft in home.drafts()[2:]} == parents


def test_a_final_of_two_drafts_that_become_the_same_is_planned_once(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1", "-n", "2").expect(0)
    options = ("--prompt", "a wolf", "--seed", "5", "-o", "wolf.png")
    assert len(home.run("history", "final", "last", "last~1", *options, "--dry-run", "--json").expect(0).lines) == 1
    assert home.run("history", "final", "last", "last~1", *options).expect(0).lines == ["wolf.png"]
    assert service.posts == 3


def test_what_is_there_already_is_given_back_once_to_all_who_ask_for_it(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1", "-n", "3").expect(0)
    drafts = home.drafts()
    options = ("--seed", "3", "--reuse", "-o", "fox.png")
    result = home.run("history", "rerun", drafts[0]["id"], drafts[1]["id"], *options).expect(0)
    assert result.lines == ["fox.png"]
    assert service.posts == 3


def test_requests_of_several_that_are_the_same_are_sent_once_and_all_that_were_named_are_told(
    home: Home, service: Service
) -> None:
    first = together(home, 3)
    home.run("history", "rerun", first[0]["id"]).expect(0)
    second = home.drafts()[3:]
    home.gen("a fox", "--seed", "5").expect(0)
    single = home.drafts()[-1]
    result = home.run("history", "rerun", first[0]["id"], second[2]["id"], single["id"]).expect(0)
    assert [body["n"] for body in sent(service)] == [3, 3, 1, 3]
    again = home.drafts()[7:]
    assert [draft["parent"] for draft in again] == [first[0]["id"], first[0]["id"], second[2]["id"]]
    assert {path.name for path in result.paths} == {Path(again[index]["path"]).name for index in (0, 2)}


def test_one_of_a_request_comes_back_with_its_company_and_is_named_alone(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "5", "-n", "3", "--one-request").expect(0)
    second = next(draft for draft in home.drafts() if draft["index"] == 2)
    result = home.run("history", "rerun", second["id"]).expect(0)
    assert sent(service)[0] == sent(service)[1]
    assert service.billed == 6
    assert "about $0.036" in result.talk
    assert len(result.lines) == 1
    children = [draft for draft in home.drafts() if draft["parent"] == second["id"]]
    assert [child["index"] for child in children] == [1, 2, 3]
    assert result.paths[0].name in next(child["path"] for child in children if child["index"] == 2)
    assert all(child["status"] == "saved" for child in children)


def together(home: Home, count: int, *, status: int = 0) -> list[dict[str, Any]]:
    """Draw so many drafts by one request and return them in their order."""
    home.gen("a fox", "--seed", "5", "-n", str(count), "--one-request").expect(status)
    return sorted(home.drafts(), key=lambda draft: draft["index"])


def test_drafts_of_one_request_named_together_are_one_request_again(home: Home, service: Service) -> None:
    one, two, three = together(home, 3)
    result = home.run("history", "rerun", three["id"], one["id"]).expect(0)
    assert sent(service)[0] == sent(service)[1]
    assert (service.posts, service.billed) == (2, 6)
    assert result.talk.splitlines()[0].endswith(" of 3 of one request, which is sent again whole: about $0.036")
    children = {draft["index"]: draft for draft in home.drafts()[3:]}
    assert {index: child["parent"] for index, child in children.items()} == {
        1: one["id"],
        2: three["id"],  # drawn along with what was named first
        3: three["id"],
    }
    assert {path.name for path in result.paths} == {Path(children[index]["path"]).name for index in (1, 3)}
    assert two["id"] not in {draft["parent"] for draft in home.drafts()}


def test_the_command_that_a_lost_request_of_several_hints_at_sends_it_once(home: Home, service: Service) -> None:
    service.script(reset(billed=True))
    lost = home.gen("a fox", "--seed", "7", "-n", "4", "--one-request").expect(8)
    (hint,) = [line for line in lost.talk.splitlines() if line.startswith("hint: ")]
    home.run(*hint.partition("seedream ")[2].split()).expect(0)
    assert [body["n"] for body in sent(service)] == [4, 4]
    assert [draft["status"] for draft in home.drafts()] == ["unknown"] * 4 + ["saved"] * 4
    ids = [draft["id"] for draft in home.drafts()[:4]]
    result = home.run("history", "rerun", *ids, "--json").expect(0)
    assert (service.posts, len(result.objects)) == (3, 4)


def test_several_requests_are_each_sent_again_once(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "5", "-n", "6", "--one-request").expect(0)
    home.run("history", "rerun", *(draft["id"] for draft in home.drafts())).expect(0)
    assert sorted((body["seed"], body["n"]) for body in sent(service)) == [(5, 4), (5, 4), (9, 2), (9, 2)]


def test_finals_of_drafts_of_one_request_are_one_request(home: Home, service: Service) -> None:
    drafts = together(home, 3)
    result = home.run("history", "final", drafts[0]["id"], drafts[2]["id"]).expect(0)
    assert [(body["model"], body["n"], body["seed"]) for body in sent(service)[1:]] == [("seedream-v4.5", 3, 5)]
    assert len(result.paths) == 2


@pytest.mark.parametrize(("seed", "expected"), [("+1", 6), ("6", 6), ("0", 0)])
def test_with_another_seed_too_the_whole_request_is_sent_and_its_cost_said_first(
    home: Home, service: Service, seed: str, expected: int
) -> None:
    drafts = together(home, 4)
    named = [drafts[1]["id"], drafts[3]["id"]]
    result = home.run("history", "rerun", *named, "--seed", seed).expect(0)
    assert [(body["n"], body["seed"]) for body in sent(service)[1:]] == [(4, expected)]
    assert result.talk.splitlines()[0].endswith(
        "drawn as 2, 4 of 4 of one request, which is sent again whole: about $0.048"
    )
    again = home.drafts()[4:]
    assert [draft["parent"] for draft in again] == [named[0], named[0], named[0], named[1]]
    assert {path.name for path in result.paths} == {Path(again[index]["path"]).name for index in (1, 3)}


def test_one_of_a_request_is_drawn_again_with_a_new_seed_in_its_company(home: Home, service: Service) -> None:
    drafts = together(home, 3)
    result = home.run("history", "rerun", drafts[2]["id"], "--seed", "new").expect(0)
    again = sent(service)[1]
    assert (again["n"], again["seed"] == 5) == (3, False)
    assert f"{drafts[2]['id']}: new seed: {again['seed']}\n" in result.talk
    assert [path.name for path in result.paths] == [Path(home.drafts()[5]["path"]).name]


@pytest.mark.parametrize("options", [("-n", "1"), ("-n", "1", "--seed", "new")])
def test_drafts_of_one_request_of_which_so_many_are_wanted_are_requests_of_their_own(
    home: Home, service: Service, options: tuple[str, ...]
) -> None:
    drafts = together(home, 2)
    home.run("history", "rerun", *(draft["id"] for draft in drafts), *options).expect(0)
    assert [body["n"] for body in sent(service)[1:]] == [1, 1]
    assert len({body["seed"] for body in sent(service)}) == 3


def test_of_a_request_that_is_there_reuse_gives_back_what_is_named_and_says_nothing_of_sending(
    home: Home, service: Service
) -> None:
    drafts = together(home, 3)
    Path(drafts[0]["path"]).unlink()
    let_urls_die(home)
    result = home.run("history", "rerun", drafts[2]["id"], "--reuse").expect(0)
    assert [path.name for path in result.paths] == [Path(drafts[2]["path"]).name]
    assert "sent again" not in result.talk
    home.run("history", "rerun", drafts[0]["id"], "--reuse").expect(0)
    assert (service.posts, service.billed) == (2, 6)


def test_what_was_perhaps_billed_or_blocked_warns_first(home: Home, service: Service) -> None:
    service.script(reset(billed=True), error(451, "content_blocked"))
    home.gen("a fox", "--seed", "1").expect(8)
    result = home.run("history", "rerun", "last", "--dry-run").expect(0)
    assert result.talk.count("perhaps billed already") == 1
    assert home.run("history", "rerun", "last", "--reuse", "--dry-run").talk.count("perhaps billed already") == 1
    home.gen("a wolf", "--seed", "1").expect(5)
    assert "blocked" in home.run("history", "rerun", "last", "--dry-run").expect(0).talk


def test_a_name_that_does_not_tell_drafts_apart_is_mended_by_what_is_not_in_it(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "7").expect(0)
    home.gen("a crane", "--seed", "7").expect(0)
    for name, which in (("{seed}.png", "{id} or {index}"), ("{model}.png", "{id}, {seed} or {index}")):
        result = home.run("history", "rerun", "last", "last~1", "-o", name).expect(2)
        assert f"hint: put {which} into the name: -o '{{slug}}-{{index}}.{{ext}}'\n" in result.talk
    assert service.posts == 2


@pytest.mark.parametrize("status", ["unknown", "expired"])
def test_what_the_sandbox_was_asked_for_is_not_said_to_be_billed(home: Home, status: str) -> None:
    draft = asked(1, origin="sandbox")
    expired = line(answer(draft, left=-1e8)) if status == "expired" else b""
    write(home.history_path, records.intent(draft), expired)
    talk = home.run("history", "rerun", "last", "--dry-run").expect(0).talk
    assert ("which bills nothing" in talk) == (status == "unknown")
    assert "perhaps billed" not in talk
    assert "paid for" not in talk
    shown = home.run("history", "show", "last").expect(0).talk
    assert f"hint: seedream history rerun {draft.id} --sandbox " in shown
    assert "billed" not in shown


def test_a_draft_of_the_sandbox_is_drawn_again_by_the_service(home: Home, service: Service) -> None:
    home.gen("a fox", "--sandbox", "--seed", "3").expect(0)
    home.run("history", "rerun", "last").expect(0)
    assert [body["seed"] for body in sent(service)] == [3]
    child = home.drafts()[-1]
    assert (child["sandbox"], child["cost_usd"]) == (False, 0.012)


def test_nothing_is_drawn_of_a_draft_that_is_not_there(home: Home, service: Service) -> None:
    for reference in ("last", "zzzz", "no/such.png"):
        home.run("history", "rerun", reference).expect(2)
    assert service.posts == 0


def test_reuse_gives_back_copies_that_lie_where_they_are_wanted(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1", "-n", "2").expect(0)
    wanted = ("history", "rerun", "last", "last~1", "--reuse", "-o", "keep.png")
    copies = home.run(*wanted).expect(0).paths
    shutil.rmtree(home.work / "drafts")
    rewrite_history(home, answer={"expires": "2020-01-01T00:00:00Z"})
    assert home.run(*wanted).expect(0).paths == copies
    assert service.posts == 2


def test_reuse_gives_back_what_is_there(home: Home, service: Service) -> None:
    parent = drawn(home)
    again = home.run("history", "rerun", "last", "--reuse", "--json").expect(0).objects[0]
    assert again["id"] == parent["id"]
    assert service.posts == 1


@pytest.mark.parametrize(
    ("size", "becomes", "warned"),
    [("1024x1024", "2048x2048", False), ("1024x1536", "1024x2048", True), ("1536x1024", "2048x1024", True)],
)
def test_a_final_is_large_and_says_what_its_shape_becomes(
    home: Home, service: Service, size: str, becomes: str, warned: bool
) -> None:
    drawn(home, "-s", size)
    result = home.run("history", "final", "last").expect(0)
    body = sent(service)[1]
    assert (body["model"], body["size"], body["seed"]) == ("seedream-v4.5", becomes, 7)
    assert f"{size} becomes {becomes}" in result.talk
    assert ("another shape" in result.talk) == warned
    assert "$0.03" in result.talk


def test_a_final_on_the_other_model_keeps_its_size(home: Home, service: Service) -> None:
    drawn(home, "-s", "portrait")
    result = home.run("history", "final", "last", "-m", "seedream-v4").expect(0)
    assert (sent(service)[1]["model"], sent(service)[1]["size"]) == ("seedream-v4", "1024x1536")
    assert "becomes" not in result.talk
    assert "$0.025" in result.talk


def test_a_final_costs_nothing_to_plan(home: Home, service: Service) -> None:
    drawn(home)
    result = home.run("history", "final", "last", "--dry-run").expect(0)
    assert "2048x2048" in result.stdout.decode()
    assert "$0.03" in result.stdout.decode()
    home.run("history", "final", "last", "--max-cost", "0.01").expect(4)
    assert service.posts == 1


def test_the_journey_from_a_draft_to_its_final(home: Home, service: Service) -> None:
    first = home.gen("An ink-wash mountain at dawn", "-n", "4", "--json").expect(0).objects[0]
    home.run("history", "show", first["id"]).expect(0)
    home.run("history", "rate", first["id"], "5").expect(0)
    (best,) = home.run("history", "list", "--rating", "5", "--json").expect(0).objects
    home.run("history", "rerun", best["id"], "--sub", "dawn=dusk").expect(0)
    difference = home.run("history", "diff", best["id"], "last").expect(0).stdout.decode()
    assert "[-dawn-]{+dusk+}" in difference
    home.run("history", "rerun", "last", "-n", "4").expect(0)
    home.run("history", "final", "last").expect(0)
    tree = home.run("history", "tree", "last").expect(0).lines
    assert len(tree) == 7
    assert tree[0].startswith(best["id"].encode() if isinstance(tree[0], bytes) else best["id"])
    assert len(home.run("history", "export").expect(0).lines) == 10
    assert service.billed == 10


def test_a_child_of_a_lost_answer_is_a_bill_of_its_own(home: Home, service: Service) -> None:
    service.script(reset(billed=True), ok())
    home.gen("a fox", "--seed", "1").expect(8)
    home.run("history", "rerun", "last").expect(0)
    assert service.billed == 2
    assert [draft["status"] for draft in home.drafts()] == ["unknown", "saved"]


def test_a_picture_that_was_copied_or_moved_still_names_its_draft(home: Home, service: Service) -> None:
    parent = drawn(home, "-o", "fox.png")
    (home.work / "fox.png").rename(home.work / "picked.png")
    home.run("history", "rerun", "picked.png").expect(0)
    assert home.drafts()[-1]["parent"] == parent["id"]


@pytest.mark.parametrize("order", [1, -1])
def test_one_that_another_request_draws_along_is_drawn_once_in_whatever_order(
    home: Home, service: Service, order: int
) -> None:
    first = together(home, 3)[0]
    alone = home.gen(first["prompt"], "--seed", str(first["seed"]), "--json").expect(0).objects[0]
    ids = [first["id"], alone["id"]][::order]
    lines = home.run("history", "rerun", *ids, "--dry-run").expect(0).lines
    assert lines[-1].startswith("3 to draw")
