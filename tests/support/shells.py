"""Real shells in a terminal of their own, in which a person types the beginning of a command and presses TAB."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pytest

COMPLETIONS = Path(__file__).parent.parent.parent / "completions"
PATIENCE = 30.0

TAB = "\t"
TELL = "\x1f"  # bound to saying what the line holds now
ALL = "\x1d"  # bound to putting every candidate into the line
CLEAR = "\x05\x15"  # to the end of the line, and all of it away

_BASH = r"""
tell() { printf '\n<<%s>>\n' "$READLINE_LINE"; }
bind -x '"\C-_": tell'
bind '"\C-]": insert-completions'
bind 'set enable-bracketed-paste off'
"""
_ZSH = r"""
tell() { print -r -- "
<<$BUFFER>>" }
zle -N tell
bindkey '^_' tell
zstyle ':completion:all:*' insert yes
zstyle ':completion:all:*' completer _all_matches _complete
zle -C all complete-word _generic
bindkey '^]' all
"""
_FISH = r"""
function fish_prompt; end
function fish_greeting; end
bind \c_ 'printf "\n<<%s>>\n" (commandline)'
"""


def needed(name: str) -> str:
    """Return where a program lies; skips the test where it is not installed."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed here")
    return program


class Shell:
    """An interactive shell; skips the test where it is not installed."""

    def __init__(self, name: str, home: Path, start: str, env: Mapping[str, str] | None = None) -> None:
        program = needed(name)
        environment = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "TERM": "xterm",
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local/share"),
            **(env or {}),
        }
        arguments, prepared = {
            "bash": (["--norc", "--noprofile", "-i"], _BASH),
            "zsh": (["-f", "-i"], _ZSH),
            "fish": (["--private", "-i"], _FISH),
        }[name]
        script = home / ".start"
        script.write_text(f"{start}\n{prepared}\n", "utf-8")
        self._child = pexpect.spawn(
            program, arguments, cwd=str(home), env=environment, encoding="utf-8", timeout=PATIENCE, dimensions=(50, 200)
        )
        self._child.delaybeforesend = None
        # What is typed is shown as well: the word that is waited for stands nowhere in it.
        self._child.send(f". {script}; printf '<<%s>>' rea''dy\r")
        self._child.expect_exact("<<ready>>")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close(force=True)

    def line(self, typed: str) -> str:
        """Type this, and return what the line holds then; it is cleared."""
        self._child.send(typed + TELL)
        self._child.expect(r"<<(.*?)>>\r?\n")
        told = self._child.match[1].replace("\r\n", "\n")
        self._child.send(CLEAR)
        return told

    def candidates(self, typed: str) -> list[str]:
        """Return every candidate for the last word of this, in the order in which the shell has them."""
        whole = self.line(typed + ALL)
        begun = typed.rpartition(" ")[0]
        assert whole.startswith(begun)
        return whole.removeprefix(begun).split()
