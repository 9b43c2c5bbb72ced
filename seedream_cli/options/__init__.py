"""The options that commands share, declared once: in dataclasses that `apps.spread` turns into parameters, or alone.

Each class has a module of its own, and is made whenever a command is called that takes such options. So annotations
are not put off here (`from __future__`): they would be compiled from text. And the classes have no methods that nobody
calls, each of which is compiled from text, too.
"""

import math
from typing import Annotated

import typer

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
        raise typer.BadParameter(f"{value} is not an amount")
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
