"""What each format gives: rows, and the line on which each begins."""

import csv
import json
import os
from pathlib import Path

import pytest

from seedream_cli.batchfile.read import LARGEST_FILE, Format, format_of, read_file, read_rows
from seedream_cli.batchfile.rows import Row
from seedream_cli.errors import InputError, LocalFileError


def rows(text: str | bytes, format_: str) -> list[Row]:
    data = text if isinstance(text, bytes) else text.encode()
    return read_rows(data, Format(format_), "p")


def prompts(text: str | bytes, format_: str) -> list[tuple[int, str]]:
    return [(row.line, row.prompt) for row in rows(text, format_)]


def fault(text: str | bytes, format_: str) -> InputError:
    with pytest.raises(InputError) as caught:
        rows(text, format_)
    return caught.value


def test_a_row_knows_its_number_its_line_and_how_to_be_named() -> None:
    (first, second) = rows("# mine\na fox\n\na hare\n", "txt")
    assert (first.number, first.line, first.where, first.prompt) == (1, 2, "p:2", "a fox")
    assert (second.number, second.line, second.where, second.prompt) == (2, 4, "p:4", "a hare")
    assert second == Row(2, 4, "p:4", "a hare")


PLAIN = {
    "a prompt a line": ("a fox\na hare\n", [(1, "a fox"), (2, "a hare")]),
    "without a last line feed": ("a fox\na hare", [(1, "a fox"), (2, "a hare")]),
    "CRLF": ("a fox\r\n\r\na hare\r\n", [(1, "a fox"), (3, "a hare")]),
    "a lone CR": ("a fox\ra hare\r", [(1, "a fox"), (2, "a hare")]),
    "all of them": ("a\nb\r\nc\rd", [(1, "a"), (2, "b"), (3, "c"), (4, "d")]),
    "a byte order mark": ("\ufeffa fox\n", [(1, "a fox")]),
    "a byte order mark before a comment": ("\ufeff# mine\na fox\n", [(2, "a fox")]),
    "blank lines and comments": ("\n \t\n#a\n  # b\na #1 fox\n", [(5, "a #1 fox")]),
    "space is part of a prompt": ("  a fox \n", [(1, "  a fox ")]),
    "nothing is syntax": ('{a|b} __c__ "d" --e \\f', [(1, '{a|b} __c__ "d" --e \\f')]),
    "separators that end no line": ("a\x0bb\x0cc\x85d\u2028e\n", [(1, "a\x0bb\x0cc\x85d\u2028e")]),
    "any script": ("水墨山水\n👨\u200d👩\u200d👧\n", [(1, "水墨山水"), (2, "👨\u200d👩\u200d👧")]),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_lines_are_prompts(name: str) -> None:
    text, expected = PLAIN[name]
    assert prompts(text, "txt") == expected


FULL = {
    "prompt": "a fox",
    "negative_prompt": "text",
    "seed": 7,
    "size": "square",
    "n": 2,
    "model": "seedream-v4",
    "output": "fox.png",
    "tags": ["red", "big"],
    "mood": "calm",
}
COLUMNS = {name: str(value) for name, value in FULL.items() if name != "prompt"} | {"tags": "red, big"}
FULL_ROW = Row(1, 1, "p:1", "a fox", "text", 7, "square", 2, "seedream-v4", "fox.png", ("red", "big"), COLUMNS)


def test_json_lines_know_every_field() -> None:
    assert rows(json.dumps(FULL), "jsonl") == [FULL_ROW]


def test_json_knows_every_field() -> None:
    assert rows(json.dumps([FULL]), "json") == [FULL_ROW]


@pytest.mark.parametrize(("format_", "dialect"), [("csv", "excel"), ("tsv", "excel-tab")])
def test_tables_know_every_field(format_: str, dialect: str, tmp_path: Path) -> None:
    with open(tmp_path / "table", "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(FULL), dialect=dialect)
        writer.writeheader()
        writer.writerow({**FULL, "tags": " red, big,"})
    (row,) = rows((tmp_path / "table").read_bytes(), format_)
    assert (row.line, row.where) == (2, "p:2")
    assert [getattr(row, name) for name in FULL if name != "mood"] == [
        ("red", "big") if name == "tags" else value for name, value in FULL.items() if name != "mood"
    ]
    assert row.columns == {**COLUMNS, "tags": " red, big,"}


def test_what_is_empty_or_null_is_not_given() -> None:
    bare = Row(1, 1, "p:1", "a fox", columns=dict.fromkeys(COLUMNS, ""))
    empty = dict.fromkeys(FULL, "") | {"prompt": "a fox"}
    assert rows(json.dumps(empty), "jsonl") == [bare]
    nothing = dict.fromkeys(FULL) | {"prompt": "a fox"}
    assert rows(json.dumps(nothing), "jsonl") == [bare]
    header, cells = ",".join(empty), ",".join(empty.values())
    (row,) = rows(f"{header}\n{cells}\n", "csv")
    assert row == Row(1, 2, "p:2", "a fox", columns=dict.fromkeys(COLUMNS, ""))


def test_a_cell_that_is_missing_at_the_end_of_a_row_is_not_given() -> None:
    (row,) = rows("prompt,seed,mood\na fox\n", "csv")
    assert row == Row(1, 2, "p:2", "a fox")


JSON_LINES = {
    "blank lines": ('\n{"prompt": "a"}\n  \n{"prompt": "b"}', [(2, "a"), (4, "b")]),
    "a string is a prompt": ('"a"\n{"prompt": "b"}\n', [(1, "a"), (2, "b")]),
    "space around": (' \t{"prompt": "a"} \r\n', [(1, "a")]),
    "a byte order mark": ('\ufeff{"prompt": "a"}', [(1, "a")]),
    "escapes": (r'{"prompt": "\u6c34\n\ud83d\ude00\u0000"}', [(1, "水\n😀\0")]),
}


@pytest.mark.parametrize("name", JSON_LINES)
def test_json_lines_are_rows(name: str) -> None:
    text, expected = JSON_LINES[name]
    assert prompts(text, "jsonl") == expected


def test_rows_of_an_array_know_their_lines() -> None:
    text = ' \n[ {"prompt":\r\n "a"}, "b",\n\n{"prompt": "c"}\r, "d"]\n'
    assert prompts(text, "json") == [(2, "a"), (3, "b"), (5, "c"), (6, "d")]


def test_values_of_columns_are_text_as_it_was_written() -> None:
    (row,) = rows('{"prompt":"a","x":1.50,"y":true,"z":null,"w":"t","v":[1],"u":{},"t":12345678901234567890}', "jsonl")
    assert row.columns == {"x": "1.50", "y": "true", "z": "", "w": "t", "t": "12345678901234567890"}
    assert {type(value) for value in row.columns.values()} == {str}


@pytest.mark.parametrize("written", ["5", "5.0", "5.000", '"5"', '" 5 "', '"5.0"', '"005"'])
def test_a_whole_number_is_one_however_it_is_written(written: str) -> None:
    (row,) = rows(f'{{"prompt":"a","seed":{written},"n":{written}}}', "jsonl")
    assert (row.seed, row.n) == (5, 5)


@pytest.mark.parametrize("seed", [0, 4294967295])
def test_seeds_reach_to_both_ends(seed: int) -> None:
    assert rows(f"prompt,seed\na,{seed}\n", "csv")[0].seed == seed


def test_tags_are_a_list_or_text_with_commas() -> None:
    (listed,) = rows('{"prompt":"a","tags":["x, y"," z ","z",""]}', "jsonl")
    (spelt,) = rows('{"prompt":"a","tags":"x, y,, y"}', "jsonl")
    assert (listed.tags, spelt.tags) == (("x, y", "z"), ("x", "y"))


TABLES = {
    "rows of several lines": ('prompt\n"a\nfox"\n"a\r\nhare"\nb\n', [(2, "a\nfox"), (4, "a\nhare"), (6, "b")]),
    "quotes": ('prompt\n"a ""red"", quick fox"\na 5" pipe\n', [(2, 'a "red", quick fox'), (3, 'a 5" pipe')]),
    "blank and empty rows": ("\nprompt,seed\n\n , \na,1\n,\nb,2\n", [(5, "a"), (7, "b")]),
    "CRLF": ("prompt\r\na\r\nb\r\n", [(2, "a"), (3, "b")]),
    "a lone CR": ("prompt\ra\rb", [(2, "a"), (3, "b")]),
    "columns without a name": (",prompt,,\n0,a,,\n", [(2, "a")]),
    "a cell of more than 128 KB": ("prompt\n" + "x" * 200_000, [(2, "x" * 200_000)]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_like_a_spreadsheet_writes_it(name: str) -> None:
    text, expected = TABLES[name]
    assert prompts(text, "csv") == expected
    assert prompts(text.replace(",", "\t"), "tsv") == [(line, cell.replace(",", "\t")) for line, cell in expected]


def test_the_limit_of_other_readers_of_tables_stays_as_it_was() -> None:
    before = csv.field_size_limit()
    rows("prompt\na\n", "csv")
    fault('prompt\n"a', "csv")
    assert csv.field_size_limit() == before


A1111 = {
    "quoted": ('--prompt "a fox" --negative_prompt "text, people" --seed 5', ("a fox", "text, people", 5, None, None)),
    "words up to the next option": ("--prompt a red fox --seed 5", ("a red fox", None, 5, None, None)),
    "quotes of both kinds": ("""--prompt "a 'b'" 'c "d"' e\\ f""", ("a 'b' c \"d\" e f", None, None, None, None)),
    "width and height": ("--width 1024 --height 1536 --prompt a", ("a", None, None, "1024x1536", None)),
    "random": ("--prompt a --seed -1", ("a", None, None, None, None)),
    "several": ("--prompt a --batch_size 2 --n_iter 3", ("a", None, None, None, 6)),
    "one of them": ("--prompt a --n_iter 3", ("a", None, None, None, 3)),
    "a line without options": (" a fox -- and a hare --seed 5 ", ("a fox -- and a hare --seed 5",) + (None,) * 4),
    "a comment is none there": ("# a fox", ("# a fox",) + (None,) * 4),
    "a prompt that looks like an option": ("--prompt --foo", ("--foo",) + (None,) * 4),
}


@pytest.mark.parametrize("name", A1111)
def test_lines_of_that_other_program_mean_here_what_they_mean_there(name: str) -> None:
    line, expected = A1111[name]
    (row,) = rows(f"\n{line}\r\n", "a1111")
    assert (row.line, row.prompt, row.negative_prompt, row.seed, row.size, row.n) == (2, *expected)


def test_options_without_an_equivalent_are_told_once() -> None:
    warnings: list[str] = []
    text = b"--prompt a --steps 20 --cfg_scale 7\n--prompt b --steps 30 --sampler_name 'Euler a'\nc\n"
    assert len(read_rows(text, Format.A1111, "p", warn=warnings.append)) == 3
    assert warnings == [
        "p: the service knows nothing like these, so they are ignored: --steps (2), --cfg_scale (1), --sampler_name (1)"
    ]


@pytest.mark.parametrize(
    ("path", "given", "format_"),
    [
        ("a.txt", None, Format.TXT),
        ("a.b/c.JSONL", None, Format.JSONL),
        ("a.ndjson", None, Format.JSONL),
        ("a.json", None, Format.JSON),
        ("a.csv", None, Format.CSV),
        ("a.tsv", None, Format.TSV),
        ("-", None, Format.TXT),
        ("-", "csv", Format.CSV),
        ("a.txt", "a1111", Format.A1111),
        ("a.png", "json", Format.JSON),
    ],
)
def test_the_format_is_what_was_asked_for_or_what_the_name_says(path: str, given: str | None, format_: Format) -> None:
    assert format_of(path, given) is format_


@pytest.mark.parametrize("path", ["prompts", "prompts.md", "a.a1111", ".csv", "a.txt/b"])
def test_a_name_that_does_not_say_the_format_is_asked_about(path: str) -> None:
    with pytest.raises(InputError, match="does not say in which format") as caught:
        format_of(path, None)
    assert "--format txt" in (caught.value.hint or "")


@pytest.mark.parametrize(("given", "hint"), [("CSV", "--format csv"), (".jsnl", "--format json"), ("x", "txt, jsonl")])
def test_an_unknown_format_is_named(given: str, hint: str) -> None:
    with pytest.raises(InputError, match="unknown format") as caught:
        format_of("a.txt", given)
    assert hint in (caught.value.hint or "")


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\r\n\xff")
    assert read_file(str(tmp_path / "a.txt")) == b"a\r\n\xff"


def test_a_missing_file_is_a_local_fault(tmp_path: Path) -> None:
    with pytest.raises(LocalFileError, match=r"there is no file .*missing"):
        read_file(str(tmp_path / "missing"))


def test_a_folder_is_no_batch_file(tmp_path: Path) -> None:
    with pytest.raises(LocalFileError, match="is a folder; expected a file of rows"):
        read_file(str(tmp_path))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LocalFileError, match="pipe cannot be read: not a regular file") as caught:
        read_file(str(tmp_path / "pipe"))
    assert "seedream batch - <" in (caught.value.hint or "")


def test_no_file_has_nul_in_its_name() -> None:
    with pytest.raises(InputError, match="not a valid file name"):
        read_file("a\0b.txt")


def test_a_file_larger_than_the_bound_is_not_read_to_its_end(tmp_path: Path) -> None:
    with open(tmp_path / "large.txt", "wb") as file:
        file.truncate(LARGEST_FILE * 100)
    data = read_file(str(tmp_path / "large.txt"))
    assert len(data) == LARGEST_FILE + 1
    with pytest.raises(InputError, match="is larger than 64 MB"):
        read_rows(data, Format.TXT, "large.txt")
