"""The settings' rules: what a variable may say is what the options take."""

import pytest
from support.program import Home
from typer._click.types import BoolParamType

from seedream_cli import settings

WORDS = {word: meant for word, meant in BoolParamType.bool_states.items() if word}


@pytest.mark.parametrize("word", WORDS)
def test_a_switch_knows_the_words_that_options_know(word: str) -> None:
    environment = {"SEEDREAM_EMBED": word.upper()}
    assert not list(settings.faults(environment))
    assert settings.parse_value("embed", word) is WORDS[word]
    assert settings.is_true(word) is WORDS[word]


def test_what_gen_takes_is_no_fault_to_doctor(home: Home) -> None:
    env = {"SEEDREAM_EMBED": "y"}
    home.gen("a fox", env=env).expect(0)
    assert "SEEDREAM_EMBED" not in home.run("doctor", env=env).talk
    home.run("doctor", "--seed-check", "--sandbox", env=env).expect(0)
