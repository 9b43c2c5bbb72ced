"""A command's help as plain text: its options under headings, at any width."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any, Final

from seedream_cli.terminal import headings

_WIDEST: Final = 80
_NARROWEST: Final = 20
_BESIDE: Final = 60
"""Columns from which what is said of an option stands beside it, not below."""

_LONGEST: Final = 25
"""Characters of the longest option that has its text beside it."""

_GROUPED: Final = 12
"""Options from which a command's help has headings."""

_WORDS: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+""")

_RANGES: Final = (
    (re.compile(r"(\d)\.0\b"), r"\1"),
    (re.compile(r"([\d.]+)<=x<=([\d.]+)"), r"\1 to \2"),
    (re.compile(r"x>=([\d.]+)"), r"\1 or more"),
)


def help_text(ctx: Any, columns: int) -> str:
    """Return the help of a context's command, lines ending as they do, for a terminal of so many columns."""
    width = max(min(columns, _WIDEST), _NARROWEST) - 2
    command = ctx.command
    told, _, examples = inspect.cleandoc(command.help or "").partition("\b\nExamples:\n")
    lines = _wrapped(f"Usage: {ctx.command_path} {_usage(ctx)}", width, "", "    ")
    for paragraph in told.strip().split("\n\n"):
        lines += ["", *_wrapped(" ".join(paragraph.split()), width, "  ", "  ")]
    lines += ["", "  Examples:"]
    for example in examples.splitlines():
        lines += _example(example.strip(), width - 4)
    for sections in (_sections(ctx), {"Commands": list(getattr(command, "listed", {}).items())}):
        names = [name for rows in sections.values() for name, _ in rows if len(name) <= _LONGEST]
        for heading, rows in sections.items():
            lines += ["", f"{heading}:"] if rows else []
            for name, text in rows:
                lines += _row(name, plain_ranges(text), max(map(len, names)), width)
    return "\n".join(lines) + "\n"


def _usage(ctx: Any) -> str:
    command = ctx.command
    arguments = [each.metavar for each in command.params if _is_argument(each)]
    more = [command.subcommand_metavar] if hasattr(command, "listed") else []
    return " ".join([command.options_metavar, *arguments, *more])


def _is_argument(parameter: Any) -> bool:
    return parameter.param_type_name == "argument" and not parameter.hidden


def _sections(ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """Return what is listed, by heading: what is typed, and what is said of it."""
    options = [each for each in ctx.command.params if not _is_argument(each)]
    records = [(each, record) for each in options if (record := each.get_help_record(ctx)) is not None]
    sections: dict[str, list[tuple[str, str]]] = {
        heading: [] for heading in ("Arguments", "Options", *headings.HEADINGS)
    }
    sections["Arguments"] = [each.get_help_record(ctx) for each in ctx.command.params if _is_argument(each)]
    for option, record in records:
        sections[_heading(option) if len(records) >= _GROUPED else "Options"].append(record)
    return sections


def _heading(option: Any) -> str:
    return option.rich_help_panel or "Options"


def plain_ranges(text: str) -> str:
    """Return what the parser says of a range as people say it."""
    for theirs, ours in _RANGES:
        text = theirs.sub(ours, text)
    return text


def _row(name: str, text: str, longest: int, width: int) -> list[str]:
    if width + 2 < _BESIDE:
        return [f"  {name}", *_wrapped(text, width, "      ", "      ")]
    indent = " " * (longest + 4)
    if len(name) > longest:
        return [f"  {name}", *_wrapped(text, width, indent, indent)]
    return _wrapped(text, width, f"  {name:<{longest}}  ", indent)


def _wrapped(text: str, width: int, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False
    )


def _example(command: str, width: int) -> list[str]:
    """Return a command on as many lines as it needs, still to be pasted into a shell as they are."""
    lines: list[str] = []
    line = ""
    for word in _WORDS.findall(command):
        if line and len(line) + len(word) + 3 > width and len(command) > width:
            lines.append(f"    {line} \\")
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    return [*lines, f"    {line}"]
