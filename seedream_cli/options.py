"""The options that drawing commands share, declared once as dataclasses that `apps.spread` turns into parameters.

They are made whenever such a command is called. So annotations are not put off here (`from __future__`): they would be
compiled from text. And the classes have no methods that nobody calls, each of which is compiled from text, too.
"""

from dataclasses import dataclass
from typing import Annotated

import typer

# What commands that draw on the side take, too

Directory = Annotated[
    str | None,
    typer.Option(
        "-d",
        "--dir",
        metavar="FOLDER",
        help="Folder for pictures. Default: drafts/  [env var: SEEDREAM_DIR]",
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        envvar="SEEDREAM_MAX_COST",
        min=0.0,
        metavar="USD",
        help="Refuse a plan that costs more.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
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
    typer.Option("--embed/--no-embed", envvar="SEEDREAM_EMBED", help="Write prompt and seed into the picture."),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        envvar="SEEDREAM_TIMEOUT",
        min=0.001,
        max=86400,
        metavar="S",
        help="Seconds for one request, and for one attempt at a download.",
    ),
]
MaxWait = Annotated[
    float,
    typer.Option(
        "--max-wait",
        envvar="SEEDREAM_MAX_WAIT",
        min=0.0,
        max=86400,
        metavar="S",
        help="Seconds that rate limits may cost.",
    ),
]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        envvar="SEEDREAM_SANDBOX",
        help="Draw stand-in pictures on this machine, without key or cost.",
    ),
]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RunOptions:
    """Options of every command that draws but for what it draws, as given; what is None was not given anywhere."""

    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="A file, or a template with {id} {seed} {index} {slug} {model} {ext}; replaces an existing file.",
        ),
    ] = None
    directory: Directory = None
    reuse: Annotated[
        bool, typer.Option("--reuse", help="Give back what was drawn already instead of paying again.")
    ] = False
    max_cost: MaxCost = None
    jobs: Jobs = 4
    one_request: Annotated[
        bool,
        typer.Option("--one-request", help="Ask for up to 4 pictures a request, which then share a seed."),
    ] = False
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TEXT", help="Tag the drafts; may be repeated.")
    ] = None
    embed: Embed = True
    timeout: Timeout = 120.0
    max_wait: MaxWait = 300.0
    force: Annotated[
        bool, typer.Option("--force", help="Pass on a model or size that the catalogue does not know.")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and its cost; send and write nothing.")] = (
        False
    )
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Draw more than 20 drafts without asking.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a draft.")] = False
    print0: Annotated[bool, typer.Option("-0", "--print0", help="End paths with NUL instead of a line feed.")] = False
    sandbox: Sandbox = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DrawOptions(RunOptions):
    """Options of a command that draws a prompt."""

    count: Annotated[int, typer.Option("-n", "--count", min=1, max=10_000, metavar="N", help="Drafts to draw.")] = 1
    size: Annotated[
        str | None,
        typer.Option(
            "-s", "--size", envvar="SEEDREAM_SIZE", metavar="SIZE", help="WxH, square, portrait or landscape."
        ),
    ] = None
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="INT",
            help="Seed of the first draft; each further one takes the next. Default: random.",
        ),
    ] = None
    negative: Annotated[
        str | None,
        typer.Option(
            "--negative",
            "--no",
            envvar="SEEDREAM_NEGATIVE",
            metavar="TEXT",
            help="What to keep out of the picture.",
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option("-m", "--model", envvar="SEEDREAM_MODEL", metavar="ID", help="See `seedream models`."),
    ] = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RedrawOptions(RunOptions):
    """Options of a command that draws drafts again: everything stays as it was but for what is given."""

    prompt: Annotated[
        str | None,
        typer.Option("--prompt", metavar="TEXT", help="Another prompt; - for stdin, @FILE for a file."),
    ] = None
    substitutions: Annotated[
        list[str] | None,
        typer.Option("--sub", metavar="OLD=NEW", help="Replace text in the prompt; it must be there. May be repeated."),
    ] = None
    negative: Annotated[
        str | None,
        typer.Option("--negative", "--no", metavar="TEXT", help="Another negative prompt; empty for none."),
    ] = None
    model: Annotated[
        str | None, typer.Option("-m", "--model", metavar="ID", help="Another model: see `seedream models`.")
    ] = None
    size: Annotated[
        str | None, typer.Option("-s", "--size", metavar="SIZE", help="WxH, square, portrait or landscape.")
    ] = None
    seed: Annotated[
        str | None,
        typer.Option("--seed", metavar="N|+N|new", help="Another seed; +1 is the next, new a random one."),
    ] = None
    count: Annotated[
        int | None,
        typer.Option("-n", "--count", min=1, max=10_000, metavar="N", help="Drafts of each; new seeds without --seed."),
    ] = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchOptions(DrawOptions):
    """Options of a command that draws what the rows of a file ask for; a row's own field beats an option."""

    format: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="txt, jsonl, json, csv, tsv or a1111. Default: by the suffix."),
    ] = None
    expand: Annotated[
        bool, typer.Option("--expand", help="Prompts are templates: {red|blue}, {2$$a|b|c}, {column}, __wildcard__.")
    ] = False
    seeds: Annotated[
        str | None, typer.Option("--seeds", metavar="LIST", help="The same seeds for every row, such as 1,2,5-8.")
    ] = None
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name of the batch. Default: the file's name.")
    ] = None
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="K/N", help="Draw only part K of N, the same part everywhere.")
    ] = None
    retry_unknown: Annotated[
        bool, typer.Option("--retry-unknown", help="Draw again what was perhaps billed and never came.")
    ] = False
    retry_blocked: Annotated[
        bool, typer.Option("--retry-blocked", help="Ask again for what the safety filter blocked.")
    ] = False
    retry_missing: Annotated[
        bool, typer.Option("--retry-missing", help="Draw again what was saved and is lost, or expired.")
    ] = False
    fresh: Annotated[bool, typer.Option("--fresh", help="Draw everything again, whatever is there.")] = False
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Begin nothing new after the first draft that failed.")
    ] = False
