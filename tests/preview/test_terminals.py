"""Which way a terminal shows pictures, by its environment alone."""

import pytest

from seedream_cli.errors import InputError
from seedream_cli.preview.terminals import method

XTERM = {"TERM": "xterm-256color"}
KNOWN = {
    "kitty": ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
    "kitty by its window": ({**XTERM, "KITTY_WINDOW_ID": "1", "COLORTERM": "truecolor"}, "kitty"),
    "ghostty": ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
    "ghostty as an xterm": ({**XTERM, "TERM_PROGRAM": "ghostty"}, "kitty"),
    "konsole": ({**XTERM, "KONSOLE_VERSION": "220400", "COLORTERM": "truecolor"}, "kitty"),
    "konsole of before": ({**XTERM, "KONSOLE_VERSION": "210801", "COLORTERM": "truecolor"}, "truecolor"),
    "konsole of nowhere": ({**XTERM, "KONSOLE_VERSION": "new"}, "256"),
    "iTerm2": ({**XTERM, "TERM_PROGRAM": "iTerm.app", "COLORTERM": "truecolor"}, "iterm2"),
    "iTerm2 through ssh": ({**XTERM, "LC_TERMINAL": "iTerm2"}, "iterm2"),
    "WezTerm": ({**XTERM, "TERM_PROGRAM": "WezTerm"}, "iterm2"),
    "foot": ({"TERM": "foot", "COLORTERM": "truecolor"}, "sixel"),
    "foot with more": ({"TERM": "foot-extra"}, "sixel"),
    "mlterm": ({"TERM": "mlterm"}, "sixel"),
    "mintty": ({**XTERM, "TERM_PROGRAM": "mintty"}, "sixel"),
    "GNOME": ({**XTERM, "VTE_VERSION": "7600", "COLORTERM": "truecolor"}, "truecolor"),
    "GNOME started from kitty": ({**XTERM, "VTE_VERSION": "7600", "KITTY_WINDOW_ID": "1"}, "256"),
    "an editor started from kitty": (
        {**XTERM, "TERM_PROGRAM": "vscode", "KITTY_WINDOW_ID": "1", "COLORTERM": "truecolor"},
        "truecolor",
    ),
    "Apple's": ({**XTERM, "TERM_PROGRAM": "Apple_Terminal"}, "256"),
    "xterm": ({"TERM": "xterm"}, "256"),
    "xterm through ssh": (XTERM, "256"),
    "alacritty": ({"TERM": "alacritty", "COLORTERM": "truecolor"}, "truecolor"),
    "direct": ({"TERM": "xterm-direct"}, "truecolor"),
    "tmux": ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, "truecolor"),
    "tmux in kitty": ({"TERM": "screen-256color", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"}, "truecolor"),
    "tmux in iTerm2": ({"TERM": "screen", "TMUX": "/tmp/x", "LC_TERMINAL": "iTerm2"}, "truecolor"),
    "tmux through ssh": ({"TERM": "tmux-256color", "COLORTERM": "truecolor"}, "truecolor"),
    "screen in foot": ({"TERM": "screen.foot", "STY": "1.pts", "COLORTERM": "truecolor"}, "256"),
    "zellij in kitty": ({"TERM": "xterm-kitty", "ZELLIJ": "0", "COLORTERM": "truecolor"}, "truecolor"),
    "the Linux console": ({"TERM": "linux"}, None),
    "a real one": ({"TERM": "vt100"}, None),
    "dumb": ({"TERM": "dumb", "COLORTERM": "truecolor", "KITTY_WINDOW_ID": "1"}, None),
    "none": ({}, None),
    "none of that name": ({"TERM": ""}, None),
    "without colour": ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, None),
    "colour, after all": ({"TERM": "xterm-kitty", "NO_COLOR": ""}, "kitty"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_terminal_is_known_by_its_environment(name: str) -> None:
    environment, way = KNOWN[name]
    assert method(environment) == way


@pytest.mark.parametrize(
    ("chosen", "way"),
    [("kitty", "kitty"), ("iterm2", "iterm2"), ("sixel", "sixel"), ("blocks", "truecolor"), ("256", "256")],
)
def test_the_user_knows_better(chosen: str, way: str) -> None:
    assert method({"TERM": "linux", "SEEDREAM_GRAPHICS": chosen}) == way
    assert method({"TERM": "xterm-kitty", "TMUX": "x", "SEEDREAM_GRAPHICS": chosen}) == way
    assert method({"TERM": "linux", "SEEDREAM_GRAPHICS": chosen, "NO_COLOR": "1"}) is None


def test_the_user_may_want_none_and_may_not_invent_any() -> None:
    assert method({"TERM": "xterm-kitty", "SEEDREAM_GRAPHICS": "none"}) is None
    with pytest.raises(InputError, match="SEEDREAM_GRAPHICS is 'ascii'") as caught:
        method({"TERM": "xterm-kitty", "SEEDREAM_GRAPHICS": "ascii"})
    assert "sixel" in str(caught.value.hint)
