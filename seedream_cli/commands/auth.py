"""`seedream auth`: storing a key, seeing where it comes from, removing it. Nothing here shows one."""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seedream_cli import catalog, credentials
from seedream_cli.api.origins import check_base_url, origin_of
from seedream_cli.apps import lazy_group, make_app, show_help
from seedream_cli.context import Context
from seedream_cli.errors import APIStatusError, InputError, SeedreamError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import dollars
from seedream_cli.safetext import visible
from seedream_cli.terminal.stdin import read_stdin

if TYPE_CHECKING:
    from seedream_cli.credentials import FoundKey

COMMANDS: Final = {
    "login": ("auth:login", "Store a key, typed unseen or from stdin."),
    "status": ("auth:status", "Say where the key comes from; --check asks for the balance."),
    "logout": ("auth:logout", "Remove the stored key."),
}
"""As `seedream_cli.cli.COMMANDS`."""

_LONGEST: Final = 65536
_TIMEOUT: Final = 15.0

auth = make_app(cls=lazy_group("seedream_cli.commands", COMMANDS, "seedream auth"), invoke_without_command=True)


@auth.callback()
def _auth(ctx: typer.Context) -> None:
    """Store the API key, see where it comes from, remove it.

    The environment's BYTESPIKE_API_KEY wins over a stored key. A stored key goes to the service for which it was
    stored and nowhere else: for another service, set SEEDREAM_BASE_URL first.

    \b
    Examples:
      seedream auth login
      seedream auth status --check
    """
    if ctx.invoked_subcommand is None:
        show_help(ctx)


def login(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
) -> ExitStatus:
    """Store a key, typed unseen or from stdin.

    It goes into the system's keyring where there is one (pip install 'seedream-drafts[keyring]'), else into a file that
    only you can read. It is never an argument, which the shell's history and other users would see.

    \b
    Examples:
      seedream auth login
      pass show bytespike | seedream auth login
    """
    context: Context = ctx.obj
    if words:
        raise InputError(
            "a key is not taken from the command line, where others and the shell's history see it",
            hint="seedream auth login   # asks for it, unseen; make a new key if that one was real",
        )
    base_url = check_base_url(context.base_url)
    key = _given_key()
    credentials.check_key(key, hint="copy the key alone: no quotes, no name, one line")
    if origin_of(base_url) == origin_of(catalog.BASE_URL) and not key.startswith(catalog.API_KEY_PREFIX):
        context.console.warn(f"keys of this service begin with {catalog.API_KEY_PREFIX}; this one does not")
    stored = credentials.store_key(key, base_url)
    context.console.note(f"the key for {origin_of(base_url)} is stored in {stored.place}")
    if context.environment.get(credentials.VARIABLE, "").strip():
        context.console.warn(f"{credentials.VARIABLE} is set and wins: unset {credentials.VARIABLE}")
    context.console.note("hint: seedream auth status --check   # asks the service whether it is alive, free")
    return ExitStatus.OK


def _given_key() -> str:
    """Return what was typed unseen, or came from stdin."""
    if sys.stdin is None:
        raise InputError("no key: stdin is closed", hint="seedream auth login")
    if not sys.stdin.isatty():
        text = read_stdin("the key", _LONGEST).decode("utf-8-sig", "replace").strip()
    else:
        text = _typed()
    if not text:
        raise InputError("no key was given", hint="seedream auth login")
    return text


def _typed() -> str:
    import getpass

    try:
        with warnings.catch_warnings():
            # Where the terminal cannot be kept from showing what is typed, nothing is asked.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass("API key (not shown): ").strip()
    except getpass.GetPassWarning:
        raise InputError("this terminal would show the key", hint="seedream auth login < FILE-WITH-THE-KEY") from None
    except EOFError:
        return ""


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the service said of a key.

    Attributes:
        models: ids that it may use.
        balance: USD, None where the service does not say.
    """

    models: list[str]
    balance: float | None


def status(
    ctx: typer.Context,
    *,
    check: Annotated[bool, typer.Option("--check", help="Ask the service for models and balance: free.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> ExitStatus:
    """Say where the key comes from; --check asks for the balance.

    Of the key itself the last four characters are shown. Exit status 3 where there is none.

    \b
    Examples:
      seedream auth status
      seedream auth status --check --json | jq .balance_usd
    """
    context: Context = ctx.obj
    base_url = check_base_url(context.base_url)
    found: FoundKey | None = None
    checked: _Checked | None = None
    error: SeedreamError | None = None
    try:
        found = credentials.find_key(context.environment, base_url, warn=context.console.warn)
        checked = _check(context, base_url, found) if check else None
    except SeedreamError as raised:
        error = raised
    if as_json:
        context.console.data(json.dumps(_public(base_url, found, checked, error)))
    else:
        _tell(context, base_url, found, checked)
    if error is not None:
        raise error
    return combine(context.console.statuses)


def _check(context: Context, base_url: str, found: FoundKey) -> _Checked:
    from seedream_cli.api.client import ImagesClient
    from seedream_cli.api.connection import Clients

    client = ImagesClient(base_url, found.key, Clients(), timeout=_TIMEOUT, clock=context.clock)
    try:
        models = client.models()
        try:
            balance = client.balance()
        except APIStatusError as error:  # other services that speak the same language have no account
            context.console.warn(f"no balance: {error.message}")
            balance = None
        return _Checked(models, balance)
    finally:
        client.close()


def _public(
    base_url: str, found: FoundKey | None, checked: _Checked | None, error: SeedreamError | None
) -> dict[str, Any]:
    return {
        "service": base_url,
        "source": found.source if found else None,
        "place": found.place if found else None,
        "ending": found.ending if found else None,
        "alive": _alive(checked, error),
        "models": checked.models if checked else None,
        "balance_usd": checked.balance if checked else None,
        "error": error.message if error else None,
    }


def _alive(checked: _Checked | None, error: SeedreamError | None) -> bool | None:
    if checked is None and isinstance(error, APIStatusError) and error.exit_status == ExitStatus.KEY:
        return False
    return True if checked else None


def _tell(context: Context, base_url: str, found: FoundKey | None, checked: _Checked | None) -> None:
    if found is None:
        return
    ending = f"ends in {found.ending}" if found.ending else "too short for its end to be shown"
    lines = [f"key: from {found.place}, {ending}", f"service: {base_url}"]
    if checked is not None:
        balance = "not told" if checked.balance is None else dollars(checked.balance)
        lines += [f"balance: {balance}", f"models: {', '.join(checked.models)}"]
    for line in lines:
        context.console.entry(visible(line), "  ")


def logout(ctx: typer.Context) -> ExitStatus:
    """Remove the stored key.

    Says so where the environment still holds one.

    \b
    Examples:
      seedream auth logout
      SEEDREAM_BASE_URL=https://images.example.com/v1 seedream auth logout
    """
    context: Context = ctx.obj
    base_url = check_base_url(context.base_url)
    removed, trouble = credentials.remove_key(base_url)
    for place in removed:
        context.console.note(f"the key for {origin_of(base_url)} is removed from {place}")
    if trouble is not None:
        context.console.warn(f"the system's keyring could not be asked: {trouble}")
    if not removed:
        context.console.note(f"no key was stored for {origin_of(base_url)}")
    if context.environment.get(credentials.VARIABLE, "").strip():
        context.console.warn(f"{credentials.VARIABLE} still holds one: unset {credentials.VARIABLE}")
    return ExitStatus.OK
