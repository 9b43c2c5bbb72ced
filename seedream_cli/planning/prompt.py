"""From options to a plan: what a prompt's drafts ask for, which of them are there already, where they will lie."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from seedream_cli.api.origins import check_base_url
from seedream_cli.drafts import SANDBOX, check_tags
from seedream_cli.errors import InputError
from seedream_cli.planning import plan
from seedream_cli.planning.plan import Plan
from seedream_cli.planning.reuse import alike, give_back, reusable
from seedream_cli.saving import targets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft, Key, Target
    from seedream_cli.history import History
    from seedream_cli.options.draw import DrawOptions, RunOptions


def check_options(options: RunOptions) -> None:
    """Raise `InputError` where options are wrong in themselves, or exclude each other."""
    if options.directory == "":
        raise InputError("the folder has no name", hint="-d . is the current one")
    check_tags(options.tags or ())
    if options.output is not None and options.directory is not None:
        raise InputError("-o and -d cannot be combined", hint="give the folder in -o: -o 'folder/{slug}-{seed}.{ext}'")
    if options.as_json and options.print0:
        raise InputError("--json and -0 cannot be combined")


def plan_prompt(context: Context, history: History, prompt: str, options: DrawOptions) -> Plan:
    """Plan drafts of one prompt.

    Raises:
        SeedreamError: where something cannot be as it was asked for.
    """
    check_options(options)
    if not prompt.strip():
        raise InputError("the prompt is empty", hint='seedream gen "An ink-wash mountain at dawn, soft mist"')
    wish = resolve(
        context,
        options,
        prompt=prompt,
        negative_prompt=options.negative or None,
        model=options.model,
        size=options.size,
    )
    past = alike(history.asking({wish.prompt}), wish) if options.reuse else []
    given, missing = _already_there(context, past, wish, options)
    run = plan.new_id()
    fresh = plan.drafts(missing, price=wish.price, now=context.clock(), tags=options.tags or (), run=run)
    # In the order of their seeds, or what is there already first: that is the order in which `-o` numbers them.
    everything = [*given, *fresh]
    if options.seed is not None:
        everything.sort(key=lambda draft: (draft.key.seed, draft.key.index))
    return settle(context, options, everything, origin=wish.origin, run=run, past=past)


def resolve(
    context: Context,
    options: RunOptions,
    *,
    prompt: str,
    negative_prompt: str | None,
    model: str | None,
    size: str | None,
    warn: Callable[[str], None] | None = None,
) -> plan.Wish:
    """Resolve what is asked for against the catalogue, the configuration and the service's address.

    Args:
        warn: takes a warning; the console's own where none is given.

    Raises:
        InputError: where that cannot be.
    """
    return plan.resolve(
        origin=SANDBOX if options.sandbox else check_base_url(context.base_url),
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=model,
        size=size,
        prices=context.config.prices,
        force=options.force,
        warn=warn or context.console.warn,
    )


def settle(
    context: Context,
    options: RunOptions,
    everything: Sequence[Draft],
    *,
    origin: str,
    run: str,
    past: Collection[Draft] = (),
    unasked: frozenset[str] = frozenset(),
) -> Plan:
    """Give every draft its place, planned ones and those that are there already, and return the plan.

    Args:
        everything: in the order in which `-o` numbers them.
        past: what the history says of drafts that are there already.

    Raises:
        InputError: where the names cannot be, or are not all different.
    """
    naming = _naming(context, options)
    known = {draft.id: draft.path for draft in past}
    placed = list(zip(everything, naming.targets([(draft.id, draft.key) for draft in everything]), strict=True))
    return Plan(
        origin,
        run,
        fresh=[replace(draft, target=target) for draft, target in placed if draft.status == "planned"],
        given=[(draft, target) for draft, target in placed if draft.status == "saved"],
        found=frozenset(draft.id for draft in everything if draft.status == "saved" and known[draft.id] != draft.path),
        fetch=[replace(draft, target=target) for draft, target in placed if draft.status == "pending"],
        unasked=unasked,
    )


def placing(context: Context, options: RunOptions, *, before: int = 0, total: int) -> Callable[[int, Draft], Target]:
    """Return what says where a picture is wanted, by its number among these, from 1, and its draft.

    Args:
        before: drafts that `-o` numbers before these.
        total: drafts of the command.
    """
    naming = _naming(context, options)

    def place(number: int, draft: Draft) -> Target:
        return naming.targets([(draft.id, draft.key)], indices=[before + number], total=total)[0]

    return place


def _naming(context: Context, options: RunOptions) -> targets.Naming:
    return targets.Naming(options.output, options.directory or context.folder)


def _already_there(
    context: Context, past: Sequence[Draft], wish: plan.Wish, options: DrawOptions
) -> tuple[list[Draft], list[Key]]:
    place = placing(context, options, total=options.count)
    if options.seed is not None:
        return give_back(_keys(context, wish, options, options.count), past, place, now=context.clock())
    given: list[Draft] = []
    for draft in itertools.islice(reusable(past, lambda draft: place(len(given) + 1, draft)), options.count):
        given.append(draft)  # noqa: PERF402 - the next one's place depends on how many there are
    return given, _keys(context, wish, options, options.count - len(given))


def _keys(context: Context, wish: plan.Wish, options: DrawOptions, count: int) -> list[Key]:
    return plan.keys(wish, count, first_seed=options.seed, one_request=options.one_request, chance=context.chance)
