"""The command line as data, read from the program itself: commands, options, arguments, and what they may be."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from generators.values import Values, of_argument, of_option
from seedream_cli.cli import root_command

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Option:
    """An option.

    Attributes:
        names: as typed, those that switch it off included.
        off: those of the names that switch it off.
        metavar: what stands for its value in help; empty where it takes none.
        help: one line or two.
        values: what its value may be, or None where it takes none.
        repeatable: whether it may be given more than once.
        variable: of the environment, or None.
        default: what holds where nothing is said, as it is typed; empty where that is nothing, or switched off.
    """

    names: tuple[str, ...]
    off: tuple[str, ...]
    metavar: str
    help: str
    values: Values | None
    repeatable: bool
    variable: str | None
    default: str


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument: what stands for it in help, what is said of it, what it may be, and whether several may follow."""

    metavar: str
    help: str
    values: Values
    repeatable: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or a group of them.

    Attributes:
        words: with which it is called, `seedream` left out.
        usage: what may follow these.
        summary: one line.
        paragraphs: what else its help says.
        examples: commands to type.
        options: in help's order.
        arguments: in order.
        commands: those below it, in help's order.
        default: the command below it that is meant where only options are given, or None.
    """

    words: tuple[str, ...]
    usage: str
    summary: str
    paragraphs: tuple[str, ...]
    examples: tuple[str, ...]
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple[Command, ...]
    default: str | None

    @property
    def path(self) -> str:
        """Its words, in one."""
        return " ".join(self.words)

    def everything(self) -> Iterator[Command]:
        """Yield it and all commands below it."""
        yield self
        for command in self.commands:
            yield from command.everything()


def read_tree() -> Command:
    """Read the whole command line of `seedream`."""
    return _command(root_command(), ())


def valued(tree: Command) -> tuple[str, ...]:
    """Return the names of all options that take a value.

    Raises:
        ValueError: where a name takes a value here and none there: completions could not tell words from values.
    """
    options = [option for command in tree.everything() for option in command.options]
    taking = {name for option in options if option.values is not None for name in option.names}
    bare = {name for option in options if option.values is None for name in option.names}
    if both := taking & bare:
        raise ValueError(f"{', '.join(sorted(both))}: takes a value with one command and none with another")
    return tuple(sorted(taking))


def _command(command: Any, words: tuple[str, ...]) -> Command:
    ctx = typer.Context(command, info_name=" ".join(("seedream", *words)))
    summary, paragraphs, examples = _help(command.help or "")
    names = command.list_commands(ctx) if hasattr(command, "list_commands") else []
    return Command(
        words=words,
        usage=" ".join(command.collect_usage_pieces(ctx)),
        summary=summary,
        paragraphs=paragraphs,
        examples=examples,
        options=tuple(_option(each, ctx) for each in command.params if _shown(each, "option")),
        arguments=tuple(_argument(each, words) for each in command.params if _shown(each, "argument")),
        commands=tuple(_command(command.get_command(ctx, name), (*words, name)) for name in names),
        default=getattr(command, "default_command", None),
    )


def _shown(parameter: Any, kind: str) -> bool:
    return parameter.param_type_name == kind and not getattr(parameter, "hidden", False)


def _option(option: Any, ctx: Any) -> Option:
    metavar = "" if option.is_flag else (option.metavar or option.make_metavar(ctx))
    names = (*option.opts, *option.secondary_opts)
    help_, _, variable = (option.help or "").removesuffix("]").partition("  [env var: ")
    return Option(
        names=names,
        off=tuple(option.secondary_opts),
        metavar=metavar,
        help=help_,
        values=None if option.is_flag else of_option(names, metavar),
        repeatable=bool(option.multiple),
        variable=option.envvar or variable or None,
        default=_default(option),
    )


def _default(option: Any) -> str:
    value = option.default
    if isinstance(value, bool):
        return option.opts[0] if value and option.secondary_opts else ""
    return f"{value:g}" if isinstance(value, int | float) else ""


def _argument(argument: Any, words: tuple[str, ...]) -> Argument:
    metavar = argument.metavar or argument.name.upper()
    return Argument(metavar, argument.help or "", of_argument(metavar, words), argument.nargs == -1)


def _help(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the first line of a command's help, its paragraphs each as one line, and its examples."""
    before, _, after = inspect.cleandoc(text.partition("\f")[0]).partition("\b\nExamples:\n")
    first, *others = [" ".join(paragraph.split()) for paragraph in before.split("\n\n") if paragraph.strip()]
    return first, tuple(others), tuple(line.strip() for line in after.splitlines() if line.strip())
