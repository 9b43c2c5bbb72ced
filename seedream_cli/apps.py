"""Typer in this program's style: plain help, options that every command has, commands imported when they are called."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import inspect
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, NoReturn, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from seedream_cli.errors import InputError, SeedreamError
from seedream_cli.exits import combine
from seedream_cli.safetext import to_type
from seedream_cli.terminal.headings import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NAMED: Final = inspect.Parameter.KEYWORD_ONLY
_SPOKEN: Final = {"help": "--help", "version": "--version"}
"""Words that are commands of other programs, and options of this one."""

_BELOW_0: Final = re.compile(r"-\.?[0-9][0-9.e+-]*")


def make_app(**settings: Any) -> typer.Typer:
    """Return a Typer application without rich: its help alone would cost more than a whole command may."""
    return typer.Typer(
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": []},  # `dressed` adds ours
        **settings,
    )


def lazy_group(
    package: str,
    commands: Mapping[str, tuple[str, str]],
    prefix: str = "seedream",
    *,
    default: str | None = None,
    configured: Mapping[str, Sequence[str]] | None = None,
) -> type[TyperGroup]:
    """Return a group of commands, each imported when it is called.

    Args:
        package: in which their modules are.
        commands: by name, in the order in which help lists them: `module:attribute` of each function or application,
            and what help says of it in one line.
        prefix: what is typed before such a name.
        default: the command that is meant where only options are given, or nothing.
        configured: commands that take defaults of their options from the configuration, each with the names of those
            that it does not take.
    """

    class LazyGroup(TyperGroup):
        default_command = default
        listed = {name: line for name, (_, line) in commands.items()}  # noqa: RUF012 - nobody changes it

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
            return list(commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            return _load(package, cmd_name, commands[cmd_name][0]) if cmd_name in commands else None

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            return super().parse_args(ctx, _completed(args, default) if default else args)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            if args[0] not in commands and not args[0].startswith("-"):
                raise _unknown_command(ctx, args, list(commands), prefix)
            if configured and args[0] in configured:
                # The command meets a faulty configuration itself; its help is shown all the same.
                with contextlib.suppress(SeedreamError):
                    options, others = ctx.obj.config.options, configured[args[0]]
                    ctx.default_map = {args[0]: {name: options[name] for name in options if name not in others}}
            return super().resolve_command(ctx, args)

    return LazyGroup


class _Command(TyperCommand):
    """A command whose second argument, where it has two, may be a number below 0: that is no option then."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        arguments = [parameter.nargs for parameter in self.params if parameter.param_type_name == "argument"]
        # An option that is none becomes an argument then, which is one too many.
        ctx.ignore_unknown_options = arguments == [1, 1] and any(map(_BELOW_0.fullmatch, args))
        return super().parse_args(ctx, args)


def dressed(command: Any) -> Any:
    """Return a command after giving it, and those below it, the options that every command has."""
    taken = {option for parameter in command.params for option in parameter.opts}
    for option in _common_options():
        if taken.isdisjoint(option.opts):
            command.params.append(option)
    for below in getattr(command, "commands", {}).values():
        dressed(below)
    return command


def spread(command: Callable[..., Any]) -> Callable[..., Any]:
    """Show Typer the fields of a command's parameter `options`, a dataclass, as parameters of their own.

    Typer reads options from a function's parameters: it is shown a function that has them, which calls the real one
    with the dataclass. The command's context is its parameter `ctx`. An error tells where an option at fault was set.
    """
    hints = get_type_hints(command, include_extras=True)
    options = hints["options"]
    field_hints = get_type_hints(options, include_extras=True)
    # What a command is about stands first in its help, what it shares with others after that.
    names = dict.fromkeys(name for each in options.__mro__[:-1] for name in each.__annotations__)
    by_name = {field.name: field for field in dataclasses.fields(options)}
    fields = [by_name[name] for name in names]

    @functools.wraps(command)
    def spread_out(**values: Any) -> Any:
        given = options(**{field.name: values.pop(field.name) for field in fields})
        try:
            return command(**values, options=given)
        except InputError as error:
            at_fault = [parameter for parameter in values["ctx"].command.params if parameter.name == error.option]
            where = at_fault and set_elsewhere(values["ctx"], *at_fault)
            if where:
                error.message += f" ({where})"
            raise

    spread_fields = [
        inspect.Parameter(field.name, _NAMED, default=field.default, annotation=field_hints[field.name])
        for field in fields
    ]
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        own = parameter.replace(annotation=hints[parameter.name])
        parameters += spread_fields if parameter.name == "options" else [own]
    spread_out.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    spread_out.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return spread_out


def set_elsewhere(ctx: typer.Context, parameter: Any) -> str | None:
    """Return where a parameter of a command has its value from, None where it is from the command line or nowhere."""
    source = ctx.get_parameter_source(parameter.name)
    if source is not None and source.name == "ENVIRONMENT":
        return str(parameter.envvar)
    if source is not None and source.name == "DEFAULT_MAP":
        return f"'{parameter.name}' in {ctx.obj.config_path}"
    return None


def show_help(ctx: typer.Context) -> NoReturn:
    """Print a command's help and end the command."""
    import shutil

    from seedream_cli.terminal.helptext import help_text

    console = ctx.obj.console
    console.lines(help_text(ctx, shutil.get_terminal_size().columns))
    raise typer.Exit(combine(console.statuses))


def _common_options() -> list[TyperOption]:
    def quiet(ctx: typer.Context, _: object, value: Any) -> None:
        ctx.obj.console.quiet |= bool(value)

    def verbose(ctx: typer.Context, _: object, value: Any) -> None:
        ctx.obj.console.verbose |= bool(value)

    def shows_help(ctx: typer.Context, _: object, value: Any) -> None:
        if value:
            show_help(ctx)

    flag: dict[str, Any] = {
        "is_flag": True,
        "default": False,
        "expose_value": False,
        "rich_help_panel": EVERYWHERE,
    }
    return [
        TyperOption(param_decls=["-q", "--quiet"], help="Say nothing but errors.", callback=quiet, **flag),
        TyperOption(
            param_decls=["-v", "--verbose"], help="Say more: quota, waits, requests.", callback=verbose, **flag
        ),
        TyperOption(
            param_decls=["-h", "--help"],
            help="Show this message and exit.",
            is_eager=True,
            callback=shows_help,
            **flag,
        ),
    ]


def _completed(args: Sequence[str], default: str) -> list[str]:
    """Return a group's arguments with its default command in front where they name no command and ask for no help."""
    for position, argument in enumerate(args):
        if argument in {"-h", "--help", "--"} or not argument.startswith("-"):
            return list(args)
        if argument not in {"--quiet", "--verbose"} and not set(argument) <= set("-qv"):
            return [*args[:position], default, *args[position:]]
    return [*args, default]


def _load(package: str, name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    made = getattr(importlib.import_module(f"{package}.{module}"), attribute)
    if not isinstance(made, typer.Typer):
        # Typer would evaluate each of them four times.
        made.__annotations__ = get_type_hints(made, include_extras=True)
        app = make_app()
        app.command(name, cls=_Command)(made)
        made = app
    return dressed(typer.main.get_command(made))


def _unknown_command(ctx: Any, words: Sequence[str], names: Sequence[str], prefix: str) -> InputError:
    word = words[0]
    if word in _SPOKEN:
        hint = " ".join([prefix, *(name for name in words[1:2] if name in names), _SPOKEN[word]])
    elif (elsewhere := _elsewhere(ctx.find_root(), word)) is not None:
        hint = f"did you mean {elsewhere}?"
    elif near := get_close_matches(word, names, 1):
        hint = f"did you mean {prefix} {near[0]}?"
    elif len(word.split()) > 1 and prefix == "seedream":
        hint = f"seedream gen {to_type(word, 'PROMPT')}"
    else:
        hint = f"{prefix} --help"
    return InputError(f"no such command '{word}'", hint=hint)


def _elsewhere(root: Any, word: str) -> str | None:
    """Return the command of that very name that stands in another group, as it is typed."""
    groups = [(), *((name,) for name in root.command.listed)]
    for words in groups:
        command = root.command.get_command(root, *words) if words else root.command
        if word in getattr(command, "listed", ()):
            return " ".join(("seedream", *words, word))
    return None
