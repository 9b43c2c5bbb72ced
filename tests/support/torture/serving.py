"""The scripted service in a process of its own, so that its ledger survives whatever happens to the program.

Reads one order a line from stdin (JSON), answers one line each: `faults` chooses the replies by seed and share,
`ledger` gives all POSTs with what they were billed, `downloads` what was fetched, `requests` every byte.
"""

import json
import random
import sys
from collections import Counter
from typing import Any

from support import pictures
from support.replies import (
    CANARY_KEY,
    CANARY_SIGNATURE,
    ODD_ANSWERS,
    SPOILT_DOWNLOADS,
    UNUSABLE_ANSWERS,
    USABLE_ANSWERS,
    USABLE_DOWNLOADS,
    Download,
    Post,
    Reply,
    drip,
    echoing,
    error,
    gzip_bomb,
    hold,
    late,
    ok,
    picture,
    redirect,
)
from support.service import Service

_SLOW_OR_BIG = ("MB", "headers 50,000", "bomb", "endless", "10,000", "5,000", "drops", "deep", "silent", "megapixel")
ANSWERS: dict[str, Reply] = {
    **{f"unusable: {name}": reply for name, reply in UNUSABLE_ANSWERS.items()},
    **{f"odd: {name}": case.reply for name, case in ODD_ANSWERS.items()},
    **{f"usable: {name}": reply for name, reply in USABLE_ANSWERS.items()},
    "usable: plain": ok(),
    "free: 400": error(400),
    "free: 451": error(451),
    "free: echoing 400": echoing(400),
    "free: 413": error(413),
    "again: 503": error(503),
    "again: 500 echoing": echoing(500),
    "again: 429": error(429),
}
ANSWERS |= {
    "special: redirect": redirect(307, "{origin}/v1/elsewhere"),
    "special: 402": error(402),
    "special: come back in an hour": error(429, headers={"Retry-After": "3600"}),
    "special: private address": ok(urls=["https://10.0.0.1/x.png"]),
    "special: bomb": gzip_bomb(256 << 20),
    "special: signed": error(
        400, message=f"see https://cdn.bytespike.ai/x?X-Amz-Signature={CANARY_SIGNATURE} {CANARY_KEY}"
    ),
    "special: drips": drip(ok(), 0.2, "body"),
    "special: slow": late(ok(), 0.3),
    "special: held": hold(ok(), seconds=3),
}
"""Chosen by name only."""

WEIGHTS = {"unusable": 40, "usable": 20, "odd": 25, "free": 12, "again": 3}
"""How often each kind of answer comes, of 100 that are not plain; what makes the program wait comes seldom."""

FETCHES: dict[str, Reply] = {
    **{f"spoilt: {name}": reply for name, reply in SPOILT_DOWNLOADS.items()},
    **{f"usable: {name}": reply for name, reply in USABLE_DOWNLOADS.items()},
    "special: held": hold(picture(), seconds=3),
}


def quick(names: dict[str, Reply]) -> list[str]:
    """The names of those that cost neither time nor memory, so that thousands of them can be had."""
    cheap = [name for name in names if not name.startswith("special")]
    return [name for name in cheap if not any(word in name for word in _SLOW_OR_BIG)]


def small(seed: int | None, index: int, _size: tuple[int, int]) -> bytes:
    """A picture of few bytes whose colour says whose it is."""
    return pictures.png(16, 16, pictures.colour_of(seed, index))


class Serving:
    """Chooses replies: each seed has its own lot, the same whatever order requests come in."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names: dict[int, str] = {}
        self._met: Counter[bytes] = Counter()
        self._fetches: dict[int, str] = {}
        self._order = {"seed": 0, "answers": 0.0, "downloads": 0.0, "only": None, "only_downloads": None}
        service.always(self._answer)
        service.always_download(self._fetch)

    def obey(self, order: dict[str, Any]) -> Any:  # noqa: PLR0911 - one answer for each order
        """Carry out one order."""
        match order["do"]:
            case "faults":
                self._order |= order
                return True
            case "ledger":
                return [self._line(post) for post in self._service.ledger[order.get("since", 0) :]]
            case "others":
                return [[each.method, each.path] for each in self._service.others]
            case "posts":
                return self._service.posts
            case "downloads":
                return [[one.seed, self._fetches.get(one.order)] for one in self._service.downloads]
            case "requests":
                kinds = (self._service.ledger, self._service.downloads, self._service.others)
                heads = [(each.method, each.target, each.head + each.body) for kind in kinds for each in kind]
                return [[method, target, data.decode("latin-1")] for method, target, data in heads]
            case _:
                return None

    def _line(self, post: Post) -> dict[str, Any]:
        asked = post.json if isinstance(post.json, dict) else {}
        return {
            "order": post.order, "seed": post.seed, "n": post.n, "billed": post.billed,
            "prompt": asked.get("prompt"), "fault": self._names.get(post.order, "?"),
        }  # fmt: skip

    def _answer(self, post: Post) -> Reply:
        lot = random.Random(f"{self._order['seed']}/{post.seed}/{post.json.get('prompt') if post.json else ''}")
        name = "usable: plain"
        if lot.random() < self._order["answers"]:
            kind = lot.choices(*zip(*WEIGHTS.items(), strict=True))[0]
            of_kind = [each for each in quick(ANSWERS) if each.startswith(kind)]
            name = lot.choice(self._order["only"] or of_kind)
        self._met[post.body] += 1
        if name.startswith("again") and self._met[post.body] > 1:
            name = "usable: plain"
        self._names[post.order] = name
        return ANSWERS[name]

    def _fetch(self, download: Download) -> Reply:
        lot = random.Random(f"{self._order['seed']}/{download.order}")
        name = "usable: as usual"
        if lot.random() < self._order["downloads"]:
            name = lot.choice(self._order["only_downloads"] or quick(FETCHES))
        self._fetches[download.order] = name
        return FETCHES[name]


def main() -> None:
    """Serve until stdin ends."""
    with Service(picture=small) as service:
        serving = Serving(service)
        sys.stdout.write(json.dumps({"base_url": service.base_url}) + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            sys.stdout.write(json.dumps(serving.obey(json.loads(line))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
