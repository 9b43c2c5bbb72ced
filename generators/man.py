"""The man page: one, with all commands."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seedream_cli import catalog
from seedream_cli.sandbox import known_faults

if TYPE_CHECKING:
    from generators.tree import Argument, Command, Option

_README: Final = Path(__file__).parent.parent / "README.md"
_STATUS: Final = re.compile(r"^\| ([0-9, ]+) \| (.+) \|$", re.MULTILINE)
_VARIABLES: Final = {
    "BYTESPIKE_API_KEY": "The key. It wins over a stored one, and is sent to the service's own address only.",
    "FORCE_COLOR": "Colour even where stderr is no terminal.",
    "NO_COLOR": "No colour.",
    "SEEDREAM_BASE_URL": f"The service's base URL. Default: {catalog.BASE_URL}; plain http only to loopback.",
    "SEEDREAM_CONFIG": "Path of the configuration file.",
    "SEEDREAM_DIR": "Default of --dir.",
    "SEEDREAM_GRAPHICS": "How previews are shown: see seedream doctor.",
    "SEEDREAM_HISTORY": "Path of the history.",
}
"""What is read from the environment and is no option's."""

_FILES: Final = {
    "~/.local/share/seedream/history.jsonl": "The history: one JSON object a line, only ever added to by drawing."
    " $XDG_DATA_HOME instead of ~/.local/share where it is set; on macOS ~/Library/Application Support/seedream.",
    "~/.config/seedream/config.toml": "The configuration, as seedream config changes it."
    " $XDG_CONFIG_HOME instead of ~/.config where it is set; on macOS beside the history.",
    "drafts/": "Where pictures go unless -d, -o, SEEDREAM_DIR or the configuration says otherwise.",
}
_DESCRIPTION: Final = """
Each draft has a seed of its own, chosen before the request and written down with everything else that makes the
picture. Pictures are saved as they are ready, each whole and checked; their paths go to stdout, one a line, and all
talk goes to stderr. A request is sent again only where the service said that it failed, or where nothing had been sent.

ID is a draft's id, any unique beginning of it, last, last~2, or the path of a picture.

Options beat the environment, which beats the configuration, which beats the defaults.
"""


def man(tree: Command) -> str:
    """Return the man page's source, for `man` of any system."""
    everything = list(tree.everything())
    commands = [command for command in everything if command.words and (not command.commands or command.default)]
    common = [option for option in tree.options if "--version" not in option.names]
    parts = [
        '.\\" Made by `python -m generators`: change that, not this.',
        f'.TH SEEDREAM 1 {catalog.RATE_CARD_DATE}-01 seedream-drafts "User commands"',
        ".SH NAME",
        *_text(f"seedream - {tree.summary[0].lower()}{tree.summary[1:].rstrip('.')}"),
        ".SH SYNOPSIS",
        ".B seedream",
        *_text("[-qv] COMMAND [OPTIONS] [ARGUMENTS]"),
        ".br",
        ".B seedream",
        r"\-\-version",
        ".SH DESCRIPTION",
        *_paragraphs(tuple(_DESCRIPTION.strip().split("\n\n"))),
        ".SH COMMANDS",
        *(line for command in commands for line in _command(command, common)),
        ".SH OPTIONS",
        *_text("Every command has these but --version, which stands alone."),
        *(line for option in tree.options for line in _option(option)),
        ".SH FAULTS",
        *_text("What seedream sandbox --faults may say."),
        *(line for name, text in known_faults() for line in _item(name, text)),
        ".SH EXIT STATUS",
        *(line for numbers, text in _statuses() for line in _item(numbers, text)),
        ".SH ENVIRONMENT",
        *(line for name, text in _variables(everything) for line in _item(name, text)),
        ".SH FILES",
        *(line for name, text in _FILES.items() for line in _item(name, text)),
        ".SH EXAMPLES",
        *_examples(tree.examples)[1:],
        ".SH SEE ALSO",
        ".BR curl (1),",
        ".BR jq (1)",
    ]
    return "\n".join(parts) + "\n"


def _command(command: Command, common: list[Option]) -> list[str]:
    known = {name for option in common for name in option.names}
    own = [option for option in command.options if known.isdisjoint(option.names)]
    lines = [f".SS {_quoted(' '.join(('seedream', command.path, *_placeholders(command))))}", *_text(command.summary)]
    lines += _paragraphs(command.paragraphs, first=False)
    lines += [line for argument in command.arguments if argument.help for line in _item(*_shown(argument))]
    lines += [line for option in own for line in _option(option)]
    return [*lines, ".PP", "Examples:", *_examples(command.examples)]


def _placeholders(command: Command) -> list[str]:
    return ["[COMMAND]"] if command.commands else [argument.metavar for argument in command.arguments]


def _shown(argument: Argument) -> tuple[str, str]:
    return argument.metavar, argument.help


def _option(option: Option) -> list[str]:
    names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in option.names)
    metavar = rf" \fI{_escaped(option.metavar)}\fR" if option.metavar else ""
    default = f" Default: {option.default}." if option.default else ""
    return [".TP", names + metavar, *_text(option.help + default)]


def _statuses() -> list[tuple[str, str]]:
    table = _README.read_text("utf-8").partition("## Exit statuses")[2].partition("\n## ")[0]
    return [(numbers, text.replace("`", "")) for numbers, text in _STATUS.findall(table)]


def _variables(commands: list[Command]) -> list[tuple[str, str]]:
    of_options = {
        option.variable: f"Default of {max(option.names, key=len) if not option.off else option.names[0]}."
        for command in commands
        for option in command.options
        if option.variable
    }
    return sorted((of_options | _VARIABLES).items())


def _item(name: str, text: str) -> list[str]:
    return [".TP", rf"\fB{_escaped(name)}\fR", *_text(text)]


def _paragraphs(texts: tuple[str, ...], *, first: bool = True) -> list[str]:
    lines = [line for text in texts for line in (".PP", *_text(text))]
    return lines[1:] if first else lines


def _examples(commands: tuple[str, ...]) -> list[str]:
    return [".PP", ".RS 4", ".nf", *(_line(command) for command in commands), ".fi", ".RE"]


def _text(text: str) -> list[str]:
    """Return a paragraph's lines."""
    return [_line(line) for line in textwrap.wrap(text, 72, break_long_words=False, break_on_hyphens=False)]


def _line(text: str) -> str:
    """Return a line of text that is no request, whatever it begins with."""
    escaped = _escaped(text)
    return rf"\&{escaped}" if escaped.startswith((".", r"\(aq")) else escaped


def _escaped(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    return text.replace("~", r"\(ti").replace("^", r"\(ha")


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'
