"""The options of commands that draw."""

from dataclasses import dataclass
from typing import Annotated

from seedream_cli import catalog
from seedream_cli.options import Directory, Embed, Jobs, MaxCost, MaxWait, Preview, Sandbox, Timeout
from seedream_cli.terminal import headings


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RunOptions:
    """Options of every command that draws but for what it draws, as given; what is None was not given anywhere."""

    force: Annotated[
        bool, headings.drawing("--force", help="Pass on a model or size that the catalogue does not know.")
    ] = False
    dry_run: Annotated[bool, headings.cost("--dry-run", help="Show the plan and its cost; send and write nothing.")] = (
        False
    )
    max_cost: MaxCost = None
    yes: Annotated[bool, headings.cost("-y", "--yes", help="Draw more than 20 drafts without asking.")] = False
    reuse: Annotated[
        bool, headings.cost("--reuse", help="Give back what was drawn already instead of paying again.")
    ] = False
    sandbox: Sandbox = False
    output: Annotated[
        str | None,
        headings.places(
            "-o",
            "--output",
            metavar="PATH",
            help="A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.",
        ),
    ] = None
    directory: Directory = None
    tags: Annotated[
        list[str] | None, headings.places("--tag", metavar="TEXT", help="Tag the drafts; may be repeated.")
    ] = None
    embed: Embed = True
    jobs: Jobs = 4
    one_request: Annotated[
        bool,
        headings.requests("--one-request", help="Ask for up to 4 pictures a request, which then share a seed."),
    ] = False
    timeout: Timeout = 120.0
    max_wait: MaxWait = 300.0
    preview: Preview = True
    open: Annotated[bool, headings.shown("--open", help="Open the pictures in the system's viewer.")] = False
    as_json: Annotated[bool, headings.shown("--json", help="Print one JSON object a draft.")] = False
    print0: Annotated[bool, headings.shown("-0", "--print0", help="End paths with NUL instead of a line feed.")] = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DrawOptions(RunOptions):
    """Options of a command that draws a prompt."""

    count: Annotated[int, headings.drawing("-n", "--count", min=1, max=10_000, metavar="N", help="Drafts to draw.")] = 1
    size: Annotated[
        str | None,
        headings.drawing(
            "-s", "--size", envvar="SEEDREAM_SIZE", metavar="SIZE", help="WxH, square, portrait or landscape."
        ),
    ] = None
    seed: Annotated[
        int | None,
        headings.drawing(
            "--seed",
            metavar="INT",
            help="Seed of the first draft; each further one takes the next. Default: random.",
        ),
    ] = None
    negative: Annotated[
        str | None,
        headings.drawing(
            "--negative",
            "--no",
            envvar="SEEDREAM_NEGATIVE",
            metavar="TEXT",
            help="What to keep out of the picture.",
        ),
    ] = None
    model: Annotated[
        str | None,
        headings.drawing(
            "-m",
            "--model",
            envvar="SEEDREAM_MODEL",
            metavar="ID",
            help=f"See `seedream models`. Default: {catalog.DEFAULT_MODEL}",
        ),
    ] = None
