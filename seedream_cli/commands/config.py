"""`seedream config`: what is configured, where each value comes from, and changing it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seedream_cli import catalog, settings
from seedream_cli.apps import lazy_group, make_app, show_help
from seedream_cli.context import Context
from seedream_cli.errors import InputError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.safetext import visible
from seedream_cli.settings import editing
from seedream_cli.terminal.cells import cells, columns, folded, padded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedream_cli.settings import Setting

COMMANDS: Final = {
    "list": ("config:list_settings", "List every setting: its value and where it comes from."),
    "get": ("config:get", "Print one setting's value."),
    "set": ("config:set_value", "Change a setting in the configuration file."),
    "unset": ("config:unset", "Take a setting out of the configuration file."),
    "path": ("config:path", "Print where the configuration file lies."),
}
"""As `seedream_cli.cli.COMMANDS`."""

_WIDEST: Final = 30
"""Cells to which a column is filled; what is longer moves its line alone."""

_NARROWEST: Final = 12
"""Cells that values must have beside the other columns."""

_VALUE: Final = 1
_GAP: Final = "  "

_Key = Annotated[str, typer.Argument(metavar="KEY", help="As `seedream config list` names it.")]

config = make_app(cls=lazy_group("seedream_cli.commands", COMMANDS, "seedream config"), invoke_without_command=True)


@config.callback()
def _config(ctx: typer.Context) -> None:
    """List and change what is configured.

    An option on the command line wins over the environment, that over the file, that over the default.

    \b
    Examples:
      seedream config list
      seedream config set max_cost 0.50
      seedream config set daily_cap 5
      seedream config set prices.seedream-v4 0.02
    """
    if ctx.invoked_subcommand is None:
        show_help(ctx)


def list_settings(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a setting.")] = False,
) -> ExitStatus:
    """List every setting: its value and where it comes from.

    In a pipe: key, value, origin, variable of the environment, separated by tabs.

    \b
    Examples:
      seedream config list
      seedream config list --json | jq -r 'select(.origin != "default") | .key'
    """
    context: Context = ctx.obj
    console = context.console
    listed = settings.listed(context.environment, context.config_path)
    if as_json:
        for each in listed:
            console.data(json.dumps(_public(each)))
    elif console.tabular:
        for line in _table(listed, columns()):
            console.lines(line + "\n")
    else:
        for each in listed:
            console.data("\t".join(_row(each)))
    if not as_json:
        console.note(f"file: {context.config_path}")
    return combine(console.statuses)


def _public(setting: Setting) -> dict[str, Any]:
    return {
        "key": setting.key,
        "value": setting.value,
        "origin": setting.origin,
        "variable": setting.variable,
    }


def _row(setting: Setting) -> tuple[str, ...]:
    return visible(setting.key), visible(setting.text), setting.origin, setting.variable or ""


def _table(listed: Sequence[Setting], width: int) -> Iterator[str]:
    """Yield settings as lines that fit a terminal: a row each, or where that has not the room, key and value first."""
    rows = [_row(setting) for setting in listed]
    widths = [min(max(map(cells, column)), _WIDEST) for column in zip(*rows, strict=True)]
    widths[_VALUE] -= max(sum(widths) + (len(widths) - 1) * len(_GAP) - width, 0)
    for row in rows:
        line = _GAP.join(map(padded, row, widths)).rstrip()
        if widths[_VALUE] >= _NARROWEST and cells(line) <= width:
            yield line
        else:
            yield from folded(_GAP.join(row[:2]).rstrip(), width, _GAP)
            yield from folded(_GAP + _GAP.join(row[2:]).rstrip(), width, _GAP)


def get(ctx: typer.Context, key: _Key) -> ExitStatus:
    """Print one setting's value.

    That is what holds for the next command: from the environment, the file, or the default; an empty line for none.

    \b
    Examples:
      seedream config get model
      seedream config get prices.seedream-v4
    """
    context: Context = ctx.obj
    settings.check_key(key)
    listed = settings.listed(context.environment, context.config_path)
    found = next((each for each in listed if each.key == key), None)
    if found is None:
        raise InputError(f"no price is known for '{key.removeprefix(settings.PRICES)}'", hint="seedream config list")
    context.console.data(found.text)
    return combine(context.console.statuses)


def set_value(
    ctx: typer.Context,
    key: _Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Lists are separated by commas.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Take a model or size that the catalogue does not know.")
    ] = False,
) -> ExitStatus:
    """Change a setting in the configuration file.

    Comments and order stay. What a command would refuse is not written.

    \b
    Examples:
      seedream config set model seedream-v4
      seedream config set daily_cap 5
      seedream config set prices.seedream-v4 0.02
    """
    context: Context = ctx.obj
    parsed = settings.parse_value(key, value)
    if not force:
        _check_known(context, key, value)
    editing.put(context.config_path, key, parsed)
    written = settings.Setting(key, parsed, "file", None)
    context.console.note(f"{key} = {written.text} in {context.config_path}")
    _tell_if_outdone(context, key)
    return ExitStatus.OK


def _check_known(context: Context, key: str, value: str) -> None:
    """Raise `InputError` for a default that no drawing command would take."""
    from seedream_cli.planning import plan

    if key in {"model", "size"}:
        plan.resolve(
            origin="",
            prompt="any",
            negative_prompt=None,
            model=value if key == "model" else None,
            size=value if key == "size" else None,
            prices=dict.fromkeys((model.id for model in catalog.MODELS), 0.0),
            force=False,
            warn=context.console.warn,
        )


def _tell_if_outdone(context: Context, key: str) -> None:
    rule = settings.rules().get(key)
    if rule is not None and rule.variable is not None and context.environment.get(rule.variable):
        context.console.warn(f"{rule.variable} is set and wins: unset {rule.variable}")


def unset(ctx: typer.Context, key: _Key) -> ExitStatus:
    """Take a setting out of the configuration file.

    What should not be there can be taken out too, so that a file is mended without an editor.

    \b
    Examples:
      seedream config unset max_cost
      seedream config unset prices.seedream-v4
    """
    context: Context = ctx.obj
    if not editing.take_out(context.config_path, key):
        settings.check_key(key)
        context.console.note(f"{key} is not in {context.config_path}")
        return ExitStatus.OK
    context.console.note(f"{key} is taken out of {context.config_path}")
    _tell_if_outdone(context, key)
    return ExitStatus.OK


def path(ctx: typer.Context) -> ExitStatus:
    """Print where the configuration file lies.

    It may not exist yet.

    \b
    Examples:
      seedream config path
      cat "$(seedream config path)"
    """
    context: Context = ctx.obj
    context.console.data(str(context.config_path))
    return combine(context.console.statuses)
