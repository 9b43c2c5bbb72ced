"""Text in the cells of a terminal."""

import random

import pytest
from wcwidth import wcswidth

from seedream_cli.terminal.cells import cells, cut, folded, padded

LETTERS = ["a", "b", " ", "c", "é", "狐", "한", "x", "e\u0301", "abcdefghi", " ", "水墨画"]


def test_text_is_cut_and_padded_by_cells():
    texts = ("short", "1234567890", "12345678901", "狐狸狐狸狐", "狐狸狐狸狐狸", "")
    assert [cut(text, 10) for text in texts] == ["short", "1234567890", "123456789…", "狐狸狐狸狐", "狐狸狐狸…", ""]
    assert [cut("abc", width) for width in (0, 1, 2, 3)] == ["", "…", "a…", "abc"]
    assert [cells("abc"), cells("狐狸"), cells("👩‍🚀")] == [3, 4, 2]
    assert padded("狐", 4) + "|" == "狐  |"


def test_a_line_is_folded_at_spaces_and_between_ideographs():
    assert folded("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert folded("the quick brown fox", 10, "  ") == ["the quick", "  brown", "  fox"]
    assert folded("red 狐狸在雪地里", 8, "  ") == ["red 狐狸", "  在雪地", "  里"]
    assert folded("fits", 10, "  ") == ["fits"]
    assert folded("", 10) == [""]


def test_a_word_longer_than_a_line_begins_where_the_line_stands():
    assert folded("at /a/very/long/path", 10, "   ") == ["at /a/very", "   /long/p", "   ath"]


def test_what_stands_in_front_of_further_lines_never_takes_most_of_them():
    assert folded("one two three", 6, "      ") == ["one", "two", "three"]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_folded_fits_and_nothing_is_lost(seed):
    chance = random.Random(seed)
    for _ in range(100):
        text = "".join(chance.choice(LETTERS) for _ in range(chance.randrange(40)))
        width, hanging = chance.randrange(8, 30), chance.choice("│ ") * chance.randrange(6)
        lines = folded(text, width, hanging)
        assert all(wcswidth(line) <= width for line in lines), (text, width, hanging)
        assert "".join(lines).replace(" ", "").replace("│", "") == text.replace(" ", "")
        assert all(line.strip("│ ") for line in lines[1:])
        assert wcswidth(cut(text, width)) <= width
