"""`seedream sandbox`: serve the API's imitation on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.exits import ExitStatus

if TYPE_CHECKING:
    from seedream_cli.sandbox import Sandbox


def sandbox(
    ctx: typer.Context,
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N", help="Port; 0 for a free one.")] = 0,
    latency: Annotated[
        float, typer.Option("--latency", min=0, max=3600, metavar="S", help="Seconds before each answer.")
    ] = 0.0,
    ttl: Annotated[
        float, typer.Option("--ttl", min=0, metavar="S", help="Seconds for which picture URLs live.")
    ] = 86400.0,
    balance: Annotated[
        float | None,
        typer.Option("--balance", min=0, metavar="USD", help="What the account has. Default: unlimited."),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", min=1, metavar="N", help="Most requests in flight at once."),
    ] = None,
    faults: Annotated[
        str | None,
        typer.Option(
            "--faults",
            metavar="SCRIPT",
            help="What goes wrong, in order: names like 503 or reset-billed*2, shares like 5%429, or @FILE.",
        ),
    ] = None,
) -> ExitStatus:
    """Serve the images API on this machine: no key, no bill.

    It runs on loopback until interrupted; the first line of stdout is its base URL. Any key will do, but one must be
    sent. Pictures are painted by program and say so.

    Faults of requests: 400 to 599, each with -html or -empty too, ok, 429-concurrency, reset, reset-billed,
    hang, hang-billed, drip, html, cut, short, empty, null-url, no-url, no-data, null-data, empty-data, few,
    many, error-200, b64, bom, deep, digits, early-hints, 201, 202, 204, redirect, huge, gzip-bomb.

    Faults of downloads: get.400 to get.599, get.ok, get.cut, get.half, get.html, get.flip, get.empty,
    get.reset, get.hang, get.drip, get.endless, get.redirect.

    Each stands for one request, NAME*COUNT for several, SHARE%NAME for some by chance; NAME:VALUE says for how
    many seconds or where to. `man seedream` says what each does.

    \b
    Examples:
      seedream sandbox
      seedream sandbox --port 8787 --latency 4 --concurrency 5
      seedream sandbox --faults "503*2, reset-billed, get.cut"
      SEEDREAM_BASE_URL=http://127.0.0.1:8787/v1 BYTESPIKE_API_KEY=any seedream gen "a fox"
    """
    from seedream_cli.sandbox import Sandbox

    context: Context = ctx.obj
    try:
        served = Sandbox(port=port, latency=latency, ttl=ttl, balance=balance, concurrency=concurrency, faults=faults)
    except ValueError as error:
        raise InputError(str(error), hint="seedream sandbox --help") from error
    try:
        with served:
            _serve(context, served)
    except OSError as error:
        hint = "seedream sandbox --port 0   # a free one"
        raise LocalFileError(f"port {port} cannot be served: {error.strerror or error}", hint=hint) from error
    return ExitStatus.INTERRUPTED


def _serve(context: Context, served: Sandbox) -> None:
    context.console.data(served.base_url)
    context.console.note("sandbox: stand-in pictures, nothing is billed; Ctrl-C ends it")
    served.wait()
