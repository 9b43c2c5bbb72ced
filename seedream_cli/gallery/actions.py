"""What a served page asks for: marks go into the history, reruns through planning and drawing like any other."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from seedream_cli import catalog
from seedream_cli.drafts import SANDBOX
from seedream_cli.drawing.draw import draw
from seedream_cli.errors import InputError, SeedreamError
from seedream_cli.money import estimate
from seedream_cli.notebook import marking
from seedream_cli.planning.again import plan_again
from seedream_cli.terminal.console import Console
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft
    from seedream_cli.exits import ExitStatus
    from seedream_cli.gallery.shelf import Shelf, Shown
    from seedream_cli.options.redraw import RedrawOptions
    from seedream_cli.planning.plan import Plan

Body = dict[str, Any]

MOST_DRAFTS: Final = 20
"""Drafts of one rerun; more are asked for on the command line."""

_SEEDS: Final = ("same", "+1", "new")
_TELLING: Final = ("error: ", "hint: ")
"""What begins the lines of a run that the page is told, too."""


class Heard(Console):
    """A console that keeps what is said.

    Args:
        environment: variables.
        like: whose quiet and verbose hold here too; what is said is passed on to it, or kept to the page where None.
    """

    def __init__(self, environment: Mapping[str, str], like: Console | None) -> None:
        super().__init__(environment)
        self.told: list[str] = []
        self._like = like
        if like is not None:
            self.quiet, self.verbose = like.quiet, like.verbose

    def data(self, text: str, end: str = "\n") -> None:
        """Write a datum to stdout, where what is said is passed on."""
        if self._like is not None:
            self._like.data(text, end)

    def lines(self, text: str) -> None:
        """Write lines of a listing to stdout, where what is said is passed on."""
        if self._like is not None:
            self._like.lines(text)

    def say(self, text: str) -> None:
        """Keep a line, and say it."""
        self.told.append(text.removeprefix("seedream: "))
        if self._like is not None:
            self._like.say(text)


@dataclass(slots=True)
class Order:
    """Drafts to be drawn by the main thread, which heeds signals; another thread waits for what became of them.

    Attributes:
        done: set when that is known.
        shown: what was drawn, or None where that raised `error`.
        said: errors and hints, as the terminal got them.
    """

    parent: str
    options: RedrawOptions
    final_model: str | None
    done: Event = field(default_factory=Event)
    shown: Shown | None = None
    said: list[str] = field(default_factory=list)
    error: SeedreamError | None = None


class Actions:
    """Does what pages ask for.

    Args:
        context: of the command.
        shelf: what the page shows.
        options: with which reruns are drawn, where the page says nothing else.
        order: has the main thread `draw` an order.
    """

    def __init__(self, context: Context, shelf: Shelf, options: RedrawOptions, order: Callable[[Order], None]) -> None:
        self._context = context
        self._shelf = shelf
        self._options = options
        self._order = order
        self.known: Mapping[str, Callable[[Body], tuple[Shown | None, Body]]] = {
            "rate": self._rate,
            "tag": self._tag,
            "plan": self._plan,
            "rerun": self._rerun,
        }
        """By name; each returns the drafts that it changed or made, and what else there is to tell."""

    # Marks

    def _rate(self, body: Body) -> tuple[Shown, Body]:
        ratings = body.get("ratings")
        if not isinstance(ratings, dict) or not all(_is_whole(rating) for rating in ratings.values()):
            raise InputError("ratings are whole numbers by id")
        drafts = self._still_there(*ratings)
        history = self._context.history()
        for draft in drafts:
            marking.rate(history, draft, ratings[draft.id])
        return self._shelf.refresh(list(ratings)), {}

    def _tag(self, body: Body) -> tuple[Shown, Body]:
        (draft,) = self._still_there(body.get("id"))
        marking.tag(self._context.history(), draft, added=_texts(body, "add"), removed=_texts(body, "remove"))
        return self._shelf.refresh([draft.id]), {}

    def _still_there(self, *ids: object) -> list[Draft]:
        drafts = [self._shelf.draft(draft_id) for draft_id in ids]
        known = self._context.history().by_ids([draft.id for draft in drafts])
        for draft in drafts:
            if draft.id not in known:
                raise InputError(f"{draft.id} is no longer in the history", hint="load the page again")
        return drafts

    # Reruns

    def _plan(self, body: Body) -> tuple[None, Body]:
        options, final_model = self._wish(body)
        (draft,) = self._still_there(body.get("id"))
        heard = Heard(self._context.environment, None)
        context = _hearing(self._context, heard)
        planned = _planned(context, draft.id, options, final_model)
        draw(context, context.history(), planned, replace(options, dry_run=True))  # raises where a cap is in the way
        return None, {
            "cost_usd": planned.cost,
            "cost": estimate(planned.cost),
            "words": _words(planned, context.config.prices),
            "notes": heard.told,
        }

    def _rerun(self, body: Body) -> tuple[Shown | None, Body]:
        agreed = body.get("agreed_usd")
        if isinstance(agreed, bool) or not isinstance(agreed, int | float) or not 0 <= agreed < math.inf:
            raise InputError("nobody agreed to a cost", hint="load the page again")
        options, final_model = self._wish(body)
        # What is drawn must not cost more than what was shown: a price may have changed in between.
        cap = agreed if options.max_cost is None else min(agreed, options.max_cost)
        (draft,) = self._still_there(body.get("id"))
        order = Order(draft.id, replace(options, max_cost=cap), final_model)
        self._order(order)
        order.done.wait()
        if order.error is not None:
            raise order.error
        return order.shown, {"said": order.said}

    def draw(self, order: Order) -> ExitStatus:
        """Draw what was ordered, and return the exit status that the command line would have."""
        heard = Heard(self._context.environment, self._context.console)
        context = _hearing(self._context, heard)
        try:
            planned = _planned(context, order.parent, order.options, order.final_model)
            status = draw(context, context.history(), planned, order.options)
            order.shown = self._shelf.refresh([draft.id for draft in planned.fresh], drawn=True)
            order.said = [line for line in heard.told if line.startswith(_TELLING)]
        except SeedreamError as error:
            heard.error(error)
            order.error = error
            return error.exit_status
        finally:
            self._context.hurried |= context.hurried
            order.done.set()
        return status

    def _wish(self, body: Body) -> tuple[RedrawOptions, str | None]:
        seed, count = body.get("seed"), body.get("count")
        if seed not in _SEEDS:
            raise InputError(f"a seed is one of {', '.join(_SEEDS)}")
        if not _is_whole(count) or not 1 <= count <= MOST_DRAFTS:
            raise InputError(f"1 to {MOST_DRAFTS} drafts can be drawn from the page at once")
        options = replace(
            self._options,
            prompt=_literal(_text(body, "prompt")),
            negative=_text(body, "negative"),
            seed=None if seed == "same" else seed,
            count=None if count == 1 else count,
            sandbox=body.get("sandbox") is True,
            yes=True,  # asked on the page
        )
        return options, catalog.FINAL_MODEL if body.get("final") is True else None


def _planned(context: Context, parent: str, options: RedrawOptions, final_model: str | None) -> Plan:
    return plan_again(context, context.history(), [parent], options, final_model=final_model)


def _hearing(context: Context, heard: Heard) -> Context:
    """Return a context whose console is another."""
    made = copy.copy(context)
    made.console = heard
    return made


def _words(planned: Plan, own: Container[str]) -> str:
    drafts = counted(len(planned.fresh), "draft")
    kinds = " and ".join(sorted({f"{draft.key.model} at {draft.key.size}" for draft in planned.fresh}))
    if planned.origin == SANDBOX:
        return f"{drafts} on {kinds}: stand-in pictures of the sandbox, free"
    return f"{drafts} on {kinds}: {planned.price(own)}"


def _literal(prompt: str | None) -> str | None:
    """Return a prompt such that the command line's rules take it for itself: no file, no stdin."""
    if prompt == "-":
        raise InputError("a prompt of a single - is not drawn")
    return f"@{prompt}" if prompt and prompt.startswith("@") else prompt


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} is not a text")
    return value


def _texts(body: Body, name: str) -> list[str]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InputError(f"{name} is not a list of texts")
    return value


def _is_whole(value: object) -> TypeGuard[int]:
    return type(value) is int
