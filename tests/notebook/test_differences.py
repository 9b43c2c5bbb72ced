"""What differs between two drafts: word by word, in any script, in bounded time."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.past import asked

from seedream_cli.notebook.differences import change, differences, word_changes, word_difference


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", ""),
        ("a fox", "a fox", "a fox"),
        ("", "a fox", "{+a fox+}"),
        ("a fox", "", "[-a fox-]"),
        ("a red fox", "a blue fox", "a [-red-]{+blue+} fox"),
        ("a fox, at dawn", "a fox at dawn", "a fox[-,-] at dawn"),
        ("one two three", "zero one three four", "{+zero +}one [-two -]three{+ four+}"),
        ("一只狐狸在山上", "一只花猫在山上", "一只[-狐狸-]{+花猫+}在山上"),
        ("きつねの絵", "ねこの絵", "[-きつ-]ね{+こ+}の絵"),
        ("여우 그림", "고양이 그림", "[-여우-]{+고양이+} 그림"),
        ("style:水墨", "style:水彩", "style:水[-墨-]{+彩+}"),
        ("a\nb", "a\nc", "a\n[-b-]{+c+}"),
        ("été", "ete", "[-été-]{+ete+}"),
        ("[x]", "[y]", "[[-x-]{+y+}]"),
    ],
)
def test_words_that_went_and_came_are_marked(old, new, told):
    assert word_difference(old, new) == told


@given(st.text("ab ,.\n狐É", max_size=30), st.text("ab ,.\n狐É", max_size=30))
def test_both_texts_can_be_read_from_what_is_told(old, new):
    found = list(word_changes(old, new))
    assert "".join(each.same + each.gone for each in found) == old
    assert "".join(each.same + each.come for each in found) == new
    assert all(bool(each.same) != bool(each.gone or each.come) for each in found)
    assert all(bool(one.same) != bool(other.same) for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a" + " a" * 1999, " b a" * 999),
        ("a " * 10_000, "b " * 10_000),
        (" ".join(str(n % 97) for n in range(10_000)), " ".join(str(n % 89) for n in range(10_000))),
        ("狐狸" * 20_000, "狸狐" * 20_000),
        ("[-" * 10_000, "{+" * 10_000),
        (" " * 100_000, "x" * 100_000),
    ],
)
def test_long_texts_are_compared_in_bounded_time(old, new):
    began = time.monotonic()
    assert word_difference(old, new)
    assert time.monotonic() - began < 15


def test_one_word_among_ten_thousand_is_found():
    words = [f"w{n % 500}" for n in range(10_000)]
    changed = [*words[:5000], "other", *words[5001:]]
    assert word_difference(" ".join(words), " ".join(changed)).count("[-") == 1


def test_settings_are_told_by_the_names_of_json_and_only_where_they_differ():
    old = asked(1, seed=1)
    new = replace(asked(2, seed=2, model="seedream-v4.5", size="2048x2048"), rating=5, tags=("a",), status="saved")
    assert differences(old, new) == {
        "model": ("seedream-v5lite", "seedream-v4.5"),
        "size": ("1024x1024", "2048x2048"),
        "seed": (1, 2),
        "status": ("planned", "saved"),
        "rating": (None, 5),
        "tags": ([], ["a"]),
    }
    assert differences(old, old) == {}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"seed": 1}, "the same again"),
        ({"seed": 2}, "new seed"),
        ({"seed": 2, "prompt": "a blue fox"}, "{+blue +}"),
        ({"seed": 1, "negative_prompt": "text"}, "{+text+}"),
        ({"seed": 1, "model": "m", "size": "1x1"}, "model m, size 1x1"),
        ({"seed": 1, "prompt": "x" * 5000}, None),
    ],
)
def test_a_child_says_in_few_words_what_it_changed(fields, told):
    prompt = fields.pop("prompt", "a fox")
    found = change(asked(1, seed=1), asked(2, prompt, **fields))
    assert len(found) <= 200
    assert told is None or found == told
