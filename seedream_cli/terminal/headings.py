"""The headings of help: each makes an option that stands under it, where a command has many."""

from functools import partial
from typing import Final

import typer

drawing: Final = partial(typer.Option, rich_help_panel="What to draw")
rows: Final = partial(typer.Option, rich_help_panel="Rows")
filters: Final = partial(typer.Option, rich_help_panel="Filters")
cost: Final = partial(typer.Option, rich_help_panel="Cost")
places: Final = partial(typer.Option, rich_help_panel="Where pictures go")
requests: Final = partial(typer.Option, rich_help_panel="Requests")
shown: Final = partial(typer.Option, rich_help_panel="What is shown")

EVERYWHERE: Final = "Everywhere"

HEADINGS: Final = (
    *(each.keywords["rich_help_panel"] for each in (drawing, rows, filters, cost, places, requests, shown)),
    EVERYWHERE,
)
"""In help's order. Options of one heading stand in the order in which they are declared."""
