"""`seedream gallery`: look at drafts side by side, on a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.apps import spread
from seedream_cli.context import Context
from seedream_cli.errors import InputError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.notebook.selecting import select
from seedream_cli.options import Directory, Embed, Jobs, MaxCost, MaxWait, Sandbox, Timeout
from seedream_cli.options.select import SelectOptions
from seedream_cli.safetext import to_type
from seedream_cli.terminal import headings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history import History

_SUFFIXES = (".html", ".htm")
_NAMED = 12
"""So many characters are named one by one."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GalleryOptions(SelectOptions):
    """Options of `gallery`; those of drawing are for what is drawn again from a served page."""

    limit: Annotated[int, headings.filters("-n", "--limit", min=0, metavar="N", help="The newest N; 0 for all.")] = 1000
    output: Annotated[
        str | None,
        headings.places("-o", "--output", metavar="FILE.html", help="Write the page there, and open nothing."),
    ] = None
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", metavar="FILE.png", help="One picture of them all, with captions: a PNG or a JPEG."),
    ] = None
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve the page on this machine: what is done on it is recorded at once.")
    ] = False
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N", help="With --serve; 0: a free one.")] = 0
    max_cost: MaxCost = None
    sandbox: Sandbox = False
    directory: Directory = None
    embed: Embed = True
    jobs: Jobs = 4
    timeout: Timeout = 120.0
    max_wait: MaxWait = 300.0


@spread
def gallery(
    ctx: typer.Context,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Only these, in this order; default: the newest first."),
    ] = None,
    *,
    options: GalleryOptions,
) -> ExitStatus:
    """Look at drafts on a page: compare, rate, pick, by the keyboard.

    Alone it opens the page in the browser. The page is one file with everything in it, and loads nothing from
    anywhere. Its path, or with --serve its address, goes to stdout.

    \b
    Examples:
      seedream gallery
      seedream gallery --batch foxes --rating 3+ -o foxes.html
      seedream gallery --since today --serve
      seedream gallery --batch foxes --sheet foxes.png
    """
    context: Context = ctx.obj
    wanted = references or []
    _check(options)
    if options.sheet is not None:
        return _make_sheet(context, wanted, options)
    if options.serve:
        return _serve(context, wanted, options)
    return _write(context, wanted, options)


def _check(options: GalleryOptions) -> None:
    if options.serve and options.output is not None:
        raise InputError("-o and --serve cannot be combined", hint="seedream gallery --serve")
    if options.sheet is not None and (options.serve or options.output is not None):
        alone = f"seedream gallery --sheet {to_type(options.sheet, 'FILE.png')}"
        raise InputError("--sheet cannot be combined with -o or --serve", hint=alone)
    if options.port and not options.serve:
        raise InputError("--port needs --serve", hint=f"seedream gallery --serve --port {options.port}")
    output = options.output
    if output is None:
        return
    if output == "-":
        raise InputError("the page is not written to stdout", hint="seedream gallery -o gallery.html")
    if not output.lower().endswith(_SUFFIXES) or Path(output).is_dir():
        raise InputError(f"-o '{output}' is not a name for a page", hint="-o gallery.html")


def _choose(
    context: Context, history: History, references: Sequence[str], options: GalleryOptions
) -> tuple[list[Draft], str | None]:
    """Return the drafts to be shown, the newest first or as they were named, and what is not shown."""
    most = 0 if options.everything else options.limit
    one_more = replace(options, limit=most and most + 1)
    found = select(history, one_more, now=context.clock(), references=references)
    if references:
        return found, None
    cut = bool(most) and len(found) > most
    return found[::-1][: most or None], f"the newest {most} (--all for all)" if cut else None


# All on one picture


def _make_sheet(context: Context, references: Sequence[str], options: GalleryOptions) -> ExitStatus:
    from seedream_cli.sheet import make_sheet

    console = context.console
    # As `history list` has them, the newest last: drafts of one command stand in the order of their seeds.
    drafts = select(context.history(), options, now=context.clock(), references=references)
    made = make_sheet(drafts, options.sheet or "", context.environment)
    console.data(made.path)
    if made.absent:
        console.note(f"{made.absent} of {len(drafts)} have no picture; their places say why")
    if made.left_out:
        console.note(f"{made.left_out} left out: another draft of the same prompt and seed has their place")
    if made.unwritten:
        some = f"{made.unwritten[:_NAMED]}{'...' if len(made.unwritten) > _NAMED else ''}"
        console.warn(
            f"{len(made.unwritten)} characters are spelt out on the sheet, since no font here has them: {some}"
        )
    return combine(console.statuses)


# The page as a file


def _write(context: Context, references: Sequence[str], options: GalleryOptions) -> ExitStatus:
    from seedream_cli.gallery.pictures import Small
    from seedream_cli.gallery.shelf import shown
    from seedream_cli.gallery.still import still_page, write_page
    from seedream_cli.history.upkeep import PAGE, SMALL_PICTURES
    from seedream_cli.terminal.progress import tracked

    console = context.console
    history = context.history()
    drafts, more = _choose(context, history, references, options)
    if more:
        console.note(f"gallery: {more}")
    private = options.output is None
    path = history.folder / PAGE if private else Path(options.output or "")
    folder = None if private else str(path.absolute().parent)
    small = Small(history.folder / SMALL_PICTURES)
    looked_at = shown(history, drafts, _keys(context), more)
    page = still_page(looked_at, small, folder, lambda made: tracked(console, made, len(drafts), "pictures"))
    write_page(path, page, private=private)
    console.data(str(path))
    if private:
        _open(context, path)
    if history.damaged:
        console.warn(f"{history.damaged} damaged lines were passed over; `seedream history verify` names them")
    return combine(console.statuses)


def _open(context: Context, path: Path) -> None:
    from seedream_cli.terminal.opening import open_file

    if not open_file(str(path.absolute()), context.environment):
        context.console.note("gallery: no browser could be opened here; open that file in one, or give another with -o")


# The page served


def _serve(context: Context, references: Sequence[str], options: GalleryOptions) -> ExitStatus:
    from seedream_cli.gallery.serving import serve
    from seedream_cli.gallery.shelf import Shelf
    from seedream_cli.options.redraw import RedrawOptions

    def choose(history: History) -> tuple[list[Draft], str | None]:
        return _choose(context, history, references, options)

    choose(context.history())  # what is wrong with the filters is told here, not on the page
    redraw = RedrawOptions(
        directory=options.directory,
        max_cost=options.max_cost,
        jobs=options.jobs,
        embed=options.embed,
        timeout=options.timeout,
        max_wait=options.max_wait,
        sandbox=options.sandbox,
    )
    return serve(context, Shelf(context.history, choose, _keys(context)), redraw, port=options.port)


def _keys(context: Context) -> list[str]:
    """Return the keys that are known without asking a keyring, which may ask its owner: no page shows them."""
    from seedream_cli.credentials import VARIABLE, keyfile

    stored = keyfile.read_keys(keyfile.keys_path())
    return [key for key in (context.environment.get(VARIABLE, "").strip(), *stored.values()) if key]
