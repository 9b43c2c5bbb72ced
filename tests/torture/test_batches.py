"""Batches in a storm, and killed again and again: every row has one outcome, every bill is known, and it ends.

SEEDREAM_PROOF=full runs the long form of both (fifty kills of 300 rows; 2,000 rows at 64 in flight), the suite a short
one; SEEDREAM_PROOF_SEED makes another storm. See `support.torture.figures`.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.batches import animals, statuses, told, write
from support.pictures import flipped, png
from support.program import Home
from support.replies import CANARY_KEY, Download, Post, Reply, cut, error, ok, picture, reset
from support.service import Service
from support.torture import figures

PRICE = 0.012
PICTURE = png(1024, 1024)


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(picture=PICTURE) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, service: Service) -> Home:
    return Home(tmp_path / "home", {"SEEDREAM_BASE_URL": service.base_url, "BYTESPIKE_API_KEY": CANARY_KEY})


def dollars(said: str) -> float:
    """The sum at the end of what a batch told."""
    found = re.search(r"; (?:about )?\$([0-9.]+)$", said)
    assert found, said
    return float(found[1])


def perhaps_billed(drafts: list[dict[str, Any]]) -> Counter[int]:
    """How many drafts of each seed are unknown."""
    return Counter(draft["seed"] for draft in drafts if draft["status"] == "unknown")


# Kills


def killed_at_some_moment(home: Home, service: Service, chance: random.Random, name: str) -> None:
    """Run the batch, and kill it a moment after something happened at the service; or it ends before."""
    posts, downloads = service.posts, len(service.downloads)
    count, moment = chance.randint(1, 12), chance.random() * 0.03
    with home.start("batch", name, "-j", "8", "--yes") as running:
        while running.running and service.posts < posts + count and len(service.downloads) < downloads + count:
            time.sleep(0.001)
        time.sleep(moment)
        running.kill()
        running.wait()


@pytest.mark.timeout(1800)
def test_killed_again_and_again_it_pays_for_each_row_once_and_for_lost_answers(home: Home, service: Service) -> None:
    rows, kills = figures.sized(40, 300), figures.sized(5, 50)
    chance = random.Random(figures.SEED)
    prompts = animals(rows)
    for _ in range(kills):
        chance.shuffle(prompts)
        killed_at_some_moment(home, service, chance, write(home, *prompts))
    lost = perhaps_billed(home.drafts())
    home.run("batch", "prompts.txt", "-j", "16", "--yes", timeout=300).expect(8 if lost else 0)
    assert not [seed for seed, bills in Counter(service.billed_seeds).items() if bills > 1]  # nothing twice unasked
    result = home.run("batch", "prompts.txt", "--retry-unknown", "-j", "16", "--yes", "--json", timeout=300).expect(0)
    assert Counter(draft["prompt"] for draft in result.objects) == Counter(prompts)
    assert statuses(result.objects) == {"saved": rows}
    drafts = home.drafts()
    bills, saved = Counter(service.billed_seeds), Counter(d["seed"] for d in drafts if d["status"] == "saved")
    assert saved == Counter(bills.keys())
    again = {seed: count - 1 for seed, count in bills.items() if count > 1}
    assert all(count <= lost[seed] for seed, count in again.items())
    assert service.billed == rows + sum(again.values())
    posts = service.posts
    assert told(home.run("batch", "prompts.txt", timeout=100).expect(0)).startswith(f"{rows} rows: 0 saved, {rows} ski")
    assert service.posts == posts
    home.run("history", "verify").expect(0)
    figures.tell(
        "kills of one batch",
        kills=kills,
        rows=rows,
        billed=service.billed,
        unknown=sum(lost.values()),
        billed_again=sum(again.values()),
        unasked=0,
    )


# Storms


class Storm:
    """Answers that depend on a request's seed and on how often it came: the same storm each time."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self._asked: Counter[int | None] = Counter()
        self._fetched: Counter[int | None] = Counter()

    def answer(self, post: Post) -> Reply:
        self._asked[post.seed] += 1
        luck = random.Random(f"{figures.SEED} {post.seed} {self._asked[post.seed]}").random()
        shares = (
            (0.05, "503", error(503)),
            (0.05, "429", error(429)),
            (0.05, "451", error(451)),
            (0.01, "lost before the answer", reset(billed=True)),
            (0.01, "lost in the answer", cut("mid-body", billed=True)),
        )
        for share, name, reply in shares:
            if luck < share:
                self.sent[name] += 1
                return reply
            luck -= share
        return ok()

    def fetch(self, download: Download) -> Reply:
        self._fetched[download.seed] += 1
        chance = random.Random(f"{figures.SEED} {download.seed} {self._fetched[download.seed]} picture")
        if chance.random() >= 0.05:
            return picture()
        self.sent["bad download"] += 1
        bad = [picture(flipped(PICTURE)), picture(PICTURE[:5000]), error(500), error(403), picture(b"<html>")]
        return chance.choice(bad)


def at_ledger(home: Home, service: Service) -> dict[str, Any]:
    """What the history adds up to, after holding that against the service's ledger, to a millionth."""
    stats = home.run("history", "stats", "--json").expect(0).objects[0]
    assert round(stats["usd"] + stats["perhaps_usd"], 6) == round(service.billed * PRICE, 6)
    return dict(stats)


@pytest.mark.timeout(1800)
def test_a_storm_ends_and_every_sum_is_the_services(home: Home, service: Service) -> None:
    rows, jobs = figures.sized(120, 2000), figures.sized(16, 64)
    storm = Storm()
    service.always(storm.answer)
    service.always_download(storm.fetch)
    batch = ("batch", write(home, *animals(rows)), "-j", str(jobs), "--yes", "--json")
    first = home.run(*batch, timeout=900).expect(8)
    counted = statuses(first.objects)
    lost = storm.sent["lost before the answer"] + storm.sent["lost in the answer"]
    assert sum(counted.values()) == rows
    assert (counted["unknown"], counted["blocked"]) == (lost, storm.sent["451"])
    paid = round(service.billed * PRICE, 6)
    assert (dollars(told(first)), round(sum(draft["cost_usd"] for draft in first.objects), 6)) == (paid, paid)
    stats = at_ledger(home, service)
    runs, result = 1, first
    while result.status:
        before = service.billed
        result = home.run(*batch, "--retry-unknown", "--retry-blocked", timeout=900)
        assert dollars(told(result)) == round((service.billed - before) * PRICE, 6)
        stats = at_ledger(home, service)
        runs += 1
        assert runs < 30
    assert statuses(result.objects) == {"saved": rows}
    lost = storm.sent["lost before the answer"] + storm.sent["lost in the answer"]
    assert (service.billed, stats["by_status"]["saved"]) == (rows + lost, rows)
    posts = service.posts
    assert dollars(told(home.run("batch", "prompts.txt", timeout=300).expect(0))) == 0
    assert service.posts == posts
    home.run("history", "verify").expect(0)
    figures.tell(
        "storm over a batch",
        rows=rows,
        in_flight=jobs,
        runs=runs,
        seconds_of_the_first=round(first.seconds, 1),
        posts=service.posts,
        billed=service.billed,
        lost_answers=lost,
        usd=stats["usd"],
        perhaps_usd=stats["perhaps_usd"],
        **{name.replace(" ", "_"): count for name, count in sorted(storm.sent.items())},
    )
