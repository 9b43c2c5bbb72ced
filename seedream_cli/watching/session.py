"""A prompt file drawn again whenever it is saved: the same seeds each round, nothing paid twice, one cap on it all."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import SANDBOX, by_request
from seedream_cli.drawing.draw import draw
from seedream_cli.errors import CapError, InputError, SeedreamError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import by_prices, cap_micros, dollars, estimate, price_micros
from seedream_cli.notebook.differences import word_difference
from seedream_cli.options.prompts import read_prompt_file
from seedream_cli.planning.plan import random_first_seed
from seedream_cli.planning.prompt import plan_prompt
from seedream_cli.planning.resume import perhaps_paid
from seedream_cli.safetext import shorten
from seedream_cli.terminal.wording import counted
from seedream_cli.watching.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft
    from seedream_cli.history import History
    from seedream_cli.options.draw import DrawOptions
    from seedream_cli.planning.plan import Plan

    Place = tuple[int, int]

_HOPELESS: Final = frozenset({ExitStatus.KEY, ExitStatus.MONEY})
"""What no change of the prompt mends."""

_OVER: Final = frozenset({ExitStatus.INTERRUPTED, ExitStatus.TERMINATED, ExitStatus.PIPE_CLOSED})
_LONGEST_DIFFERENCE: Final = 2000


class Session:
    """Watches one prompt file.

    Args:
        path: of the file.
        options: as given; `--max-cost` holds for all rounds together.
    """

    def __init__(self, context: Context, history: History, path: str, options: DrawOptions) -> None:
        self._context = context
        self._console = context.console
        self._history = history
        self._path = path
        seed = options.seed
        if seed is None:
            seed = random_first_seed(context.chance, options.count)
        self._options = dataclasses.replace(options, seed=seed, reuse=True)
        self._cap = options.max_cost
        self._spent = 0  # millionths of a USD
        self._rounds = 0
        self._drawn = 0
        self._text: str | None = None
        self._newest: dict[Place, Draft] = {}

    def run(self) -> ExitStatus:
        """Draw the file as it is, then whenever it is saved, until interrupted.

        Returns:
            130 where it was interrupted; else the status of what ended it.

        Raises:
            SeedreamError: where the first round cannot be.
        """
        with Changes(self._path, self._no_events) as changes:
            changes.look()
            text = read_prompt_file(self._path)
            if not text.strip():
                raise InputError(f"'{self._path}' is empty", hint="write a prompt into it first")
            planned = self._plan(text)
            if self._options.dry_run:
                return draw(self._context, self._history, planned, self._options)
            self._confirm(planned)
            # The question was for every round.
            self._options = dataclasses.replace(self._options, yes=True)
            try:
                return self._rounds_of(changes, text, planned)
            except KeyboardInterrupt:  # while nothing was being drawn: the usual way out
                return ExitStatus.INTERRUPTED
            finally:
                self._tell_sum()

    # Before the first round

    def _confirm(self, planned: Plan) -> None:
        count = self._options.count
        first = self._options.seed or 0
        seeds = f"seed {first}" if count == 1 or self._options.one_request else f"seeds {first} to {first + count - 1}"
        said = f"each save of '{self._path}' draws {counted(count, 'draft')}, {seeds}"
        if planned.origin == SANDBOX:
            self._console.note(f"{said}; Ctrl-C ends it")
            return
        price = planned.cost / len(planned.fresh) * count if planned.fresh else 0.0
        models = {draft.key.model for draft in planned.fresh}
        rates = by_prices(models, self._context.config.prices)
        cost = f"{estimate(price)} {rates}" if price else "perhaps nothing"
        most = "" if self._cap is None else f", {dollars(self._cap)} in all at most"
        if self._options.yes:
            self._console.note(f"{said}: {cost}{most}; Ctrl-C ends it")
        elif not self._console.asks:
            raise InputError(f"{said}: {cost}{most}; that needs a yes", hint="add --yes")
        elif not self._console.ask(f"{said}: {cost}{most}. Watch it?"):
            raise InputError("not drawn", hint="nothing was sent; to watch without a question: add --yes")

    def _no_events(self, reason: str) -> None:
        self._console.detail(f"the system does not tell of saves ({reason}); looking each second instead")

    # Rounds

    def _rounds_of(self, changes: Changes, text: str | None, planned: Plan | None) -> ExitStatus:
        while True:
            status = None if text is None else self._round(text, planned)
            if status is not None:
                return status
            changes.wait()
            changes.look()
            text, planned = self._read(), None

    def _read(self) -> str | None:
        """Return the file's text; None where there is nothing to draw, in the middle of a save or for longer."""
        try:
            text = read_prompt_file(self._path)
        except SeedreamError as error:
            self._console.note(f"nothing drawn: {error.message}")
            return None
        if not text.strip():
            self._console.note(f"nothing drawn: '{self._path}' is empty")
            return None
        return text

    def _round(self, text: str, planned: Plan | None) -> ExitStatus | None:
        """Draw one text, and return the session's status where that is its end."""
        try:
            status = self._draw(text, planned or self._plan(text))
        except SeedreamError as error:
            self._console.error(error)
            status = error.exit_status
        if self._context.hurried or status in _HOPELESS or status in _OVER:
            return status
        if self._console.statuses:  # nobody reads what is told any more
            return combine(self._console.statuses)
        self._console.note(f"watching '{self._path}'")
        return None

    def _draw(self, text: str, planned: Plan) -> ExitStatus:
        if text == self._text:
            # What failed is tried again; the rest has been told.
            planned = planned._replace(given=[])
            if not planned.fresh:
                self._console.note("the same text as before: nothing drawn")
                return ExitStatus.OK
        self._check_cap(planned)
        before = dict(self._newest)
        if self._text is not None and text != self._text:
            difference = word_difference(self._text, text)
            self._console.note(shorten(f"prompt: {difference}", _LONGEST_DIFFERENCE))
        self._text = text
        self._rounds += 1
        # Where there are earlier drafts, they are shown beside the new ones.
        again = any(_place(draft) in before for draft in planned.fresh)
        options = dataclasses.replace(self._options, preview=False) if again else self._options
        try:
            status = draw(self._context, self._history, planned, options)
        finally:
            self._take_in(planned)
        self._show_changes(before, side_by_side=again and self._options.preview)
        return status

    def _plan(self, text: str) -> Plan:
        """Plan a round: each draft knows the one of its seed before it, and nothing perhaps paid is asked for again."""
        planned = plan_prompt(self._context, self._history, text, self._options)
        unsettled = perhaps_paid(self._history, {draft.key for draft in planned.fresh}) if planned.fresh else {}
        self._tell_unsettled([*planned.fetch, *unsettled.values()])
        held_back = {draft.request for draft in planned.fresh if draft.key in unsettled}
        fresh = []
        for draft in planned.fresh:
            if draft.request not in held_back:  # the pictures of one request are drawn together or not at all
                _check_apart(draft, self._path)
                parent = self._newest.get(_place(draft))
                fresh.append(dataclasses.replace(draft, parent=None if parent is None else parent.id))
        return planned._replace(fresh=fresh, fetch=())

    def _tell_unsettled(self, drafts: Sequence[Draft]) -> None:
        for draft, *_ in by_request(draft for draft in drafts if draft.status == "unknown"):
            self._console.warn(
                f"seed {draft.key.seed} was perhaps billed and is not drawn again: seedream history rerun {draft.id}"
            )
        for draft, *_ in by_request(draft for draft in drafts if draft.status == "expired"):
            self._console.warn(
                f"seed {draft.key.seed} was paid for, expired before it was saved and is not drawn again: "
                f"seedream history rerun {draft.id}"
            )
        for draft in drafts:
            if draft.status == "pending":
                self._console.warn(f"seed {draft.key.seed} is paid for and not saved: seedream history pull {draft.id}")

    def _check_cap(self, planned: Plan) -> None:
        if self._cap is None:
            return
        left = max(cap_micros(self._cap) - self._spent, 0)
        if planned.micros > left:
            raise CapError(
                f"this round costs {estimate(planned.cost)}; of {dollars(self._cap)} {dollars(left / 1e6)} are left",
                hint="fewer with -n, or more with --max-cost",
            )
        self._options = dataclasses.replace(self._options, max_cost=left / 1e6)

    def _take_in(self, planned: Plan) -> None:
        """Learn what became of a round's drafts."""
        for draft, _ in planned.given:
            self._newest[_place(draft)] = draft
        known: dict[str, Draft] = {}
        with contextlib.suppress(SeedreamError):  # a history that cannot be read is told by the round that needs it
            known = self._history.by_ids([draft.id for draft in planned.fresh])
        for draft in (known[asked.id] for asked in planned.fresh if asked.id in known):
            self._spent += price_micros(draft.cost_usd)
            self._drawn += draft.status == "saved"
            if draft.status == "saved":
                self._newest[_place(draft)] = draft

    # Telling

    def _show_changes(self, before: dict[Place, Draft], *, side_by_side: bool) -> None:
        """Show each new draft beside the earlier one of its seed, and say where both lie."""
        pairs = [(before[place], new) for place, new in self._newest.items() if place in before]
        pairs = [(old, new) for old, new in pairs if old.id != new.id and old.path and new.path]
        if side_by_side and pairs and not self._context.hurried:
            from seedream_cli.preview import open_preview

            drafts = [draft for pair in pairs for draft in pair]
            shown = open_preview(self._console, self._context.environment, drafts, wanted=True)
            for draft in drafts:
                shown.add(draft)
            shown.show(drafts)
        for old, new in pairs:
            self._console.note(f"seed {new.key.seed}: {_shown(old.path or '')} -> {_shown(new.path or '')}")

    def _tell_sum(self) -> None:
        self._console.note(f"{self._drawn} drawn in {counted(self._rounds, 'round')}; {estimate(self._spent / 1e6)}")


def _place(draft: Draft) -> Place:
    return draft.key.seed, draft.key.index


def _shown(path: str) -> str:
    """Return a path from here where that is shorter."""
    try:
        return min(os.path.relpath(path), path, key=len)
    except (OSError, ValueError):
        return path


def _check_apart(draft: Draft, path: str) -> None:
    """Raise `InputError` where a picture would take the place of the file that is watched."""
    watched = os.path.realpath(path)
    if watched in map(os.path.realpath, draft.target.paths()):
        raise InputError(f"the output is '{path}' itself", hint="choose another name: -o '{slug}-{seed}.{ext}'")
