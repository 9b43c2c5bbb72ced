"""The check itself: two drafts drawn, once somebody agreed to pay for them; compared, told, and kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from seedream_cli import settings
from seedream_cli.drafts import SANDBOX, timestamp
from seedream_cli.drawing.draw import draw
from seedream_cli.errors import InputError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.options.draw import DrawOptions
from seedream_cli.seed_check import answers, plan_twice
from seedream_cli.seed_check.likeness import compare

if TYPE_CHECKING:
    from seedream_cli.context import Context
    from seedream_cli.planning.plan import Plan

_TOLD: Final = {
    "identical": "a seed gives the same picture again, pixel for pixel",
    "similar": "a seed gives the same composition again, not every pixel",
    "unrelated": "seeds are not honoured: a rerun will not look like its draft",
}


_HEEDED: Final = ("model", "max_cost", "timeout", "max_wait", "embed")
"""What is set and holds for a check, too."""


def check_seeds(context: Context, model: str | None, *, yes: bool, sandbox: bool, as_json: bool) -> ExitStatus:
    """Draw one prompt twice with one seed, compare the pictures, tell the answer and keep it.

    Args:
        model: on which to draw; None for the one that is set, or else the default.
        yes: whether nobody is asked first.
        sandbox: whether the sandbox draws.
        as_json: whether the answer is told as a JSON object.

    Raises:
        SeedreamError: where they cannot be drawn, or nobody agreed to that.
    """
    history = context.history()
    options = replace(_heeded(context), yes=True, sandbox=sandbox, as_json=as_json)
    planned = plan_twice(context, options if model is None else replace(options, model=model))
    _confirm(context, planned, yes=yes)
    status = draw(context, history, planned, options)
    if status != ExitStatus.OK:
        context.console.note("seeds: no answer, because both pictures are needed and one is missing")
        return status
    drawn = history.by_ids([draft.id for draft in planned.fresh])
    verdict, likeness = compare(*(drawn[draft.id].path or "" for draft in planned.fresh))
    answer = answers.Answer(verdict, likeness, timestamp(context.clock()))
    _tell_answer(context, planned, answer, as_json=as_json)
    answers.keep(history.folder, planned.origin, planned.fresh[0].key.model, answer)
    return combine(context.console.statuses, any_saved=True)


def _heeded(context: Context) -> DrawOptions:
    for fault in settings.faults(context.environment):
        raise fault
    found = settings.listed(context.environment, context.config_path)
    heeded: dict[str, Any] = {setting.key: setting.value for setting in found if setting.key in _HEEDED}
    return DrawOptions(**heeded)


def _confirm(context: Context, planned: Plan, *, yes: bool) -> None:
    if yes or planned.origin == SANDBOX:
        return
    question = f"a seed check draws 2 pictures, {planned.price(context.config.prices)}"
    if not context.console.asks:
        raise InputError(f"{question}: that needs a yes", hint="seedream doctor --seed-check --yes")
    if not context.console.ask(f"{question}. Draw them?"):
        raise InputError("not drawn", hint="nothing was sent; without a question: seedream doctor --seed-check --yes")


def _tell_answer(context: Context, planned: Plan, answer: answers.Answer, *, as_json: bool) -> None:
    key = planned.fresh[0].key
    if as_json:
        told = {"seeds": answer.verdict, "likeness": answer.likeness, "model": key.model, "origin": planned.origin}
        context.console.data(json.dumps({**told, "drafts": [draft.id for draft in planned.fresh], "at": answer.at}))
    else:
        context.console.data(f"{answer.verdict}\t{key.model}\t{answer.likeness:g}")
        context.console.note(f"seeds on {key.model}: {answer.verdict}; {_TOLD[answer.verdict]}")
