"""One batch from its rows to its exit status: what is there is skipped, what is paid for fetched, the rest drawn.

A row may have to wait for others: an earlier one that asks for the same picture, or another run that is drawing it. So
a batch goes in rounds, each of which holds what is left against the history anew.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seedream_cli.api.origins import check_base_url
from seedream_cli.drafts import SANDBOX
from seedream_cli.drawing.batch_report import BatchReport
from seedream_cli.drawing.draw import announce, confirm, show_plan
from seedream_cli.drawing.giving import give_all, make_room
from seedream_cli.drawing.paid import fetch_paid
from seedream_cli.drawing.turns import wait_for_runs
from seedream_cli.drawing.viewing import Viewing
from seedream_cli.errors import CapError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.history import records
from seedream_cli.history.admission import Claims
from seedream_cli.history.reading import NOWHERE
from seedream_cli.money import cap_micros, dollars, estimate
from seedream_cli.pipeline.budget import Budget
from seedream_cli.pipeline.events import Capped, Outcome, Taken
from seedream_cli.planning import plan
from seedream_cli.planning.places import Places
from seedream_cli.planning.plan import Plan
from seedream_cli.planning.resume import Again, Standings, sort_out
from seedream_cli.terminal.progress import progress
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft, Key, Target
    from seedream_cli.history import History
    from seedream_cli.options.batch import BatchOptions
    from seedream_cli.pipeline.events import Event
    from seedream_cli.planning.rows import Asked

_FAILURES: Final = frozenset({"failed", "blocked", "unknown", "pending"})


def draw_batch(
    context: Context,
    history: History,
    asked: Sequence[Asked],
    options: BatchOptions,
    *,
    name: str,
    others: Sequence[Asked] = (),
) -> ExitStatus:
    """Draw what a batch file asks for and is not there yet.

    Args:
        asked: by the rows of the file, or of one shard.
        name: of the batch.
        others: what the rows of other shards ask for.

    Returns:
        The command's exit status, of all rows; what failed has been told.

    Raises:
        SeedreamError: where nothing was sent, and nothing told.
    """
    batch = _Batch(context, history, options, name)
    batch.check_targets(asked, others)
    first = batch.sort_out(asked)
    if options.dry_run:
        return batch.show(first)
    planned = batch.plan(first)
    confirm(context, planned, options)
    rows = len({request.row.number for request in asked})
    viewing = Viewing(context, options, planned.fresh)
    with progress(context.console, len(planned.fresh) + len(first.fetch), paced=True) as bar:
        report = BatchReport(
            context.console,
            bar,
            as_json=options.as_json,
            end="\0" if options.print0 else "\n",
            run=batch.run,
            name=name,
            rows=rows,
            fresh=options.fresh,
            saved=viewing.saved,
        )
        with report.ended_early():
            batch.draw(first, others, report)
    with report.ended_early():
        viewing.end(batch.begun)
    return report.finish(batch.drafts())


class _Batch:
    """What holds for all rounds of one batch.

    Attributes:
        run: its id.
        begun: drafts that were to be drawn, of all rounds so far.
    """

    def __init__(self, context: Context, history: History, options: BatchOptions, name: str) -> None:
        self.run = plan.new_id()
        self.begun: list[Draft] = []
        self._context = context
        self._history = history
        self._options = options
        self._name = name
        self._origin = SANDBOX if options.sandbox else check_base_url(context.base_url)
        self._places = Places(options.output, options.directory or context.folder)
        self._budget = Budget(options.max_cost)
        self._known = NOWHERE
        self._open: Sequence[Asked] = ()
        self._there: dict[str, Draft] = {}
        self._over = False

    # Before anything is paid for

    def check_targets(self, asked: Sequence[Asked], others: Sequence[Asked]) -> None:
        """Raise `InputError` where a picture could not lie where a row wants it, of whatever shard."""
        ours = list(self._context.own_paths())
        if others:
            self._places.check([*asked, *others], ours=ours)
        self._places.check(asked, ours=ours)

    def sort_out(self, asked: Sequence[Asked], told: Callable[[Draft], bool] = lambda _: False) -> Standings:
        """Hold what is asked for against the history as it is now."""
        self._known = self._history.end
        options = self._options
        again = Again(options.retry_unknown, options.retry_blocked, options.retry_missing, options.fresh)
        return sort_out(self._history, asked, again, now=self._context.clock(), place=self._places.target, told=told)

    def plan(self, found: Standings) -> Plan:
        """Return what is drawn and given back, with ids and places."""
        fresh: list[Draft] = []
        for request, parents in found.fresh:
            drafts = plan.drafts(
                request.keys, price=request.wish.price, now=self._context.clock(), tags=request.tags, run=self.run
            )
            fresh += [
                replace(
                    draft,
                    parent=parent,
                    target=self._places.target(request, place, draft.id),
                    batch=self._name,
                    row=request.row.number,
                )
                for place, (draft, parent) in enumerate(zip(drafts, parents, strict=True))
            ]
        given = [(draft, self._places.target(request, place, draft.id)) for draft, request, place in found.given]
        return Plan(self._origin, self.run, fresh, given)

    def show(self, found: Standings) -> ExitStatus:
        """Show what would be done, and what it would cost."""
        console, planned = self._context.console, self.plan(found)
        show_plan(self._context, planned, self._options)
        for what, count in (
            ("paid for already, to be fetched", len(found.fetch)),
            ("held back; see --retry-unknown, --retry-blocked and --retry-missing", len(found.withheld)),
            ("asked for by an earlier row or another run", sum(len(request.keys) for request in found.later)),
        ):
            if count:
                console.note(f"{count} {what}")
        if self._options.max_cost is not None and planned.micros > cap_micros(self._options.max_cost):
            raise CapError(
                f"{counted(len(planned.fresh), 'draft')} would cost {estimate(planned.cost)}: this would stop at "
                f"{dollars(self._options.max_cost)}",
                hint="what is drawn is kept: the same command with a higher --max-cost goes on",
            )
        return combine(console.statuses)

    # Rounds

    def draw(self, found: Standings, others: Sequence[Asked], report: BatchReport) -> None:
        """Go in rounds until every row has an outcome, or the run has to end.

        Args:
            others: what the rows of other shards ask for: their pictures are not written over.
        """
        self._take_in(found)
        make_room(self._context, self._history, others, self._places)
        while True:
            self._join(found)
            planned = self.plan(found)
            report.held_back(found.withheld)
            self._give(planned.given, report)
            self._fetch(found.fetch, report)
            self._over = self._over or bool(self._context.console.statuses)
            taken = set() if self._over else self._draw_round(planned, report)
            if self._over:
                self._give_what_is_there(found.later, report)
                return
            self._open = [*found.later, *(one for one, _ in found.fresh if not taken.isdisjoint(one.keys))]
            if not self._open:
                return
            found = self._after_others(self._open, report)
            self._take_in(found)

    def drafts(self) -> list[Draft]:
        """Return, once all is over, those that were there, those that were begun, and some for what never was."""
        begun = {draft.key for draft in self.begun}
        left = [request for request in self._open if begun.isdisjoint(request.keys)]
        never = self.plan(Standings(fresh=[(request, [None] * len(request.keys)) for request in left])).fresh
        return [*self._there.values(), *self.begun, *never]

    def _take_in(self, found: Standings) -> None:
        self._open = [*(request for request, _ in found.fresh), *found.later]
        self._there |= {draft.id: draft for draft, *_ in [*found.given, *found.fetch]}

    def _join(self, found: Standings) -> None:
        """Record that rows of this batch ask for drafts that were drawn elsewhere: they are found by its name, too.

        And where copies were found of pictures that no longer lie where they were saved.
        """
        self._history.record_places(found.found)
        joining = {
            draft.id: records.joined(draft, self._name, request.row.number)
            for draft, request, _ in [*found.given, *found.fetch]
            if self._name not in draft.batches
        }
        if joining:
            self._history.record(list(joining.values()), late=True)

    def _give(self, given: Sequence[tuple[Draft, Target]], report: BatchReport) -> None:
        give_all(self._context, self._history, given, self._places, report)

    def _give_what_is_there(self, asked: Sequence[Asked], report: BatchReport) -> None:
        """Give rows that ask for the same as others what those were given, once nothing is drawn any more."""
        if asked and not self._context.hurried:
            found = self.sort_out(asked, report.has_told)
            self._there |= {draft.id: draft for draft, *_ in found.given}
            self._join(found)
            self._give(self.plan(found).given, report)
            given = {draft.key for draft, _, _ in found.given}
            self._open = [request for request in self._open if given.isdisjoint(request.keys)]

    def _fetch(self, paid: Sequence[tuple[Draft, Asked, int]], report: BatchReport) -> None:
        """Fetch what is paid for."""
        if not paid:
            return
        wanted = {draft.id: self._places.target(request, place, draft.id) for draft, request, place in paid}
        placed = [replace(draft, target=wanted[draft.id]) for draft, *_ in paid]
        ended, others = fetch_paid(self._context, self._history, placed, self._options, report)
        self._over = not ended
        self._there |= {draft.id: draft for draft in others}
        self._give([(draft, wanted[draft.id]) for draft in others if draft.status == "saved"], report)
        report.held_back([draft for draft in others if draft.status == "expired"])

    def _draw_round(self, planned: Plan, report: BatchReport) -> set[Key]:
        """Draw what is to be drawn, and return what another run turned out to be drawing."""
        taken: set[Key] = set()
        if not planned.fresh:
            return taken
        from seedream_cli.drawing.assembly import Run, assembled
        from seedream_cli.drawing.conduct import conduct, finds_no_room

        claims = None
        if not self._options.fresh:
            claims = Claims(self.run, frozenset(draft.key for draft in planned.fresh), self._known)
        run = Run(self.run, self._origin, planned.fresh, budget=self._budget, claims=claims, patient=True)
        fresh = {draft.id: draft for draft in planned.fresh}

        def ends(event: Event) -> bool:
            if isinstance(event, Taken):
                for draft in event.drafts:
                    taken.add(fresh.pop(draft.id).key)
            if isinstance(event, Capped):
                self._over = True
            failed = isinstance(event, Outcome) and event.draft.status in _FAILURES
            unread = ExitStatus.PIPE_CLOSED in self._context.console.statuses
            return (failed and self._options.fail_fast) or finds_no_room(event) or unread

        with contextlib.ExitStack() as stack:
            pipeline = stack.enter_context(assembled(self._context, self._history, run, self._options))
            announce(self._context, planned)
            conduct(self._context, pipeline.crew, pipeline.run(plan.jobs(planned.fresh)), report, ends=ends)
            self._over = self._over or pipeline.crew.closing.is_set()
        self.begun += fresh.values()
        return taken

    def _after_others(self, asked: Sequence[Asked], report: BatchReport) -> Standings:
        """Return how requests stand once the runs that draw them have ended."""
        found = self.sort_out(asked, report.has_told)
        if not found.runs:
            return found
        count = sum(len(request.keys) for request in found.later)
        report.say(f"waiting for another run, which is drawing {count} of these drafts")
        wait_for_runs(self._history, found.runs)
        return self.sort_out(asked, report.has_told)
