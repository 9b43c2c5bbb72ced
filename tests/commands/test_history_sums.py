"""`history stats`: counts and estimates, the sandbox apart, what is unknown as perhaps spent."""

import json

import pytest
from support.past import asked, line, story, write
from support.program import Home
from wcwidth import wcswidth

from seedream_cli.drafts import DraftError
from seedream_cli.history import records
from seedream_cli.safetext import UNSAFE

ERROR = DraftError(503, "x", "y")


@pytest.fixture
def past(offline_home: Home) -> Home:
    """A home with two days, two models, two batches, every kind of outcome."""
    of = {"created": "2026-11-20T23:59:59Z"}, {"created": "2026-11-21T00:00:00Z"}
    unknown, failed = asked(4, batch="a.txt", **of[1]), asked(5, **of[1])
    write(
        offline_home.history_path,
        story(asked(1, batch="a.txt", **of[0])),
        story(asked(2, batch="b.txt", price=0.03, model="seedream-v4.5", **of[1])),
        story(asked(3, origin="sandbox", **of[1])),
        records.intent(unknown) + line(records.unknown(unknown, ERROR, None)),
        records.intent(failed) + line(records.refused(failed, ERROR, blocked=False)),
        records.intent(asked(6, **of[1])),
    )
    return offline_home


def sums(home: Home) -> dict[str, object]:
    told: dict[str, object] = home.run("history", "stats", "--json").expect(0).objects[0]
    return told


def test_everything_is_counted_where_it_belongs(past: Home) -> None:
    assert sums(past) == {
        "drafts": 5,
        "usd": 0.042,
        "perhaps_usd": 0.024,
        "estimate": True,
        "by_status": {"unknown": 2, "failed": 1, "saved": 2},
        "by_day": {
            "2026-11-20": {"drafts": 1, "usd": 0.012, "perhaps_usd": 0},
            "2026-11-21": {"drafts": 4, "usd": 0.03, "perhaps_usd": 0.024},
        },
        "by_model": {
            "seedream-v5lite": {"drafts": 4, "usd": 0.012, "perhaps_usd": 0.024},
            "seedream-v4.5": {"drafts": 1, "usd": 0.03, "perhaps_usd": 0},
        },
        "by_batch": {
            "a.txt": {"drafts": 2, "usd": 0.012, "perhaps_usd": 0.012},
            "b.txt": {"drafts": 1, "usd": 0.03, "perhaps_usd": 0},
        },
        "sandbox_drafts": 1,
        "forgotten_drafts": 0,
    }


def test_statuses_and_days_come_in_order_dear_models_first_and_new_batches_last(past: Home) -> None:
    told = sums(past)
    assert list(told["by_status"]) == ["saved", "unknown", "failed"]  # type: ignore[call-overload]
    assert list(told["by_day"]) == ["2026-11-20", "2026-11-21"]  # type: ignore[call-overload]
    assert list(told["by_model"]) == ["seedream-v5lite", "seedream-v4.5"]  # type: ignore[call-overload]
    assert list(told["by_batch"]) == ["a.txt", "b.txt"]  # type: ignore[call-overload]


def test_sums_are_told_as_estimates_with_the_sandbox_apart(past: Home) -> None:
    text = past.run("history", "stats").expect(0).stdout.decode()
    assert "5 drafts, $0.042 and perhaps $0.024 (estimate)" in text
    assert "sandbox, in no sum: 1 draft" in text
    assert text.index("2026-11-20") < text.index("2026-11-21")
    assert "#" in text


def test_sums_stay_true_after_drafts_are_forgotten_and_imports_do_not_bring_them_back(past: Home) -> None:
    before = sums(past)
    copy = past.work / "copy.jsonl"
    copy.write_bytes(past.history_path.read_bytes())
    ids = [asked(n).id for n in (1, 2, 3, 4)]
    past.run("history", "forget", *ids).expect(0)
    after = sums(past)
    for name in ("drafts", "usd", "perhaps_usd", "by_day", "by_model"):
        assert after[name] == before[name], name
    assert after["forgotten_drafts"] == 3
    assert "4 forgotten here" in past.run("history", "import", copy).expect(0).talk
    assert sums(past) == after
    assert len(past.drafts()) == 2


def test_a_draft_that_stands_in_the_history_again_is_not_counted_as_forgotten_too(past: Home) -> None:
    before = sums(past)
    past.run("history", "forget", asked(1).id).expect(0)
    write(
        past.history_path,
        past.history_path.read_bytes(),
        story(asked(1, batch="a.txt", created="2026-11-20T23:59:59Z")),
    )
    assert sums(past) == before


def test_what_stays_of_forgotten_drafts_counts_once_and_only_if_it_is_sound(past: Home) -> None:
    left = json.loads(line(records.forgotten(asked(9, status="saved"))))
    wrong = [True, None, "0.012", -1, 1e300, float("nan"), float("inf"), 10**400, [], {}]
    spoilt = [{**left, "id": f"spoilt{n:06d}", "cost_usd": value} for n, value in enumerate(wrong)]
    odd = {**left, "id": "odd000000000", "created": {"x": 1}}
    lines = [json.dumps(each).encode() + b"\n" for each in [left, left, *spoilt, odd]]
    before = sums(past)
    write(past.history_path, past.history_path.read_bytes(), *lines)
    after = sums(past)
    assert after["forgotten_drafts"] == 2
    assert after["usd"] == pytest.approx(before["usd"] + 0.024)  # type: ignore[operator]
    assert set(after["by_day"]) == {"2026-11-17", "2026-11-18", "2026-11-20", "2026-11-21"}  # type: ignore[call-overload]


def test_an_empty_history_has_empty_sums(offline_home: Home) -> None:
    assert sums(offline_home)["usd"] == 0
    assert "0 drafts, $0" in offline_home.run("history", "stats").expect(0).stdout.decode()


@pytest.mark.parametrize("columns", [20, 60, 200])
def test_nothing_raw_and_nothing_too_wide_is_told_of_names(offline_home: Home, columns: int) -> None:
    name = "esc \x1b[2J \u202e [b]x[/b] \ud800\n狐" + "狐狸" * 100
    write(offline_home.history_path, story(asked(1, model=name, batch=name)), story(asked(2, batch="x")))
    piped = offline_home.run("history", "stats").expect(0).stdout.decode()
    screen = offline_home.in_terminal("history", "stats", columns=columns).text
    assert not UNSAFE.search(piped.replace("\n", ""))
    assert not UNSAFE.search(screen.replace("\r\n", ""))
    assert all(wcswidth(each) <= columns for each in screen.split("\r\n"))
    assert "[b]x[/b]" in piped
