"""What a command is going to draw: models, sizes and seeds resolved, drafts numbered and named, costs known."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli import catalog
from seedream_cli.api.generation import ImageRequest
from seedream_cli.drafts import Draft, Key, Target, timestamp
from seedream_cli.errors import InputError
from seedream_cli.money import by_prices, estimate, price_micros
from seedream_cli.sizes import resolve_size

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from seedream_cli.pipeline.events import Job

_ID_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH: Final = 12


class Wish(NamedTuple):
    """What a user asks for, resolved: everything about the drafts but their seeds and places.

    Attributes:
        origin: base URL, or `sandbox`.
        model: model id.
        prompt: literal text.
        negative_prompt: literal text, or None.
        size: `WxH`.
        price: USD an image.
    """

    origin: str
    model: str
    prompt: str
    negative_prompt: str | None
    size: str
    price: float

    def key(self, seed: int, n: int = 1, index: int = 1) -> Key:
        """Return what one draft of this asks for."""
        return Key(self.origin, self.model, self.prompt, self.negative_prompt, self.size, seed, n, index)


class Plan(NamedTuple):
    """Everything a command is going to do.

    Attributes:
        origin: base URL, or `sandbox`.
        run: id of the run that draws it.
        fresh: drafts to be drawn, with seeds and places.
        given: drafts that are there already, and where their pictures are wanted.
        found: ids of given drafts that lie where they say it themselves, and no longer where the history says it.
        fetch: drafts that are paid for and not saved yet, each with the place where its picture is wanted.
        unasked: ids of fresh drafts that are drawn because their request draws them along; kept, and not named.
    """

    origin: str
    run: str
    fresh: list[Draft]
    given: list[tuple[Draft, Target]]
    found: frozenset[str] = frozenset()
    fetch: Sequence[Draft] = ()
    unasked: frozenset[str] = frozenset()

    @property
    def cost(self) -> float:
        """Estimated cost in USD: the sum of which a cap of the same figure is enough."""
        return self.micros / 1e6

    def price(self, own: Container[str]) -> str:
        """Return the estimated cost in words; `own` are the models whose prices the configuration gives."""
        return f"{estimate(self.cost)} {by_prices({draft.key.model for draft in self.fresh}, own)}"

    @property
    def micros(self) -> int:
        """Estimated cost in millionths of a USD, as caps count it."""
        return sum(price_micros(draft.cost_usd) for draft in self.fresh)


def resolve(
    *,
    origin: str,
    prompt: str,
    negative_prompt: str | None,
    model: str | None,
    size: str | None,
    prices: Mapping[str, float],
    force: bool,
    warn: Callable[[str], None],
) -> Wish:
    """Resolve names and defaults against the catalogue.

    Args:
        prices: the user's own, by model id.
        force: pass on a model or size that the catalogue does not know, with a warning.
        warn: takes a warning.

    Raises:
        InputError: where the catalogue does not know them, or the text cannot be sent.
    """
    model_id = model or catalog.DEFAULT_MODEL
    known = catalog.find(model_id)
    if known is None:
        if not force:
            near = catalog.nearest(model_id)
            hint = f"did you mean {near.id}?" if near else "seedream models"
            hint += " (--force passes it on as it is)"
            raise InputError(f"unknown model '{model_id}'", hint=hint, option="model")
        warn(f"the catalogue does not know the model '{model_id}'; it is passed on as it is")
    resolved = resolve_size(size, known)
    if known is not None and resolved not in known.sizes:
        if not force:
            similar = get_close_matches(resolved, known.sizes, 1, 0.8)
            meant = f"did you mean {similar[0]}? " if similar else ""
            possible = similar[0] if similar else known.default_size
            raise InputError(
                f"{known.id} has no size {resolved}",
                hint=f"{meant}it has {', '.join(known.sizes)}: --size {possible} (--force passes yours on)",
                option="size",
                instead=possible,
            )
        warn(f"the catalogue does not know the size {resolved} for {known.id}; it is passed on as it is")
    wish = Wish(origin, model_id, prompt, negative_prompt, resolved, _price(model_id, known, prices, warn))
    ImageRequest(model_id, prompt, negative_prompt, resolved, seed=0)  # raises where it cannot be sent
    return wish


def _price(
    model_id: str, known: catalog.Model | None, prices: Mapping[str, float], warn: Callable[[str], None]
) -> float:
    if model_id in prices:
        return prices[model_id]
    if known is not None:
        return known.usd
    dearest = max(model.usd for model in catalog.MODELS)
    warn(f"no price is known for '{model_id}'; ${dearest:g} an image is assumed, the dearest of the catalogue")
    return dearest


def random_first_seed(chance: Callable[[], float], count: int) -> int:
    """Return a random seed for the first of `count` drafts, such that the seeds of all lie within 0 to 2^31-1.

    Args:
        chance: returns a random number of 0 to 1.
    """
    return int(chance() * (2**31 - count))


def keys(
    wish: Wish, count: int, *, first_seed: int | None, one_request: bool, chance: Callable[[], float]
) -> list[Key]:
    """Return what each of `count` drafts asks for, with a seed of its own or, by `one_request`, one for up to four.

    Args:
        first_seed: given by the user, or None for a random one.
        chance: returns a random number of 0 to 1.

    Raises:
        InputError: where a seed would leave the range.
    """
    if first_seed is None:
        first_seed = random_first_seed(chance, count)
    step = catalog.MAX_IMAGES_PER_REQUEST
    last_seed = first_seed + ((count - 1) // step * step if one_request else count - 1)
    if first_seed < 0 or last_seed > catalog.MAX_SEED:
        one = first_seed == last_seed
        nearest = min(max(first_seed, 0), catalog.MAX_SEED - (last_seed - first_seed))
        raise InputError(
            f"seed {first_seed} leaves the range" if one else f"seeds {first_seed} to {last_seed} leave the range",
            hint=f"0 to {catalog.MAX_SEED} is possible: --seed {nearest}",
            option="seed",
            instead=str(nearest),
        )
    if not one_request:
        return [wish.key(first_seed + i) for i in range(count)]
    made = []
    for start in range(0, count, step):
        n = min(step, count - start)
        made += [wish.key(first_seed + start, n, index) for index in range(1, n + 1)]
    return made


def new_id() -> str:
    """Return a new draft id: 62 random bits and more, as 12 characters."""
    value = int.from_bytes(os.urandom(16))
    characters = []
    for _ in range(_ID_LENGTH):
        value, digit = divmod(value, len(_ID_ALPHABET))
        characters.append(_ID_ALPHABET[digit])
    return "".join(characters)


def drafts(wanted: Sequence[Key], *, price: float, now: float, tags: Sequence[str], run: str) -> list[Draft]:
    """Return planned drafts for keys, without a place yet; those of one request know it.

    Args:
        price: USD an image.
        now: Unix time in seconds.
    """
    created = timestamp(now)
    made: list[Draft] = []
    for key in wanted:
        draft_id = new_id()
        request = made[-1].request if key.index > 1 else draft_id
        nowhere = Target((), replace=False)
        made.append(Draft(draft_id, created, key, price, nowhere, request, run=run, tags=tuple(dict.fromkeys(tags))))
    return made


def jobs(planned: Sequence[Draft]) -> list[Job]:
    """Group drafts into requests."""
    from seedream_cli.pipeline.events import Job

    groups: dict[str, list[Draft]] = {}
    for draft in planned:
        groups.setdefault(draft.request, []).append(draft)
    return [Job(_request(group[0].key), tuple(group)) for group in groups.values()]


def _request(key: Key) -> ImageRequest:
    return ImageRequest(key.model, key.prompt, key.negative_prompt, key.size, key.seed, key.n)
