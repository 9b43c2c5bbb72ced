"""However many drafts, however small the terminal: what is shown fits it, and is as few lines as can be."""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedream_cli.preview.layout import Screen, Wanted, lay_out, screen_of

SCREENS = st.builds(
    Screen,
    st.integers(20, 400),
    st.integers(10, 200),
    st.sampled_from([(10, 20), (1, 2), (7, 13), (18, 36), (9, 20)]),
)
WANTED = st.builds(Wanted, st.integers(1, 10_000), st.floats(0.5, 1.5), st.integers(18, 36))


@given(SCREENS, WANTED, st.sampled_from([12, 16]))
def test_it_fits_the_screen(screen: Screen, wanted: Wanted, narrowest: int) -> None:
    layout = lay_out(screen, wanted, narrowest)
    lines = -(-layout.most // layout.across)
    assert 1 <= layout.most <= wanted.count
    assert layout.across * (layout.width + 1) - 1 <= screen.columns
    assert lines * (layout.height + layout.caption) <= screen.lines - 2
    assert narrowest <= layout.width <= 40
    assert layout.caption == (1 if layout.width >= wanted.caption else 2)


@given(SCREENS, WANTED)
def test_none_is_left_out_where_all_fit(screen: Screen, wanted: Wanted) -> None:
    layout = lay_out(screen, wanted, 12)
    if layout.most < wanted.count:
        another_line = -(-layout.most // layout.across) + 1
        full = layout.across * 13 + 12 > screen.columns
        assert full
        assert another_line * (layout.height + layout.caption) > screen.lines - 2


@pytest.mark.parametrize(
    ("screen", "count", "shown"),
    [
        ((80, 24), 1, (1, 40, 1)),
        ((80, 24), 2, (2, 39, 2)),
        ((80, 24), 4, (4, 19, 4)),
        ((80, 24), 5, (5, 15, 5)),
        ((80, 24), 20, (6, 12, 12)),
        ((200, 50), 20, (10, 19, 20)),
        ((20, 10), 4, (1, 12, 1)),
        ((40, 24), 4, (2, 18, 4)),
    ],
)
def test_side_by_side_as_far_as_they_can_be_seen(
    screen: tuple[int, int], count: int, shown: tuple[int, int, int]
) -> None:
    layout = lay_out(Screen(*screen), Wanted(count, 1.0, 30), 12)
    assert (layout.across, layout.width, layout.most) == shown


def test_portraits_are_no_higher_than_the_screen() -> None:
    layout = lay_out(Screen(200, 24), Wanted(1, 1.5, 30), 12)
    assert layout.height + layout.caption <= 22
    assert layout.width == 26


@contextmanager
def terminal(columns: int, lines: int, across: int = 0, down: int = 0) -> Iterator[int]:
    """A terminal of that size, in cells and in pixels."""
    import fcntl
    import termios

    master, slave = os.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, across, down))
        yield slave
    finally:
        os.close(master)
        os.close(slave)


def test_a_terminal_tells_its_size_and_some_their_cells() -> None:
    with terminal(80, 24) as descriptor:
        assert screen_of(descriptor) == Screen(80, 24, (10, 20), told=False)
    with terminal(80, 24, 720, 432) as descriptor:
        assert screen_of(descriptor) == Screen(80, 24, (9, 18), told=True)
    with terminal(80, 24, 80, 24) as descriptor:
        assert screen_of(descriptor) == Screen(80, 24)


@pytest.mark.parametrize(("columns", "lines"), [(19, 24), (80, 9), (0, 0)])
def test_there_is_no_room_on_a_tiny_one(columns: int, lines: int) -> None:
    with terminal(columns, lines) as descriptor:
        assert screen_of(descriptor) is None


def test_what_is_no_terminal_has_no_size() -> None:
    with open(os.devnull) as nothing:
        assert screen_of(nothing.fileno()) is None
