"""`seedream history`: what was drawn, and with what; each subcommand in a file of its kind."""

from __future__ import annotations

from typing import Final

import typer

from seedream_cli.apps import lazy_group, make_app
from seedream_cli.exits import ExitStatus

COMMANDS: Final = {
    "list": "look:list_drafts",
    "show": "look:show",
    "path": "look:path",
    "open": "look:open_picture",
    "rerun": "redraw:rerun",
    "final": "redraw:final",
    "pull": "pull:pull",
    "rate": "mark:rate",
    "tag": "mark:tag",
    "note": "mark:note",
    "diff": "compare:diff",
    "tree": "compare:tree",
    "stats": "sums:stats",
    "export": "exchange:export",
    "import": "exchange:import_files",
    "verify": "soundness:verify",
    "repair": "soundness:repair",
    "forget": "soundness:forget",
}

history = make_app(
    cls=lazy_group("seedream_cli.commands.history", COMMANDS, "seedream history"), invoke_without_command=True
)


@history.callback()
def _history(ctx: typer.Context) -> ExitStatus | None:
    """Find what was drawn, see what made it, and draw it again.

    Alone it lists the newest 20. ID is a draft's id, any unique beginning of it, last, last~2, or a picture's path.

    \b
    Examples:
      seedream history
      seedream history list --grep fox --rating 5
      seedream history show last
      seedream history rerun last --sub dawn=dusk
      seedream history final last
    """
    if ctx.invoked_subcommand is None:
        from seedream_cli.commands.history.look import list_drafts

        return list_drafts(ctx)
    return None
