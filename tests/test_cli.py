"""The command line as it is typed: usage errors, help, options that hold for all commands, imports."""

import re
from collections.abc import Mapping

import pytest
from support.program import PROGRAM, Home

from seedream_cli.cli import COMMANDS
from seedream_cli.commands.auth import COMMANDS as AUTH_COMMANDS
from seedream_cli.commands.config import COMMANDS as CONFIG_COMMANDS
from seedream_cli.commands.history import COMMANDS as HISTORY_COMMANDS

WORK = ("api.client", "drawing", "notebook.importing", "pipeline", "saving.saver")
HEAVY = ("httpx", "rich", "PIL", "http.server", "platformdirs", "pydantic")

USAGE_ERRORS: list[tuple[list[str], str, str]] = [
    (["gne"], "no such command 'gne'", "did you mean seedream gen?"),
    (["zzz"], "no such command 'zzz'", "seedream --help"),
    (["a red fox"], "no such command 'a red fox'", "seedream gen 'a red fox'"),
    (["--nope"], "no such option: --nope", "seedream --help"),
    (["history", "lits"], "no such command 'lits'", "did you mean seedream history list?"),
    (["models", "x"], "got unexpected extra argument(s) (x)", "seedream models --help"),
    (["gen", "a", "red", "fox"], "got unexpected extra argument(s) (red fox)", "a prompt goes in quotes"),
    (["gen", "-red fox"], "no such option: -r", "a prompt that begins with - goes after --"),
    (["gen", "a", "--sede", "1"], "no such option: --sede", "did you mean --seed? See seedream gen --help"),
    (["gen", "a", "--seed"], "option '--seed' requires an argument", "seedream gen --help"),
    (["gen", "a", "-n", "0"], "invalid value for -n/--count: 0 is not in the range 1 to 10000", "seedream gen --help"),
    (["gen", "a", "-n", "two"], "invalid value for -n/--count: 'two' is not a whole number", "seedream gen --help"),
    (["gen", "a", "--seed", "1.5"], "invalid value for --seed: '1.5' is not a whole number", "seedream gen --help"),
    (["gen", "a", "--timeout", "x"], "invalid value for --timeout: 'x' is not a number", "seedream gen --help"),
    (["gen", "a", "--timeout", "0"], "invalid value for --timeout: 0 is not in the range", "seedream gen --help"),
    (["gen", "a", "--timeout", "nan"], "invalid value for --timeout: nan is not an amount", "seedream gen --help"),
    (["gen", "a", "--max-wait", "inf"], "invalid value for --max-wait: inf is not in", "seedream gen --help"),
    (["gen", "a", "--max-cost", "nan"], "invalid value for --max-cost: nan is not an amount", "seedream gen --help"),
    (["gen", "a", "--max-cost", "inf"], "invalid value for --max-cost: inf is not an amount", "seedream gen --help"),
    (["gen", "a", "--max-cost", "-1"], "invalid value for --max-cost: -1 is not in the range", "seedream gen"),
    (["gen", "a", "-j", "0"], "invalid value for -j/--jobs: 0 is not in the range 1 to 512", "seedream gen --help"),
    (["gen", "a", "--json", "-0"], "--json and -0 cannot be combined", "seedream gen --help"),
    (["gen", "a", "-o", "x.png", "-d", "y"], "-o and -d cannot be combined", "give the folder in -o"),
    (["gen", "a", "-o", "-"], "pictures are not written to stdout", "give a file to -o"),
    (["gen", "a", "-o", "{sed}.png"], "unknown placeholder '{sed}'", "placeholders are {id} {seed}"),
    (["gen", "a", "-o", "{seed:04d}.png"], "{seed} is filled in as it is", "placeholders are {id} {seed}"),
    (["gen", "a", "-o", "{id!r}.png"], "{id} is filled in as it is", "placeholders are {id} {seed}"),
    (["gen", "a", "-d", ""], "the folder has no name", "-d . is the current one"),
    (["gen", "a", "--tag", "x\ny"], "a tag is one line of printable text", "seedream gen --help"),
    (["gen", "a", "--seed", "9" * 5000], "invalid value for --seed: '9999", "seedream gen --help"),
    (["config", "set", "daily_cap", "-1"], "'daily_cap' must be USD above 0", "seedream config set daily_cap 5"),
    (["config", "set", "-q", "jobs", "-1e3", "--force"], "'jobs' must be a whole number", "seedream config set jobs 8"),
    (["config", "set", "max_wait", "-.5"], "'max_wait' must be a number from 0", "seedream config set max_wait 60"),
    (["config", "set", "jobs", "-1", "--forse"], "got unexpected extra argument(s) (--forse)", "seedream config set"),
    (["config", "set", "jobs", "-x"], "no such option: -x", "seedream config set --help"),
    (["history", "rate", "last", "-1"], "invalid value for rating: -1 is not in the range 0 to 5", "seedream history"),
    (["history", "list", "-1"], "no such option: -1", "seedream history list --help"),
    (["gen", "a", "-1"], "no such option: -1", "a prompt that begins with - goes after --"),
    (["sandbox", "--port", "99999"], "invalid value for --port: 99999 is not in the range", "seedream sandbox --help"),
    (["sandbox", "--ttl", "nan"], "ttl must be seconds, 0 or more", "seedream sandbox --help"),
]


@pytest.mark.parametrize(("argv", "error", "hint"), USAGE_ERRORS, ids=lambda value: str(value)[:40])
def test_a_wrong_command_line_is_one_error_and_one_hint(home: Home, argv: list[str], error: str, hint: str) -> None:
    result = home.run(*argv).expect(2)
    assert result.stdout == b""
    first, second = result.talk.splitlines()
    assert first.startswith(f"seedream: error: {error}")
    assert second.startswith(f"hint: {hint}")
    assert len(first) < 600
    assert not home.history_path.exists()
    assert not home.files()


@pytest.mark.parametrize(
    "argv",
    [
        [b"\xff"],
        ["gen", b"a \xff"],
        ["gen", "a", b"\xff"],
        ["gen", "a", "--no", b"\xff"],
        ["gen", "a", "--tag", b"\xff"],
        ["gen", "a", "-m", b"\xff"],
        ["gen", "a", "-n", b"\xff"],
        ["gen", "a", "-s", b"\xff"],
    ],
)
def test_invalid_bytes_are_bad_input_and_shown_spelt_out(home: Home, argv: list[str | bytes]) -> None:
    result = home.run(*argv).expect(2)
    assert len(result.talk.splitlines()) == 2
    assert b"\xff" not in result.output


TABLES: dict[tuple[str, ...], Mapping[str, tuple[str, str]]] = {
    (): COMMANDS,
    ("auth",): AUTH_COMMANDS,
    ("config",): CONFIG_COMMANDS,
    ("history",): HISTORY_COMMANDS,
}
LISTED = [((*group, name), line) for group, table in TABLES.items() for name, (_, line) in table.items()]
EVERY_COMMAND = [(), *(words for words, _ in LISTED)]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_help_with_examples(offline_home: Home, command: tuple[str, ...], option: str) -> None:
    result = offline_home.run(*command, option).expect(0)
    assert result.stderr == b""
    text = result.stdout.decode()
    assert text.startswith(f"Usage: {' '.join(['seedream', *command])} ")
    assert "Examples:\n    seedream" in text
    for common in ("-q, --quiet", "-v, --verbose", "-h, --help"):
        assert common in text


@pytest.mark.parametrize(("command", "line"), LISTED, ids=lambda value: value if isinstance(value, str) else "-")
def test_a_command_is_listed_with_the_first_line_of_its_help(
    offline_home: Home, command: tuple[str, ...], line: str
) -> None:
    *group, name = command
    own = offline_home.run(*command, "--help", env={"COLUMNS": "80"}).expect(0).lines
    assert own[own.index("") + 1] == f"  {line}"
    listed = offline_home.run(*group, "--help", env={"COLUMNS": "80"}).expect(0).lines
    assert any(re.fullmatch(rf"  {name} +{re.escape(line)}", each) for each in listed)


def test_the_program_alone_shows_its_help(offline_home: Home) -> None:
    assert offline_home.run().expect(0).stdout == offline_home.run("--help").expect(0).stdout


def test_help_fits_a_narrow_terminal(offline_home: Home) -> None:
    offline_home.in_terminal("gen", "--help", columns=20)
    text = offline_home.run("gen", "-h", env={"COLUMNS": "40"}).expect(0).stdout.decode()
    assert "--negative, --no" in text


def test_help_is_shown_whatever_the_configuration_holds(home: Home) -> None:
    home.configure("this is no TOML")
    home.run("gen", "--help").expect(0)
    home.run("--help").expect(0)
    assert str(home.config_path) in home.gen("a fox").expect(2).talk


@pytest.mark.parametrize("argv", [["-q", "gen", "a fox"], ["gen", "a fox", "-q"], ["gen", "--quiet", "a fox"]])
def test_quiet_may_stand_before_and_after_the_command(home: Home, argv: list[str]) -> None:
    result = home.run(*argv).expect(0)
    assert result.stderr == b""
    assert len(result.lines) == 1


@pytest.mark.parametrize("argv", [["-v", "gen", "a fox"], ["gen", "a fox", "-v"], ["gen", "--verbose", "a fox"]])
def test_verbose_may_stand_before_and_after_the_command(home: Home, argv: list[str]) -> None:
    talk = home.run(*argv).expect(0).talk
    assert "quota: $31.40 on the key, $49.50 in the spend bucket" in talk
    assert "quota" not in home.gen("a fox").talk


@pytest.mark.parametrize("argv", [["models", "-q"], ["-q", "models"], ["history", "-q"], ["history", "list", "-q"]])
def test_quiet_is_an_option_of_every_command(offline_home: Home, argv: list[str]) -> None:
    assert offline_home.run(*argv).expect(0).stderr == b""


def test_quiet_still_says_errors(home: Home) -> None:
    assert "seedream: error: " in home.gen("a fox", "-q", "-s", "1x1").expect(2).talk


def test_a_command_may_be_the_prompt(home: Home) -> None:
    for prompt in ("gen", "models", "--help", "-x"):
        (drawn,) = home.gen("--json", "--", prompt).expect(0).objects
        assert drawn["prompt"] == prompt


# Imports


def imported(home: Home, *argv: str) -> set[str]:
    python, *rest = PROGRAM
    result = home.run(*argv, program=[python, "-X", "importtime", *rest])
    assert result.status == 0, result.talk
    return {match[1] for match in re.finditer(r"^import time:.*\| +(\S+)$", result.talk, re.MULTILINE)}


def heavy(modules: set[str], but: tuple[str, ...] = ()) -> set[str]:
    return {name for name in HEAVY if name in modules} - set(but)


def test_the_version_imports_nothing(offline_home: Home) -> None:
    modules = imported(offline_home, "--version")
    assert {name for name in modules if name.startswith("seedream")} == {"seedream_cli"}
    assert not modules & {"typer", "typing", "dataclasses", "json", "argparse", *HEAVY}


@pytest.mark.parametrize("argv", [["gen", "a fox", "--dry-run"], ["models"], ["history"]], ids=" ".join)
def test_commands_without_a_network_import_nothing_heavy(home: Home, argv: list[str]) -> None:
    assert not heavy(imported(home, *argv))


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_help_imports_nothing_that_the_command_would_do(offline_home: Home, command: tuple[str, ...]) -> None:
    modules = imported(offline_home, *command, "--help")
    assert not heavy(modules)
    assert not {f"seedream_cli.{name}" for name in WORK} & modules


def test_listing_imports_nothing_that_other_commands_need(offline_home: Home) -> None:
    modules = imported(offline_home, "history", "list", "--json")
    assert not {"random", "tempfile", "stringzilla", "hashlib", *(f"seedream_cli.{name}" for name in WORK)} & modules
    chosen = {name for name in modules if name.startswith(("seedream_cli.options", "seedream_cli.planning"))}
    assert chosen == {"seedream_cli.options", "seedream_cli.options.select"}


@pytest.mark.parametrize("group", TABLES, ids=" ".join)
def test_listing_commands_imports_none_of_them(offline_home: Home, group: tuple[str, ...]) -> None:
    modules = imported(offline_home, *group, "--help")
    packages = {"seedream_cli.commands", *(f"seedream_cli.commands.{name}" for name in group)}
    assert {name for name in modules if name.startswith("seedream_cli.commands")} - packages == set()


def test_drawing_in_a_pipe_imports_the_client_and_nothing_for_terminals_or_painting(home: Home) -> None:
    modules = imported(home, "gen", "a fox")
    assert heavy(modules) == {"httpx"}
    assert not any(name.startswith("seedream_cli.sandbox") for name in modules)
