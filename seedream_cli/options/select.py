"""The options of commands that choose among drafts."""

from dataclasses import dataclass
from typing import Annotated

from seedream_cli.drafts import STATUSES
from seedream_cli.terminal import headings


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SelectOptions:
    """Filters, as given; they combine, and what is None was not given."""

    limit: Annotated[int, headings.filters("-n", "--limit", min=0, metavar="N", help="The newest N; 0 for all.")] = 20
    everything: Annotated[bool, headings.filters("--all", help="All of them.")] = False
    grep: Annotated[
        str | None,
        headings.filters("--grep", metavar="TEXT", help="With this in prompt, negative or revised prompt, or note."),
    ] = None
    since: Annotated[
        str | None, headings.filters("--since", metavar="DATE", help="today, 3d, 2026-11-01 and so on.")
    ] = None
    until: Annotated[str | None, headings.filters("--until", metavar="DATE", help="Likewise, the day included.")] = None
    model: Annotated[str | None, headings.filters("-m", "--model", metavar="ID", help="Of this model.")] = None
    size: Annotated[
        str | None,
        headings.filters("-s", "--size", metavar="WxH|SHAPE", help="Of this size, or square, portrait or landscape."),
    ] = None
    seed: Annotated[int | None, headings.filters("--seed", metavar="INT", help="With this seed.")] = None
    tag: Annotated[
        list[str] | None, headings.filters("--tag", metavar="TEXT", help="With this tag; repeated, with all of them.")
    ] = None
    rating: Annotated[str | None, headings.filters("--rating", metavar="N", help="Rated so; 4+ for at least 4.")] = None
    status: Annotated[
        list[str] | None,
        headings.filters("--status", metavar="STATUS", help=", ".join(STATUSES) + "; repeated, any of them."),
    ] = None
    batch: Annotated[str | None, headings.filters("--batch", metavar="NAME", help="Of this batch.")] = None
