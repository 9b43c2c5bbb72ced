"""The options of `seedream batch`."""

from dataclasses import dataclass
from typing import Annotated

from seedream_cli.options.draw import DrawOptions
from seedream_cli.terminal import headings


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchOptions(DrawOptions):
    """Options of a command that draws what the rows of a file ask for; a row's own field beats an option."""

    format: Annotated[
        str | None,
        headings.rows("--format", metavar="NAME", help="txt, jsonl, json, csv, tsv or a1111. Default: by the suffix."),
    ] = None
    expand: Annotated[
        bool, headings.rows("--expand", help="Prompts are templates: {red|blue}, {2$$a|b|c}, {column}, __wildcard__.")
    ] = False
    seeds: Annotated[
        str | None, headings.rows("--seeds", metavar="LIST", help="The same seeds for every row, such as 1,2,5-8.")
    ] = None
    name: Annotated[
        str | None, headings.rows("--name", metavar="NAME", help="Name of the batch. Default: the file's name.")
    ] = None
    shard: Annotated[
        str | None, headings.rows("--shard", metavar="K/N", help="Draw only part K of N, the same part everywhere.")
    ] = None
    fresh: Annotated[bool, headings.rows("--fresh", help="Draw everything again, whatever is there.")] = False
    retry_unknown: Annotated[
        bool, headings.rows("--retry-unknown", help="Draw again what was perhaps billed and never came.")
    ] = False
    retry_blocked: Annotated[
        bool, headings.rows("--retry-blocked", help="Ask again for what the safety filter blocked.")
    ] = False
    retry_missing: Annotated[
        bool, headings.rows("--retry-missing", help="Draw again what was saved and is lost, or expired.")
    ] = False
    fail_fast: Annotated[
        bool, headings.rows("--fail-fast", help="Begin nothing new after the first draft that failed.")
    ] = False
