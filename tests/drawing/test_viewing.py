"""`--open`: pictures in the system's viewer once they are saved; a missing viewer is a warning, no failure."""

import os
import sys
from pathlib import Path

import pytest
from support.program import Home, Result
from support.replies import error, ok, reset
from support.service import Service

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="on other systems the desktop's own call opens files")


@pytest.fixture
def desktop(home: Home) -> dict[str, str]:
    """An environment with a viewer that writes down what it was given."""
    viewer = home.root / "bin" / "xdg-open"
    viewer.parent.mkdir()
    viewer.write_text(f'#!/bin/sh\necho noise; echo more noise >&2\nprintf "%s\\n" "$1" >> {home.root}/opened\n')
    viewer.chmod(0o755)
    return {"PATH": f"{viewer.parent}:{os.environ['PATH']}", "DISPLAY": ":9"}


def opened(home: Home) -> list[str]:
    log = home.root / "opened"
    return sorted(log.read_text().splitlines()) if log.exists() else []


def saved(home: Home, done: Result) -> list[str]:
    return sorted(str(home.work / path) for path in done.paths)


def test_every_saved_picture_is_opened_and_the_viewer_is_not_heard(
    home: Home, service: Service, desktop: dict[str, str]
) -> None:
    done = home.gen("a fox", "-n", "3", "--open", env=desktop).expect(0)
    assert len(done.paths) == 3
    assert opened(home) == saved(home, done)
    assert b"noise" not in done.output


def test_nothing_is_opened_unasked(home: Home, service: Service, desktop: dict[str, str]) -> None:
    home.gen("a fox", env=desktop).expect(0)
    assert opened(home) == []


def test_only_what_was_saved_is_opened(home: Home, service: Service, desktop: dict[str, str]) -> None:
    service.on_seed(2, error(451, message="no"))
    done = home.gen("a fox", "-n", "3", "--seed", "1", "--open", env=desktop).expect(11)
    assert opened(home) == saved(home, done)
    assert len(opened(home)) == 2


def test_what_was_there_already_is_opened_too(home: Home, service: Service, desktop: dict[str, str]) -> None:
    home.gen("a fox", "--seed", "1").expect(0)
    done = home.gen("a fox", "--seed", "1", "--reuse", "--open", env=desktop).expect(0)
    assert opened(home) == saved(home, done)


def test_a_rerun_and_a_batch_open_theirs(home: Home, service: Service, desktop: dict[str, str]) -> None:
    home.gen("a fox", "--seed", "1").expect(0)
    again = home.run("history", "rerun", "last", "--open", env=desktop).expect(0)
    (home.work / "b.txt").write_text("a wolf\n")
    batch = home.run("batch", "b.txt", "--open", env=desktop).expect(0)
    assert opened(home) == sorted(saved(home, again) + saved(home, batch))


@pytest.mark.parametrize("stopped", [("INT", 130), ("TERM", 143)], ids=lambda stopped: stopped[0])
@pytest.mark.parametrize("command", ["gen", "batch"])
def test_whoever_is_interrupted_while_pictures_are_opened_still_tells_what_became_of_them(
    home: Home, service: Service, desktop: dict[str, str], command: str, stopped: tuple[str, int]
) -> None:
    signal, status = stopped
    (home.root / "bin" / "xdg-open").write_text(f"#!/bin/sh\nkill -{signal} $PPID\nsleep 1\n")
    service.script(ok(), reset(billed=True))
    (home.work / "b.txt").write_text("a fox\na hare\n")
    drawing = ("gen", "a fox", "-n", "2") if command == "gen" else ("batch", "b.txt")
    done = home.run(*drawing, "-j", "1", "--open", env=desktop).expect(status)
    (lost,) = (draft["id"] for draft in home.drafts() if draft["status"] == "unknown")
    assert lost in done.talk
    assert "1 saved" in done.talk


def test_many_are_not_all_opened(home: Home, service: Service, desktop: dict[str, str]) -> None:
    done = home.gen("a fox", "-n", "12", "--open", env=desktop).expect(0)
    assert len(opened(home)) == 10
    assert "10 pictures opened, 2 not: seedream gallery" in done.talk


@pytest.mark.parametrize("fault", ["no desktop", "no viewer", "a viewer that fails"])
def test_a_missing_viewer_is_a_warning(home: Home, service: Service, desktop: dict[str, str], fault: str) -> None:
    if fault == "no desktop":
        desktop["DISPLAY"] = ""
    elif fault == "no viewer":
        desktop["PATH"] = "/nowhere"
    else:
        Path(home.root / "bin" / "xdg-open").write_text("#!/bin/sh\nexit 3\n")
    done = home.gen("a fox", "-n", "2", "--open", env=desktop).expect(0)
    assert "warning: no viewer could be opened for 2 of 2 pictures" in done.talk
    assert len(done.paths) == 2
