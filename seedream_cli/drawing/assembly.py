"""The parts that draw, put together for one run and taken apart after it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedream_cli.api.client import KEPT_BYTES, ImagesClient
from seedream_cli.api.connection import Clients
from seedream_cli.api.origins import is_loopback_url
from seedream_cli.drafts import SANDBOX
from seedream_cli.files.filesystems import network_file_system
from seedream_cli.history.leases import lease
from seedream_cli.pipeline.pipeline import Pipeline
from seedream_cli.pipeline.slots import OwnSlots, shared_slots
from seedream_cli.saving import targets
from seedream_cli.saving.addresses import AddressPolicy
from seedream_cli.saving.download import Downloader
from seedream_cli.saving.saver import Saver
from seedream_cli.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft
    from seedream_cli.history import History
    from seedream_cli.history.admission import Claims
    from seedream_cli.options.draw import RunOptions
    from seedream_cli.pipeline.budget import Budget


@dataclass(frozen=True, slots=True)
class Run:
    """What is drawn by one pipeline.

    Attributes:
        id: of the run.
        origin: base URL, or `sandbox`.
        fresh: drafts to be drawn, with seeds and places; not empty.
        budget: what the drafts are paid out of, perhaps those of several runs; None for one without a limit.
        claims: what is not asked for where another run does, or None.
        patient: whether a service that cannot be reached is waited for.
    """

    id: str
    origin: str
    fresh: Sequence[Draft]
    budget: Budget | None = None
    claims: Claims | None = None
    patient: bool = False


@contextlib.contextmanager
def assembled(context: Context, history: History, run: Run, options: RunOptions) -> Iterator[Pipeline]:
    """Check everything that could fail, then put together what draws.

    Raises:
        SeedreamError: where something is not as it must be; nothing was sent.
    """
    with contextlib.ExitStack() as stack:
        base_url, key = _service(context, run, options, stack)
        targets.prepare_folders([draft.target for draft in run.fresh], max(map(_pixels, run.fresh)))
        history.check_writable(KEPT_BYTES)
        if kind := network_file_system(history.path):
            context.console.warn(f"the history lies on another machine ({kind}) and may lose records: seedream doctor")
        stack.enter_context(lease(history.folder, run.id))
        clients = Clients()
        client = ImagesClient(base_url, key, clients, timeout=options.timeout, clock=context.clock)
        stack.callback(client.close)
        policy = AddressPolicy(loopback=is_loopback_url(base_url), exempt_hosts=context.config.download_hosts)
        downloader = Downloader(clients, policy, timeout=options.timeout)
        stack.callback(downloader.close)
        shared = shared_slots(history.folder, run.origin, context.config.max_in_flight, context.clock)
        yield Pipeline(
            history,
            history.admissions(daily_cap=context.config.daily_cap, claims=run.claims),
            client,
            lambda wait: Saver(downloader, embed=options.embed, wait=wait, key=key),
            OwnSlots() if options.sandbox else stack.enter_context(shared),
            workers=min(options.jobs, len(run.fresh)),
            max_wait=options.max_wait,
            budget=run.budget,
            patient=run.patient,
            jitter=context.chance,
            clock=context.clock,
        )


def _service(context: Context, run: Run, options: RunOptions, stack: contextlib.ExitStack) -> tuple[str, str]:
    """Return base URL and key of the service, or of a sandbox that lives as long as the run."""
    if options.sandbox:
        from seedream_cli.sandbox import Sandbox

        return stack.enter_context(Sandbox()).base_url, SANDBOX
    from seedream_cli.credentials import read_key

    return run.origin, read_key(context.environment, run.origin, warn=context.console.warn)


def _pixels(draft: Draft) -> int:
    width, height = parse_size(draft.key.size)
    return width * height
