"""Whatever the service does: the program's status, the service's own bill, and what the history says, end to end."""

import json
import re
import stat
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support import pictures
from support.program import Home, Launch, Result
from support.replies import (
    CANARY_COOKIE,
    CANARY_KEY,
    CANARY_SIGNATURE,
    EXIT_STATUS,
    FAILURE_BODIES,
    ODD_ANSWERS,
    RATE_LIMITS,
    STALLING_ANSWERS,
    UNUSABLE_ANSWERS,
    USABLE_ANSWERS,
    Reply,
    bucket_empty,
    cut,
    drip,
    echoing,
    error,
    failure,
    gzip_bomb,
    hang,
    ok,
    ok_b64,
    redirect,
    reset,
    reshaped,
    status_json,
    without_url,
)
from support.service import Proxy, Service, refusing_port

PROXIES = ("HTTP_PROXY", "https_proxy", "ALL_PROXY")
STATUS_OF = {0: "saved", 5: "blocked", 8: "unknown", 9: "pending"}
FORMS = list(FAILURE_BODIES)
SOON = 15.0
"""Seconds: many times what a run takes that may wait for one second, however busy the machine is, and half of what it
would take at least if it waited for as long as it is made to by answers that drip, hang, have no end or tell a wait."""


def draw_each(home: Home, service: Service, replies: Mapping[str, Reply], *more: str, **how: Any) -> Result:
    """One run in which each reply answers a draft of its own; the first has seed 0."""
    for seed, reply in enumerate(replies.values()):
        service.on_seed(seed, reply)
    return home.gen("a lighthouse", "--seed", "0", "-n", str(len(replies)), "--yes", *more, **how)


def by_name(home: Home, replies: Mapping[str, Reply]) -> dict[str, dict[str, Any]]:
    """What the history says of each draft of such a run."""
    names = list(replies)
    return {names[draft["seed"]]: draft for draft in home.drafts()}


def the_draft(home: Home) -> dict[str, Any]:
    """The only draft of the history."""
    (draft,) = home.drafts()
    return draft


def in_order(home: Home) -> list[dict[str, Any]]:
    """What the history says of all drafts, in the order of their seeds and places."""
    return sorted(home.drafts(), key=lambda draft: (draft["seed"], draft["index"]))


def pauses(service: Service, seed: int) -> list[float]:
    """Seconds between two POSTs for a seed, in their order."""
    return [after.at - before.at for before, after in pairwise(post for post in service.ledger if post.seed == seed)]


def kept(home: Home) -> list[Path]:
    """What was kept of answers."""
    return sorted([*home.root.rglob("*.answer"), *home.root.rglob("*.picture")])


# Failures are free


FREE = (400, 401, 402, 403, 404, 408, 413, 451, 302)


def test_failures_side_by_side_are_each_free_and_keep_no_other_from_being_sent(home: Home, service: Service) -> None:
    going_on = [status for status in EXIT_STATUS if status < 500 and status not in {401, 402, 403, 429}]
    replies = {str(status): failure(status, FORMS[(7 * n) % len(FORMS)]) for n, status in enumerate(going_on)}
    draw_each(home, service, replies).expect(7)
    assert (service.posts, service.billed) == (len(replies), 0)
    found = {name: (draft["status"], draft["error"]["status"]) for name, draft in by_name(home, replies).items()}
    assert found == {name: ("blocked" if name == "451" else "failed", int(name)) for name in replies}


@pytest.mark.parametrize(("status", "form"), [(status, FORMS[(3 * n) % len(FORMS)]) for n, status in enumerate(FREE)])
def test_a_failure_is_free_and_ends_with_its_own_status(status: int, form: str, home: Home, service: Service) -> None:
    service.always(failure(status, form))
    result = home.gen("a lighthouse").expect(EXIT_STATUS[status])
    assert (service.posts, service.billed, result.stdout) == (1, 0, b"")
    draft = the_draft(home)
    assert draft["status"] == ("blocked" if status == 451 else "failed")
    assert (draft["cost_usd"], draft["error"]["status"]) == (0, status)
    assert f"HTTP {status}" in result.talk
    assert home.files() == []


@pytest.mark.parametrize("form", ["hostile", "2 MB", "deep nesting"])
def test_a_failure_of_any_form_leaves_no_traceback_and_nothing_raw(form: str, home: Home, service: Service) -> None:
    service.always(failure(400, form))
    result = home.gen("a lighthouse").expect(2)
    assert "Traceback" not in result.talk
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]", result.output)
    assert len([line for line in result.talk.splitlines() if line.startswith("seedream: error")]) == 1


def test_a_service_that_goes_on_failing_is_asked_four_times_for_each_draft(home: Home, service: Service) -> None:
    statuses = [500, 502, 503, 504, 529]
    for seed, status in enumerate(statuses):
        service.on_seed(seed, *[failure(status, FORMS[4 * seed + at]) for at in range(4)])
    result = home.gen("a lighthouse", "--seed", "0", "-n", "5", "-j", "5").expect(7)
    assert Counter(post.seed for post in service.ledger) == dict.fromkeys(range(5), 4)
    assert (service.billed, result.stdout) == (0, b"")
    assert [(draft["status"], draft["error"]["status"]) for draft in in_order(home)] == [
        ("failed", status) for status in statuses
    ]
    for seed in range(5):
        for pause, least in zip(pauses(service, seed), (1, 2, 4), strict=True):
            assert pause >= least


def test_what_failed_twice_and_then_came_is_one_draft_and_one_bill(home: Home, service: Service) -> None:
    for seed, reply in enumerate([error(503), drip(error(500), 0.001), reset("mid-body", billed=False, of=error(502))]):
        service.on_seed(seed, reply, reply)
    result = home.gen("a lighthouse", "--seed", "0", "-n", "3").expect(0)
    assert (service.posts, service.billed, len(result.paths)) == (9, 3, 3)
    assert [draft["status"] for draft in in_order(home)] == ["saved"] * 3
    assert len({post.connection for post in service.ledger}) == 9
    for seed in range(3):
        for pause, least in zip(pauses(service, seed), (1, 2), strict=True):
            assert pause >= least


def test_an_answer_that_only_begins_to_say_that_it_failed_is_still_free(home: Home, service: Service) -> None:
    replies = {
        f"{status} {how}": reply
        for status in (400, 404, 451, 302)
        for how, reply in {
            "drips": drip(error(status, message="x" * 100), 0.2, "body"),
            "hangs": cut("mid-body", "hang", billed=False, of=error(status)),
            "breaks": reset("mid-body", billed=False, of=error(status)),
        }.items()
    }
    result = draw_each(home, service, replies, "-j", "12", "--timeout", "1")
    result.expect(7)
    found = {name: draft["status"] for name, draft in by_name(home, replies).items()}
    assert found == {name: "blocked" if name.startswith("451") else "failed" for name in replies}
    assert (service.posts, service.billed) == (12, 0)
    assert result.seconds < SOON


# Rate limits


def test_both_kinds_of_rate_limit_are_waited_for_and_billed_once(home: Home, service: Service) -> None:
    service.on_seed(0, bucket_empty(2))
    service.on_seed(1, error(429))
    home.gen("a lighthouse", "--seed", "0", "-n", "2").expect(0)
    assert (service.posts, service.billed) == (4, 2)
    first, again = [post.wall for post in service.ledger if post.seed == 0]
    assert again >= int(first) + 2
    assert [draft["status"] for draft in in_order(home)] == ["saved"] * 2


def test_a_rate_limit_longer_than_the_longest_wait_ends_with_6(home: Home, service: Service) -> None:
    service.always(bucket_empty(3600))
    result = home.gen("a lighthouse", "--max-wait", "0.5").expect(6)
    assert (service.posts, service.billed) == (2, 0)
    assert the_draft(home)["status"] == "failed"
    assert "--max-wait" in result.talk


def test_no_rate_limit_is_waited_for_longer_than_allowed_however_it_is_told(home: Home, service: Service) -> None:
    service.always(error(429))
    result = draw_each(home, service, RATE_LIMITS, "-j", "64", "--max-wait", "1")
    result.expect(6)
    assert service.billed == 0
    assert {draft["status"] for draft in home.drafts()} == {"failed"}
    assert {draft["cost_usd"] for draft in home.drafts()} == {0}
    assert result.seconds < SOON


# Answers that may be billed


def test_a_lost_answer_is_billed_once_and_never_sent_again(home: Home, service: Service) -> None:
    service.always(reset(billed=True))
    result = home.gen("a lighthouse", "--seed", "41").expect(8)
    assert (service.posts, service.billed, service.connections, result.stdout) == (1, 1, 1, b"")
    draft = the_draft(home)
    assert (draft["status"], draft["seed"]) == ("unknown", 41)
    assert draft["cost_usd"] > 0
    assert "seed 41" in result.talk
    assert f"seedream history rerun {draft['id']}" in result.talk
    assert "perhaps billed" in result.talk


def test_a_lost_answer_to_one_request_of_four_leaves_four_drafts_unknown(home: Home, service: Service) -> None:
    service.always(reset("mid-headers", billed=True))
    result = home.gen("a lighthouse", "-n", "4", "--seed", "41", "--one-request", "--json").expect(8)
    assert (service.posts, service.billed) == (1, 4)
    assert [(draft["status"], draft["seed"], draft["index"]) for draft in in_order(home)] == [
        ("unknown", 41, index) for index in (1, 2, 3, 4)
    ]
    assert [draft["status"] for draft in result.objects] == ["unknown"] * 4


def test_every_unusable_answer_is_unknown_kept_and_never_sent_again(home: Home, service: Service) -> None:
    result = draw_each(home, service, UNUSABLE_ANSWERS, "-j", "8", "--json")
    result.expect(8)
    found = {name: draft["status"] for name, draft in by_name(home, UNUSABLE_ANSWERS).items()}
    assert found == dict.fromkeys(UNUSABLE_ANSWERS, "unknown")
    assert Counter(post.seed for post in service.ledger) == dict.fromkeys(range(len(UNUSABLE_ANSWERS)), 1)
    assert [draft["status"] for draft in result.objects] == ["unknown"] * len(UNUSABLE_ANSWERS)
    assert (service.downloads, home.files()) == ([], [])
    assert "Traceback" not in result.talk
    for path in kept(home):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert 0 < path.stat().st_size <= 64 * 1024
        assert CANARY_KEY.encode() not in path.read_bytes()
    assert len(kept(home)) > 50
    assert CANARY_KEY.encode() not in result.output
    assert CANARY_SIGNATURE.encode() not in result.output
    assert home.holding(CANARY_KEY) == []


def test_every_stalling_answer_ends_with_the_time_and_is_unknown(home: Home, service: Service) -> None:
    result = draw_each(home, service, STALLING_ANSWERS, "-j", "16", "--timeout", "1")
    result.expect(8)
    found = {name: draft["status"] for name, draft in by_name(home, STALLING_ANSWERS).items()}
    assert found == dict.fromkeys(STALLING_ANSWERS, "unknown")
    assert service.posts == len(STALLING_ANSWERS)
    assert result.seconds < SOON


@pytest.mark.parametrize("name", ["silent", "headers drip", "body drips"])
def test_one_stalling_answer_ends_with_8_after_its_time(name: str, home: Home, service: Service) -> None:
    service.always(STALLING_ANSWERS[name])
    result = home.gen("a lighthouse", "--timeout", "1").expect(8)
    assert 1 <= result.seconds < SOON
    assert (service.posts, the_draft(home)["status"]) == (1, "unknown")


def test_every_usable_answer_is_saved(home: Home, service: Service) -> None:
    result = draw_each(home, service, USABLE_ANSWERS, "-j", "8")
    result.expect(0)
    found = {name: draft["status"] for name, draft in by_name(home, USABLE_ANSWERS).items()}
    assert found == dict.fromkeys(USABLE_ANSWERS, "saved")
    assert service.posts == service.billed == len(result.paths) == len(USABLE_ANSWERS)
    assert kept(home) == []


def test_every_odd_answer_is_saved_or_kept_and_never_sent_again(home: Home, service: Service) -> None:
    replies = {name: case.reply for name, case in ODD_ANSWERS.items()}
    result = draw_each(home, service, replies, "-j", "16", "--timeout", "5")
    assert result.status in (8, 9)
    allowed = {name: {STATUS_OF.get(status, "failed") for status in ODD_ANSWERS[name].statuses} for name in replies}
    wrong = {name: d["status"] for name, d in by_name(home, replies).items() if d["status"] not in allowed[name]}
    assert wrong == {}
    assert Counter(post.seed for post in service.ledger) == dict.fromkeys(range(len(replies)), 1)


def test_201_is_an_answer_and_202_and_204_without_pictures_are_unknown(home: Home, service: Service) -> None:
    replies = {
        "201": ok(status=201),
        "202": status_json(202, {"task_id": "t-1", "status": "pending"}, billed=True),
        "204": UNUSABLE_ANSWERS["204"],
    }
    draw_each(home, service, replies).expect(8)
    found = by_name(home, replies)
    assert [found[name]["status"] for name in replies] == ["saved", "unknown", "unknown"]
    (only,) = kept(home)
    assert only.name == f"{found['202']['id']}.answer"
    assert json.loads(only.read_bytes()) == {"task_id": "t-1", "status": "pending"}


def test_an_error_inside_a_success_is_not_taken_at_its_word(home: Home, service: Service) -> None:
    service.always(status_json(200, {"error": {"message": "rate limited", "code": "429"}}, billed=True))
    home.gen("a lighthouse").expect(8)
    assert (service.posts, the_draft(home)["status"]) == (1, "unknown")


def test_pictures_inside_the_answer_are_saved(home: Home, service: Service) -> None:
    service.always(ok_b64())
    result = home.gen("a lighthouse", "-n", "4", "--seed", "7", "--one-request", "--no-embed").expect(0)
    assert (service.posts, service.billed, service.downloads) == (1, 4, [])
    drawn = [service.picture_of(7, index) for index in range(4)]
    assert sorted((home.work / path).read_bytes() for path in result.paths) == sorted(drawn)
    assert [draft["status"] for draft in in_order(home)] == ["saved"] * 4
    assert kept(home) == []


@pytest.mark.parametrize("data", [pictures.HTML, pictures.png(8, 8)[:-9]], ids=["html", "cut"])
def test_what_is_no_picture_inside_base64_is_an_outcome_unknown_and_its_answer_kept(
    data: bytes, home: Home, service: Service
) -> None:
    service.always(ok_b64(data))
    result = home.gen("a lighthouse").expect(8)
    assert "history rerun" in result.talk
    assert home.files() == []
    assert the_draft(home)["status"] == "unknown"
    (only,) = kept(home)
    assert json.loads(only.read_bytes())["data"][0]["b64_json"] == b64encode(data).decode()


def test_of_pictures_inside_an_answer_the_whole_are_saved_where_another_is_none(home: Home, service: Service) -> None:
    whole, spoilt = (b64encode(data).decode() for data in (pictures.png(1024, 1024), pictures.HTML))
    service.always(reshaped(lambda a: a | {"data": [{"b64_json": whole}, {"b64_json": spoilt}]}))
    home.gen("a lighthouse", "-n", "2", "--one-request").expect(8)
    assert [draft["status"] for draft in in_order(home)] == ["saved", "unknown"]
    (only,) = kept(home)
    assert spoilt.encode() in only.read_bytes()


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/a.png", "data:image/png;base64,AAAA", "not a url", "\ud800", "https://a/?b=\ud800", "{lost}"],
)
def test_a_picture_inside_the_answer_is_saved_where_the_address_beside_it_is_of_no_use(
    url: str, home: Home, service: Service
) -> None:
    service.always_download(error(404))
    inside = b64encode(pictures.png(1024, 1024)).decode()
    url = url.replace("{lost}", f"{service.origin}/img/1-0-0.png?X-Amz-Signature={CANARY_SIGNATURE}")
    service.always(reshaped(lambda a: a | {"data": [{"url": url, "b64_json": inside}]}))
    result = home.gen("a lighthouse", "--no-embed").expect(0)
    assert (home.work / result.paths[0]).read_bytes() == pictures.png(1024, 1024)
    assert the_draft(home)["status"] == "saved"
    assert kept(home) == []


@pytest.mark.parametrize("inside", [b64encode(pictures.HTML).decode(), b64encode(pictures.png(1024, 1024)).decode()])
def test_an_address_that_can_be_fetched_gives_the_picture_whatever_came_beside_it(
    inside: str, home: Home, service: Service
) -> None:
    service.always(reshaped(lambda a: a | {"data": [a["data"][0] | {"b64_json": inside}]}))
    result = home.gen("a lighthouse", "--seed", "7", "--no-embed").expect(0)
    assert (home.work / result.paths[0]).read_bytes() == service.picture_of(7)
    assert kept(home) == []


def without_place_to_keep(home: Home, *more: Path) -> Callable[[object], Reply]:
    """The answer holds the pictures, and just then nothing can be kept beside the history, nor lie in these folders."""

    def reply(_: object) -> Reply:
        for folder in (home.history_path.with_name("history.jsonl.d"), *more):
            folder.rename(folder.with_name(f"{folder.name}-aside"))
            folder.write_text("in the way")
        return ok_b64()

    return reply


def test_a_picture_inside_the_answer_that_cannot_be_kept_is_saved_straight_to_its_place(
    home: Home, service: Service
) -> None:
    service.script(without_place_to_keep(home))
    result = home.gen("a lighthouse", "-n", "2", "--seed", "7", "--one-request", "--no-embed").expect(0)
    drawn = [service.picture_of(7, index) for index in range(2)]
    assert [(home.work / path).read_bytes() for path in result.paths] == drawn
    assert [draft["status"] for draft in in_order(home)] == ["saved"] * 2
    assert [record["kind"] for record in home.history()].count("answer") == 2
    assert service.posts == 1


def test_one_that_can_be_kept_nowhere_at_all_is_said_to_be_lost(home: Home, service: Service) -> None:
    service.script(without_place_to_keep(home, home.work / "out"))
    result = home.gen("a lighthouse", "-d", "out").expect(8)
    assert (
        "the picture came inside the answer and could be kept neither beside the history nor in its place"
        in result.talk
    )
    assert [record["kind"] for record in home.history()] == ["intent", "unknown"]
    assert the_draft(home)["status"] == "unknown"
    assert f"seedream history rerun {the_draft(home)['id']}" in result.talk


PARTIAL = {
    "shorter": (ok(3), ["saved", "saved", "saved", "unknown"]),
    "null": (without_url(1), ["saved", "unknown", "saved", "saved"]),
    "items of other types": (
        reshaped(lambda a: a | {"data": [7, *a["data"][1:3], None]}),
        ["unknown", "saved", "saved", "unknown"],
    ),
}


@pytest.mark.parametrize("name", PARTIAL)
def test_what_came_of_a_partial_answer_is_saved_and_the_rest_is_unknown(
    name: str, home: Home, service: Service
) -> None:
    reply, statuses = PARTIAL[name]
    service.script(reply)
    result = home.gen("a lighthouse", "-n", "4", "--one-request").expect(8)
    assert (service.posts, service.billed) == (1, 4)
    drafts = in_order(home)
    assert [draft["status"] for draft in drafts] == statuses
    assert len(result.paths) == statuses.count("saved")
    (only,) = kept(home)
    assert only.name == f"{drafts[0]['id']}.answer"
    assert {record["kept"] for record in home.history() if record["kind"] == "unknown"} == {str(only)}


@pytest.mark.parametrize(
    "item",
    [
        {"image_url": "{url}"},
        {"url": ["{url}"]},
        {"b64_json": "!!! {url}"},
        "{url}",
    ],
    ids=["another name", "a list", "no base64", "no object"],
)
def test_an_address_that_cannot_be_read_is_kept_with_its_answer(item: object, home: Home, service: Service) -> None:
    url = f"https://cdn.bytespike.ai/img/9.png?sig={CANARY_SIGNATURE}&key={CANARY_KEY}"
    odd = json.loads(json.dumps(item).replace("{url}", url))
    service.script(reshaped(lambda a: a | {"data": [a["data"][0], odd]}))
    result = home.gen("a lighthouse", "-n", "2", "--one-request").expect(8)
    assert [draft["status"] for draft in in_order(home)] == ["saved", "unknown"]
    (only,) = kept(home)
    assert f"sig={CANARY_SIGNATURE}&key=[key]".encode() in only.read_bytes()
    assert stat.S_IMODE(only.stat().st_mode) == 0o600
    assert CANARY_SIGNATURE.encode() not in result.output
    assert home.holding(CANARY_KEY) == []


@pytest.mark.parametrize(
    ("reply", "asked", "more"),
    [(ok(9), 4, "5 pictures"), (ok(3), 1, "2 pictures"), (ok_b64(n=3), 2, "1 picture")],
    ids=["9 for 4", "3 for 1", "inside the answer"],
)
def test_more_pictures_than_asked_for_are_told_and_kept_with_their_answer(
    reply: Reply, asked: int, more: str, home: Home, service: Service
) -> None:
    service.script(reply)
    result = home.gen("a lighthouse", "-n", str(asked), "--one-request").expect(0)
    assert len(result.paths) == asked
    drafts = in_order(home)
    assert [draft["status"] for draft in drafts] == ["saved"] * asked
    (only,) = kept(home)
    assert f"warning: {more} more than asked for came with {drafts[0]['id']}, perhaps billed" in result.talk
    assert str(only) in result.talk
    assert len(json.loads(only.read_bytes())["data"]) > asked
    assert stat.S_IMODE(only.stat().st_mode) == 0o600
    assert CANARY_SIGNATURE.encode() not in result.output
    home.run("history", "forget", drafts[-1]["id"]).expect(0)
    assert kept(home) == []


@pytest.mark.parametrize(
    "reply",
    [gzip_bomb(128 << 20), UNUSABLE_ANSWERS["endless body"], UNUSABLE_ANSWERS["17 MB string"]],
    ids=["gzip bomb", "endless", "17 MB"],
)
def test_an_answer_without_measure_is_bounded_in_memory_and_time(reply: Reply, home: Home, service: Service) -> None:
    service.always(reply)
    result = home.gen("a lighthouse", launch=Launch(limits={"RLIMIT_AS": 512 << 20})).expect(8)
    assert result.seconds < SOON
    assert the_draft(home)["status"] == "unknown"
    assert "16 MB" in result.talk
    (only,) = kept(home)
    assert only.stat().st_size == 64 * 1024


def test_a_list_that_swells_in_memory_is_an_outcome_unknown(home: Home, service: Service) -> None:
    service.always(status_json(200, b'{"data": [' + b"[]," * 5_000_000 + b"[]]}", billed=True))
    home.gen("a lighthouse", launch=Launch(limits={"RLIMIT_AS": 512 << 20})).expect(8)
    assert (service.posts, the_draft(home)["status"]) == (1, "unknown")


def test_an_address_that_holds_the_key_is_neither_kept_nor_followed(home: Home, service: Service) -> None:
    service.always(ok(urls=[f"{{origin}}/img/7-0-0.png?key={CANARY_KEY}"]))
    home.gen("a lighthouse").expect(8)
    assert (service.posts, service.downloads, home.holding(CANARY_KEY)) == (1, [], [])
    assert b"?key=[key]" in kept(home)[0].read_bytes()


# Redirects


def test_no_redirect_takes_the_key_anywhere(home: Home, service: Service) -> None:
    statuses = (301, 302, 303, 307, 308)
    with Service() as other:
        replies = {str(status): redirect(status, f"{other.origin}/v1/images/generations") for status in statuses}
        replies["here"] = redirect(307, "{here}")
        draw_each(home, service, replies).expect(7)
        assert other.connections == 0
    assert {name: draft["status"] for name, draft in by_name(home, replies).items()} == dict.fromkeys(replies, "failed")
    assert (service.posts, service.billed, service.others) == (len(replies), 0, [])


# No connection


def test_where_nothing_listens_it_is_tried_four_times_told_once_each_and_nothing_is_billed(home: Home) -> None:
    base = f"http://127.0.0.1:{refusing_port()}/v1"
    result = home.gen("a lighthouse", "-n", "3", env={"SEEDREAM_BASE_URL": base}).expect(7)
    assert result.talk.count("trying again") == 3
    assert "Errno" not in result.talk
    assert 7 < result.seconds < 20  # 21 and more, if each draft made the pauses of 1, 2 and 4 seconds alone
    assert [(draft["status"], draft["cost_usd"]) for draft in home.drafts()] == [("failed", 0)] * 3


def test_a_service_that_comes_up_later_is_found(home: Home) -> None:
    with Service(listening=False) as service:
        service.listen_after(0.8)
        home.gen("a lighthouse", env={"SEEDREAM_BASE_URL": service.base_url}).expect(0)
        assert (service.posts, service.billed) == (1, 1)


@pytest.mark.parametrize("named", [True, False])
def test_a_certificate_that_nobody_vouches_for_ends_it_at_once(named: bool, home: Home) -> None:
    with Service(tls="untrusted") as service:
        env = {"SEEDREAM_BASE_URL": service.base_url, "SSL_CERT_FILE": str(service.ca_pem) if named else None}
        home.gen("a lighthouse", env=env).expect(7)
        assert (service.connections, service.failed_handshakes, service.posts) == (1, 1, 0)
    assert (the_draft(home)["status"], the_draft(home)["cost_usd"]) == ("failed", 0)


def test_a_service_on_this_machine_may_speak_https(home: Home) -> None:
    with Service(tls=True) as service:
        env = {"SEEDREAM_BASE_URL": service.base_url, "SSL_CERT_FILE": str(service.ca_pem)}
        home.gen("a lighthouse", env=env).expect(0)
        assert (service.posts, service.billed) == (1, 1)


@pytest.mark.parametrize(
    "url", ["https://1.2.3.999/v1", "https://a..b/v1", "http://llm.bytespike.ai/v1", "https://me:s3cret@x/v1"]
)
def test_a_base_url_that_cannot_be_used_is_bad_input(url: str, home: Home) -> None:
    result = home.gen("a lighthouse", env={"SEEDREAM_BASE_URL": url}).expect(2)
    assert "SEEDREAM_BASE_URL" in result.talk
    assert home.history() == []
    assert b"s3cret" not in result.output


# Proxies


@pytest.mark.parametrize("name", PROXIES)
def test_loopback_never_goes_through_a_proxy(name: str, home: Home, service: Service) -> None:
    with Proxy() as proxy:
        home.gen("a lighthouse", env={name: proxy.url}).expect(0)
        assert proxy.requests == []
    assert (service.posts, len(service.downloads)) == (1, 1)


def test_through_a_proxy_the_key_travels_inside_the_tunnel_only(home: Home) -> None:
    with Service(tls=True, origin="https://cdn.bytespike.ai") as service, Proxy(("127.0.0.1", service.port)) as proxy:
        env = {
            "SEEDREAM_BASE_URL": "https://llm.bytespike.ai/v1",
            "HTTPS_PROXY": proxy.url,
            "SSL_CERT_FILE": str(service.ca_pem),
        }
        home.gen("a lighthouse", env=env).expect(0)
        (post,), (download,) = service.ledger, service.downloads
        heads = b"".join(proxy.requests)
    assert post.header("x-api-key") == CANARY_KEY
    assert CANARY_KEY.encode() not in download.head
    assert [head.split(b" ")[:2] for head in proxy.requests] == [
        [b"CONNECT", b"llm.bytespike.ai:443"],
        [b"CONNECT", b"cdn.bytespike.ai:443"],
    ]
    assert CANARY_KEY.encode() not in heads
    assert CANARY_SIGNATURE.encode() not in heads


def test_a_lost_answer_through_a_proxy_is_unknown_too(home: Home) -> None:
    with Service(tls=True) as service, Proxy(("127.0.0.1", service.port)) as proxy:
        service.always(reset(billed=True))
        env = {
            "SEEDREAM_BASE_URL": "https://llm.bytespike.ai/v1",
            "HTTPS_PROXY": proxy.url,
            "SSL_CERT_FILE": str(service.ca_pem),
        }
        home.gen("a lighthouse", env=env).expect(8)
        assert (service.posts, service.billed) == (1, 1)


def test_a_proxy_that_refuses_has_let_nothing_through(home: Home) -> None:
    with Proxy() as proxy:
        env = {"SEEDREAM_BASE_URL": "https://llm.bytespike.ai/v1", "HTTPS_PROXY": proxy.url}
        with home.start("gen", "a lighthouse", env=env) as running:
            said = running.wait_for(b"trying again")
            running.interrupt()
            running.wait().expect(130)
        assert proxy.requests
        assert CANARY_KEY.encode() not in b"".join(proxy.requests)
    assert b"proxy" in said
    assert the_draft(home)["status"] == "failed"


def test_a_proxy_whose_name_cannot_be_resolved_is_no_bug(home: Home) -> None:
    env = {"SEEDREAM_BASE_URL": "https://llm.bytespike.ai/v1", "HTTPS_PROXY": "http://a..b:80"}
    with home.start("gen", "a lighthouse", env=env) as running:
        said = running.wait_for(b"trying again")
        running.terminate()
        running.wait()
    assert b"bug" not in said


# Keys


@pytest.mark.parametrize(
    "key",
    [None, "", "  ", "sk-byts-a\nb", "sk-byts-a\r\nX-Evil: 1", "sk-byts-a b", "sk-byts-ä", "sk-byts-\x7f", "x" * 5000],
    ids=["none", "empty", "blank", "newline", "cr lf", "space", "not ascii", "del", "endless"],
)
def test_a_key_that_no_header_can_carry_ends_with_3_before_anything_is_sent(
    key: str | None, home: Home, service: Service
) -> None:
    result = home.gen("a lighthouse", env={"BYTESPIKE_API_KEY": key}).expect(3)
    assert (service.connections, home.history()) == (0, [])
    assert not key or not key.strip() or key.encode() not in result.output


def test_a_line_end_after_the_key_is_not_a_part_of_it(home: Home, service: Service) -> None:
    home.gen("a lighthouse", env={"BYTESPIKE_API_KEY": f" {CANARY_KEY}\r\n"}).expect(0)
    assert service.ledger[0].header("x-api-key") == CANARY_KEY


# Secrets


@pytest.mark.parametrize("as_json", [True, False])
def test_no_output_and_no_file_shows_the_key_or_more_of_a_signature_than_the_history_needs(
    as_json: bool, home: Home, service: Service
) -> None:
    replies = {
        "good": ok(),
        "b64": ok_b64(),
        "400": echoing(400),
        "451": echoing(451),
        "200": echoing(200, billed=True),
        "201": reshaped(lambda a: {"note": [CANARY_KEY, a]}, status=201),
        "revised": ok(revised=f"{CANARY_KEY} https://x/?X-Amz-Signature={CANARY_SIGNATURE}"),
        "lost": reset(billed=True),
        "401": echoing(401),
    }
    more = ["--json"] if as_json else []
    result = draw_each(home, service, replies, "-j", "1", "-v", *more)
    result.expect(8)
    shown = home.run("history", "list", "--all", *more).expect(0).output + result.output
    for secret in (CANARY_KEY, CANARY_SIGNATURE, CANARY_COOKIE):
        assert secret.encode() not in shown
    assert home.holding(CANARY_KEY) == []
    assert home.holding(CANARY_COOKIE) == []
    for path in home.holding(CANARY_SIGNATURE):
        assert path == home.history_path or path.suffix == ".answer"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(CANARY_SIGNATURE.encode() in path.read_bytes() for path in home.files())


def test_the_key_goes_with_no_download(home: Home, service: Service) -> None:
    home.gen("a lighthouse", "-n", "3").expect(0)
    assert len(service.downloads) == 3
    assert not any(CANARY_KEY.encode() in download.head for download in service.downloads)
    assert not any(download.header("cookie") for download in service.downloads)
    assert len({post.connection for post in service.ledger}) == 3
    assert not {post.connection for post in service.ledger} & {one.connection for one in service.downloads}


# Several things at once


def test_what_may_be_billed_comes_before_what_failed_and_what_was_saved(home: Home, service: Service) -> None:
    replies = {"saved": ok(), "bad": error(400), "blocked": error(451), "lost": reset(billed=True)}
    result = draw_each(home, service, replies)
    result.expect(8)
    found = {name: draft["status"] for name, draft in by_name(home, replies).items()}
    assert found == {"saved": "saved", "bad": "failed", "blocked": "blocked", "lost": "unknown"}
    assert len(result.paths) == 1
    assert service.billed == 2


@pytest.mark.parametrize(
    ("replies", "status"),
    [
        ([ok(), error(400)], 11),
        ([error(451), error(400)], 5),
        ([error(400), redirect(302, "/x")], 7),
        ([error(400), error(402)], 4),
        ([error(451), error(401)], 3),
        ([ok(), error(402)], 4),
    ],
    ids=["partly", "blocked", "service", "money", "key", "money though saved"],
)
def test_one_status_is_made_of_several(replies: list[Reply], status: int, home: Home, service: Service) -> None:
    draw_each(home, service, {str(at): reply for at, reply in enumerate(replies)}, "-j", "1").expect(status)
    assert service.billed == sum(reply.name == "ok" for reply in replies)


def test_silence_of_one_draft_holds_up_no_other(home: Home, service: Service) -> None:
    service.on_seed(0, hang(billed=True))
    home.gen("a lighthouse", "--seed", "0", "-n", "4", "--timeout", "4").expect(8)
    assert [draft["status"] for draft in in_order(home)] == ["unknown", "saved", "saved", "saved"]
    silent = next(post for post in service.ledger if post.seed == 0)
    assert all(one.at < silent.at + 4 for one in service.downloads)
