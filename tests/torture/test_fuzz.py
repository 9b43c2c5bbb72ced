"""Damaged histories, hostile text, odd files and answers: nothing crashes, nothing good is lost."""

import hashlib
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.program import Home
from support.torture import figures
from support.torture.house import House
from support.torture.mutations import DAMAGES, acting, hostile

from seedream_cli import safetext
from seedream_cli.api.generation import AnswerError, parse_answer, parse_failure
from seedream_cli.history import History

NOW = 1_795_000_000.0
EXPIRES = "2026-11-23T10:00:00Z"
DRAFTS, HARMED = 60, 50


def line(draft: str, kind: str, **fields: Any) -> bytes:
    record = {"v": 1, "id": draft, "kind": kind, "at": "2026-11-22T10:00:00Z", **fields}
    return json.dumps(record, separators=(",", ":")).encode()


def past(draft: str, number: int, prompt: str | None = None, **more: Any) -> list[bytes]:
    """The lines of one draft that was saved."""
    asked = {
        "origin": "http://127.0.0.1:9/v1", "model": "seedream-v5lite", "prompt": prompt or f"fox {number}",
        "negative_prompt": None, "size": "1024x1024", "seed": number, "n": 1, "index": 1, "price": 0.012, "run": "run1",
        "request": draft, "parent": None, "batch": None, "row": None, "tags": [], "embed": True,
        "target": {"parts": [f"/nowhere/{number}.", ""], "replace": False}, **more,
    }  # fmt: skip
    return [
        line(draft, "intent", **asked),
        line(draft, "answer", url="http://127.0.0.1:9/x?s=1", kept=None, revised_prompt=None, expires=EXPIRES),
        line(draft, "saved", path=f"/nowhere/{number}.png", format="png", bytes=100, sha256="0" * 64),
        line(draft, "note", note=f"note {number}"),
    ]  # fmt: skip


def name(number: int) -> str:
    # Far apart: one wrong bit must not make an id another draft's, which nothing could tell.
    return hashlib.sha256(str(number).encode()).hexdigest()[:12]


@pytest.mark.timeout(3000)
def test_a_damaged_history_shows_every_draft_that_is_not_damaged(tmp_path: Path) -> None:
    wanted = figures.sized(4_000, 1_000_000)
    lot = random.Random(figures.SEED)
    path = tmp_path / "history.jsonl"
    whole = [past(name(number), number) for number in range(DRAFTS)]
    path.write_bytes(b"".join(each + b"\n" for lines in whole for each in lines))
    right = {draft.id: draft for draft in History(path, lambda: NOW).newest_first()}
    assert len(right) == DRAFTS
    assert all(draft.status == "saved" and draft.note for draft in right.values())
    mutations = files = 0
    kinds = list(DAMAGES.values())
    while mutations < wanted:
        harmed = set(lot.sample(range(DRAFTS), HARMED))
        pieces = []
        for number, lines in enumerate(whole):
            place = lot.randrange(len(lines)) if number in harmed else -1
            pieces += [lot.choice(kinds)(lot, each) if at == place else each for at, each in enumerate(lines)]
        data = b"\n".join(pieces) + lot.choice([b"\n", b""])
        if lot.random() < 0.05:
            data = b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
        path.write_bytes(data)
        history = History(path, lambda: NOW)
        found = {draft.id: draft for draft in history.newest_first()}
        for number in range(DRAFTS):
            if number not in harmed:
                assert found.get(name(number)) == right[name(number)], (number, data)
        if files % 50 == 0:
            one = lot.choice([number for number in range(DRAFTS) if number not in harmed])
            assert history.find(name(one)) == right[name(one)]
            assert all(isinstance(number, int) for number in history.damaged_lines())
            assert path.read_bytes() == data, "reading wrote"
        mutations += HARMED
        files += 1
    figures.tell("history mutations", mutations=mutations, files=files, good_drafts_lost=0)


def test_hostile_text_never_acts_on_a_terminal() -> None:
    count = figures.sized(5_000, 100_000)
    lot = random.Random(figures.SEED)
    for _ in range(count):
        text = hostile(lot)
        assert not acting(safetext.visible(text)), ascii(text)
        assert not acting(safetext.visible_lines(text), "\n"), ascii(text)
        shown = safetext.visible(safetext.redact(text + " sk-byts-Geheim1", "sk-byts-Geheim1"))
        assert "Geheim1" not in shown, ascii(text)
    figures.tell("hostile strings through safetext", strings=count, acted=0)


LOOKING = (
    ("history", "list", "--all"),
    ("history", "stats"),
    ("history", "verify"),
    ("history", "show", "last"),
    ("history", "diff", "last", "last~1"),
    ("history", "tree", "last"),
    ("history", "list", "--all", "--json"),
    ("history", "export", "--csv"),
    ("history", "pull"),
    ("history", "rerun", "last", "--dry-run"),
)


def hostile_history(lot: random.Random, count: int) -> bytes:
    """A history whose every text is hostile, of several kinds of draft."""
    lines = []
    for number in range(count):
        text = [hostile(lot) for _ in range(8)]
        of = past(
            name(number), number, text[0], negative_prompt=text[1], model=text[2][:60], batch=text[3], tags=[text[4]],
            target={"parts": [f"/nowhere/{text[5]}.", ""], "replace": False},
        )  # fmt: skip
        if number % 3 == 0:
            of[1:] = [line(name(number), "failed", error={"status": 400, "code": text[6], "message": text[7]})]
        elif number % 3 == 1:
            of[2:] = [line(name(number), "saved", path=f"/nowhere/{text[5]}", format="png", bytes=1, sha256=text[6]),
                      line(name(number), "note", note=text[7])]  # fmt: skip
        lines += of
    return b"".join(each + b"\n" for each in lines)


@pytest.mark.timeout(3000)
def test_no_command_lets_hostile_text_of_the_history_act_on_a_terminal(house: House) -> None:
    drafts = figures.sized(100, 2_000)
    rounds = figures.sized(1, 8)
    outputs = 0
    for number in range(rounds):
        house.history_path.parent.mkdir(mode=0o700, exist_ok=True)
        house.history_path.write_bytes(hostile_history(random.Random(figures.SEED * 100 + number), drafts))
        house.history_path.chmod(0o600)
        for argv in LOOKING:
            run = house.run(*argv, env={"COLUMNS": "80"}, patience=120)
            assert run.status in {0, 2, 9, 10}, run
            text = run.stdout.decode("utf-8", "strict") + run.stderr.decode("utf-8", "strict")
            # Data for machines: export quotes, so that only a terminal's own codes are looked for.
            allowed = "\n\t\r" if "--csv" in argv else "\n\t"
            if "export" not in argv:
                assert not acting(text, allowed), (argv, {hex(ord(each)) for each in acting(text, allowed)})
            if "--json" in argv:
                assert text.isascii()
            outputs += 1
    figures.tell("hostile strings through commands", strings=rounds * drafts * 8, outputs=outputs, acted=0)


def test_a_terminal_gets_no_hostile_text_raw(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"NO_COLOR": "1"})
    home.history_path.parent.mkdir(mode=0o700)
    home.history_path.write_bytes(hostile_history(random.Random(figures.SEED), 40))
    home.history_path.chmod(0o600)
    for argv in figures.some(LOOKING, 2):
        screen = home.in_terminal(*argv)
        # The terminal itself ends lines so; a terminal's own questions and titles begin with ESC, which no text may.
        assert "Traceback" not in screen.text
        if "export" not in argv:
            raw = re.sub(rb"\x1b\[[0-9;?]*[hlmK]", b"", screen.screen).decode("utf-8", "replace")
            assert not acting(raw, "\r\n\t"), (argv, acting(raw, "\r\n\t"))


ALLOWED = {0, 2, 4, 10}
WORDS = st.text(max_size=20)
VALUES = st.one_of(st.integers(), st.floats(), WORDS, st.booleans(), st.lists(WORDS, max_size=3))
TOML = st.one_of(
    st.binary(max_size=200),
    st.dictionaries(
        st.sampled_from(
            ["model", "size", "dir", "jobs", "max_cost", "daily_cap", "max_in_flight", "download_hosts", "prices"]
        ),
        VALUES,
        max_size=4,
    ).map(lambda table: "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items()).encode()),
)
FUZZ = settings(
    max_examples=figures.sized(15, 1_000),
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(3000)
@FUZZ
@given(data=TOML)
def test_no_configuration_crashes_anything(house: House, data: bytes) -> None:
    path = Path(house.env["SEEDREAM_CONFIG"])
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o600)
    for argv in (("gen", "a fox", "--dry-run"), ("config", "list"), ("history", "list")):
        run = house.run(*argv)
        assert run.status in ALLOWED, (data, run)
        assert b"Traceback" not in run.stderr


ROWS = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(st.text(max_size=30), st.text("{}|$_,:\\\"'\n#@", max_size=30)), max_size=8).map(
        lambda rows: "\n".join(rows).encode("utf-8", "surrogatepass")
    ),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(["prompt", "seed", "size", "n", "model", "output", "tags", "negative_prompt", "x"]),
                inner,
                max_size=5,
            ),
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)


@pytest.mark.timeout(3000)
@FUZZ
@given(data=ROWS, suffix=st.sampled_from(["txt", "jsonl", "json", "csv", "tsv"]), expand=st.booleans())
def test_no_batch_file_crashes_anything(house: House, data: bytes, suffix: str, expand: bool) -> None:
    path = house.work / f"rows.{suffix}"
    path.write_bytes(data)
    run = house.run("batch", path.name, "--dry-run", *(["--expand"] if expand else []))
    assert run.status in ALLOWED, (data, run)
    assert not acting((run.stderr + run.stdout).decode("utf-8"), "\n\t"), data


def test_no_answer_breaks_the_reader_of_answers() -> None:
    count = figures.sized(4_000, 200_000)
    lot = random.Random(figures.SEED)
    url = b'{"created":1,"data":[{"url":"https://cdn.example/x?s=1","revised_prompt":"a"},{"b64_json":"iVBORw0KGgo="}]}'
    failure = b'{"error":{"message":"no sk-byts-Geheim1","type":"x","code":"y","param":null}}'
    kinds = list(DAMAGES.values())
    worst = 0.0
    for _ in range(count):
        data, said = url, failure
        for _ in range(lot.randint(1, 3)):
            damage = lot.choice(kinds)
            data, said = damage(lot, data), damage(lot, said)
        began = time.process_time()
        try:
            pictures = parse_answer(data, n=2, key="sk-byts-Geheim1").pictures
            assert len(pictures) == 2
        except AnswerError:
            pass
        made = parse_failure(said, key="sk-byts-Geheim1")
        assert "sk-byts-Geheim1" not in str(made)
        worst = max(worst, time.process_time() - began)
    figures.tell("damaged answers read", answers=2 * count, crashed=0, worst_ms=round(worst * 1000))
