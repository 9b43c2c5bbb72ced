"""Which way a terminal shows pictures, as far as its environment tells.

The terminal itself is never asked. Its answer would come in with what is being typed, which could not be given back
(systems no longer let a program do that); over a slow line it would come late and lie on the next command line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from seedream_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

Method = Literal["kitty", "iterm2", "sixel", "truecolor", "256"]

_BY_NAME: Final[dict[str, Method]] = {
    "kitty": "kitty",
    "iterm2": "iterm2",
    "sixel": "sixel",
    "blocks": "truecolor",
    "256": "256",
}
"""What `SEEDREAM_GRAPHICS` may say, for terminals that are not known here; `none` is no preview."""

# TERM is set by the innermost terminal, TERM_PROGRAM by most; other variables are inherited by what is started there.
_BY_TERM: Final[tuple[tuple[str, Method], ...]] = (
    ("xterm-kitty", "kitty"),
    ("xterm-ghostty", "kitty"),
    ("foot", "sixel"),
    ("mlterm", "sixel"),
    ("contour", "sixel"),
    ("yaft", "sixel"),
)
_BY_PROGRAM: Final[dict[str, Method]] = {
    "ghostty": "kitty",
    "WarpTerminal": "kitty",
    "iTerm.app": "iterm2",
    "WezTerm": "iterm2",
    "mintty": "sixel",
    "rio": "sixel",
    "vscode": "truecolor",
    "Apple_Terminal": "256",
}
_MULTIPLEXERS: Final = ("TMUX", "STY", "ZELLIJ")
_OF_256: Final = re.compile(r".*256color|(?:xterm|screen|tmux|rxvt|alacritty|st|konsole|vte|gnome|putty)(?:-.*)?")
_KONSOLE_WITH_GRAPHICS: Final = 220400


def method(environment: Mapping[str, str]) -> Method | None:
    """Return how pictures are shown on the terminal whose environment this is, or None where they are not.

    Raises:
        InputError: where `SEEDREAM_GRAPHICS` says what is no way to show them.
    """
    if environment.get("NO_COLOR"):
        return None
    if chosen := environment.get("SEEDREAM_GRAPHICS"):
        if chosen != "none" and chosen not in _BY_NAME:
            raise InputError(
                f"SEEDREAM_GRAPHICS is '{chosen}'", hint=f"it may be {', '.join(_BY_NAME)} or none; or say --no-preview"
            )
        return _BY_NAME.get(chosen)
    term = environment.get("TERM", "")
    if term in {"", "dumb"}:
        return None
    if any(environment.get(name) for name in _MULTIPLEXERS) or term.startswith(("screen", "tmux")):
        # What lies outside may understand more, but what is drawn past a multiplexer stays when its window does not.
        return _colours(term, environment)
    return _graphics(term, environment) or _colours(term, environment)


def _graphics(term: str, environment: Mapping[str, str]) -> Method | None:
    for start, way in _BY_TERM:
        if term == start or term.startswith(f"{start}-"):
            return way
    program = environment.get("TERM_PROGRAM", "")
    if program:
        return _BY_PROGRAM.get(program)
    if environment.get("LC_TERMINAL") == "iTerm2":  # which iTerm2 has ssh take along
        return "iterm2"
    if environment.get("VTE_VERSION") or environment.get("WT_SESSION"):
        return None
    konsole = environment.get("KONSOLE_VERSION", "")
    if konsole:
        return "kitty" if konsole.isdigit() and int(konsole) >= _KONSOLE_WITH_GRAPHICS else None
    return "kitty" if environment.get("KITTY_WINDOW_ID") else None


def _colours(term: str, environment: Mapping[str, str]) -> Method | None:
    if environment.get("STY"):  # screen passes COLORTERM on, and 24 bits not
        return "256"
    told = environment.get("COLORTERM") in {"truecolor", "24bit"} or term.endswith("-direct")
    if told or environment.get("TMUX") or environment.get("WT_SESSION"):
        return "truecolor"
    return "256" if _OF_256.fullmatch(term) else None
