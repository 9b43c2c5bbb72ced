"""Fault scripts: what shall go wrong, with which request, in which order.

A script is a list of items, separated by commas or white space; `#` begins a comment that ends with the line.

    ok*2, 429:1, 503          two answers, an empty spend bucket for a second, a failure
    reset-billed get.403      billed without an answer; the first download is refused
    5%503 2%get.flip          by chance, to that share of requests, the same ones on every run

Items are spent in order, each by one generation request that is otherwise acceptable (key, fields, cap), or,
with `get.`, by one GET of a picture whose address is good. After the last item everything is `ok`; shares
apply from then on.
"""

from __future__ import annotations

import math
import random
import re
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

DEAD_END: Final = "http://127.0.0.1:1/"
"""Where redirects lead unless the script says otherwise: nothing listens there."""

MAX_SECONDS: Final = 86_400.0
MAX_REPEATS: Final = 1_000_000
_MAX_SCRIPT_BYTES: Final = 1024 * 1024
_DRAW_SEED: Final = 20_260_501


class FaultScriptError(ValueError):
    """A fault script that cannot be used; the message is one line and names the item."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can go wrong.

    Attributes:
        name: how a script calls it.
        about: what happens, a few words.
        bills: whether the request is billed all the same.
        default: seconds it lasts unless the item says otherwise; None where it does not last.
        text: what it carries unless the item says otherwise; None where it carries nothing.
    """

    name: str
    about: str
    bills: bool = False
    default: float | None = None
    text: str | None = None


GENERATION_KINDS: Final = (
    Kind("ok", "an ordinary answer", bills=True),
    Kind("429-concurrency", "429 concurrency_limit"),
    Kind("reset", "the connection is reset"),
    Kind("reset-billed", "billed, then the connection is reset", bills=True),
    Kind("hang", "silence for :S seconds, then the end", default=30.0),
    Kind("hang-billed", "billed, silence for :S seconds, then the end", bills=True, default=30.0),
    Kind("drip", "the answer trickles over :S seconds", bills=True, default=2.0),
    Kind("html", "200 with HTML", bills=True),
    Kind("cut", "200, JSON cut in the middle, its length in accord", bills=True),
    Kind("short", "200, body shorter than its Content-Length", bills=True),
    Kind("empty", "200 without a body", bills=True),
    Kind("null-url", "the first url is null", bills=True),
    Kind("no-url", "the first item has no url", bills=True),
    Kind("no-data", "an answer without data", bills=True),
    Kind("null-data", "data is null", bills=True),
    Kind("empty-data", "data is an empty list", bills=True),
    Kind("few", "one item fewer than asked for", bills=True),
    Kind("many", "one item more than asked for", bills=True),
    Kind("error-200", "an error envelope under 200", bills=True),
    Kind("b64", "b64_json, unasked", bills=True),
    Kind("bom", "the JSON after a byte order mark", bills=True),
    Kind("deep", "JSON nested 100,000 deep", bills=True),
    Kind("digits", "created has 5,000 digits", bills=True),
    Kind("early-hints", "a 103 before the answer", bills=True),
    Kind("201", "the answer under 201", bills=True),
    Kind("202", "the answer under 202", bills=True),
    Kind("204", "204 without a body", bills=True),
    Kind("redirect", "307 to :URL", text=DEAD_END),
    Kind("huge", "200 with an endless body", bills=True),
    Kind("gzip-bomb", "200, 512 MiB packed into half of one", bills=True),
)
"""Faults of generation requests, besides the statuses."""

DOWNLOAD_KINDS: Final = (
    Kind("ok", "the picture"),
    Kind("cut", "body shorter than its Content-Length"),
    Kind("half", "half of the picture, its length in accord"),
    Kind("html", "HTML under image/png"),
    Kind("flip", "one byte in the middle has a bit flipped"),
    Kind("empty", "200 without a body"),
    Kind("reset", "the connection is reset"),
    Kind("hang", "silence for :S seconds, then the end", default=30.0),
    Kind("drip", "the picture trickles over :S seconds", default=2.0),
    Kind("endless", "a body that never ends"),
    Kind("redirect", "302 to :URL", text=DEAD_END),
)
"""Faults of downloads, besides the statuses; a script writes `get.` before them."""

_STATUS: Final = re.compile(r"([45][0-9]{2})(?:-(html|empty))?")
_ITEM: Final = re.compile(
    r"(?:(?P<share>[0-9]+(?:\.[0-9]+)?)%)?(?P<get>get\.)?(?P<name>[a-z0-9-]+)"
    r"(?::(?P<argument>[!-~]{1,2000}?))?(?:\*(?P<repeats>[0-9]{1,9}))?"
)
_BUCKET_SECONDS: Final = "2"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, ready to be applied.

    Attributes:
        name: the kind's name, or the status with its ending.
        bills: whether the request is billed.
        status: the HTTP status where the fault is one, else None.
        body: `envelope`, `html` or `empty`: the body of a status.
        seconds: how long it lasts; for 429 how far off its reset lies, any number.
        text: where a redirect leads, or a status's Retry-After; empty where there is none.
    """

    name: str
    bills: bool = False
    status: int | None = None
    body: str = "envelope"
    seconds: float = 0.0
    text: str = ""


OK: Final = Fault("ok", bills=True)


@dataclass(frozen=True, slots=True)
class Step:
    """A fault and to which requests it is applied.

    Attributes:
        fault: the fault.
        repeats: how many requests in a row; 1 where there is a share.
        share: share of the requests, above 0 to 1, or None where the step has its place in the sequence.
    """

    fault: Fault
    repeats: int = 1
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A parsed script.

    Attributes:
        generations: steps for generation requests, in order.
        downloads: steps for downloads, in order.
    """

    generations: tuple[Step, ...] = ()
    downloads: tuple[Step, ...] = ()


def parse_script(source: str) -> Script:
    """Parse a script: its text, or `@FILE` for a file of it (UTF-8, at most 1 MiB).

    Raises:
        FaultScriptError: an unknown item, a bad argument, shares above 100 %, or a file that cannot be read.
    """
    text = _read_file(source[1:]) if source.startswith("@") else source
    generations: list[Step] = []
    downloads: list[Step] = []
    for item in re.split(r"[\s,]+", re.sub(r"#[^\n]*", "", text)):
        if item:
            is_download, step = _parse_item(item)
            (downloads if is_download else generations).append(step)
    for steps in (generations, downloads):
        if sum(step.share or 0.0 for step in steps) > 1.0 + 1e-9:
            raise FaultScriptError("fault script: the shares add up to more than 100 %")
    return Script(tuple(generations), tuple(downloads))


def known_faults() -> tuple[tuple[str, str], ...]:
    """Return every item's spelling and what it does, for the man page."""
    statuses = (
        (
            "400 to 599",
            "that status, not billed; :VALUE is its Retry-After; -html and -empty change its body",
        ),
        ("429", "the spend bucket is empty for :S seconds (2)"),
    )
    return (
        *statuses,
        *((kind.name, kind.about) for kind in GENERATION_KINDS),
        ("get.400 to get.599", "that status instead of the picture"),
        *((f"get.{kind.name}", kind.about) for kind in DOWNLOAD_KINDS),
    )


class Sequence:
    """Deals out the faults of one kind of request, to many threads at once."""

    def __init__(self, steps: Iterable[Step]) -> None:
        steps = tuple(steps)
        self._lock = threading.Lock()
        self._ordered = [step for step in steps if step.share is None]
        self._shares = [step for step in steps if step.share is not None]
        self._place = 0
        self._spent = 0
        # A fixed seed, so that a run can be repeated; nothing here is secret.
        self._chance = random.Random(_DRAW_SEED)  # noqa: S311

    def deal(self) -> Fault:
        """Return the fault of the next request, `OK` where nothing is to go wrong."""
        with self._lock:
            return self._next_ordered() or self._draw()

    def _next_ordered(self) -> Fault | None:
        if self._place == len(self._ordered):
            return None
        step = self._ordered[self._place]
        self._spent += 1
        if self._spent == step.repeats:
            self._place, self._spent = self._place + 1, 0
        return step.fault

    def _draw(self) -> Fault:
        if not self._shares:
            return OK
        left = self._chance.random()
        for step in self._shares:
            left -= step.share or 0.0
            if left < 0:
                return step.fault
        return OK


def _read_file(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            data = file.read(_MAX_SCRIPT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise FaultScriptError(f"fault script: {_shown(name)} cannot be read: {reason}") from error
    if len(data) > _MAX_SCRIPT_BYTES:
        raise FaultScriptError(f"fault script: {_shown(name)} is larger than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FaultScriptError(f"fault script: {_shown(name)} is not UTF-8") from error


def _parse_item(item: str) -> tuple[bool, Step]:
    parts = _ITEM.fullmatch(item)
    if parts is None:
        raise _unknown(item, "is not an item")
    is_download = parts["get"] is not None
    fault = _fault(item, parts["name"], parts["argument"], is_download=is_download)
    return is_download, _step(item, fault, parts["share"], parts["repeats"])


def _step(item: str, fault: Fault, share: str | None, repeats: str | None) -> Step:
    if share is not None and repeats is not None:
        raise FaultScriptError(f"fault script: {_shown(item)} has both a share and a count")
    if share is not None:
        if not 0 < float(share) <= 100:
            raise FaultScriptError(f"fault script: {_shown(item)}: a share is above 0 and at most 100 %")
        return Step(fault, share=float(share) / 100)
    if repeats is not None and not 1 <= int(repeats) <= MAX_REPEATS:
        raise FaultScriptError(f"fault script: {_shown(item)}: a count is from 1 to {MAX_REPEATS}")
    return Step(fault, repeats=int(repeats or 1))


def _fault(item: str, name: str, argument: str | None, *, is_download: bool) -> Fault:
    status = _STATUS.fullmatch(name)
    if status is not None:
        return _status_fault(item, status, argument)
    kinds = DOWNLOAD_KINDS if is_download else GENERATION_KINDS
    kind = next((each for each in kinds if each.name == name), None)
    if kind is None:
        raise _unknown(item, "is not known")
    fault = Fault(
        kind.name,
        bills=kind.bills,
        seconds=kind.default or 0.0,
        text=kind.text or "",
    )
    if argument is None:
        return fault
    if kind.text is not None:
        return replace(fault, text=argument)
    if kind.default is not None:
        return replace(fault, seconds=_duration(item, argument))
    raise FaultScriptError(f"fault script: {_shown(item)}: {kind.name} takes no argument")


def _status_fault(item: str, status: re.Match[str], argument: str | None) -> Fault:
    fault = Fault(status[0], status=int(status[1]), body=status[2] or "envelope")
    if fault.status != 429:
        return replace(fault, text=argument or "")
    try:
        # Any number goes, nan and the past too: a client has to stand absurd resets.
        return replace(fault, seconds=float(argument or _BUCKET_SECONDS))
    except ValueError as error:
        raise FaultScriptError(f"fault script: {_shown(item)}: after the colon comes a number") from error


def _duration(item: str, argument: str) -> float:
    try:
        seconds = float(argument)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= MAX_SECONDS:
        raise FaultScriptError(f"fault script: {_shown(item)}: seconds are a number from 0 to {MAX_SECONDS:.0f}")
    return seconds


def _unknown(item: str, problem: str) -> FaultScriptError:
    generations = ", ".join(kind.name for kind in GENERATION_KINDS)
    downloads = ", ".join(f"get.{kind.name}" for kind in DOWNLOAD_KINDS)
    return FaultScriptError(
        f"fault script: {_shown(item)} {problem}; known are {generations}, 400 to 599, {downloads}, "
        "get.400 to get.599, each as NAME, NAME:ARGUMENT, NAME*COUNT or SHARE%NAME"
    )


def _shown(text: str) -> str:
    # Escaped: what was typed may hold control characters, and the message is for a terminal.
    return ascii(text if len(text) <= 60 else f"{text[:60]}...")
