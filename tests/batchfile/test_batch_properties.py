"""What holds for any bytes, any text and any template."""

import csv
import io
import itertools
import json
import shlex
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from seedream_cli.batchfile.expand import COUNTED, Expander, expand_all
from seedream_cli.batchfile.read import Format, read_rows
from seedream_cli.batchfile.rows import MAX_DRAFTS, Row
from seedream_cli.batchfile.template import escape
from seedream_cli.errors import InputError

SENDABLE = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip)
ONE_LINE = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\0"), min_size=1).filter(str.strip)
CELLS = SENDABLE.map(lambda text: text.replace("\0", "").replace("\r", "")).filter(str.strip)
# Text in which what means something is frequent, so that deep and broken templates come up.
TEMPLATES = st.lists(
    st.sampled_from(["{", "}", "|", "$$", "2$$", "__", "_", "\\", "c", "__c__", "__d__", "x", " ", "$", "1", "/", "水"])
).map("".join)
PIECES = st.sampled_from(
    [
        *['"', "'", "\\", ",", "\t", "\r", "\n", "\r\n", "[", "]", "{", "}", ":", "--", "--seed ", "-", "#", " ", "\0"],
        *['"prompt"', "prompt", "seed", "1", "1e3", "NaN", "true", "null", "\ufeff", "\ud800", "é", "\\u", "\\ud800"],
    ]
)
PIECED = st.lists(PIECES).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))


def row(prompt: str, negative: str | None = None) -> Row:
    return Row(1, 1, "p:1", prompt, negative, columns={"x": "y", "c": "{"})


def outcome(make: Callable[[], list[Row]]) -> list[Row] | InputError:
    try:
        return make()
    except InputError as error:
        return error


def words(name: str) -> list[str]:
    known = {"c": ["red", "__d__"], "d": ["{1|2}"]}
    if name not in known:
        raise InputError("there is no such file")
    return known[name]


def count(asked: Row) -> int:
    return Expander(words).check(asked).ways


@given(data=st.one_of(st.binary(), PIECED, st.binary().map(lambda data: b"prompt,seed\n" + data)))
@example(data=b"\xef\xbb\xbf")
@example(data=b"\xff\xfe\x00")
@pytest.mark.parametrize("format_", Format)
def test_any_bytes_are_rows_or_one_error(format_: Format, data: bytes) -> None:
    rows = outcome(lambda: read_rows(data, format_, "p"))
    if isinstance(rows, InputError):
        assert rows.message.startswith("p")
        return
    assert rows
    for number, one in enumerate(rows, 1):
        assert one.number == number
        assert one.where == f"p:{one.line}"
        assert one.prompt.strip()
        one.prompt.encode()


@given(text=SENDABLE)
def test_any_text_written_literally_means_itself(text: str) -> None:
    assert [one.prompt for one in expand_all([row(escape(text))], words)] == [text]
    inside = f"{{{escape(text)}|__d__}}"
    assert [one.prompt for one in expand_all([row(inside)], words)] == [text, "1", "2"]


@given(prompt=st.one_of(st.text(), TEMPLATES), negative=st.one_of(st.none(), TEMPLATES))
@settings(max_examples=500)
def test_any_text_is_a_template_or_one_error(prompt: str, negative: str | None) -> None:
    asked = row(prompt, negative)
    rows = outcome(lambda: expand_all([asked], words))
    if isinstance(rows, InputError):
        assert rows.message.startswith("p:1: ")
        return
    assert len(rows) == count(asked) <= MAX_DRAFTS
    assert all(one.prompt.strip() for one in rows)


Tree = Any  # text, or how many are taken of which options, each a list of these
TREES = st.recursive(
    st.lists(st.text("ab_ {|", min_size=1, max_size=3), min_size=1, max_size=2),
    lambda sequences: st.lists(
        st.one_of(
            st.text("ab$}", min_size=1, max_size=2),
            st.lists(sequences, min_size=2, max_size=3).flatmap(
                lambda options: st.tuples(st.integers(1, len(options)), st.just(options))
            ),
        ),
        min_size=1,
        max_size=3,
    ),
    max_leaves=8,
)


def written(sequence: Sequence[Tree]) -> str:
    """The template of a tree of choices."""
    return "".join(
        escape(part)
        if isinstance(part, str)
        else f"{{{part[0]}$${'|'.join(map(written, part[1]))}}}"
        if part[0] > 1
        else f"{{{'|'.join(map(written, part[1]))}}}"
        for part in sequence
    )


def meant(sequence: Sequence[Tree]) -> list[str]:
    """What a tree of choices means, in the plainest way to say it."""
    pools = []
    for part in sequence:
        if isinstance(part, str):
            pools.append([part])
            continue
        take, options = part
        pools.append(
            [
                ", ".join(texts)
                for chosen in itertools.combinations(map(meant, options), take)
                for texts in itertools.product(*chosen)
            ]
        )
    return list(map("".join, itertools.product(*pools)))


@given(tree=TREES)
@settings(max_examples=300)
def test_every_combination_comes_once_and_the_leftmost_is_slowest(tree: Sequence[Tree]) -> None:
    template = "x" + written(tree)
    number = count(row(template))
    assume(number <= 2000)
    expected = ["x" + text for text in meant(tree)]
    assert [one.prompt for one in expand_all([row(template)], words)] == expected
    assert number == len(expected)


@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=6), take=st.integers(1, 6))
def test_what_is_counted_is_what_is_expanded(sizes: list[int], take: int) -> None:
    assume(take <= len(sizes))
    options = "|".join(f"{{{'|' * (size - 1)}}}" if size > 1 else "a" for size in sizes)
    template = f"x{{{take}$${options}}}"
    assume(count(row(template)) <= 5000)
    assert count(row(template)) == len(expand_all([row(template)], words))


@given(powers=st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_a_count_is_exact_as_far_as_it_is_told(powers: list[int]) -> None:
    template = "|".join("{a|b}" * power for power in powers)
    assert count(row(f"{{{template}|c}}")) == min(sum(2**power for power in powers) + 1, COUNTED)


@given(prompts=st.lists(ONE_LINE, min_size=1), ending=st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_come_back_as_they_were_written(prompts: list[str], ending: str) -> None:
    assume(not any(prompt.lstrip().startswith("#") for prompt in prompts) and not prompts[0].startswith("\ufeff"))
    rows = read_rows(ending.join(prompts).encode(), Format.TXT, "p")
    assert [one.prompt for one in rows] == prompts


@given(prompts=st.lists(SENDABLE, min_size=1), ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_json_comes_back_as_it_was_written(prompts: list[str], ascii_only: bool, indent: int | None) -> None:
    values = [{"prompt": prompt, "seed": number, "x": prompt} for number, prompt in enumerate(prompts)]
    array = json.dumps(values, ensure_ascii=ascii_only, indent=indent)
    lines = "\n".join(json.dumps(value, ensure_ascii=ascii_only) for value in values)
    assume("\x00" not in array)
    for text, format_ in ((array, Format.JSON), (lines, Format.JSONL)):
        rows = read_rows(text.encode(), format_, "p")
        assert [(one.prompt, one.seed, one.columns["x"]) for one in rows] == [
            (prompt, number, prompt) for number, prompt in enumerate(prompts)
        ]


@given(cells=st.lists(st.tuples(CELLS, CELLS), min_size=1), ending=st.sampled_from(["\n", "\r\n"]))
def test_a_table_comes_back_as_it_was_written(cells: list[tuple[str, str]], ending: str) -> None:
    for delimiter, format_ in ((",", Format.CSV), ("\t", Format.TSV)):
        file = io.StringIO()
        writer = csv.writer(file, delimiter=delimiter, lineterminator=ending)
        writer.writerow(("prompt", "x"))
        expected = []
        for prompt, variable in cells:
            expected.append((file.getvalue().count("\n") + 1, prompt, variable))
            writer.writerow((prompt, variable))
        rows = read_rows(file.getvalue().encode(), format_, "p")
        assert [(one.line, one.prompt, one.columns["x"]) for one in rows] == expected


@given(line=st.text("ab \t\"'\\-é#水"))
@settings(max_examples=500)
def test_words_of_a_line_are_those_of_a_shell(line: str) -> None:
    try:
        words_ = shlex.split(f"--prompt {line}".strip())[1:]
    except ValueError:
        words_ = []
    expected = " ".join(words_)
    assume(not any(word.startswith("--") for word in words_[1:]))
    rows = outcome(lambda: read_rows(f"--prompt {line}".encode(), Format.A1111, "p"))
    if isinstance(rows, InputError):
        assert not expected.strip()
    else:
        assert [one.prompt for one in rows] == [expected]
