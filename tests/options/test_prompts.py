"""Where a prompt comes from, and that it is taken literally."""

import os

import pytest
from support.program import Home
from support.service import Service


def sent(service: Service) -> list[str]:
    return [post.json["prompt"] for post in service.ledger]


LITERAL = [
    "a fox",
    "  spaces kept  ",
    "{red|blue} __name__ {name} {2$$a|b}",
    "[bold]x[/bold] [/x] [link=file:///etc/passwd]y[/link]",
    "100% $HOME `id` \\n %s {id}",
    "line one\nline two\ttab",
    "水墨山水、黎明薄雾",
    "👨\u200d👩\u200d👧 \u202eevil \x1b[31m",
    "-a fox",
    "--help",
    "e\u0301 é",
]


@pytest.mark.parametrize("prompt", LITERAL)
def test_an_argument_is_sent_as_it_was_typed(home: Home, service: Service, prompt: str) -> None:
    (drawn,) = home.gen("--json", "--", prompt).expect(0).objects
    assert sent(service) == [prompt]
    assert drawn["prompt"] == prompt


@pytest.mark.parametrize("argv", [[], ["-"]])
def test_stdin_is_read_where_it_is_piped_or_asked_for(home: Home, service: Service, argv: list[str]) -> None:
    home.gen(*argv, stdin="水墨 from stdin\nsecond line\n".encode()).expect(0)
    assert sent(service) == ["水墨 from stdin\nsecond line"]


def test_an_argument_beats_what_is_piped(home: Home, service: Service) -> None:
    home.gen("typed", stdin=b"piped").expect(0)
    assert sent(service) == ["typed"]


BYTES = {
    "plain": (b"a fox", "a fox"),
    "one line feed is dropped": (b"a fox\n\n", "a fox\n"),
    "one CRLF is dropped": (b"a\r\nfox\r\n", "a\r\nfox"),
    "a BOM is dropped": (b"\xef\xbb\xbfa fox\n", "a fox"),
    "a lone carriage return stays": (b"a fox\r", "a fox\r"),
    "NUL": (b"a\0fox", "a\0fox"),
    "controls": (b"a\x1b[31m\xc2\x9bfox", "a\x1b[31m\x9bfox"),
    "an @ is no file here": (b"@home", "@home"),
    "a dash is no stdin here": (b"-", "-"),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_and_stdin_are_read_alike(home: Home, service: Service, name: str) -> None:
    data, prompt = BYTES[name]
    (home.work / "prompt.txt").write_bytes(data)
    home.gen("@prompt.txt").expect(0)
    home.gen("-", stdin=data).expect(0)
    assert sent(service) == [prompt, prompt]


def test_two_at_signs_begin_a_literal_one(home: Home, service: Service) -> None:
    (home.work / "home").write_text("not this")
    home.gen("@@home").expect(0)
    home.gen("@@").expect(0)
    assert sent(service) == ["@home", "@"]


REFUSED = {
    "empty": (b"", "the prompt is empty"),
    "only spaces": (b" \t\n ", "the prompt is empty"),
    "only a line feed": (b"\n", "the prompt is empty"),
    "only a BOM": (b"\xef\xbb\xbf", "the prompt is empty"),
    "not UTF-8": (b"a \xff fox", "is not UTF-8 (byte 3)"),
    "UTF-16": ("a fox".encode("utf-16"), "is not UTF-8 (byte 1)"),
    "a surrogate": (b"\xed\xa0\x80", "is not UTF-8 (byte 1)"),
    "too long": (b"x" * 1_000_001, "the prompt has 1000001 characters"),
    "far too long": (b"x" * (9 << 20), "is larger than 8 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_prompt_costs_nothing(home: Home, service: Service, name: str) -> None:
    data, reason = REFUSED[name]
    (home.work / "prompt.txt").write_bytes(data)
    for result in (home.gen("@prompt.txt"), home.gen("-", stdin=data)):
        result.expect(2)
        first, hint = result.talk.splitlines()
        assert reason in first
        assert hint.startswith("hint: ")
    assert service.posts == 0
    assert not home.history_path.exists()


def test_a_long_prompt_is_sent_whole_and_named_shortly(home: Home, service: Service) -> None:
    prompt = "狐" * 10_000
    (home.work / "prompt.txt").write_text(prompt, "utf-8")
    (path,) = home.gen("@prompt.txt").expect(0).paths
    assert sent(service) == [prompt]
    assert len(path.name) < 100


@pytest.mark.parametrize("argument", ["", "   "])
def test_an_empty_argument_is_no_prompt(home: Home, argument: str) -> None:
    assert home.gen(argument).expect(2).talk == (
        'seedream: error: the prompt is empty\nhint: seedream gen "An ink-wash mountain at dawn, soft mist"\n'
    )


def test_a_missing_file_says_how_to_begin_a_prompt_with_an_at_sign(home: Home) -> None:
    result = home.gen("@home alone").expect(10)
    assert result.talk == (
        "seedream: error: the prompt's file 'home alone' cannot be read: No such file or directory\n"
        "hint: for a prompt that begins with @, write '@@home alone'\n"
    )


def test_a_folder_is_no_prompt(home: Home) -> None:
    assert "Is a directory" in home.gen("@/").expect(10).talk


def test_a_file_of_any_name_can_be_read(home: Home, service: Service) -> None:
    name = os.fsencode(home.work) + b"/\xff \xe6\xb0\xb4.txt"
    with open(name, "wb") as file:
        file.write(b"a fox")
    home.gen(b"@\xff \xe6\xb0\xb4.txt").expect(0)
    assert sent(service) == ["a fox"]


def test_a_terminal_is_not_waited_for(home: Home) -> None:
    screen = home.in_terminal("gen")
    assert screen.status == 2
    assert "seedream: error: no prompt\r\nhint: seedream gen " in screen.text


def test_a_terminal_is_read_when_asked_for(home: Home, service: Service) -> None:
    with home.terminal("gen", "-") as terminal:
        terminal.type("a fox\r\x04")
        assert terminal.wait().status == 0
    assert sent(service) == ["a fox"]
