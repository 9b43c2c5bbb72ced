"""Words that depend on numbers."""

from seedream_cli.terminal.wording import counted


def test_one_is_not_many():
    assert [counted(n, "damaged line") for n in (0, 1, 2)] == ["0 damaged lines", "1 damaged line", "2 damaged lines"]
