"""`seedream history`: what was drawn, and with what; each subcommand in a file of its kind."""

from __future__ import annotations

import contextlib
from typing import Final

import typer

from seedream_cli.apps import lazy_group, make_app
from seedream_cli.errors import SeedreamError

COMMANDS: Final = {
    "list": ("look:list_drafts", "List drafts, the newest last; filters combine."),
    "show": ("look:show", "Show everything that is known of one draft."),
    "path": ("look:path", "Print where the history lies."),
    "open": ("look:open_picture", "Open a draft's picture in the system's viewer."),
    "rerun": ("redraw:rerun", "Draw drafts again, as they were but for what is given."),
    "final": ("redraw:final", "Draw picks again on a model for finals, with the same seed."),
    "pull": ("pull:pull", "Fetch what was paid for and is not saved yet, free."),
    "rate": ("mark:rate", "Rate a draft."),
    "tag": ("mark:tag", "Tag a draft."),
    "note": ("mark:note", "Note something about a draft, in place of an earlier note."),
    "diff": ("compare:diff", "Show what differs between two drafts, word by word."),
    "tree": ("compare:tree", "Show a draft's family: what was made from what."),
    "stats": ("sums:stats", "Count drafts and estimate what they cost."),
    "export": ("exchange:export", "Print all drafts, the newest first, without any URL."),
    "import": ("exchange:import_files", "Take in other histories, or pictures by their metadata."),
    "verify": ("soundness:verify", "Hold the history against the disk; nothing is written."),
    "repair": ("soundness:repair", "Take damaged lines out of the history, keeping a copy."),
    "forget": ("soundness:forget", "Take drafts out of the history for good."),
}
"""As `seedream_cli.cli.COMMANDS`."""

_CONFIGURED: Final = ("rerun", "final", "pull", "show")
_KEPT_AS_DRAWN: Final = ("model", "size", "negative")
"""Configured defaults that say nothing about a draft that is drawn again."""

history = make_app(cls=lazy_group("seedream_cli.commands.history", COMMANDS, "seedream history", default="list"))


@history.callback()
def _history(ctx: typer.Context) -> None:
    """Find what was drawn, see what made it, and draw it again.

    Without a command it lists. ID is a draft's id, any unique beginning of it, last, last~2, or a picture's path.

    \b
    Examples:
      seedream history
      seedream history -n 5 --grep fox
      seedream history show last
      seedream history rerun last --sub dawn=dusk
      seedream history final last
    """
    if ctx.invoked_subcommand in _CONFIGURED:
        # It meets a faulty configuration itself; its help is shown all the same.
        with contextlib.suppress(SeedreamError):
            configured = ctx.obj.config.options
            again = {name: value for name, value in configured.items() if name not in _KEPT_AS_DRAWN}
            ctx.default_map = {ctx.invoked_subcommand: again}
