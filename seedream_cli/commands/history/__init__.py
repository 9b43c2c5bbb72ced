"""`seedream history`: what was drawn, and with what; each subcommand in a file of its kind."""

from __future__ import annotations

from typing import Final

from seedream_cli.apps import lazy_group, make_app

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

_KEPT: Final = ("model", "size", "negative")
"""What is as it was in a draft that is drawn again."""

_CONFIGURED: Final = {"rerun": _KEPT, "final": _KEPT, "pull": (), "show": ()}
"""As in `seedream_cli.cli`."""

history = make_app(
    cls=lazy_group(
        "seedream_cli.commands.history", COMMANDS, "seedream history", default="list", configured=_CONFIGURED
    )
)


@history.callback()
def _history() -> None:
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
