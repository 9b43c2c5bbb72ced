"""The options that drawing commands share, declared once as dataclasses that `apps.spread` turns into parameters.

They are made whenever such a command is called. So annotations are not put off here (`from __future__`): they would be
compiled from text. And the classes have no methods that nobody calls, each of which is compiled from text, too.
"""

import math
from dataclasses import dataclass
from typing import Annotated

import typer

from seedream_cli import catalog
from seedream_cli.terminal import headings

# What commands that draw on the side take, too

Directory = Annotated[
    str | None,
    headings.places(
        "-d",
        "--dir",
        metavar="FOLDER",
        help="Folder for pictures. Default: drafts/  [env var: SEEDREAM_DIR]",
    ),
]


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no amount")
    return value


MaxCost = Annotated[
    float | None,
    headings.cost(
        "--max-cost",
        callback=_finite,
        envvar="SEEDREAM_MAX_COST",
        min=0.0,
        metavar="USD",
        help="Refuse a plan that costs more.",
    ),
]
Jobs = Annotated[
    int,
    headings.requests(
        "-j",
        "--jobs",
        envvar="SEEDREAM_JOBS",
        min=1,
        max=512,
        metavar="N",
        help="Requests in flight at once.",
    ),
]
Embed = Annotated[
    bool,
    headings.places("--embed/--no-embed", envvar="SEEDREAM_EMBED", help="Write prompt and seed into the picture."),
]
Timeout = Annotated[
    float,
    headings.requests(
        "--timeout",
        callback=_finite,
        envvar="SEEDREAM_TIMEOUT",
        min=0.001,
        max=86400,
        metavar="S",
        help="Seconds for one request, and for one attempt at a download.",
    ),
]
MaxWait = Annotated[
    float,
    headings.requests(
        "--max-wait",
        callback=_finite,
        envvar="SEEDREAM_MAX_WAIT",
        min=0.0,
        max=86400,
        metavar="S",
        help="Seconds that rate limits may cost.",
    ),
]
Sandbox = Annotated[
    bool,
    headings.cost(
        "--sandbox",
        envvar="SEEDREAM_SANDBOX",
        help="Draw stand-in pictures on this machine, without key or cost.",
    ),
]
Preview = Annotated[
    bool,
    headings.shown("--preview/--no-preview", envvar="SEEDREAM_PREVIEW", help="Show thumbnails on the terminal."),
]


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
