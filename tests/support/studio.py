"""A pipeline inside this process, at one service, whose waits cost no time."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from seedream_cli.api.client import ImagesClient
from seedream_cli.api.connection import Clients
from seedream_cli.drafts import Draft, Target
from seedream_cli.history import History
from seedream_cli.history.admission import Admissions
from seedream_cli.pipeline.budget import Budget
from seedream_cli.pipeline.events import Event, Outcome, QuotaSeen
from seedream_cli.pipeline.pipeline import Pipeline
from seedream_cli.pipeline.slots import OwnSlots
from seedream_cli.planning import plan
from seedream_cli.saving.addresses import AddressPolicy
from seedream_cli.saving.download import Downloader
from seedream_cli.saving.saver import Saver
from support.replies import CANARY_KEY
from support.timeline import Timeline

NOW = 1_800_000_000.0


class Studio:
    """A pipeline, with all that it needs, at one service."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.history = History(folder / "state" / "history.jsonl", lambda: NOW)
        self.time = Timeline()
        self.clients: Clients | Any = Clients()
        self.base_url = base_url
        self.max_wait = 300.0
        self.workers = 4
        self.timeout = 10.0
        self.patient = False
        self.admissions: Admissions | Any = self.history.admissions()
        self.budget = Budget(None)
        self._open: list[ImagesClient | Downloader] = []

    def drafts(self, count: int = 1, *, one_request: bool = False) -> list[Draft]:
        """Drafts of one prompt, with seeds from 100 on."""
        wish = plan.Wish(self.base_url, "seedream-v5lite", "a lighthouse", None, "1024x1024", 0.012)
        keys = plan.keys(wish, count, first_seed=100, one_request=one_request, chance=lambda: 0.5)
        made = plan.drafts(keys, price=wish.price, now=NOW, tags=(), run="a0")
        return [
            replace(draft, target=Target((f"{self.folder}/pictures/{draft.id}.", ""), replace=False)) for draft in made
        ]

    def pipeline(self) -> Pipeline:
        """A pipeline whose waits cost no time."""
        client = ImagesClient(self.base_url, CANARY_KEY, self.clients, timeout=self.timeout, clock=lambda: NOW)
        downloader = Downloader(Clients(), AddressPolicy(loopback=True), timeout=self.timeout)
        self._open += [client, downloader]
        return Pipeline(
            self.history,
            self.admissions,
            client,
            lambda wait: Saver(downloader, embed=False, wait=wait),
            OwnSlots(),
            workers=self.workers,
            max_wait=self.max_wait,
            patient=self.patient,
            budget=self.budget,
            jitter=lambda: 0.0,
            clock=lambda: NOW,
            monotonic=self.time.monotonic,
            pause=self.time.pause,
        )

    def run(self, count: int = 1, *, one_request: bool = False) -> list[Event]:
        """Draw that many and give all events, but for what is left to spend."""
        jobs = plan.jobs(self.drafts(count, one_request=one_request))
        return [event for event in self.pipeline().run(jobs) if not isinstance(event, QuotaSeen)]

    def statuses(self) -> list[str]:
        """What the history says, in the order of the seeds and places."""
        drafts = sorted(self.history.newest_first(), key=lambda draft: (draft.key.seed, draft.key.index))
        return [draft.status for draft in drafts]

    def close(self) -> None:
        """Close what was opened."""
        for one in self._open:
            one.close()


def outcomes(events: list[Event]) -> list[Outcome]:
    """The outcomes among some events."""
    return [event for event in events if isinstance(event, Outcome)]
