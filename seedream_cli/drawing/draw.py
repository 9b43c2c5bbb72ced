"""One drawing command from its options to its exit status: plan, check, pay, tell."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import SANDBOX, by_request
from seedream_cli.errors import CapError, InputError, LocalFileError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import cap_micros, dollars, estimate, micros
from seedream_cli.planning import plan
from seedream_cli.planning.plan import Plan
from seedream_cli.safetext import shorten, visible
from seedream_cli.saving import targets
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft, Target
    from seedream_cli.drawing.report import Report
    from seedream_cli.history import History
    from seedream_cli.options.draw import RunOptions

ASK_ABOVE: Final = 20
"""New drafts at once that are drawn without a question."""

_NAMED_SEEDS: Final = 4
_SHOWN_PROMPT: Final = 60
"""Characters of a prompt that are shown in a plan on a terminal."""


def draw(context: Context, history: History, planned: Plan, options: RunOptions) -> ExitStatus:
    """Do what was planned.

    Returns:
        The command's exit status; what failed has been told.

    Raises:
        SeedreamError: where nothing was sent.
    """
    places = [draft.target for draft in [*planned.fetch, *planned.fresh]] + [target for _, target in planned.given]
    targets.check_targets(places, ours=context.own_paths())
    if options.reuse:
        _warn_of_perhaps_paid(context, history, planned.fresh)
    if options.dry_run:
        return _show(context, history, planned, options)
    _check_cost(context, history, planned, options)
    confirm(context, planned, options)
    return _run(context, history, planned, options)


# Before anything is paid for


def _warn_of_perhaps_paid(context: Context, history: History, fresh: Sequence[Draft]) -> None:
    """Say which drafts are drawn although an earlier one was perhaps billed, but for those that are asked for by id."""
    from seedream_cli.planning.again import warn_first
    from seedream_cli.planning.resume import perhaps_paid

    named = {draft.parent for draft in fresh}
    unsettled = perhaps_paid(history, {draft.key for draft in fresh}).values()
    for draft, *_ in by_request(draft for draft in unsettled if draft.id not in named):
        warn_first(context, draft)


def _show(context: Context, history: History, planned: Plan, options: RunOptions) -> ExitStatus:
    show_plan(context, planned, options)
    if planned.fetch:
        context.console.note(f"{len(planned.fetch)} paid for already, to be fetched")
    _check_cost(context, history, planned, options)
    return combine(context.console.statuses)


def show_plan(context: Context, planned: Plan, options: RunOptions) -> None:
    """Write the plan to stdout, as JSON or one draft a line with the sum at the end."""
    console = context.console
    for draft in _in_order(planned):
        if options.as_json:
            console.data(json.dumps(draft.public()))
        else:
            place = draft.path if draft.status == "saved" else draft.target.path("png")
            key = draft.key
            prompt = shorten(key.prompt, _SHOWN_PROMPT) if console.tabular else key.prompt
            columns = (draft.status, f"seed {key.seed}", key.model, key.size, place or "", prompt)
            console.entry(("  " if console.tabular else "\t").join(map(visible, columns)), "  ")
    if not options.as_json:
        counts = f"{len(planned.fresh)} to draw, {len(planned.given)} there already"
        console.entry(f"{counts}: {_price(context, planned)}", "  ")


def _in_order(planned: Plan) -> list[Draft]:
    """Return all drafts of a plan as they are told."""
    return [*(draft for draft, _ in planned.given), *planned.fetch, *planned.fresh]


def _drafts(planned: Plan) -> str:
    count = len(planned.fresh)
    return "1 draft costs" if count == 1 else f"{count} drafts cost"


def _fewer(planned: Plan) -> str:
    return "fewer with -n, or " if len(planned.fresh) > 1 else ""


def _price(context: Context, planned: Plan) -> str:
    if planned.origin == SANDBOX:
        return "$0, stand-in pictures of the sandbox"
    return planned.price(context.config.prices)


def _check_cost(context: Context, history: History, planned: Plan, options: RunOptions) -> None:
    if options.max_cost is not None and planned.micros > cap_micros(options.max_cost):
        raise CapError(
            f"{_drafts(planned)} {estimate(planned.cost)}, more than {dollars(options.max_cost)}",
            hint=f"{_fewer(planned)}more with --max-cost",
        )
    cap = context.config.daily_cap
    if cap is None or not planned.cost:
        return
    spent = history.admissions(daily_cap=cap).spent_today()
    if micros(spent) + planned.micros > cap_micros(cap):
        raise CapError(
            f"{_drafts(planned)} {estimate(planned.cost)}; of {dollars(cap)} for today (UTC), "
            f"{dollars(max(cap - spent, 0.0))} are left",
            hint=f"{_fewer(planned)}more with: seedream config set daily_cap USD",
        )


def confirm(context: Context, planned: Plan, options: RunOptions) -> None:
    """Ask before many drafts are drawn.

    Raises:
        InputError: where that was not wanted, or nobody could be asked.
    """
    count = len(planned.fresh)
    if count <= ASK_ABOVE or options.yes or planned.origin == SANDBOX:
        return
    question = f"{_drafts(planned)} {_price(context, planned)}"
    if not context.console.asks:
        raise InputError(f"{question}: more than {ASK_ABOVE} need a yes", hint="add --yes")
    if not context.console.ask(f"{question}. Draw them?"):
        raise InputError("not drawn", hint="nothing was sent; to draw without a question: add --yes")


# Paying


def _run(context: Context, history: History, planned: Plan, options: RunOptions) -> ExitStatus:
    """Give back what is there, fetch what is paid for, draw the rest, tell it all."""
    from seedream_cli.drawing.report import Report
    from seedream_cli.drawing.viewing import Viewing
    from seedream_cli.terminal.progress import progress

    order = _in_order(planned)
    viewing = Viewing(context, options, order)
    with contextlib.ExitStack() as stack:
        pipeline = None
        if planned.fresh:
            from seedream_cli.drawing.assembly import Run, assembled

            run = Run(planned.run, planned.origin, planned.fresh)
            pipeline = stack.enter_context(assembled(context, history, run, options))
            announce(context, planned)
        bar = stack.enter_context(progress(context.console, len(planned.fetch) + len(planned.fresh)))
        report = Report(
            context.console,
            bar,
            as_json=options.as_json,
            end="\0" if options.print0 else "\n",
            unasked=planned.unasked,
            run=planned.run,
            saved=viewing.saved,
        )
        with report.ended_early():
            history.record_places([draft for draft, _ in planned.given if draft.id in planned.found])
            for draft, target in planned.given:
                give_back(report, draft, target)
            goes_on = not planned.fetch or _fetch(context, history, planned.fetch, options, report)
            if pipeline is not None and goes_on:
                from seedream_cli.drawing.conduct import conduct, finds_no_room

                events = pipeline.run(plan.jobs(planned.fresh))
                conduct(context, pipeline.crew, events, report, ends=finds_no_room)
    with report.ended_early():
        viewing.end(order)
    return report.finish(order)


def _fetch(context: Context, history: History, paid: Sequence[Draft], options: RunOptions, report: Report) -> bool:
    """Fetch what is paid for to where it is wanted; return False where that was stopped."""
    from seedream_cli.drawing.paid import fetch_paid

    context.console.note(f"fetching {counted(len(paid), 'draft')} paid for already: free")
    goes_on, others = fetch_paid(context, history, paid, options, report)
    targets_of = {draft.id: draft.target for draft in paid}
    for draft in others:
        if draft.status == "saved":
            give_back(report, draft, targets_of[draft.id])
        else:
            report.unsaved(draft)
    return goes_on


def give_back(report: Report, draft: Draft, target: Target) -> None:
    """Tell where the picture of an earlier draft lies; where it is wanted elsewhere, it is copied there."""
    from seedream_cli.saving.saver import copy_picture

    folder, name = os.path.split(draft.path or "")
    if not target.replace and folder == os.path.abspath(target.folder):
        report.given_back(draft, os.path.join(os.path.dirname(target.path("png")), name))
        return
    try:
        copy = copy_picture(draft, target)
        report.given_back(draft, copy.path, copy.notices)
    except LocalFileError as error:
        report.trouble(error)


def announce(context: Context, planned: Plan) -> None:
    """Say what is about to be drawn, and what it costs."""
    console = context.console
    if planned.origin == SANDBOX:
        console.note("sandbox: stand-in pictures painted on this machine, not the model's; nothing is billed")
        return
    fresh = planned.fresh
    kinds = sorted({(draft.key.model, draft.key.size) for draft in fresh})
    on = ", ".join(f"{model} at {size}" for model, size in kinds)
    seeds = sorted({draft.key.seed for draft in fresh})
    console.note(f"drawing {counted(len(fresh), 'draft')} on {on}, {_seeds(seeds)}: {_price(context, planned)}")


def _seeds(seeds: Sequence[int]) -> str:
    """Name seeds, given in order, as shortly as is true."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}" if len(seeds) <= _NAMED_SEEDS else f"{len(seeds)} seeds"
