"""Templates: what they mean, in which order, and that nothing of them is dropped without a word."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from seedream_cli.batchfile.expand import MAX_CHARACTERS, Expander, expand_all
from seedream_cli.batchfile.rows import MAX_DRAFTS, RawRow, Row, check_row
from seedream_cli.batchfile.wildcards import Wildcards
from seedream_cli.errors import InputError

WORDS = {
    "colour": ["red", "blue"],
    "one": ["only"],
    "deep": ["{1|2} __colour__"],
    "named": ["a {animal}"],
    "a/b-c_1": ["there"],
    "loop": ["a __round__"],
    "round": ["b", "__loop__"],
    "wrong": ["fine", "a {b"],
} | {f"level{number}": [f"__level{number + 1}__"] for number in range(1, 10)}
WORDS["level10"] = ["down"]
WORDS["level0"] = ["__level1__"]


def look_up(name: str) -> list[str]:
    if name not in WORDS:
        raise InputError(f"there is no wildcard file {name}.txt", hint="did you mean __colour__?")
    return WORDS[name]


def row(prompt: str, negative: str | None = None, columns: Mapping[str, str] | None = None) -> Row:
    return Row(3, 7, "p:7", prompt, negative, columns=columns or {})


def count(asked: Row, wildcards: Callable[[str], list[str]] = look_up) -> int:
    return Expander(wildcards).check(asked).ways


def expanded(prompt: str, **columns: str) -> list[str]:
    asked = row(prompt, columns=columns)
    texts = [one.prompt for one in expand_all([asked], look_up)]
    assert count(asked) == len(texts)
    return texts


def fault(prompt: str, **columns: str) -> InputError:
    with pytest.raises(InputError) as caught:
        expand_all([row(prompt, columns=columns)], look_up)
    return caught.value


MEANT = {
    "a fox": ["a fox"],
    "a {red|blue} fox": ["a red fox", "a blue fox"],
    "{a|b} {1|2|3}": ["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"],
    "{a|a}": ["a", "a"],
    "a {|very }red fox": ["a red fox", "a very red fox"],
    "{a|{b|c} d|}e": ["ae", "b de", "c de", "e"],
    "{ a | b }": [" a ", " b "],
    "{2$$a|b|c}": ["a, b", "a, c", "b, c"],
    "{1$$a|b}": ["a", "b"],
    "{3$$a|b|c}": ["a, b, c"],
    "{1$$a}": ["a"],
    "{2$${a|b}|c|d}": ["a, c", "b, c", "a, d", "b, d", "c, d"],
    "{2$$a||b}": ["a, ", "a, b", ", b"],
    "{x|{2$$a|b}}": ["x", "a, b"],
    "a __colour__ fox": ["a red fox", "a blue fox"],
    "__colour__ __colour__": ["red red", "red blue", "blue red", "blue blue"],
    "{2$$__colour__|b}": ["red, b", "blue, b"],
    "__deep__": ["1 red", "1 blue", "2 red", "2 blue"],
    "__a/b-c_1__": ["there"],
    "_x__one___x__one____": ["_xonly_xonly__"],
    "__one____one__": ["onlyonly"],
    "{__one__|b}": ["only", "b"],
    "__level1__": ["down"],
}


@pytest.mark.parametrize("template", MEANT)
def test_a_template_means_every_combination_the_leftmost_slowest(template: str) -> None:
    assert expanded(template) == MEANT[template]


LITERAL = [
    "100% of $5, $$ and $HOME",
    "a | b || c",
    "snake_case and _emphasis_",
    "fill in the __ here and the __ there",
    "____ ______",
    "a __",
    "__",
    "(red:1.2), [from:to:0.5], <lora:x:1>",
    "C:\\dir \\( \\) \\n",
    "``` # ! ? * ~ ^ & ; ' \"",
    "水墨 👨\u200d👩\u200d👧 \u202e \x1b[31m \n two",
]


@pytest.mark.parametrize("text", LITERAL)
def test_what_is_no_template_stays_as_it_is(text: str) -> None:
    assert expanded(text) == [text]


BACKSLASHES = {
    r"\{red\|blue\}": "{red|blue}",
    r"\{red|blue\}": "{red|blue}",
    r"\__colour__": "__colour__",
    r"\_\_colour\_\_": "__colour__",
    r"_\_colour__": "__colour__",
    r"{1$$\{a\|b\}}": "{a|b}",
    r"{1$$2\$\$a}": "2$$a",
    r"\\": "\\",
    r"\\\{": "\\{",
    r"\x\y": r"\x\y",
    r'\{"k":1\}': '{"k":1}',
    "a \\": "a \\",
}


@pytest.mark.parametrize("template", BACKSLASHES)
def test_a_backslash_keeps_what_follows_literal(template: str) -> None:
    assert expanded(template) == [BACKSLASHES[template]]


def test_names_are_what_the_row_has_in_its_columns() -> None:
    assert expanded("a {mood} {animal}", animal="fox", mood="") == ["a  fox"]
    assert expanded("{hair colour}, {a\\|b}", **{"hair colour": "red", "a|b": "x"}) == ["red, x"]
    assert expanded("{animal|{animal}s}", animal="fox") == ["animal", "foxs"]
    assert expanded("__named__", animal="fox") == ["a fox"]


def test_a_columns_text_is_no_template() -> None:
    assert expanded("a {x}", x="{red|blue} __colour__ \\{ {x}") == ["a {red|blue} __colour__ \\{ {x}"]


def test_every_column_has_a_name() -> None:
    values = {
        "prompt": "{size} {seed} {n} {model} {tags} {x}{y}",
        "size": "square",
        "seed": "5",
        "n": "2",
        "model": "m",
    }
    asked = check_row(RawRow(1, {**values, "tags": ["a", " b"], "x": "y", "y": None}), 1, "p")
    assert [one.prompt for one in expand_all([asked], look_up)] == ["square 5 2 m a, b y"]


def test_everything_else_of_a_row_stays() -> None:
    asked = Row(3, 7, "p:7", "{a|b}", None, 5, "square", 2, "m", "o.png", ("t",), {"x": "y"})
    first, second = expand_all([asked], look_up)
    assert first == Row(3, 7, "p:7", "a", None, 5, "square", 2, "m", "o.png", ("t",), {"x": "y"})
    assert second.prompt == "b"


def test_the_negative_prompt_is_a_template_and_varies_faster() -> None:
    asked = row("{a|b}", "{x||{n}}", {"n": "z"})
    assert [(one.prompt, one.negative_prompt) for one in expand_all([asked], look_up)] == [
        *[("a", "x"), ("a", None), ("a", "z")],
        *[("b", "x"), ("b", None), ("b", "z")],
    ]
    assert count(asked) == 6


WRONG = {
    "a {b": ("prompt, character 3: this '{' is never closed by a '}'", "\\{"),
    "{a {b|c}": ("prompt, character 1: this '{' is never closed", "\\{"),
    "a } b": ("prompt, character 3: this '}' closes nothing", "\\}"),
    "{a|b}}": ("prompt, character 6: this '}' closes nothing", "\\}"),
    "{": ("prompt, character 1: this '{' is never closed", "\\{"),
    r"\{a}": ("prompt, character 4: this '}' closes nothing", "\\}"),
    "{}": ("prompt, character 1: braces are empty", r"\{\}"),
    "a {anmal}": ("prompt, character 3: the row has no column 'anmal'", r"did you mean {animal}? "),
    "a {red}": ("prompt, character 3: the row has no column 'red'", r"\{red\}"),
    '{"k":1}': ("prompt, character 1: the row has no column '\"k\":1'", r"is this JSON? "),
    '{"k":{"j":1}}': ("prompt, character 1: braces hold neither options", r'\{"k":\{"j":1\}\}'),
    "{ {a|b} }": ("prompt, character 1: braces hold neither options with | between them nor a", r"\{ \{a\|b\} \}"),
    "{prompt}": ("prompt, character 1: the row has no column 'prompt'", r"\{prompt\}"),
    "{0$$a|b}": ("prompt, character 1: 0 of 2 options cannot be taken", "{2$$a|b|…}"),
    "x {3$$a|b}": ("prompt, character 3: 3 of 2 options cannot be taken", "1 to 2 can"),
    "{2$$ and $$a|b}": ("prompt, character 10: '$$' stands once in braces, after how many", "joined by ', '"),
    "{1-2$$a|b}": ("prompt, character 5: '$$' stands once in braces, after how many", "\\$\\$"),
    "{a|2$$b}": ("prompt, character 5: '$$' stands once in braces", "\\$\\$"),
    "{$$a|b}": ("prompt, character 2: '$$' stands once in braces", "\\$\\$"),
    "{1234567$$a|b}": ("prompt, character 9: '$$' stands once in braces", "\\$\\$"),
    "{٢$$a|b}": ("prompt, character 3: '$$' stands once in braces", "\\$\\$"),
    "{|}": ("an expansion of the prompt is empty", ""),
    "x {{{{{{{{{{{a|b}}}}}}}}}}}": ("prompt, character 13: braces stand more than 10 deep", "\\{"),
    "a __nothing__": (
        "prompt, character 3: there is no wildcard file nothing.txt",
        "did you mean __colour__?",
    ),
    "__my colours__": ("prompt, character 1: '__my colours__' names no wildcard file; expected letters", "\\_"),
    "__../x__": ("prompt, character 1: '__../x__' names no wildcard file", "\\_"),
    "__/etc/passwd__": ("prompt, character 1: '__/etc/passwd__' names no wildcard file", "\\_"),
    "__a//b__": ("prompt, character 1: '__a//b__' names no wildcard file", "\\_"),
    "__a*__": ("prompt, character 1: '__a*__' names no wildcard file", "\\_"),
    "__x.txt__": ("prompt, character 1: '__x.txt__' names no wildcard file", "\\_"),
    "__水__": ("prompt, character 1: '__水__' names no wildcard file", "\\_"),
    "x __loop__": ("prompt, character 3: in a line of __loop__, character 3: in a line of __round__, char", ""),
    "__wrong__": ("prompt, character 1: in a line of __wrong__, 'a {b', character 3: this '{' is never", "\\{"),
    "__named__": ("in a line of __named__, character 3: the row has no column 'animal'", ""),
    "__level0__": ("wildcards name wildcards more than 10 deep", ""),
}


@pytest.mark.parametrize("template", WRONG)
def test_what_cannot_be_meant_is_named_with_its_row_and_character(template: str) -> None:
    message, hint = WRONG[template]
    variables = {} if template == "__named__" else {"animal": "fox"}
    told = fault(template, **variables)
    assert told.message.startswith("p:7: ")
    assert message in told.message
    assert hint in (told.hint or "")


def test_a_loop_is_spelt_out() -> None:
    assert fault("__loop__").message.endswith("__loop__ leads back to itself: loop > round > loop")


def test_how_deep_wildcards_go_does_not_depend_on_what_was_looked_up_before() -> None:
    expander = Expander(look_up)
    for level in range(10, 0, -1):
        assert expander.check(row(f"__level{level}__")).ways == 1
    with pytest.raises(InputError, match=r"^p:7: prompt, character 1: .* more than 10 deep$"):
        expander.check(row("__level0__"))


def test_the_hint_for_json_can_be_typed() -> None:
    hint = fault('{"k":1}').hint or ""
    assert expanded(hint.rpartition(": ")[2]) == ['{"k":1}']


def test_a_column_of_one_row_is_not_one_of_another() -> None:
    expander = Expander(look_up)
    assert expander.check(row("__named__", columns={"animal": "fox"})).ways == 1
    with pytest.raises(InputError, match=r"^p:9: in a line of __named__, character 3: the row has no column 'animal'"):
        expander.check(Row(4, 9, "p:9", "a __named__"))


def test_faults_of_the_negative_prompt_say_so() -> None:
    with pytest.raises(InputError, match=r"^p:7: negative_prompt, character 5: this '{'"):
        count(row("a", "not {"))


def test_an_explosion_is_counted_and_not_expanded() -> None:
    with pytest.raises(InputError, match=r"^the file means 1,048,576 drafts; one batch draws at most 100,000$"):
        expand_all([row("{a|b}" * 20)], look_up)
    assert count(row("{a|b}" * 20)) == 2**20
    assert count(row("{a|b}" * 10_000)) == 10**15
    with pytest.raises(InputError, match="the file means more than 10\\^15 drafts"):
        expand_all([row("{a|b}" * 10_000)], look_up)


@pytest.mark.parametrize(
    ("take", "options", "ways"),
    [
        (2, 30_000, 30_000 * 29_999 // 2),
        (29_999, 30_000, 30_000),
        (30_000, 30_000, 1),
        (15_000, 30_000, 10**15),
    ],
)
def test_a_choice_among_very_many_is_counted_at_once(take: int, options: int, ways: int) -> None:
    assert count(row(f"{{{take}$${'|' * (options - 1)}}}")) == ways


def test_more_text_than_memory_holds_is_refused() -> None:
    # 11 options of 90,000 characters: 2,048 prompts of up to a million characters each.
    options = "".join(f"{{|{'x' * 80_000}}}" for _ in range(12))
    with pytest.raises(InputError, match=f"^p:7: up to here prompts expand to more than {MAX_CHARACTERS:,} characters"):
        expand_all([row(f"a{options}")], look_up)


def test_an_expansion_that_is_too_long_to_be_sent_is_refused() -> None:
    with pytest.raises(InputError, match=r"^p:7: an expansion has 1000001 characters; at most 1000000 are sent"):
        expand_all([row("{a|b}{x}", columns={"x": "x" * 1_000_000})], look_up)


def test_all_rows_are_expanded_in_order() -> None:
    rows = [Row(1, 1, "p:1", "{a|b}"), Row(2, 2, "p:2", "c"), Row(3, 3, "p:3", "__colour__")]
    assert [(one.number, one.prompt) for one in expand_all(rows, look_up)] == [
        *[(1, "a"), (1, "b"), (2, "c"), (3, "red"), (3, "blue")]
    ]


def test_of_all_rows_the_first_fault_is_told_and_the_others_are_counted() -> None:
    rows = [Row(number, number, f"p:{number}", "{" if number in {3, 5, 6} else "a") for number in range(1, 9)]
    with pytest.raises(InputError, match=r"^p:3: prompt, character 1: .* \(and 2 more rows are wrong\)$"):
        expand_all(rows, look_up)


def test_all_rows_together_may_not_explode() -> None:
    rows = [row("{a|b}" * 16), row("{a|b}" * 16)]
    assert 2**16 <= MAX_DRAFTS < 2**17
    with pytest.raises(InputError, match=r"^the file means 131,072 drafts; one batch draws at most 100,000$"):
        expand_all(rows, look_up)


def test_a_wildcard_is_looked_up_once_for_all_rows() -> None:
    asked: list[str] = []

    def counting(name: str) -> list[str]:
        asked.append(name)
        return look_up(name)

    assert len(expand_all([row("__colour__ __deep__")] * 100, counting)) == 800
    with pytest.raises(InputError):
        expand_all([row("__nothing__")] * 100, counting)
    assert asked == ["colour", "deep", "nothing"]


def test_braces_and_wildcards_as_deep_as_they_may_be_fit_the_stack() -> None:
    def words(name: str) -> list[str]:
        below = f"__{int(name) + 1}__" if int(name) < 10 else "end"
        return ["{a|" * 10 + below + "}" * 10]

    texts = [one.prompt for one in expand_all([row("{a|" * 10 + "__1__" + "}" * 10)], words)]
    assert texts[-1] == "end"
    assert len(texts) == 111


def folder(path: Path, files: Mapping[str, str]) -> Wildcards:
    for name, text in files.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(text, "utf-8", newline="")
    return Wildcards(path)


def test_wildcards_are_the_lines_of_a_file_beside_the_batch(tmp_path: Path) -> None:
    files = {"colour.txt": "\ufeff# warm ones\r\n red \r\n\r\nblue\n水墨\n", "sub/one_1.txt": "{a|b}"}
    wildcards = folder(tmp_path, files)
    assert wildcards("colour") == ["red", "blue", "水墨"]
    assert [one.prompt for one in expand_all([row("__sub/one_1__")], wildcards)] == ["a", "b"]


def test_a_missing_wildcard_file_is_named_and_a_near_one_too(tmp_path: Path) -> None:
    wildcards = folder(tmp_path, {"colours.txt": "x", "sub/moods.txt": "x"})
    with pytest.raises(InputError) as caught:
        count(row("a __colour__"), wildcards)
    assert caught.value.message == f"p:7: prompt, character 3: there is no wildcard file {tmp_path / 'colour.txt'}"
    assert caught.value.hint == "did you mean __colours__?"
    with pytest.raises(InputError) as caught:
        wildcards("sub/mood")
    assert caught.value.hint == "did you mean __sub/moods__?"
    with pytest.raises(InputError) as caught:
        wildcards("colours/x")
    assert (caught.value.hint or "").endswith(r"write \_\_colours/x\_\_")


def test_a_wildcard_file_must_hold_text(tmp_path: Path) -> None:
    wildcards = folder(tmp_path, {"empty.txt": "# nothing\n\n"})
    (tmp_path / "bytes.txt").write_bytes(b"a\n\xff")
    with open(tmp_path / "large.txt", "wb") as file:
        file.truncate(2**34)
    with pytest.raises(InputError, match=r"large.txt is larger than 16 MB"):
        wildcards("large")
    with pytest.raises(InputError, match=r"empty.txt holds no line of text"):
        wildcards("empty")
    with pytest.raises(InputError, match=r"bytes.txt:2:1: byte 0xff is not UTF-8"):
        wildcards("bytes")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.txt").symlink_to("../secret.txt")
    (inside / "up").symlink_to("..")
    (inside / "round.txt").symlink_to("round.txt")
    (inside / "real.txt").write_text("x")
    (inside / "beside.txt").symlink_to("real.txt")
    wildcards = Wildcards(inside)
    assert wildcards("beside") == ["x"]
    for name in ("link", "up/secret"):
        with pytest.raises(InputError, match="leads out of"):
            wildcards(name)


def test_what_cannot_be_read_as_a_wildcard_is_a_local_fault(tmp_path: Path) -> None:
    from seedream_cli.errors import LocalFileError

    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "round.txt").symlink_to("round.txt")
    for name in ("folder", "round"):
        with pytest.raises(LocalFileError, match=f"the wildcard file .*{name}.txt cannot be read"):
            Wildcards(tmp_path)(name)


def test_the_order_is_that_of_nested_loops() -> None:
    pools = [["a", "b", "c"], ["1", "2"], ["x", "y", "z"]]
    template = " ".join("{" + "|".join(pool) + "}" for pool in pools)
    assert expanded(template) == [" ".join(each) for each in itertools.product(*pools)]
