"""Running to the end: whoever presses Ctrl-C is heard, at the last moment, too."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedream_cli.context import Context
from seedream_cli.drawing.conduct import conduct
from seedream_cli.drawing.report import Report
from seedream_cli.pipeline.crew import Crew
from seedream_cli.pipeline.events import Event
from seedream_cli.terminal.progress import progress


@pytest.mark.parametrize(
    ("number", "status"), [(None, 0), (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 130)]
)
def test_a_signal_that_comes_when_all_is_over_is_heard(
    number: signal.Signals | None, status: int, tmp_path: Path
) -> None:
    context = Context({"SEEDREAM_HISTORY": str(tmp_path / "history.jsonl")})

    def over() -> Iterator[Event]:
        if number is not None:
            os.kill(os.getpid(), number)
        yield from ()

    with progress(context.console, 0) as bar:
        report = Report(context.console, bar, as_json=False, end="\n")
        crew = Crew(context.history())
        conduct(context, crew, over(), report)
        assert report.finish([]) == status
    assert crew.closing.is_set() is (number is not None)  # a batch begins no further round
