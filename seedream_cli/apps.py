"""Typer in this program's style: plain help, `-h`, and commands that are imported only when they are called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_app(**settings: Any) -> typer.Typer:
    """Return a Typer application without rich: its help alone would cost more than a whole command may."""
    return typer.Typer(
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def lazy_group(package: str, names: Sequence[str]) -> type[TyperGroup]:
    """Return a group of commands by name.

    Args:
        package: whose module of a command's name has, under that name too, its function or its application.
        names: of the commands, in the order in which help lists them.
    """

    class LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
            return list(names)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            return _load(package, cmd_name) if cmd_name in names else None

    return LazyGroup


def _load(package: str, name: str) -> Any:
    made = getattr(importlib.import_module(f"{package}.{name}"), name)
    if isinstance(made, typer.Typer):
        return typer.main.get_command(made)
    app = make_app()
    app.command(name)(made)
    return typer.main.get_command(app)
