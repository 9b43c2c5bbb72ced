"""The options of commands that draw drafts again."""

from dataclasses import dataclass
from typing import Annotated

from seedream_cli.options.draw import RunOptions
from seedream_cli.terminal import headings


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RedrawOptions(RunOptions):
    """Options of a command that draws drafts again: everything stays as it was but for what is given."""

    prompt: Annotated[
        str | None,
        headings.drawing("--prompt", metavar="TEXT", help="Another prompt; - for stdin, @FILE for a file."),
    ] = None
    substitutions: Annotated[
        list[str] | None,
        headings.drawing(
            "--sub", metavar="OLD=NEW", help="Replace text in the prompt; it must be there. May be repeated."
        ),
    ] = None
    count: Annotated[
        int | None,
        headings.drawing(
            "-n", "--count", min=1, max=10_000, metavar="N", help="Drafts of each; new seeds without --seed."
        ),
    ] = None
    size: Annotated[
        str | None, headings.drawing("-s", "--size", metavar="SIZE", help="WxH, square, portrait or landscape.")
    ] = None
    seed: Annotated[
        str | None,
        headings.drawing("--seed", metavar="N|+N|new", help="Another seed; +1 is the next, new a random one."),
    ] = None
    negative: Annotated[
        str | None,
        headings.drawing("--negative", "--no", metavar="TEXT", help="Another negative prompt; empty for none."),
    ] = None
    model: Annotated[
        str | None, headings.drawing("-m", "--model", metavar="ID", help="Another model: see `seedream models`.")
    ] = None
