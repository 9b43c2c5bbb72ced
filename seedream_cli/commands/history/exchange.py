"""`seedream history export` and `import`: the history in other programs, and other histories in this one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.drafts import Draft
from seedream_cli.errors import InputError, SeedreamError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.safetext import visible_lines
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from seedream_cli.notebook.importing import Taken

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r]")
_NOT_ENCODED = re.compile("[\ud800-\udfff]")


def export(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a draft; the default.")] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="A table; cells that a spreadsheet would run are defused.")
    ] = False,
) -> ExitStatus:
    """Print all drafts, the newest first, without any URL.

    \b
    Examples:
      seedream history export > drafts.jsonl
      seedream history export --csv > drafts.csv
    """
    context: Context = ctx.obj
    console = context.console
    if as_json and as_csv:
        raise InputError("--json and --csv cannot be combined")
    header = True
    for draft in context.history().newest_first():
        if console.statuses:  # nobody reads what is told any more
            break
        if as_csv:
            table = _NOT_ENCODED.sub("\ufffd", _csv(draft, header=header))
            header = False
            if console.tabular:
                console.lines(visible_lines(table.replace("\r\n", "\n")))
            else:
                console.data(table, end="")
        else:
            console.data(json.dumps(draft.public()))
    return combine(console.statuses)


def _csv(draft: Draft, *, header: bool) -> str:
    import csv
    import io

    fields = draft.public()
    fields["tags"] = ", ".join(draft.tags)
    fields["batches"] = ", ".join(draft.batches)
    fields["sandbox"] = json.dumps(draft.sandbox)
    fields["error"] = draft.error.message if draft.error else None
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(fields)
    writer.writerow([_defused(value) for value in fields.values()])
    return out.getvalue()


def _defused(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def import_files(
    ctx: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Histories, exports, or pictures; - for stdin.")
    ],
) -> ExitStatus:
    """Take in other histories, or pictures by their metadata.

    What is known already is not taken twice. What `export` prints as JSON is taken in, too, but has no URLs: for what
    is not saved yet, import the history itself. Pictures are those of this program or of A1111 and its kin. Files stay
    where they are.

    \b
    Examples:
      seedream history import /mnt/laptop/history.jsonl
      seedream history import drafts.jsonl old-drafts/*.png
      ssh laptop seedream history export | seedream history import -
    """
    from seedream_cli.notebook.importing import Importer, histories_first
    from seedream_cli.notebook.piped import name_of, path_of

    context: Context = ctx.obj
    importer = Importer(context.history())
    statuses: set[ExitStatus] = set()
    try:
        for file in histories_first([path_of(file) for file in files]):
            try:
                found = importer.take(file)
            except SeedreamError as error:
                context.console.error(error)
                statuses.add(error.exit_status)
            else:
                name = name_of(file)
                context.console.note(f"{name}: {_told(found)}")
                if found.marked_otherwise:
                    context.console.warn(
                        f"{name}: {counted(found.marked_otherwise, 'draft')} rated, tagged or noted otherwise there: "
                        "left as here, since an export does not say when; import the history file itself, which does"
                    )
    finally:
        importer.put_in_order()
    return combine(statuses)


def _told(found: Taken) -> str:
    forgotten = f", {found.forgotten} forgotten here and left out" if found.forgotten else ""
    mended = f", {found.was} until now, recorded as saved" if found.was else ""
    return f"{found.new} new, {found.known} known already{mended}{forgotten}, {counted(found.unread, 'line')} not read"
