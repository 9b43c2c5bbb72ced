"""Records: what is written is read again, whatever else is in a line is survived, strength decides and not place."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.past import NOW, URL, answer, asked, decoded, line, saved

from seedream_cli.drafts import DraftError, timestamp
from seedream_cli.history import records
from seedream_cli.history.records import DamagedLineError, decode, fold
from seedream_cli.safetext import UNSAFE

TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
ERROR = DraftError(500, "server_error", "no")
DRAFT = asked()
OUTCOMES = {
    "unknown": records.unknown(DRAFT, ERROR, None),
    "failed": records.refused(DRAFT, ERROR, blocked=False),
    "blocked": records.refused(DRAFT, ERROR, blocked=True),
    "pending": answer(DRAFT),
    "saved": saved(DRAFT),
}


def folded(*lines: bytes, now: float = NOW):
    return fold(list(decoded(lines)), now=now)


def with_field(name: str, value: object, entry: bytes) -> bytes:
    return json.dumps({**json.loads(entry), name: value}).encode()


@given(prompt=TEXT, negative=TEXT | st.none(), tags=st.lists(TEXT, max_size=3), seed=st.integers(0, 2**32 - 1))
def test_an_intent_is_read_as_it_was_written(prompt, negative, tags, seed):
    draft = asked(7, prompt, negative_prompt=negative, tags=tuple(tags), seed=seed, n=4, index=2, batch="b", row=9)
    written = records.intent(draft)
    assert folded(written) == replace(draft, status="unknown")
    assert written.count(b"\n") == 1
    assert not UNSAFE.search(written.decode()[:-1])


@given(text=TEXT)
def test_text_stands_in_a_record_as_a_search_looks_for_it(text):
    assert records.encode_text(text) in records.intent(asked(1, f"a{text}b"))


@given(st.permutations(list(OUTCOMES)), st.integers(1, 5))
def test_the_strongest_outcome_counts_whatever_the_order(order, count):
    chosen = order[:count]
    draft = folded(records.intent(DRAFT), *(line(OUTCOMES[name]) for name in chosen))
    assert draft.status == max(chosen, key=list(OUTCOMES).index)
    assert draft == folded(
        *(line(OUTCOMES[name]) for name in sorted(chosen)), records.intent(DRAFT), *(line(OUTCOMES[n]) for n in chosen)
    )


def test_an_intent_alone_is_unknown_and_without_one_there_is_no_draft():
    assert folded(records.intent(DRAFT)).status == "unknown"
    assert folded(line(saved(DRAFT)), line(records.rated(DRAFT, 5))) is None
    assert fold([], now=NOW) is None


def test_a_draft_is_of_the_batch_that_drew_it_and_of_those_that_joined_it_each_once():
    drawn = asked(batch="first.txt", row=1)
    joining = [line(records.joined(drawn, *which)) for which in (("a", 7), ("b", 2), ("a", 8), ("first.txt", 3))]
    assert folded(records.intent(drawn), *joining).batches == {"first.txt": 1, "a": 7, "b": 2}
    alone = asked()
    draft = folded(records.intent(alone), line(records.joined(alone, "a", 7)))
    assert (draft.batch, draft.batches) == (None, {"a": 7})
    assert folded(records.intent(alone), with_field("batch", 5, line(records.joined(alone, "a", 7)))).batches == {}


def test_of_two_ratings_or_notes_the_last_counts_and_tags_add_up():
    draft = folded(
        records.intent(replace(DRAFT, tags=("a", "b"))),
        *(line(records.rated(DRAFT, n)) for n in (1, 5, 2)),
        *(line(records.noted(DRAFT, text)) for text in ("one", "two")),
        line(records.tagged(DRAFT, added=["c", "a"])),
        line(records.tagged(DRAFT, removed=["a", "zzz"])),
        line(records.tagged(DRAFT, added=["d", "d"])),
    )
    assert (draft.rating, draft.note, draft.tags) == (2, "two", ("b", "c", "d"))
    assert folded(records.intent(DRAFT), line(records.noted(DRAFT, "x")), line(records.noted(DRAFT, ""))).note is None


def test_a_url_expires_by_the_clock_and_a_saved_picture_does_not():
    asked_for = records.intent(DRAFT), line(answer(DRAFT, left=60))
    assert folded(*asked_for, now=NOW + 59).status == "pending"
    assert folded(*asked_for, now=NOW + 60).status == "expired"
    assert folded(*asked_for, line(saved(DRAFT)), now=NOW + 1e6).status == "saved"
    assert folded(asked_for[0], with_field("expires", "soon", asked_for[1]), now=NOW + 1e6).status == "pending"


@pytest.mark.parametrize("url", [None, URL])
def test_a_picture_that_is_kept_here_never_expires(url):
    kept = records.answered(DRAFT, url=url, kept="/k", revised_prompt=None, expires=timestamp(NOW + 60))
    assert folded(records.intent(DRAFT), line(kept), now=NOW + 1e6).status == "pending"
    assert folded(records.intent(DRAFT), with_field("kept", 7, line(kept)), now=NOW + 1e6).status == "expired"


def test_why_a_picture_is_not_here_is_told_until_it_is():
    lines = records.intent(DRAFT), line(answer(DRAFT)), line(records.unsaved(DRAFT, ERROR))
    assert (folded(*lines).status, folded(*lines).error) == ("pending", ERROR)
    assert folded(*lines, line(saved(DRAFT))).error is None


def test_what_an_entry_says_becomes_of_a_draft_is_what_its_record_says():
    for entry in [
        *OUTCOMES.values(),
        records.rated(DRAFT, 3),
        records.noted(DRAFT, "n"),
        records.tagged(DRAFT, added=["t"]),
    ]:
        assert entry.outcome() == replace(folded(records.intent(DRAFT), line(entry)), status=entry.outcome().status)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" \t \r",
        b"\xef\xbb\xbf",
        b'{"v":2,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1000000,"id":7,"kind":"x"}',
        b'{"v":1,"id":"draft0000001","kind":"hologram","at":"whenever"}',
    ],
)
def test_blank_lines_later_versions_and_unknown_kinds_are_nothing_to_us(text):
    assert decode(text) is None


NESTED = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        b"x",
        b"null",
        b"1",
        b"[]",
        b"{}",
        b'"v"',
        NESTED,
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z","note":' + NESTED + b"}",
        b'{"v":' + b"9" * 5000 + b"}",
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"',
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"}}',
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z","note":"\xff"}',
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z","note":"\x1b"}',
        b'{"v":true,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":"1","id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1.0,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":NaN,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":"../../etc/x","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":"draft0001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":"draft000000000001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":"Draft0000001","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":"draft0000001\\n","kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":["draft0000001"],"kind":"note","at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":"draft0000001","kind":["intent"],"at":"2026-01-01T00:00:00Z"}',
        b'{"v":1,"id":"draft0000001","kind":"note","at":1}',
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-13-01T00:00:00Z"}',
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z' + b" " * 50 + b'"}',
        b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00.' + b"0" * 50 + b'Z"}',
    ],
)
def test_anything_else_is_damage(text):
    # Each has one fault and no other.
    with pytest.raises(DamagedLineError):
        decode(text)


@pytest.mark.parametrize("name", ["origin", "model", "prompt", "size", "seed"])
@pytest.mark.parametrize("value", [None, True, 1.5, []])
def test_an_intent_that_does_not_say_what_is_asked_for_is_damage(name, value):
    with pytest.raises(DamagedLineError):
        decode(with_field(name, value, records.intent(DRAFT)))


@pytest.mark.parametrize("around", [(b"\xef\xbb\xbf", b""), (b"", b"\r"), (b"\t", b"\r"), (b"  ", b"  \r\n")])
def test_byte_order_marks_and_other_line_ends_are_no_damage(around):
    before, after = around
    written = records.intent(DRAFT).strip()
    assert decode(before + written + after) == decode(written)


HOSTILE = [
    None, True, False, 0, -1, 5, 99, 1.5, 1e300, -1e300, float("nan"), float("inf"), 10**4000, "", "x", "\ud800", "\0",
    "\x1b[2J", "9" * 5000, [], ["a", 1, None], [[]], {}, {"status": "x", "code": 1, "message": []}, [10**400],
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_any_type_in_any_field_is_read_as_something_sensible_or_as_damage(value):
    plain = [records.intent(DRAFT), *(line(entry) for entry in OUTCOMES.values())]
    plain += [
        line(each) for each in (records.rated(DRAFT, 3), records.noted(DRAFT, "n"), records.unsaved(DRAFT, ERROR))
    ]
    plain += [line(records.tagged(DRAFT, added=["x"], removed=["y"]))]
    for position, entry in enumerate(plain):
        for name in json.loads(entry).keys() - {"v", "id", "kind", "at"}:
            changed = [*plain]
            changed[position] = with_field(name, value, entry)
            draft = folded(*changed)
            if draft is not None:
                shown = json.loads(json.dumps(draft.public()))
                assert shown["rating"] in {None, *range(6)}
                assert 0 <= shown["cost_usd"] < 1e9
                assert all(isinstance(tag, str) for tag in shown["tags"])


@pytest.mark.parametrize(
    ("at", "created"),
    [
        ("2026-11-22T01:00:00+05:00", "2026-11-21T20:00:00Z"),
        ("20261122T100000Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00Z"),
        ("9999-12-31T23:59:59-23:59", "1970-01-01T00:00:00Z"),
    ],
)
def test_a_time_in_another_form_is_shown_in_ours(at, created):
    assert folded(with_field("at", at, records.intent(DRAFT))).created == created


@given(st.binary(max_size=80) | st.sampled_from([records.intent(DRAFT), line(saved(DRAFT), late=True)]), st.data())
def test_the_id_of_a_line_is_found_without_reading_it_as_it_is_by_reading_it(text, data):
    cut = text[: data.draw(st.integers(0, len(text)))]
    try:
        record = decode(cut)
    except DamagedLineError:
        record = None
    if record is not None:
        assert records.id_of(cut) == record.id
    else:
        records.id_of(cut)


def test_a_late_line_begins_with_a_tab_and_no_other_line_holds_one():
    assert line(saved(DRAFT), late=True)[:1] == records.LATE
    assert records.LATE not in records.intent(asked(1, "a\tb", tags=("c\td",)))


def test_what_stays_of_a_forgotten_draft_has_no_text():
    draft = asked(
        1, "secret prompt", negative_prompt="secret", note="secret", url=URL, status="pending", batch="secret"
    )
    left = line(records.forgotten(draft))
    assert b"secret" not in left
    assert json.loads(left)["cost_usd"] == 0.012
    assert timestamp(NOW) in left.decode()


SAID = {"status": 500, "code": "server_error", "message": "no"}
FROM = {"origin": DRAFT.key.origin, "price": DRAFT.price}
WRITTEN = [
    (answer(DRAFT, revised="r"), "answer", {"url": URL, "kept": None, "revised_prompt": "r", **FROM}),
    (records.answered(DRAFT, url=None, kept="/k", revised_prompt=None, expires="e"), "answer",
     {"url": None, "kept": "/k", "expires": "e", "revised_prompt": None, **FROM}),
    (saved(DRAFT, "/p", "ab", 5), "saved", {"path": "/p", "format": "png", "bytes": 5, "sha256": "ab"}),
    (records.unsaved(DRAFT, ERROR), "unsaved", {"error": SAID}),
    (records.refused(DRAFT, ERROR, blocked=False), "failed", {"error": SAID}),
    (records.refused(DRAFT, ERROR, blocked=True), "blocked", {"error": SAID}),
    (records.unknown(DRAFT, ERROR, "/k"), "unknown", {"error": SAID, "kept": "/k"}),
    (records.rated(DRAFT, 3), "rating", {"rating": 3}),
    (records.noted(DRAFT, "n"), "note", {"note": "n"}),
    (records.tagged(DRAFT, added=["a"], removed=["b"]), "tags", {"added": ["a"], "removed": ["b"]}),
    (records.joined(DRAFT, "b", 9), "batch", {"batch": "b", "row": 9}),
    (records.forgotten(replace(DRAFT, status="saved")), "forgotten",
     {"created": DRAFT.created, "origin": DRAFT.key.origin, "model": DRAFT.key.model, "status": "saved"}),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "kind", "fields"), WRITTEN, ids=[kind for _, kind, _ in WRITTEN])
def test_a_record_is_written_as_scripts_and_later_versions_know_it(entry, kind, fields):
    written = line(entry)
    record = json.loads(written)
    assert written == records.encode_fields(record)
    assert written.endswith(b"}\n")
    assert record == record | {"v": 1, "id": DRAFT.id, "kind": kind, "at": timestamp(NOW)} | fields
    assert set(record) - {"v", "id", "kind", "at", "expires", "cost_usd"} == set(fields) - {"expires"}


def test_an_intent_is_written_as_scripts_and_later_versions_know_it():
    draft = asked(7, "a fox", negative_prompt="no", n=4, index=2, run="r", parent="p", batch="b", row=9, tags=("t",))
    assert json.loads(records.intent(draft)) == {
        "v": 1, "id": draft.id, "kind": "intent", "at": draft.created, "origin": draft.key.origin,
        "model": "seedream-v5lite", "prompt": "a fox", "negative_prompt": "no", "size": "1024x1024", "seed": 7, "n": 4,
        "index": 2, "price": 0.012, "target": [f"/pictures/{draft.id}.", ""], "replace": False, "request": draft.id,
        "run": "r", "parent": "p", "batch": "b", "row": 9, "tags": ["t"],
    }  # fmt: skip


def test_a_bare_line_is_the_record_and_a_line_feed():
    written = line(saved(DRAFT), late=True)
    assert records.bare(b"\xef\xbb\xbf" + written.strip() + b" \r\n") == records.bare(written) == written.lstrip(b"\t")


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_record_in_another_form_is_found_by_its_id_and_its_prompt(separators):
    ours = records.intent(DRAFT)
    other = json.dumps(dict(reversed(json.loads(ours).items())), separators=separators).encode()
    assert records.id_of(other) == DRAFT.id
    assert records.may_ask(other, {records.encode_text("a fox")})
    assert not records.may_ask(ours, {records.encode_text("a hare")})


@pytest.mark.parametrize("price", [True, None, "1", -1, 1e12])
def test_what_is_no_price_costs_nothing(price):
    assert folded(with_field("price", price, records.intent(DRAFT))).price == 0.0


def test_a_reason_that_is_not_said_is_empty():
    failed = with_field("error", {"status": 500}, line(OUTCOMES["failed"]))
    assert folded(records.intent(DRAFT), failed).error == DraftError(500, None, "")


def test_where_an_unusable_answer_is_kept_is_known():
    assert folded(records.intent(DRAFT), line(records.unknown(DRAFT, ERROR, "/k"))).kept == "/k"
