"""`seedream batch`: draw what the rows of a file ask for."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.apps import spread
from seedream_cli.context import Context
from seedream_cli.errors import InputError
from seedream_cli.exits import ExitStatus
from seedream_cli.options.batch import BatchOptions
from seedream_cli.terminal.stdin import read_stdin

if TYPE_CHECKING:
    from seedream_cli.batchfile.rows import Row


@spread
def batch(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="A file of rows; - for stdin.")] = "-",
    *,
    options: BatchOptions,
) -> ExitStatus:
    """Draw a file of prompts; run it again and it goes on.

    It goes on where it stopped: a row whose picture is there is skipped and costs nothing, whatever happened to the
    last run or to the file.

    \b
    Examples:
      seedream batch prompts.txt --dry-run
      seedream batch prompts.csv -j 16 --max-cost 5
      seedream batch animals.txt --expand --seeds 1,2,5-8
      seedream batch prompts.jsonl --shard 1/4 --json
    """
    from seedream_cli.batchfile.seeds import parse_seeds
    from seedream_cli.drawing.batch import draw_batch
    from seedream_cli.planning.rows import ask_for, parse_shard

    context: Context = ctx.obj
    _check(options)
    shard = None if options.shard is None else parse_shard(options.shard)
    seeds = () if options.seeds is None else parse_seeds(options.seeds)
    asked, others = ask_for(context, _rows(context, file, options), options, seeds=seeds), []
    if shard is not None:
        others = [request for request in asked if not shard.holds(request.keys[0])]
        asked = [request for request in asked if shard.holds(request.keys[0])]
    name = options.name or ("stdin" if file == "-" else os.path.basename(file))
    return draw_batch(context, context.history(), asked, options, name=name, others=others)


def _check(options: BatchOptions) -> None:
    from seedream_cli.drafts import check_line
    from seedream_cli.planning.prompt import check_options
    from seedream_cli.saving.names import parse_template

    check_options(options)
    if options.name is not None:
        check_line("a batch's name", options.name)
    if options.seeds is not None and options.seed is not None:
        raise InputError("--seeds and --seed cannot be combined")
    if options.fresh and options.reuse:
        raise InputError("--fresh and --reuse cannot be combined", hint="without either, what is there is skipped")
    if options.output is not None and all(name is None for _, name in parse_template(options.output)):
        raise InputError(
            f"-o '{options.output}' is one name for many pictures", hint="-o 'folder/{slug}-{seed}.{ext}', or -d folder"
        )


def _rows(context: Context, file: str, options: BatchOptions) -> list[Row]:
    """Return the rows of the whole file, expanded where that was asked for."""
    from seedream_cli.batchfile.read import LARGEST_FILE, STDIN, format_of, read_file, read_rows

    if file == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError("no batch file", hint="seedream batch prompts.txt, or prompts on stdin")
        data, name = read_stdin("the batch file", LARGEST_FILE + 1), STDIN
    else:
        data, name = read_file(file), file
    rows = read_rows(data, format_of(file, options.format), name, warn=context.console.warn)
    if not options.expand:
        return rows
    from seedream_cli.batchfile.expand import expand_all
    from seedream_cli.batchfile.wildcards import Wildcards

    return expand_all(rows, Wildcards(Path(file).parent))
