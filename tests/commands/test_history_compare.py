"""`history diff` and `tree`."""

import time

import pytest
from support.past import asked, line, story, write
from support.program import Home
from wcwidth import wcswidth

from seedream_cli.history import records
from seedream_cli.safetext import UNSAFE

HOSTILE = "esc \x1b[2J bidi \u202e line\nbreak tab\t[b]x[/b] \ud800 狐"


@pytest.fixture
def family(offline_home: Home) -> Home:
    """A home with a draft, what was made of it, and a stranger."""
    one = asked(1, "a red fox at dawn", id="root00000001", seed=5)
    two = asked(2, "a red fox at dusk", id="dusk00000001", parent=one.id, seed=5)
    three = asked(3, "a red fox at dusk", id="seed00000001", parent=two.id, seed=9)
    four = asked(4, "a red fox at dawn", id="again0000001", parent=one.id, seed=5)
    five = asked(
        5,
        "a red fox at dusk",
        id="final0000001",
        parent=two.id,
        seed=5,
        model="seedream-v4.5",
        size="2048x2048",
        price=0.03,
    )
    stranger = asked(6, "other", id="other0000001")
    write(
        offline_home.history_path,
        *map(story, (one, two, three, four, five, stranger)),
        line(records.rated(two, 5), late=True),
    )
    return offline_home


def test_what_differs_is_told_word_by_word_and_then_in_settings(family: Home) -> None:
    done = family.run("history", "diff", "root", "final").expect(0)
    assert done.lines == [
        "root00000001 -> final0000001",
        "prompt: a red fox at [-dawn-]{+dusk+}",
        "model: seedream-v5lite -> seedream-v4.5",
        "size: 1024x1024 -> 2048x2048",
        "cost_usd: 0.012 -> 0.03",
    ]
    assert family.run("history", "diff", "root", "dusk").expect(0).lines[2:] == ["rating: none -> 5"]
    assert family.run("history", "diff", "root", "again").expect(0).lines[1:] == ["nothing differs but the id"]


def test_differences_as_json_hold_both_sides(family: Home) -> None:
    (told,) = family.run("history", "diff", "root", "dusk", "--json").expect(0).objects
    assert told == {
        "a": "root00000001",
        "b": "dusk00000001",
        "differences": {
            "prompt": {"a": "a red fox at dawn", "b": "a red fox at dusk"},
            "rating": {"a": None, "b": 5},
        },
    }


@pytest.mark.parametrize("member", ["root", "dusk", "seed", "again", "final"])
def test_a_tree_shows_the_whole_family_from_any_of_its_drafts(family: Home, member: str) -> None:
    lines = family.run("history", "tree", member).expect(0).lines
    bare = [each.replace("*", "") for each in lines]
    assert bare == [
        "root00000001  saved  v5lite  seed 5  $0.012  a red fox at dawn",
        "├─ dusk00000001  saved  v5lite  seed 5  rated 5  $0.012  [-dawn-]{+dusk+}",
        "│  ├─ seed00000001  saved  v5lite  seed 9  $0.012  new seed",
        "│  └─ final0000001  saved  v4.5  seed 5  $0.03  model seedream-v4.5, size 2048x2048",
        "└─ again0000001  saved  v5lite  seed 5  $0.012  the same again",
    ]
    assert [each for each in lines if "*" in each] == [each for each in lines if f"{member}0" in each]
    told = family.run("history", "tree", member, "--json").expect(0).objects
    assert [draft["id"][:4] for draft in told] == ["root", "dusk", "seed", "agai", "fina"]


def test_nothing_raw_is_told_of_what_differs(offline_home: Home) -> None:
    one = asked(1, "a fox", id="aaaaaaaaaaaa")
    two = asked(2, HOSTILE, id="bbbbbbbbbbbb", parent=one.id, negative_prompt=HOSTILE, model=HOSTILE, tags=(HOSTILE,))
    write(offline_home.history_path, story(one), story(two, revised=HOSTILE))
    for command in (["diff", "aa", "bb"], ["diff", "bb", "aa"], ["tree", "aa"], ["tree", "bb"]):
        piped = offline_home.run("history", *command).expect(0).stdout.decode()
        screen = offline_home.in_terminal("history", *command, columns=40).text
        for output in (piped.replace("\n", ""), screen.replace("\r\n", "")):
            assert not UNSAFE.search(output), command
        assert "[b]x[/b]" in piped or command[0] == "tree"


@pytest.mark.parametrize("columns", [20, 60, 100])
def test_a_tree_fits_the_terminal(family: Home, columns: int) -> None:
    write(family.history_path, family.history_path.read_bytes(), story(asked(9, "水墨" * 100, parent="root00000001")))
    screen = family.in_terminal("history", "tree", "root", columns=columns).text
    lines = screen.removesuffix("\r\n").split("\r\n")
    assert all(wcswidth(each) <= columns for each in lines)
    for told in ("root00000001*", "draft0000009", "$0.03"):
        assert sum(told in each for each in lines) == 1


@pytest.mark.parametrize("columns", [20, 60])
def test_a_difference_fits_the_terminal(family: Home, columns: int) -> None:
    write(family.history_path, family.history_path.read_bytes(), story(asked(9, "水墨 and more words " * 20)))
    screen = family.in_terminal("history", "diff", "root", "last", columns=columns).text
    assert all(wcswidth(each) <= columns for each in screen.split("\r\n"))


@pytest.mark.parametrize("length", [1, 3])
def test_a_circle_of_parents_is_told_once(offline_home: Home, length: int) -> None:
    circle = [asked(n, f"number {n}", parent=asked(n % length + 1).id) for n in range(1, length + 1)]
    write(offline_home.history_path, *map(story, circle))
    lines = offline_home.run("history", "tree", "last").expect(0).lines
    assert len(lines) == length
    assert all(sum(draft.id in each for each in lines) == 1 for draft in circle)


def test_a_chain_of_thousands_of_reruns_is_told_in_bounded_space_and_time(offline_home: Home) -> None:
    chain = [asked(n, f"fox {n}", parent=asked(n - 1).id if n > 1 else None) for n in range(1, 5001)]
    write(offline_home.history_path, *map(story, chain))
    done = offline_home.run("history", "tree", "last").expect(0)
    assert len(done.lines) == 5000
    assert max(map(len, done.lines)) < 300


def test_children_of_a_forgotten_draft_stand_side_by_side(offline_home: Home) -> None:
    write(offline_home.history_path, *(story(asked(n, f"fox {n}", parent="gonegonegone")) for n in (1, 2)))
    lines = offline_home.run("history", "tree", "last").expect(0).lines
    assert [each.split("  ")[-1] for each in lines] == ["fox 1", "fox 2"]


def test_prompts_of_ten_thousand_words_are_compared_in_bounded_time(offline_home: Home) -> None:
    old = " ".join(f"word{n % 100}" for n in range(10_000))
    write(
        offline_home.history_path,
        story(asked(1, old)),
        story(asked(2, old.replace("word77 word78", "other word78", 1))),
        story(asked(3, "a " * 10_000)),
        story(asked(4, "狐狸" * 20_000)),
    )
    began = time.monotonic()
    told = offline_home.run("history", "diff", "last~3", "last~2").expect(0).lines[1]
    assert "[-word77-]{+other+}" in told
    for pair in (("last~3", "last~1"), ("last~1", "last"), ("last", "last~3")):
        offline_home.run("history", "diff", *pair).expect(0)
    assert time.monotonic() - began < 20
