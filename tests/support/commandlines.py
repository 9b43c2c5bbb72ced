"""Command lines in help, README and pages: found, and read as the program would read them."""

import os
import re
import shlex

from seedream_cli.cli import root_command
from seedream_cli.context import Context

_ENDS = {"|", "||", "&&", ";", ">", ">>", "<", "&", "(", ")", ":::"}


def calls(script: str) -> list[list[str]]:
    """The arguments of each call of the program in a line of a shell."""
    flat = re.sub(r'"?\$\(([^()]*)\)"?', r" ; \1 ; ", script)
    words = shlex.shlex(flat, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    found: list[list[str]] = []
    current: list[str] | None = None
    for word in words:
        if word in _ENDS:
            current = None
        elif current is not None:
            current.append(word)
        elif word == "seedream" or word.endswith("bin/seedream"):
            current = []
            found.append(current)
    return found


def parse(argv: list[str]) -> None:
    """Read a command line as the program would, and run nothing; raises what it would raise."""
    command = root_command()
    ctx = command.make_context("seedream", list(argv), obj=Context({"SEEDREAM_CONFIG": os.devnull}))
    while getattr(command, "listed", None) and (rest := [*ctx._protected_args, *ctx.args]):
        name, command, rest = command.resolve_command(ctx, rest)
        ctx = command.make_context(name, rest, parent=ctx)


def blocks(markdown: str) -> list[str]:
    """The lines of a page's blocks for the shell, those that go on joined."""
    found = re.findall(r"```(?:sh|console|bash)\n(.*?)```", markdown, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in found for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if re.search(r"\bseedream\b", line) and not line.lstrip().startswith("#")]
