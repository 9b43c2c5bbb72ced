"""What cannot be right in a batch file is told with its line, and what was expected."""

import json

import pytest

from seedream_cli.batchfile.read import Format, read_rows
from seedream_cli.errors import InputError

LONG = "9" * 5000


def fault(text: str | bytes, format_: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read_rows(text if isinstance(text, bytes) else text.encode(), Format(format_), "p")
    return caught.value


NO_TEXT = {
    "UTF-16 with its mark": ("a fox\n".encode("utf-16"), "p is UTF-16; expected UTF-8", "iconv -f UTF-16"),
    "UTF-16, the other end first": ("\ufeffa fox".encode("utf-16-be"), "p is UTF-16; expected UTF-8", "iconv"),
    "UTF-32": ("a fox".encode("utf-32"), "p is UTF-16; expected UTF-8", "iconv"),
    "UTF-16 without a mark": ("a fox".encode("utf-16-le"), "p:1:2: a NUL character; expected text", "iconv -f UTF-16"),
    "Latin-1": ("ok\r\nwater\rÄ caf\xe9".encode("latin-1"), "p:3:1: byte 0xc4 is not UTF-8", "iconv -f WINDOWS-1252"),
    "columns are characters": ("水墨".encode() + b" \xff", "p:1:4: byte 0xff is not UTF-8", "iconv"),
    "cut in a character": ("a\nb\n水".encode()[:-1], "p:3:1: byte 0xe6 is not UTF-8", "iconv"),
    "a surrogate": (b"\xed\xa0\x80", "p:1:1: byte 0xed is not UTF-8", "iconv"),
    "NUL": (b"a\nfo\0x", "p:2:3: a NUL character", "iconv"),
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_what_is_not_utf_8_is_named_with_line_and_column(name: str) -> None:
    data, message, hint = NO_TEXT[name]
    told = fault(data, "txt")
    assert told.message.startswith(message)
    assert hint in (told.hint or "")


@pytest.mark.parametrize("format_", Format)
def test_every_format_is_utf_8(format_: Format) -> None:
    assert fault("水".encode("utf-16"), format_).message == "p is UTF-16; expected UTF-8"
    assert fault("水".encode() + b" \xff", format_).message == "p:1:3: byte 0xff is not UTF-8"
    assert fault(b"a\0", format_).message.startswith("p:1:2: a NUL character")


@pytest.mark.parametrize("format_", ["txt", "jsonl", "a1111"])
@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n\t\r\n"])
def test_a_file_without_a_prompt_is_a_mistake(format_: str, data: bytes) -> None:
    assert fault(data, format_).message == "p holds no prompt"


def test_an_empty_array_and_a_bare_header_hold_no_prompt() -> None:
    assert fault("[ ]", "json").message == "p holds no prompt"
    assert fault("prompt,seed\n", "csv").message == "p holds no prompt"
    assert fault("# nothing\n", "txt").message == "p holds no prompt"


VALUES = {
    "no prompt": ({"seed": 1}, "the prompt is missing"),
    "an empty prompt": ({"prompt": " \n"}, "the prompt is empty"),
    "a null prompt": ({"prompt": None}, "the prompt is empty"),
    "a number as prompt": ({"prompt": 7}, "prompt is the number 7; expected text"),
    "a list as prompt": ({"prompt": ["a"]}, "prompt is an array; expected text"),
    "an object as size": ({"prompt": "a", "size": {"w": 1}}, "size is an object; expected text"),
    "a number as size": ({"prompt": "a", "size": 1024}, "size is the number 1024; expected text"),
    "true as model": ({"prompt": "a", "model": True}, "model is true; expected text"),
    "false as output": ({"prompt": "a", "output": False}, "output is false; expected text"),
    "true as seed": ({"prompt": "a", "seed": True}, "seed is true; expected a whole number from 0 to 4294967295"),
    "a list as seed": ({"prompt": "a", "seed": [1]}, "seed is an array; expected a whole number"),
    "half a seed": ({"prompt": "a", "seed": 1.5}, "seed is '1.5'; expected a whole number from 0 to 4294967295"),
    "too large a seed": ({"prompt": "a", "seed": 2**32}, "seed is '4294967296'; expected a whole number"),
    "a seed of 5,000 digits": ({"prompt": "a", "seed": LONG}, f"seed is '{'9' * 39}…'; expected a whole number"),
    "a negative seed": ({"prompt": "a", "seed": -1}, "seed is '-1'; expected a whole number"),
    "a word as seed": ({"prompt": "a", "seed": "random"}, "seed is 'random'; expected a whole number"),
    "digits of another script": ({"prompt": "a", "seed": "٣"}, "seed is '٣'; expected a whole number"),
    "no draft": ({"prompt": "a", "n": 0}, "n is '0'; expected a whole number from 1 to 10000"),
    "too many drafts": ({"prompt": "a", "n": 10001}, "n is '10001'; expected a whole number from 1 to 10000"),
    "a tag of two lines": ({"prompt": "a", "tags": ["a\nb"]}, "the tag 'a\nb' is not one line of printable text"),
    "a tag that is none": ({"prompt": "a", "tags": [1]}, "a tag is the number 1; expected text"),
    "a tag that is null": ({"prompt": "a", "tags": [None]}, "a tag is null; expected text"),
    "a number as tags": ({"prompt": "a", "tags": 1}, "tags is the number 1; expected text"),
    "an object as tags": ({"prompt": "a", "tags": {}}, "tags is an object; expected text"),
    "half a character": ({"prompt": "\ud800"}, "prompt contains half a character"),
    "half a character in a variable": ({"prompt": "a", "x": "\udfff"}, "x contains half a character"),
    "half a character in a tag": ({"prompt": "a", "tags": ["\udfff"]}, "the tag '\udfff' is not one line of printable"),
    "far too long": ({"prompt": "x" * 1_000_001}, "prompt has 1000001 characters; at most 1000000 are sent"),
    "another case": ({"Prompt": "a"}, "unknown key 'Prompt'"),
    "a hyphen": ({"prompt": "a", "negative-prompt": "b"}, "unknown key 'negative-prompt'"),
    "camel case": ({"prompt": "a", "negativePrompt": "b"}, "unknown key 'negativePrompt'"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_of_the_wrong_kind_is_named_with_its_line(name: str) -> None:
    values, message = VALUES[name]
    written = json.dumps(values)
    assert fault(f'"a fox"\n{written}\n', "jsonl").message.startswith(f"p:2: {message}")
    assert fault(f'["a fox",\n\n{written}]\n', "json").message.startswith(f"p:3: {message}")


@pytest.mark.parametrize("literal", ["5" * 5000, "1e3", "1E400", "-0", "5.5", "0." + "0" * 5000 + "1"])
def test_a_number_that_is_not_whole_is_refused_however_long(literal: str) -> None:
    assert "expected a whole number" in fault(f'{{"prompt":"a","seed":{literal}}}', "jsonl").message


def test_hints_name_what_was_meant() -> None:
    assert fault('{"prompt":"a","seed":-1}', "jsonl").hint == (
        "leave the seed out for one that is derived from the prompt"
    )
    assert fault('{"prompt":"a","Negative Prompt":"b"}', "jsonl").hint == "did you mean 'negative_prompt'?"
    assert "--dry-run" in (fault('{"prompt":5}', "jsonl").hint or "")


JSON_LINES = {
    "cut": ('{"prompt": "a"', "p:2:15: not JSON: expecting ',' delimiter"),
    "without quotes": ("a fox", "p:2:1: not JSON: expecting value"),
    "single quotes": ("{'prompt': 'a'}", "p:2:2: not JSON: expecting property name"),
    "an open string": ('{"prompt": "a', "p:2:12: not JSON: unterminated string starting"),
    "a tab in a string": ('{"prompt": "a\tb"}', "p:2:14: not JSON: invalid control character"),
    "two on a line": ('{"prompt": "a"} {"prompt": "b"}', "p:2:17: unexpected text after the end of the JSON"),
    "a comma at the end": ('{"prompt": "a"},', "p:2:16: unexpected text after the end of the JSON"),
    "NaN": ('{"prompt": "a", "x": NaN}', "p:2: not JSON: NaN is no value"),
    "Infinity": ('{"prompt": "a", "x": -Infinity}', "p:2: not JSON: -Infinity is no value"),
    "a key twice": ('{"prompt": "a", "prompt": "b"}', "p:2: the key 'prompt' stands there twice"),
    "a key twice further in": ('{"prompt": "a", "x": {"y": 1, "y": 1}}', "p:2: the key 'y' stands there twice"),
    "a number": ("5", "p:2: a row is an object such as"),
    "null": ("null", "p:2: a row is an object such as"),
    "a list": ('["a"]', "p:2: a row is an object such as"),
    "deep": ("[" * 100_000, "p:2: JSON nested too deeply"),
    "deep objects": ('{"a":' * 100_000, "p:2: JSON nested too deeply"),
}


@pytest.mark.parametrize("name", JSON_LINES)
def test_a_line_that_is_no_row_is_named_with_its_column(name: str) -> None:
    line, message = JSON_LINES[name]
    assert fault(f'\ufeff"a fox"\r\n{line}\r\n"a hare"', "jsonl").message.startswith(message)


ARRAYS = {
    "an object": ('\n {"prompt": "a"}', "p:2:2: expected an array of rows, which begins with '['"),
    "nothing": (" \n", "p:1:2: expected an array of rows"),
    "a comma too many": ('[{"prompt": "a"},\n]', "p:2:1: not JSON: expecting value"),
    "only a comma": ("[,]", "p:1:2: not JSON: expecting value"),
    "a comma too few": ('["a"\n "b"]', "p:2:2: expected ',' or ']' after a row"),
    "never closed": ('["a",\n"b"\n', "p:2:4: expected ',' or ']' after a row"),
    "cut in a row": ('["a",\n{"prompt": "b', "p:2:12: not JSON: unterminated string starting"),
    "more after it": ('["a"]\n["b"]', "p:2:1: unexpected text after the end of the JSON"),
    "a list in it": ('["a",\n["b"]]', "p:2: a row is an object such as"),
    "NaN": ('["a",\n\nNaN]', "p:3: not JSON: NaN is no value"),
    "deep": ('["a",\n' + "[" * 100_000, "p:2: JSON nested too deeply"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_what_is_no_array_of_rows_is_named_with_its_place(name: str) -> None:
    text, message = ARRAYS[name]
    assert fault(text, "json").message.startswith(message)
    assert fault(text.replace("\n", "\r\n"), "json").message.startswith(message)


def test_one_kind_of_json_is_known_from_the_other() -> None:
    assert fault('{"prompt": "a"}\n{"prompt": "b"}\n', "json").hint == "--format jsonl reads one row a line"
    for text in ('[{"prompt": "a"}]', '[\n{"prompt": "a"}\n]'):
        assert fault(text, "jsonl").hint == "--format json reads an array of rows"


TABLES = {
    "too many cells": ("prompt,seed\na fox, red,1\n", "p:2: 3 cells, but the header names 2"),
    "a name twice": ("prompt,x,x\n", "p:1: two columns are named 'x'"),
    "no prompt": ("text,seed\na,1\n", "p:1: no column is named 'prompt'; expected a header row such as prompt,seed"),
    "no header": ("a fox\na hare\n", "p:1: no column is named 'prompt'"),
    "nothing": ("", "p:1: no column is named 'prompt'"),
    "another case": ("\nPrompt,seed\n", "p:2: unknown column 'Prompt'"),
    "a space": ("prompt, seed\n", "p:1: unknown column ' seed'"),
    "two words": ("prompt,Negative Prompt\n", "p:1: unknown column 'Negative Prompt'"),
    "a prompt that is empty": ("prompt,seed\n,1\n", "p:2: the prompt is empty"),
    "a prompt that is missing": ("seed,prompt\n1\n", "p:2: the prompt is missing"),
    "a wrong seed after lines in quotes": ('prompt,seed\n"a\nb",1\nc,x\n', "p:4: seed is 'x'; expected a whole"),
    "a seed that lost digits": ("prompt,seed\na,4.29E+09\n", "p:2: seed is '4.29E+09'; expected a whole number"),
    "an open quote": ('prompt,x\na,b\nc,"d\ne,f\n', "p:3:3: a quote opens here and is never closed"),
    "an open quote in a later cell": (
        'prompt,x\n"a, ""b""\n","c\n',
        "p:3:3: a quote opens here and is never closed",
    ),
    "an open quote in the header": ('"prompt\na\n', "p:1:1: a quote opens here and is never closed"),
    "a quote that ends too early": (
        'prompt,x\na,b\nc,"d" e\n',
        "p:3:3: a quote opens here and closes on line 3 in the middle of a cell",
    ),
    "a quote that swallows lines": (
        'prompt,x\na,"b\nc,d\ne,"f"\n',
        "p:2:3: a quote opens here and closes on line 4 in the middle of a cell",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_wrong_with_a_table_is_named_with_its_line(name: str) -> None:
    text, message = TABLES[name]
    assert fault(text, "csv").message.startswith(message)
    assert fault(text.replace("\n", "\r\n"), "csv").message.startswith(message)
    tabs = fault(text.replace(",", "\t"), "tsv").message
    assert tabs.startswith(message.replace(",", "\t") if "header row" in message else message)


@pytest.mark.parametrize(
    ("text", "format_", "hint"),
    [
        ("\ufeffprompt;seed\na;1\n", "csv", "separated by a semicolon: save it again with commas, or tabs"),
        ("prompt\tseed\na\t1\n", "csv", "separated by a tab: --format tsv"),
        ("prompt,seed\na,1\n", "tsv", "separated by a comma: --format csv"),
        ("prompts,seed\n", "csv", "did you mean 'prompt' where it says 'prompts'?"),
        ("Prompt,seed\n", "csv", "did you mean 'prompt'?"),
        ("prompt\na, b\n", "csv", 'a cell with a comma in it stands in quotes: "a fox, a hare"'),
        ('prompt\n"a', "csv", 'a quote inside a quoted cell is written twice: "the ""Endurance"" in ice"'),
    ],
)
def test_the_hint_says_what_a_table_seems_to_be(text: str, format_: str, hint: str) -> None:
    assert (fault(text, format_).hint or "").endswith(hint)


A1111 = {
    "an apostrophe": ("--prompt a dog's life", "p:2: a quote or a backslash is left open"),
    "a backslash": ("--prompt a \\", "p:2: a quote or a backslash is left open"),
    "no prompt": ("--seed 5", "p:2: the prompt is missing"),
    "an empty prompt": ('--prompt ""', "p:2: the prompt is empty"),
    "no value": ("--seed 5 --prompt", "p:2: --prompt has no value"),
    "an option as value": ("--prompt --seed 5", "p:2: --prompt has no value"),
    "an unknown option": ("--prompt a --sed 5", "p:2: unknown option --sed"),
    "two values": ("--prompt a --seed 5 6", "p:2: expected an option instead of '6'"),
    "no option": ("-- a --prompt b", "p:2: unknown option --"),
    "an option twice": ("--prompt a --prompt b", "p:2: --prompt stands there twice"),
    "a word as seed": ("--prompt a --seed x", "p:2: seed is 'x'; expected a whole number from 0 to 4294967295"),
    "a negative seed": ("--prompt a --seed -2", "p:2: seed is '-2'; expected a whole number"),
    "a width alone": ("--prompt a --width 64", "p:2: --height is missing; expected both --width and --height"),
    "a height alone": ("--prompt a --height 64", "p:2: --width is missing; expected both --width and --height"),
    "a word as width": ("--prompt a --width x --height 64", "p:2: width is 'x'; expected a whole number"),
    "no draft": ("--prompt a --n_iter 0", "p:2: n_iter is '0'; expected a whole number from 1"),
    "too many": ("--prompt a --n_iter 200 --batch_size 100", "p:2: n is '20000'; expected a whole number from 1 to"),
}


@pytest.mark.parametrize("name", A1111)
def test_a_line_of_options_that_cannot_be_understood_is_no_prompt(name: str) -> None:
    line, message = A1111[name]
    assert fault(f"a fox\n{line}\n", "a1111").message.startswith(message)


def test_the_first_fault_is_told_and_the_others_are_counted() -> None:
    lines = ['"a fox"'] * 10_000
    lines[4999] = '{"prompt": "a", "seed": x}'
    assert fault("\n".join(lines), "jsonl").message == "p:5000:25: not JSON: expecting value"
    lines[7000] = "{}"
    assert fault("\n".join(lines), "jsonl").message.endswith("expecting value (and 1 more row is wrong)")
    lines[8000] = "5"
    assert fault("\n".join(lines), "jsonl").message.endswith("expecting value (and 2 more rows are wrong)")


def test_a_fault_that_ends_the_reading_does_not_hide_an_earlier_one() -> None:
    assert fault('prompt,seed\na,x\nb,"1\n', "csv").message.startswith("p:2: seed is 'x'")
    assert fault(b"[5,\n\xff", "json").message.startswith("p:2:1: byte 0xff")
    assert fault(b"5\n\xff", "jsonl").message.startswith("p:1: a row is an object")


@pytest.mark.parametrize(
    ("text", "format_"),
    [("a\n" * 100_001, "txt"), ("[" + "5," * 300_000, "json"), ("prompt\n" + "a\n" * 100_001, "csv")],
)
def test_a_file_of_endless_rows_is_not_read_to_its_end(text: str, format_: str) -> None:
    message = fault(text, format_).message
    assert "has more than 100,000 rows" in message or "(and 100000 more rows are wrong)" in message
