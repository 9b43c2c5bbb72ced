"""Words that depend on numbers."""

from seedream_cli.terminal.wording import counted, hours


def test_one_is_not_many():
    assert [counted(n, "damaged line") for n in (0, 1, 2)] == ["0 damaged lines", "1 damaged line", "2 damaged lines"]


def test_a_span_is_hours_or_minutes_and_never_less_than_none():
    told = [hours(each) for each in (86400, 7200, 7199, 60, 0, -5)]
    assert told == ["24 h", "2 h", "120 min", "1 min", "0 min", "0 min"]
