"""`seedream doctor`: what is wrong here and the command that mends it; whether the service honours seeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli import catalog
from seedream_cli.context import Context
from seedream_cli.drafts import SANDBOX, timestamp
from seedream_cli.errors import InputError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import estimate
from seedream_cli.safetext import visible

if TYPE_CHECKING:
    from seedream_cli.doctor.check import Check
    from seedream_cli.planning.plan import Plan
    from seedream_cli.seed_check.answers import Answer

_TOLD = {
    "identical": "a seed gives the same picture again, pixel for pixel",
    "similar": "a seed gives the same composition again, not every pixel",
    "unrelated": "seeds are not honoured: a rerun will not look like its draft",
}


def doctor(
    ctx: typer.Context,
    *,
    seed_check: Annotated[
        bool,
        typer.Option("--seed-check", help="Instead: draw one prompt twice with one seed and compare. Costs 2 drafts."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("-m", "--model", envvar="SEEDREAM_MODEL", metavar="ID", help="Model for --seed-check."),
    ] = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Draw for --seed-check without asking.")] = False,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", envvar="SEEDREAM_SANDBOX", help="Check the sandbox's seeds, without cost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a check.")] = False,
) -> ExitStatus:
    """Look for what is wrong here, with the command that mends it.

    Configuration, history, key, terminal, network, clock. Nothing is written and nothing is billed, but for
    --seed-check: two pictures. Exit status 0 where nothing is wrong; a warning is not.

    \b
    Examples:
      seedream doctor
      seedream doctor --json | jq -r 'select(.state == "problem") | .hint'
      seedream doctor --seed-check
    """
    context: Context = ctx.obj
    if seed_check:
        return _check_seeds(context, model, yes=yes, sandbox=sandbox, as_json=as_json)
    from seedream_cli.doctor import examine

    statuses = set(context.console.statuses)
    for check in examine(context):
        statuses.add(check.status)
        _tell(context, check, as_json=as_json)
    return combine(statuses | context.console.statuses, any_saved=False)


def _tell(context: Context, check: Check, *, as_json: bool) -> None:
    console = context.console
    if as_json:
        console.data(json.dumps(check.public()))
    elif console.tabular:
        console.data(f"{check.state:<8} {check.name:<11} {check.message}")
        if check.hint is not None:
            console.data(f"{'':<20} hint: {check.hint}")
    else:
        console.data("\t".join(map(visible, (check.state, check.name, check.message, check.hint or ""))))


# Whether seeds are honoured


def _check_seeds(context: Context, model: str | None, *, yes: bool, sandbox: bool, as_json: bool) -> ExitStatus:
    from seedream_cli.drawing.draw import draw
    from seedream_cli.options import DrawOptions
    from seedream_cli.seed_check import answers, plan_twice
    from seedream_cli.seed_check.likeness import compare

    history = context.history()
    chosen = model or context.config.options.get("model")
    options = DrawOptions(model=chosen, yes=True, sandbox=sandbox, as_json=as_json)
    planned = plan_twice(context, options)
    _confirm(context, planned, yes=yes)
    status = draw(context, history, planned, options)
    if status != ExitStatus.OK:
        context.console.note("seeds: no answer, since not both pictures are here")
        return status
    drawn = history.by_ids([draft.id for draft in planned.fresh])
    verdict, likeness = compare(*(drawn[draft.id].path or "" for draft in planned.fresh))
    answer = answers.Answer(verdict, likeness, timestamp(context.clock()))
    _tell_answer(context, planned, answer, as_json=as_json)
    answers.keep(history.folder, planned.origin, planned.fresh[0].key.model, answer)
    return combine(context.console.statuses, any_saved=True)


def _confirm(context: Context, planned: Plan, *, yes: bool) -> None:
    if yes or planned.origin == SANDBOX:
        return
    question = f"a seed check draws 2 pictures, {estimate(planned.cost)} by the rate card of {catalog.RATE_CARD_DATE}"
    if not context.console.asks:
        raise InputError(f"{question}: that needs a yes", hint="seedream doctor --seed-check --yes")
    if not context.console.ask(f"{question}. Draw them?"):
        raise InputError("not drawn", hint="nothing was sent")


def _tell_answer(context: Context, planned: Plan, answer: Answer, *, as_json: bool) -> None:
    key = planned.fresh[0].key
    if as_json:
        told = {"seeds": answer.verdict, "likeness": answer.likeness, "model": key.model, "origin": planned.origin}
        context.console.data(json.dumps({**told, "drafts": [draft.id for draft in planned.fresh], "at": answer.at}))
    else:
        context.console.data(f"{answer.verdict}\t{key.model}\t{answer.likeness:g}")
        context.console.note(f"seeds on {key.model}: {answer.verdict}; {_TOLD[answer.verdict]}")
