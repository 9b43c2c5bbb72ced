"""Running a pipeline to its end: what happens is told, signals are heeded."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import LocalFileError
from seedream_cli.exits import ExitStatus
from seedream_cli.pipeline.events import (
    Capped,
    Crash,
    GraceOver,
    Outcome,
    QuotaSeen,
    Signalled,
    Surplus,
    Trouble,
    Waiting,
)
from seedream_cli.terminal import interrupts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seedream_cli.context import Context
    from seedream_cli.drawing.report import Report
    from seedream_cli.pipeline.crew import Crew
    from seedream_cli.pipeline.events import Event

GRACE: Final = 15.0
"""Seconds that what is in flight gets after the first Ctrl-C."""


def finds_no_room(event: Event) -> bool:
    """Whether a picture could not be written: the next one would be paid for in vain."""
    return isinstance(event, Outcome) and isinstance(event.error, LocalFileError)


def conduct(
    context: Context,
    crew: Crew,
    events: Iterator[Event],
    report: Report,
    *,
    ends: Callable[[Event], bool] = lambda _: False,
) -> None:
    """Tell events until there are no more; the first Ctrl-C waits for what is in flight, anything more does not.

    A terminal that is closed counts as a first Ctrl-C, however often that is told.

    Args:
        context: told to hurry where threads are left behind.
        crew: whose events they are.
        events: consumed.
        report: told.
        ends: says of an event that has been told whether nothing new is to be begun after it.
    """
    interrupted = False
    crash: BaseException | None = None
    with interrupts.signals_handed_to(crew.signal, lambda: context.hurried):
        for event in events:
            match event:
                case Signalled(number=signal.SIGINT | interrupts.HANGUP) if not interrupted:
                    interrupted = True
                    _interrupt(crew, report)
                case Signalled(number=interrupts.HANGUP):  # told twice, by the system and by the shell
                    pass
                case Signalled(number=number):
                    _abandon(context, crew, report, terminated=number == signal.SIGTERM)
                    return
                case GraceOver():
                    _abandon(context, crew, report, terminated=False)
                    return
                case Crash(error=error):
                    # What is in flight is paid for: it is brought home before the bug is told.
                    crash = crash or error
                case _:
                    _tell(event, report)
                    if ends(event):
                        crew.close()
    for number in crew.unheard():  # what came when all was over: nothing further is begun after it
        crew.close()
        report.stopped(ExitStatus.TERMINATED if number == signal.SIGTERM else ExitStatus.INTERRUPTED)
    if crash is not None:
        raise crash


def _interrupt(crew: Crew, report: Report) -> None:
    report.stopped(ExitStatus.INTERRUPTED)
    requests = crew.interrupt(GRACE)
    under_way = f"{requests} in flight" if requests else "what is on its way"
    report.say(
        f"stopping: nothing new is sent; waiting up to {GRACE:.0f} s for {under_way} (Ctrl-C again to leave at once)"
    )


def _abandon(context: Context, crew: Crew, report: Report, *, terminated: bool) -> None:
    report.stopped(ExitStatus.TERMINATED if terminated else ExitStatus.INTERRUPTED)
    context.hurried = True
    for event in crew.abandon():
        _tell(event, report)


def _tell(event: Event, report: Report) -> None:
    match event:
        case Outcome():
            report.outcome(event)
        case Waiting():
            report.waiting(event)
        case QuotaSeen(quota=quota):
            report.quota(quota)
        case Surplus():
            report.surplus(event)
        case Trouble(error=error) | Capped(error=error):
            report.trouble(error)
