"""`seedream models`: models, sizes, limits and prices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli import catalog
from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import dollars

if TYPE_CHECKING:
    from typing import Any


def models(
    ctx: typer.Context,
    *,
    live: Annotated[bool, typer.Option("--live", help="Ask the service which models this key has.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a model.")] = False,
) -> ExitStatus:
    """List the models with their sizes, limits, price and the price's date.

    \b
    Examples:
      seedream models
      seedream models --json | jq -r .id
      seedream models --live
    """
    context: Context = ctx.obj
    console = context.console
    available = _available(context) if live else None
    for model in catalog.MODELS:
        price = context.config.prices.get(model.id, model.usd)
        known = None if available is None else model.id in available
        if as_json:
            console.data(json.dumps(_public(model, price, available=known)))
        else:
            console.data(_line(model, price, available=known))
    for model_id in sorted((available or set()) - {model.id for model in catalog.MODELS}):
        console.data(
            json.dumps({"id": model_id, "available": True}) if as_json else f"{model_id}: not in the catalogue"
        )
    if not as_json:
        console.note(
            f"prices: USD an image, rate card of {catalog.RATE_CARD_DATE}, an estimate;"
            f" 1 to {catalog.MAX_IMAGES_PER_REQUEST} images a request, seeds 0 to {catalog.MAX_SEED}"
        )
    return combine(console.statuses, any_saved=False)


def _available(context: Context) -> set[str]:
    from seedream_cli.client import ImagesClient, check_base_url
    from seedream_cli.connection import Clients
    from seedream_cli.credentials import read_key

    client = ImagesClient(
        check_base_url(context.base_url),
        read_key(context.environment),
        Clients(),
        timeout=30,
        clock=context.clock,
    )
    try:
        return set(client.models())
    finally:
        client.close()


def _public(model: catalog.Model, price: float, *, available: bool | None) -> dict[str, Any]:
    return {
        "id": model.id,
        "sizes": list(model.sizes),
        "default_size": model.default_size,
        "usd": price,
        "rate_card": catalog.RATE_CARD_DATE,
        "max_images_per_request": catalog.MAX_IMAGES_PER_REQUEST,
        "max_seed": catalog.MAX_SEED,
        "note": model.note,
        "available": available,
    }


def _line(model: catalog.Model, price: float, *, available: bool | None) -> str:
    said = {None: "", True: "  (available)", False: "  (not for this key)"}[available]
    return f"{model.id:<16} {dollars(price):<7} {', '.join(model.sizes)}  {model.note}{said}"
