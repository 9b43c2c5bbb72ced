"""One drawing command from its options to its exit status: plan, check, pay, tell."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import signal
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from seedream_cli import catalog, plan, saving, targets
from seedream_cli.drafts import SANDBOX
from seedream_cli.errors import CapError, InputError, LocalFileError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.generation import parse_size
from seedream_cli.interrupts import signals_handed_to
from seedream_cli.money import dollars, estimate
from seedream_cli.pipeline.events import Crash, GraceOver, Outcome, QuotaSeen, Signalled, Trouble, Waiting
from seedream_cli.progress import progress
from seedream_cli.report import Report
from seedream_cli.safetext import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft, Key, Target
    from seedream_cli.history import History
    from seedream_cli.options import DrawOptions
    from seedream_cli.pipeline.events import Event
    from seedream_cli.pipeline.pipeline import Pipeline

ASK_ABOVE: Final = 20
"""New drafts at once that are drawn without a question."""

GRACE: Final = 15.0
"""Seconds that what is in flight gets after the first Ctrl-C."""

_DEFAULT_FOLDER: Final = "drafts"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a command is going to do.

    Attributes:
        wish: what is asked for.
        fresh: drafts to be drawn, with seeds and places.
        given: drafts that are there already, and where their pictures are wanted.
    """

    wish: plan.Wish
    fresh: list[Draft]
    given: list[tuple[Draft, Target]]

    @property
    def cost(self) -> float:
        """Estimated cost in USD."""
        return sum(draft.cost_usd for draft in self.fresh)


def draw(context: Context, prompt: str, options: DrawOptions) -> ExitStatus:
    """Draw what the options ask for.

    Returns:
        The command's exit status; what failed has been told.

    Raises:
        SeedreamError: where nothing was sent.
    """
    _check_options(options)
    history = context.history()
    planned = _plan(context, history, prompt, options)
    places = [draft.target for draft in planned.fresh] + [target for _, target in planned.given]
    targets.check_targets(places, ours=[history.path, context.config_path])
    if options.dry_run:
        return _show(context, planned, options)
    _check_cost(planned, options)
    _confirm(context, planned, options)
    with _Outfit(context, history, planned, options) as outfit:
        return outfit.run()


def _check_options(options: DrawOptions) -> None:
    for name, value in (
        ("--max-cost", options.max_cost),
        ("--timeout", options.timeout),
        ("--max-wait", options.max_wait),
    ):
        if value is not None and not math.isfinite(value):
            raise InputError(f"{name} must be a finite number")
    if options.directory == "":
        raise InputError("the folder has no name", hint="-d . is the current one")
    if any(not tag.strip() or visible(tag) != tag for tag in options.tags or ()):
        raise InputError("a tag is one line of printable text")
    if options.output is not None and options.directory is not None:
        raise InputError("-o and -d exclude each other", hint="give the folder in -o: -o 'folder/{slug}-{seed}.{ext}'")
    if options.as_json and options.print0:
        raise InputError("--json and -0 exclude each other")


# What is going to be drawn


def _plan(context: Context, history: History, prompt: str, options: DrawOptions) -> Plan:
    wish = plan.resolve(
        origin=SANDBOX if options.sandbox else _base_url(context),
        prompt=prompt,
        negative_prompt=options.negative,
        model=options.model,
        size=options.size,
        prices=context.config.prices,
        force=options.force,
        warn=context.console.warn,
    )
    given, missing = _already_there(context, history, wish, options)
    fresh = plan.drafts(missing, wish, now=context.clock(), tags=options.tags or ())
    # In the order of their seeds, or what is there already first: that is the order in which `-o` numbers them.
    everything = [*given, *fresh]
    if options.seed is not None:
        everything.sort(key=lambda draft: (draft.key.seed, draft.key.index))
    naming = targets.Naming(options.output, _folder(context, options))
    places = naming.targets([(draft.id, draft.key) for draft in everything])
    by_id = {draft.id: place for draft, place in zip(everything, places, strict=True)}
    return Plan(
        wish,
        fresh=plan.place(fresh, [by_id[draft.id] for draft in fresh]),
        given=[(draft, by_id[draft.id]) for draft in given],
    )


def _base_url(context: Context) -> str:
    from seedream_cli.client import check_base_url

    return check_base_url(context.base_url)


def _folder(context: Context, options: DrawOptions) -> str:
    configured = context.environment.get("SEEDREAM_DIR") or context.config.folder
    return options.directory or configured or _DEFAULT_FOLDER


def _already_there(
    context: Context, history: History, wish: plan.Wish, options: DrawOptions
) -> tuple[list[Draft], list[Key]]:
    """Return the drafts that `--reuse` gives back, and what is to be drawn."""
    intact = _intact(history, wish) if options.reuse else iter(())
    if options.seed is None:
        given = list(itertools.islice(intact, options.count))
        return given, _keys(context, wish, options, options.count - len(given))
    wanted = _keys(context, wish, options, options.count)
    newest: dict[Key, Draft] = {}
    for draft in intact:
        newest.setdefault(draft.key, draft)
    missing = [key for key in wanted if key not in newest]
    # The pictures of one request are drawn together or not at all.
    missing_seeds = {key.seed for key in missing}
    missing = [key for key in wanted if key.seed in missing_seeds]
    return [newest[key] for key in wanted if key.seed not in missing_seeds], missing


def _keys(context: Context, wish: plan.Wish, options: DrawOptions, count: int) -> list[Key]:
    return plan.keys(wish, count, first_seed=options.seed, one_request=options.one_request, chance=context.jitter)


def _intact(history: History, wish: plan.Wish) -> Iterator[Draft]:
    like = wish.key(0)
    for draft in history.asking(wish.prompt):
        same = replace(draft.key, seed=0, n=1, index=1) == like
        if same and draft.status == "saved" and saving.intact(draft):
            yield draft


# Before anything is paid for


def _show(context: Context, planned: Plan, options: DrawOptions) -> ExitStatus:
    console = context.console
    for draft in [draft for draft, _ in planned.given] + planned.fresh:
        if options.as_json:
            console.data(json.dumps(draft.public()))
        else:
            place = draft.path if draft.status == "saved" else draft.target.path("png")
            key = draft.key
            console.data(f"{draft.status}\tseed {key.seed}\t{key.model}\t{key.size}\t{place}")
    if not options.as_json:
        console.data(f"{len(planned.fresh)} to draw, {len(planned.given)} there already: {_price(planned)}")
    _check_cost(planned, options)
    return combine(console.statuses, any_saved=False)


def _drafts(planned: Plan) -> str:
    count = len(planned.fresh)
    return "1 draft costs" if count == 1 else f"{count} drafts cost"


def _price(planned: Plan) -> str:
    if planned.wish.origin == SANDBOX:
        return "$0, stand-in pictures of the sandbox"
    return f"{estimate(planned.cost)} by the rate card of {catalog.RATE_CARD_DATE}"


def _check_cost(planned: Plan, options: DrawOptions) -> None:
    # A hair of tolerance: 10 x 0.012 is not exactly 0.12 in binary.
    if options.max_cost is not None and planned.cost > options.max_cost + 1e-9:
        raise CapError(
            f"{_drafts(planned)} {estimate(planned.cost)}, more than {dollars(options.max_cost)}",
            hint="fewer with -n, or more with --max-cost",
        )


def _confirm(context: Context, planned: Plan, options: DrawOptions) -> None:
    count = len(planned.fresh)
    if count <= ASK_ABOVE or options.yes or planned.wish.origin == SANDBOX:
        return
    question = f"{_drafts(planned)} {_price(planned)}"
    if not context.console.asks:
        raise InputError(f"{question}: more than {ASK_ABOVE} need a yes", hint="add --yes")
    if not context.console.ask(f"{question}. Draw them?"):
        raise InputError("not drawn", hint="nothing was sent")


# Paying


class _Outfit:
    """The parts that a run needs, put together for one plan and taken apart after it."""

    def __init__(self, context: Context, history: History, planned: Plan, options: DrawOptions) -> None:
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
        fresh, given = self._plan.fresh, self._plan.given
        pipeline = self._pipeline() if fresh else None
        with progress(self._console, len(fresh)) as bar:
            report = Report(
                self._console,
                bar,
                as_json=self._options.as_json,
                end="\0" if self._options.print0 else "\n",
            )
            for draft, target in given:
                self._give_back(report, draft, target)
            if pipeline is not None:
                self._draw(pipeline, report)
        return report.finish(fresh)

    def _give_back(self, report: Report, draft: Draft, target: Target) -> None:
        folder, name = os.path.split(draft.path or "")
        if not target.replace and folder == os.path.abspath(target.folder):
            report.given_back(draft, os.path.join(os.path.dirname(target.path("png")), name))
            return
        try:
            report.given_back(draft, saving.copy_picture(draft, target))
        except LocalFileError as error:
            report.trouble(error)

    def _pipeline(self) -> Pipeline:
        """Check everything that could fail, then put together what draws."""
        from seedream_cli.addresses import AddressPolicy
        from seedream_cli.client import ImagesClient
        from seedream_cli.connection import Clients, is_loopback_url
        from seedream_cli.download import Downloader
        from seedream_cli.pipeline.pipeline import Pipeline

        options = self._options
        base_url, key = self._service()
        width, height = parse_size(self._plan.wish.size)
        targets.prepare_folders([draft.target for draft in self._plan.fresh], width * height)
        self._history.check_writable()
        clients = Clients()
        policy = AddressPolicy(loopback=is_loopback_url(base_url), exempt_hosts=self._context.config.download_hosts)
        client = ImagesClient(base_url, key, clients, timeout=options.timeout, clock=self._context.clock)
        self._stack.callback(client.close)
        downloader = Downloader(clients, policy, timeout=options.timeout)
        self._stack.callback(downloader.close)
        return Pipeline(
            self._history,
            client,
            lambda wait: saving.Saver(downloader, embed=options.embed, wait=wait),
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

        base_url, key = self._plan.wish.origin, read_key(self._context.environment)
        self._announce()
        return base_url, key

    def _announce(self) -> None:
        key = self._plan.wish.key(0)
        seeds = sorted({draft.key.seed for draft in self._plan.fresh})
        told = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
        count = len(self._plan.fresh)
        self._console.note(
            f"drawing {count} draft{'s' * (count > 1)} on {key.model} at {key.size}, {told}: {_price(self._plan)}"
        )

    def _draw(self, pipeline: Pipeline, report: Report) -> None:
        """Run the jobs, and heed signals: the first Ctrl-C waits for what is in flight, anything more does not."""
        interrupted = False
        with signals_handed_to(pipeline.signal):
            for event in pipeline.run(plan.jobs(self._plan.fresh)):
                match event:
                    case Signalled(number=signal.SIGINT) if not interrupted:
                        interrupted = True
                        self._interrupt(pipeline, report)
                    case Signalled(number=number):
                        self._abandon(pipeline, report, terminated=number == signal.SIGTERM)
                        return
                    case GraceOver():
                        self._abandon(pipeline, report, terminated=False)
                        return
                    case _:
                        _tell(event, report)

    def _interrupt(self, pipeline: Pipeline, report: Report) -> None:
        report.stopped(ExitStatus.INTERRUPTED)
        requests = pipeline.interrupt(GRACE)
        under_way = f"{requests} in flight" if requests else "what is on its way"
        report.say(
            f"stopping: nothing new is sent; waiting up to {GRACE:.0f} s for {under_way}"
            " (Ctrl-C again to leave at once)"
        )

    def _abandon(self, pipeline: Pipeline, report: Report, *, terminated: bool) -> None:
        report.stopped(ExitStatus.TERMINATED if terminated else ExitStatus.INTERRUPTED)
        self._context.hurried = True
        for outcome in pipeline.abandon():
            report.outcome(outcome)


def _tell(event: Event, report: Report) -> None:
    match event:
        case Outcome():
            report.outcome(event)
        case Waiting():
            report.waiting(event)
        case QuotaSeen(quota=quota):
            report.quota(quota)
        case Trouble(error=error):
            report.trouble(error)
        case Crash(error=error):
            raise error
