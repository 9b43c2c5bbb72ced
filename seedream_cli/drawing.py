"""One drawing command from its options to its exit status: plan, check, pay, tell."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Final, Self

from seedream_cli import catalog, targets
from seedream_cli.drafts import SANDBOX
from seedream_cli.errors import CapError, InputError, LocalFileError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.generation import parse_size
from seedream_cli.money import dollars, estimate
from seedream_cli.origins import is_loopback_url
from seedream_cli.planning import plan
from seedream_cli.planning.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft, Target
    from seedream_cli.history import History
    from seedream_cli.options import RunOptions
    from seedream_cli.pipeline.pipeline import Pipeline
    from seedream_cli.report import Report

ASK_ABOVE: Final = 20
"""New drafts at once that are drawn without a question."""

_NAMED_SEEDS: Final = 4


def draw(context: Context, history: History, planned: Plan, options: RunOptions) -> ExitStatus:
    """Do what was planned.

    Returns:
        The command's exit status; what failed has been told.

    Raises:
        SeedreamError: where nothing was sent.
    """
    places = [draft.target for draft in planned.fresh] + [target for _, target in planned.given]
    targets.check_targets(places, ours=[history.path, context.config_path])
    if options.dry_run:
        return _show(context, planned, options)
    _check_cost(planned, options)
    _confirm(context, planned, options)
    with _Outfit(context, history, planned, options) as outfit:
        return outfit.run()


# Before anything is paid for


def _show(context: Context, planned: Plan, options: RunOptions) -> ExitStatus:
    console = context.console
    for draft in [draft for draft, _ in planned.given] + planned.fresh:
        if options.as_json:
            console.data(json.dumps(draft.public()))
        else:
            place = draft.path if draft.status == "saved" else draft.target.path("png")
            key = draft.key
            columns = (draft.status, f"seed {key.seed}", key.model, key.size, place or "")
            console.data(("  " if console.tabular else "\t").join(columns))
    if not options.as_json:
        console.data(f"{len(planned.fresh)} to draw, {len(planned.given)} there already: {_price(planned)}")
    _check_cost(planned, options)
    return combine(console.statuses, any_saved=False)


def _drafts(planned: Plan) -> str:
    count = len(planned.fresh)
    return "1 draft costs" if count == 1 else f"{count} drafts cost"


def _price(planned: Plan) -> str:
    if planned.origin == SANDBOX:
        return "$0, stand-in pictures of the sandbox"
    return f"{estimate(planned.cost)} by the rate card of {catalog.RATE_CARD_DATE}"


def _check_cost(planned: Plan, options: RunOptions) -> None:
    # A hair of tolerance: 10 x 0.012 is not exactly 0.12 in binary.
    if options.max_cost is not None and planned.cost > options.max_cost + 1e-9:
        raise CapError(
            f"{_drafts(planned)} {estimate(planned.cost)}, more than {dollars(options.max_cost)}",
            hint="fewer with -n, or more with --max-cost",
        )


def _confirm(context: Context, planned: Plan, options: RunOptions) -> None:
    count = len(planned.fresh)
    if count <= ASK_ABOVE or options.yes or planned.origin == SANDBOX:
        return
    question = f"{_drafts(planned)} {_price(planned)}"
    if not context.console.asks:
        raise InputError(f"{question}: more than {ASK_ABOVE} need a yes", hint="add --yes")
    if not context.console.ask(f"{question}. Draw them?"):
        raise InputError("not drawn", hint="nothing was sent")


# Paying


class _Outfit:
    """The parts that a run needs, put together for one plan and taken apart after it."""

    def __init__(self, context: Context, history: History, planned: Plan, options: RunOptions) -> None:
        self._context = context
        self._console = context.console
        self._history = history
        self._plan = planned
        self._options = options
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self) -> ExitStatus:
        """Give back what is there, draw the rest, tell it all."""
        from seedream_cli.progress import progress
        from seedream_cli.report import Report

        fresh, given = self._plan.fresh, self._plan.given
        pipeline = self._pipeline() if fresh else None
        with progress(self._console, len(fresh)) as bar:
            report = Report(
                self._console,
                bar,
                as_json=self._options.as_json,
                end="\0" if self._options.print0 else "\n",
                unasked=self._plan.unasked,
            )
            for draft, target in given:
                self._give_back(report, draft, target)
            if pipeline is not None:
                from seedream_cli.conduct import conduct

                conduct(self._context, pipeline, pipeline.run(plan.jobs(fresh)), report)
        return report.finish(fresh)

    def _give_back(self, report: Report, draft: Draft, target: Target) -> None:
        from seedream_cli.saving import copy_picture

        folder, name = os.path.split(draft.path or "")
        if not target.replace and folder == os.path.abspath(target.folder):
            report.given_back(draft, os.path.join(os.path.dirname(target.path("png")), name))
            return
        try:
            report.given_back(draft, copy_picture(draft, target))
        except LocalFileError as error:
            report.trouble(error)

    def _pipeline(self) -> Pipeline:
        """Check everything that could fail, then put together what draws."""
        from seedream_cli.addresses import AddressPolicy
        from seedream_cli.client import ImagesClient
        from seedream_cli.connection import Clients
        from seedream_cli.download import Downloader
        from seedream_cli.history.leases import lease
        from seedream_cli.pipeline.pipeline import Pipeline
        from seedream_cli.saving import Saver

        options = self._options
        base_url, key = self._service()
        targets.prepare_folders([draft.target for draft in self._plan.fresh], max(map(_pixels, self._plan.fresh)))
        self._history.check_writable()
        self._stack.enter_context(lease(self._history.folder, self._plan.run))
        clients = Clients()
        client = ImagesClient(base_url, key, clients, timeout=options.timeout, clock=self._context.clock)
        self._stack.callback(client.close)
        policy = AddressPolicy(loopback=is_loopback_url(base_url), exempt_hosts=self._context.config.download_hosts)
        downloader = Downloader(clients, policy, timeout=options.timeout)
        self._stack.callback(downloader.close)
        return Pipeline(
            self._history,
            client,
            lambda wait: Saver(downloader, embed=options.embed, wait=wait),
            workers=min(options.jobs, len(self._plan.fresh)),
            max_wait=options.max_wait,
            jitter=self._context.jitter,
            clock=self._context.clock,
        )

    def _service(self) -> tuple[str, str]:
        """Return base URL and key of the service, or of a sandbox that lives as long as this."""
        if self._options.sandbox:
            from seedream_cli.sandbox import Sandbox

            self._console.note("sandbox: stand-in pictures painted on this machine, not the model's; nothing is billed")
            return self._stack.enter_context(Sandbox()).base_url, "sandbox"
        from seedream_cli.credentials import read_key

        base_url = self._plan.origin
        key = read_key(self._context.environment, base_url, warn=self._console.warn)
        self._announce()
        return base_url, key

    def _announce(self) -> None:
        fresh = self._plan.fresh
        kinds = sorted({(draft.key.model, draft.key.size) for draft in fresh})
        on = ", ".join(f"{model} at {size}" for model, size in kinds)
        seeds = sorted({draft.key.seed for draft in fresh})
        drafts = "1 draft" if len(fresh) == 1 else f"{len(fresh)} drafts"
        self._console.note(f"drawing {drafts} on {on}, {_seeds(seeds)}: {_price(self._plan)}")


def _seeds(seeds: Sequence[int]) -> str:
    """Name seeds, given in order, as shortly as is true."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}" if len(seeds) <= _NAMED_SEEDS else f"{len(seeds)} seeds"


def _pixels(draft: Draft) -> int:
    width, height = parse_size(draft.key.size)
    return width * height
