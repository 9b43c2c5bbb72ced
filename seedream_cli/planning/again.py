"""From drafts to a plan that draws them again: everything stays as it was but for what is given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seedream_cli import catalog
from seedream_cli.drafts import SANDBOX, by_request
from seedream_cli.errors import InputError
from seedream_cli.money import dollars
from seedream_cli.options.prompts import read_prompt
from seedream_cli.planning import plan
from seedream_cli.planning.prompt import check_options, placing, resolve, settle
from seedream_cli.planning.reuse import alike, give_back
from seedream_cli.sizes import orientation, parse_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft, Key
    from seedream_cli.history import History
    from seedream_cli.options.redraw import RedrawOptions
    from seedream_cli.planning.plan import Plan


class _Redrawn(NamedTuple):
    """What is asked for to draw drafts again that one request drew, or one draft.

    Attributes:
        siblings: the drafts.
        wish: what they are to be but for their seeds.
        keys: of all that is drawn where nothing of it is there.
        parents: ids of the drafts of which those come that were named, by their keys.
    """

    siblings: Sequence[Draft]
    wish: plan.Wish
    keys: list[Key]
    parents: dict[Key, str]


def plan_again(
    context: Context,
    history: History,
    references: Sequence[str],
    options: RedrawOptions,
    *,
    final_model: str | None = None,
) -> Plan:
    """Plan drafts that are made from earlier ones; those that one request drew are drawn by one request again.

    Args:
        references: of the earlier drafts, as `History.find` takes them.
        final_model: the model on which finals are drawn where no other is given; None for a plain rerun.

    Raises:
        SeedreamError: where something cannot be as it was asked for.
    """
    check_options(options)
    parents = history.find_all(references)
    prompt = None if options.prompt is None else read_prompt(options.prompt)
    run = plan.new_id()
    everything: list[Draft] = []
    unasked: set[str] = set()
    origin = ""
    groups = _drawn_together(parents, options)
    wishes = [_wish(context, siblings, options, prompt, final_model) for siblings in groups]
    past = history.asking({wish.prompt for wish in wishes}) if options.reuse else []
    asked = [_ask(context, wish, siblings, options) for siblings, wish in zip(groups, wishes, strict=True)]
    redrawn = _each_once(context, asked)
    total = sum(len(each.parents) for each in redrawn)
    for siblings, wish, keys, named in redrawn:
        origin = wish.origin
        wanted = [key for key in keys if key in named]
        place = placing(context, options, before=len(everything), total=total)
        given, missing = give_back(wanted, alike(past, wish), place, now=context.clock())
        if missing and _keeps_request(siblings[0], options):
            missing = keys
            _tell_whole_request(context, siblings, wish)
        fresh = plan.drafts(missing, price=wish.price, now=context.clock(), tags=options.tags or (), run=run)
        fresh = [replace(draft, parent=named.get(draft.key, siblings[0].id)) for draft in fresh]
        unasked |= {draft.id for draft in fresh if draft.key not in named}
        everything += sorted([*given, *fresh], key=lambda draft: (draft.key.seed, draft.key.index))
    return settle(context, options, everything, origin=origin, run=run, past=past, unasked=frozenset(unasked))


def warn_first(context: Context, parent: Draft) -> None:
    """Warn of what speaks against drawing once more what a draft asked for."""
    if parent.sandbox and parent.status == "unknown":
        context.console.warn(f"{parent.id} is of unknown outcome; it was asked of the sandbox, which bills nothing")
    elif parent.status == "unknown":
        context.console.warn(f"{parent.id} was perhaps billed already; this draws it once more")
    elif parent.status == "blocked":
        context.console.warn(f"{parent.id} was blocked by the safety filter; it may be again")
    elif parent.status == "expired" and not parent.sandbox:
        context.console.warn(f"{parent.id} was paid for and expired before it was saved; this draws it once more")
    elif parent.status == "pending" and not parent.sandbox:
        context.console.warn(f"{parent.id} is paid for and not saved: `seedream history pull` fetches it free")


def _wish(
    context: Context, siblings: Sequence[Draft], options: RedrawOptions, prompt: str | None, final_model: str | None
) -> plan.Wish:
    """Return what is asked for to draw drafts again, having warned of what speaks against it."""
    for draft in siblings:
        warn_first(context, draft)
    parent = siblings[0]
    model = options.model or final_model or parent.key.model
    negative = parent.key.negative_prompt if options.negative is None else options.negative or None
    return resolve(
        context,
        options,
        prompt=_substituted(parent.key.prompt if prompt is None else prompt, options.substitutions or ()),
        negative_prompt=negative,
        model=model,
        size=options.size or _size(context, parent, model, final=final_model is not None),
    )


def _substituted(prompt: str, substitutions: Sequence[str]) -> str:
    for substitution in substitutions:
        old, equals, new = substitution.partition("=")
        if not old or not equals:
            raise InputError(f"--sub '{substitution}' is not of the form OLD=NEW", hint="--sub dawn=dusk")
        if old not in prompt:
            hint = f"--sub OLD=NEW, with OLD as it stands there; the prompt is: {prompt[:200]}"
            raise InputError(f"--sub: '{old}' is not in the prompt", hint=hint)
        prompt = prompt.replace(old, new)
    return prompt


def _size(context: Context, parent: Draft, model_id: str, *, final: bool) -> str:
    """Return the size that a draft's size becomes on a model, and say so where it is another."""
    size = parent.key.size
    model = catalog.find(model_id)
    if model is None or (size in model.sizes and not final):
        return size
    becomes = catalog.FINAL_SIZES.get((model_id, size)) or (size if size in model.sizes else None)
    if becomes is None:
        shape = orientation(*parse_size(size))
        becomes = next((known for known in model.sizes if orientation(*parse_size(known)) == shape), None)
    if becomes is None:
        raise InputError(f"{model_id} has no size like {size}", hint=f"--size {model.default_size}")
    if becomes != size:
        change = "" if _ratio(size) == _ratio(becomes) else ", another shape: the composition will change"
        context.console.note(f"{parent.id}: {size} becomes {becomes} on {model_id}{change}")
    return becomes


def _ratio(size: str) -> float:
    width, height = parse_size(size)
    return width / height


def _drawn_together(parents: Iterable[Draft], options: RedrawOptions) -> list[list[Draft]]:
    """Group drafts by the requests that draw them again.

    Of drafts that share a seed, requests of their own would all be the same, and each be paid for.
    """
    if options.count is not None:
        return [[parent] for parent in parents]
    return by_request(parents)


def _ask(context: Context, wish: plan.Wish, siblings: Sequence[Draft], options: RedrawOptions) -> _Redrawn:
    keys = _keys(context, wish, siblings, options)
    if not _keeps_request(siblings[0], options):
        return _Redrawn(siblings, wish, keys, dict.fromkeys(keys, siblings[0].id))
    # A history may come from anywhere: an index may lie beyond its request.
    return _Redrawn(
        siblings, wish, keys, {keys[min(parent.key.index, len(keys)) - 1]: parent.id for parent in siblings}
    )


def _each_once(context: Context, asked: Iterable[_Redrawn]) -> list[_Redrawn]:
    """Return what is asked for without what the same command asks for elsewhere, and say so.

    What several are drawn by one request for is looked at first: one alone may be among them.
    """
    once: list[tuple[int, _Redrawn]] = []
    earlier: dict[Key, tuple[Key, dict[Key, str]]] = {}
    named = twice = 0
    for place, (siblings, wish, keys, parents) in sorted(enumerate(asked), key=lambda each: -each[1].keys[0].n):
        named += len(parents)
        new: dict[Key, str] = {}
        for key, parent in parents.items():
            same, of_first = earlier.get(key, (key, new))
            twice += same in of_first
            of_first.setdefault(same, parent)
        # Of one request all keys are new, or none is: its pictures are drawn together or not at all.
        drawn = [key for key in keys if key not in earlier]
        for key in drawn:
            earlier[key] = key, new
            if key.index == 1:
                # The first of a request is what a request of its own asks for.
                earlier.setdefault(replace(key, n=1), (key, new))
        if drawn:
            once.append((place, _Redrawn(siblings, wish, drawn, new)))
    if twice:
        of_all = f"{twice} of these {named} drafts"
        ends = "asks for the same as another: it is" if twice == 1 else "ask for the same as others: each is"
        context.console.note(f"{of_all} {ends} drawn once")
    return [redrawn for _, redrawn in sorted(once, key=lambda each: each[0])]


def _keys(context: Context, wish: plan.Wish, siblings: Sequence[Draft], options: RedrawOptions) -> list[Key]:
    """Return what is asked for to draw drafts again: all that their request drew, or as many as are wanted."""
    parent = siblings[0]
    whole = _keeps_request(parent, options)
    first, count = _first_seed(parent, options), parent.key.n if whole else options.count or 1
    together = options.one_request or whole
    keys = plan.keys(wish, count, first_seed=first, one_request=together, chance=context.chance)
    if first is None:
        drawn, last = keys[0].seed, keys[-1].seed
        seeds = f"new seed: {drawn}" if drawn == last else f"new seeds: {drawn} to {last}"
        context.console.note(f"{parent.id}: {seeds}")
    return keys


def _keeps_request(parent: Draft, options: RedrawOptions) -> bool:
    """Whether the draft comes back only in the company of the others of its request."""
    return parent.key.n > 1 and options.count is None


def _first_seed(parent: Draft, options: RedrawOptions) -> int | None:
    """Return the seed to begin with, None for a random one."""
    text = options.seed
    if text is None:
        return parent.key.seed if options.count is None else None
    if text == "new":
        return None
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        raise InputError(f"'{text}' is not a seed", hint="--seed 7, --seed +1 or --seed new")
    return parent.key.seed + int(digits) if text.startswith("+") else int(digits)


def _tell_whole_request(context: Context, siblings: Sequence[Draft], wish: plan.Wish) -> None:
    n = siblings[0].key.n
    cost = "$0" if wish.origin == SANDBOX else f"about {dollars(n * wish.price)}"
    ids, were = ", ".join(parent.id for parent in siblings), "was" if len(siblings) == 1 else "were"
    places = ", ".join(str(parent.key.index) for parent in siblings)
    context.console.note(f"{ids} {were} drawn as {places} of {n} of one request, which is sent again whole: {cost}")
