"""Options: where their values come from, and that the strongest wins."""

import dataclasses
import inspect
from pathlib import Path
from typing import Annotated

import pytest
import typer
from support.program import Home
from support.service import Service

from seedream_cli.apps import spread
from seedream_cli.options.draw import DrawOptions


def planned(home: Home, *argv: str, **env: str) -> dict[str, object]:
    (draft,) = home.gen("a fox", "--dry-run", "--json", *argv, env=env).expect(0).objects
    return draft


def test_an_option_beats_the_environment_which_beats_the_configuration(home: Home) -> None:
    assert planned(home)["size"] == "1024x1024"
    home.configure('size = "1024x1536"')
    assert planned(home)["size"] == "1024x1536"
    assert planned(home, SEEDREAM_SIZE="1536x1024")["size"] == "1536x1024"
    assert planned(home, "-s", "square", SEEDREAM_SIZE="1536x1024")["size"] == "1024x1024"


def test_what_is_wrong_is_told_with_where_it_stands(home: Home) -> None:
    def told(*argv: str, **env: str) -> str:
        return home.run(*argv, "--dry-run", env=env).expect(2).talk.splitlines()[0].removeprefix("seedream: error: ")

    (home.work / "p.txt").write_text("a fox\n")
    (home.work / "p.jsonl").write_text('{"prompt": "a fox", "size": "9x9"}\n')
    size = "seedream-v5lite has no size 9x9"
    assert told("gen", "a fox", SEEDREAM_SIZE="9x9") == f"{size} (SEEDREAM_SIZE)"
    assert told("gen", "a fox", "-s", "9x9", SEEDREAM_SIZE="8x8") == size
    assert told("gen", "a fox", SEEDREAM_MODEL="v9") == "unknown model 'v9' (SEEDREAM_MODEL)"
    assert told("gen", "a fox", SEEDREAM_TIMEOUT="nan") == "invalid value for SEEDREAM_TIMEOUT: nan is not an amount"
    neither = "'maybe' is neither yes nor no; these are: 0, 1, f, false, n, no, off, on, t, true, y, yes"
    assert told("gen", "a fox", SEEDREAM_EMBED="maybe") == f"invalid value for SEEDREAM_EMBED: {neither}"
    assert told("batch", "p.txt", SEEDREAM_SIZE="9x9") == f"p.txt:1: {size} (SEEDREAM_SIZE)"
    assert told("batch", "p.jsonl", SEEDREAM_SIZE="8x8") == f"p.jsonl:1: {size}"
    home.configure('size = "9x9"')
    assert told("gen", "a fox") == f"{size} ('size' in {home.config_path})"


def test_an_empty_variable_is_not_set(home: Home) -> None:
    home.configure('size = "1024x1536"\ndir = "here"')
    assert planned(home, SEEDREAM_SIZE="", SEEDREAM_MODEL="", SEEDREAM_DIR="")["size"] == "1024x1536"
    (path,) = home.gen("a fox", env={"SEEDREAM_DIR": ""}).expect(0).paths
    assert path.parent == Path("here")


def test_every_repeated_option_has_its_variable(home: Home, service: Service) -> None:
    env = {
        "SEEDREAM_MODEL": "seedream-v4.5",
        "SEEDREAM_NEGATIVE": "fog",
        "SEEDREAM_DIR": "elsewhere",
        "SEEDREAM_EMBED": "0",
        "SEEDREAM_JOBS": "1",
        "SEEDREAM_TIMEOUT": "9",
        "SEEDREAM_MAX_WAIT": "1",
        "SEEDREAM_MAX_COST": "0.03",
    }
    (path,) = home.gen("a fox", env=env).expect(0).paths
    asked = service.ledger[0].json
    assert (asked["model"], asked["negative_prompt"], asked["size"]) == ("seedream-v4.5", "fog", "2048x2048")
    assert path.parent == Path("elsewhere")
    assert (home.work / path).read_bytes() == service.picture_of(asked["seed"], 0, (2048, 2048))
    home.gen("a fox", env=env | {"SEEDREAM_MAX_COST": "0.029"}).expect(4)


def test_the_folder_is_an_option_a_variable_or_configured(home: Home) -> None:
    def folder(*argv: str, **env: str) -> str:
        (path,) = home.gen("a fox", *argv, env=env).expect(0).paths
        return str(path.parent)

    assert folder() == "drafts"
    home.configure('dir = "configured"')
    assert folder() == "configured"
    assert folder(SEEDREAM_DIR="varied") == "varied"
    assert folder("-d", "given/ deep", SEEDREAM_DIR="varied") == "given/ deep"
    assert folder("-d", str(home.work / "whole")) == str(home.work / "whole")


def test_a_folder_of_habit_does_not_forbid_an_output_by_option(home: Home) -> None:
    home.configure('dir = "configured"')
    result = home.gen("a fox", "-o", "fox.png", env={"SEEDREAM_DIR": "varied"}).expect(0)
    assert result.lines == ["fox.png"]
    assert home.files() == [home.work / "fox.png"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SEEDREAM_JOBS", "many"), ("SEEDREAM_MAX_COST", "-1"), ("SEEDREAM_EMBED", "maybe"), ("SEEDREAM_SANDBOX", "x")],
)
def test_a_wrong_variable_is_named(home: Home, variable: str, value: str) -> None:
    result = home.gen("a fox", env={variable: value}).expect(2)
    assert result.talk.startswith(f"seedream: error: invalid value for {variable}: ")


def test_a_limit_by_variable_may_not_be_off_by_a_slip(home: Home) -> None:
    for value in ("nan", "inf", "1,50", "free"):
        home.gen("a fox", env={"SEEDREAM_MAX_COST": value}).expect(2)


def test_the_sandbox_can_be_a_habit(offline_home: Home) -> None:
    (drawn,) = offline_home.gen("a fox", "--json", env={"SEEDREAM_SANDBOX": "1"}).expect(0).objects
    assert drawn["sandbox"] is True
    assert drawn["cost_usd"] == 0
    offline_home.gen("a fox", env={"SEEDREAM_SANDBOX": "0"}).expect(3)


def test_help_names_every_variable(offline_home: Home) -> None:
    text = offline_home.run("gen", "--help").stdout.decode()
    for name in ("MODEL", "SIZE", "NEGATIVE", "DIR", "JOBS", "MAX_COST", "MAX_WAIT", "TIMEOUT", "EMBED", "SANDBOX"):
        assert f"SEEDREAM_{name}" in text


def test_a_command_sees_its_options_as_one_value() -> None:
    @spread
    def command(name: Annotated[str, typer.Argument()], *, options: DrawOptions) -> tuple[str, DrawOptions]:
        return name, options

    parameters = inspect.signature(command).parameters
    fields = {field.name: field.default for field in dataclasses.fields(DrawOptions)}
    own = [name for name in fields if name in DrawOptions.__annotations__]
    assert list(parameters) == ["name", *own, *(name for name in fields if name not in own)]
    assert {name: parameters[name].default for name in fields} == fields
    name, options = command(name="x", **{**fields, "seed": 7})
    assert name == "x"
    assert dataclasses.asdict(options) == dataclasses.asdict(DrawOptions(seed=7))
