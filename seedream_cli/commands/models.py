"""`seedream models`: models, sizes, limits and prices."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli import catalog
from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import dollars
from seedream_cli.safetext import visible
from seedream_cli.terminal.cells import columns, folded

if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True, slots=True)
class _Listed:
    """One model as it is listed: of the catalogue, or only known to the service; its price perhaps the user's own."""

    id: str
    price: float | None
    available: bool | None
    model: catalog.Model | None
    configured: bool


def models(
    ctx: typer.Context,
    *,
    live: Annotated[bool, typer.Option("--live", help="Ask the service which models this key has.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a model.")] = False,
) -> ExitStatus:
    """List the models: sizes, limits, price and the price's date.

    \b
    Examples:
      seedream models
      seedream models --json | jq -r .id
      seedream models --live
    """
    context: Context = ctx.obj
    console = context.console
    prices = context.config.prices
    available = _available(context) if live else None
    listed = [
        _Listed(
            model.id,
            prices.get(model.id, model.usd),
            None if available is None else model.id in available,
            model,
            model.id in prices,
        )
        for model in catalog.MODELS
    ]
    others = (available or set()) - {model.id for model in catalog.MODELS}
    listed += [_Listed(model_id, prices.get(model_id), True, None, model_id in prices) for model_id in sorted(others)]
    for one in listed:
        if as_json:
            console.data(json.dumps(_public(one)))
        elif console.tabular:
            console.lines(_paragraph(one, columns()))
        else:
            console.data(_line(one))
    if not as_json:
        footer = (
            f"prices: USD an image, rate card of {catalog.RATE_CARD_DATE}, an estimate;"
            f" 1 to {catalog.MAX_IMAGES_PER_REQUEST} images a request, seeds 0 to {catalog.MAX_SEED}"
        )
        for line in folded(footer, columns()) if console.tabular else [footer]:
            console.note(line)
    return combine(console.statuses)


def _available(context: Context) -> set[str]:
    from seedream_cli.api.client import ImagesClient
    from seedream_cli.api.connection import Clients
    from seedream_cli.api.origins import check_base_url
    from seedream_cli.credentials import read_key

    base_url = check_base_url(context.base_url)
    key = read_key(context.environment, base_url, warn=context.console.warn)
    client = ImagesClient(base_url, key, Clients(), timeout=30, clock=context.clock)
    try:
        return set(client.models())
    finally:
        client.close()


def _public(listed: _Listed) -> dict[str, Any]:
    model = listed.model
    return {
        "id": listed.id,
        "sizes": list(model.sizes) if model else None,
        "default_size": model and model.default_size,
        "usd": listed.price,
        "rate_card": catalog.RATE_CARD_DATE if model and not listed.configured else None,
        "max_images_per_request": catalog.MAX_IMAGES_PER_REQUEST if model else None,
        "max_seed": catalog.MAX_SEED if model else None,
        "note": model and model.note,
        "available": listed.available,
    }


def _line(listed: _Listed) -> str:
    """One model as a line, for pipes."""
    return f"{visible(listed.id):<16} {_price(listed):<7} {_sizes(listed)}  {_note(listed)}"


def _paragraph(listed: _Listed, width: int) -> str:
    """One model as lines that fit a terminal."""
    head = f"{visible(listed.id)}  {_price(listed)}  {_note(listed)}"
    lines = folded(head, width, "  ")
    if listed.model:
        lines += folded("  " + _sizes(listed), width, "  ")
    return "\n".join(lines) + "\n"


def _price(listed: _Listed) -> str:
    return "$?" if listed.price is None else dollars(listed.price)


def _sizes(listed: _Listed) -> str:
    return ", ".join(listed.model.sizes) if listed.model else "-"


def _note(listed: _Listed) -> str:
    own = "  (price from the configuration)" if listed.configured else ""
    if listed.model is None:
        return f"not in the catalogue: needs --force{own}"
    said = {None: "", True: "  (available)", False: "  (not for this key)"}[listed.available]
    return f"{listed.model.note}{said}{own}"
