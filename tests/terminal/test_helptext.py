"""Help: examples that are command lines, options under headings, lines that fit."""

import re

import pytest
from support.commandlines import calls, parse
from support.program import Home

from generators.tree import Command, read_tree

TREE = read_tree()
EVERYTHING = list(TREE.everything())
EXAMPLES = [example for command in EVERYTHING for example in command.examples]


@pytest.mark.parametrize("command", EVERYTHING, ids=lambda command: command.path)
def test_every_command_has_examples_of_itself(command: Command) -> None:
    assert 2 <= len(command.examples) <= 5
    called = [argv for example in command.examples for argv in calls(example)]
    assert sum(tuple(argv[: len(command.words)]) == command.words for argv in called) >= 2


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_understood(example: str) -> None:
    assert calls(example)
    for argv in calls(example):
        parse(argv)


def test_an_example_that_is_wrong_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["history", "list", "--gerp", "fox"])


def shown(home: Home, command: Command, columns: int) -> list[str]:
    return home.run(*command.words, "--help", env={"COLUMNS": str(columns)}).expect(0).lines


@pytest.mark.parametrize("columns", [30, 40, 80, 200])
@pytest.mark.parametrize("command", EVERYTHING, ids=lambda command: command.path)
def test_help_fits(offline_home: Home, command: Command, columns: int) -> None:
    longest_word = max(
        len(word) for example in command.examples for word in re.findall(r""""[^"]*"|'[^']*'|\S+""", example)
    )
    for line in shown(offline_home, command, columns):
        assert len(line) <= min(columns, 80) or (columns < 80 and len(line) <= longest_word + 8)


@pytest.mark.parametrize("columns", [30, 80])
def test_examples_on_several_lines_are_still_the_same_commands(offline_home: Home, columns: int) -> None:
    for command in EVERYTHING:
        text = "\n".join(shown(offline_home, command, columns))
        pasted = re.sub(r" \\\n +", " ", text.partition("  Examples:\n")[2].partition("\n\n")[0])
        assert [line.strip() for line in pasted.splitlines()] == list(command.examples)


@pytest.mark.parametrize(
    "words", [("gen",), ("batch",), ("watch",), ("history", "rerun"), ("history", "final"), ("history", "list")]
)
def test_every_option_of_a_command_with_many_stands_under_a_heading(offline_home: Home, words: tuple[str, ...]) -> None:
    (command,) = [command for command in EVERYTHING if command.words == words]
    lines = shown(offline_home, command, 80)
    headings = [line for line in lines if re.fullmatch(r"[A-Z][a-z ]+:", line)]
    assert len(headings) >= 3
    assert "Options:" not in headings
    listed = re.findall(r"^  (-\S.*?)(?:  |$)", "\n".join(lines), re.MULTILINE)
    names = {name.split()[0] for each in listed for name in re.split(r", | / ", each)}
    assert names == {name for option in command.options for name in option.names}
    assert len(listed) == len(command.options)


def test_help_is_plain_text_on_a_terminal(offline_home: Home) -> None:
    screen = offline_home.in_terminal("gen", "--help")
    assert b"\x1b" not in screen.screen
    assert b"What to draw:" in screen.screen
