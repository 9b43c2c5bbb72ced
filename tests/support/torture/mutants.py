"""Mutants of one module, each run against the tests that reach what was changed; the source is never touched.

    .venv/bin/python -m tests.support.torture.mutants api/client.py            # all of them: up to an hour on two cores
    .venv/bin/python -m tests.support.torture.mutants api/client.py --only 3 17
    .venv/bin/python -m tests.support.torture.mutants api/client.py --list

First the tests of `MIRRORS` run once, with coverage, which tells who reaches which line, also in processes of their
own. Then each mutant is put into a copy of the tree, and those tests run there until one fails. A mutant that hangs is
killed, too.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

import coverage
import pytest

from tests.support.torture.changes import Change, changes

ROOT = Path(__file__).parents[3]
MIRRORS = {
    "api/client.py": ["api/test_client", "pipeline/test_pipeline", "commands/test_models", "commands/test_doctor"],
    "api/retry.py": ["api/test_retry"],
    "pipeline/budget.py": ["pipeline/test_budget"],
    "pipeline/crew.py": ["pipeline/test_crew", "pipeline/test_pipeline", "commands/test_history_pull"],
    "pipeline/downloads.py": ["pipeline/test_pipeline", "commands/test_history_pull"],
    "pipeline/recorder.py": [
        "pipeline/test_recorder",
        "pipeline/test_crew",
        "pipeline/test_pipeline",
        "commands/test_history_pull",
    ],
    "pipeline/pipeline.py": [
        *("pipeline/test_pipeline", "pipeline/test_herd", "commands/test_batch_caps", "commands/test_batch_failures"),
        "commands/test_batch_together",
    ],
    "pipeline/queue.py": ["pipeline/test_queue"],
    "history/admission.py": ["history/test_admission"],
    "history/records.py": ["history/test_records", "history/test_golden"],
    "drawing/batch.py": [
        *("commands/test_batch", "commands/test_batch_caps", "commands/test_batch_failures"),
        *("commands/test_batch_resume", "commands/test_batch_together", "drawing/test_viewing"),
    ],
}
"""Which tests are asked about which module, by their names below `tests`."""

OPTIONS = ["-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
HANGING = 600
"""Seconds after which a mutant hangs, of all its tests; of one test they are 30."""


# While it is surveyed: what pytest calls


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tell coverage, here and in programs that the test starts, which test runs."""
    os.environ["COVERAGE_TEST"] = item.nodeid
    running = coverage.Coverage.current()
    assert running
    running.switch_context(item.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Put down how long a test took, and whether it passed."""
    with open(os.environ["COVERAGE_TIMES"], "a") as file:
        file.write(json.dumps([report.nodeid, report.passed, report.duration]) + "\n")


class Survey:
    """Which tests reach which lines of a module, and how long each takes."""

    def __init__(self, module: str, folder: Path) -> None:
        parts = [json.loads(line) for line in (folder / "times").read_text().splitlines()]
        self.left_out = sorted({test for test, passed, _ in parts if not passed})
        self._seconds = dict.fromkeys({test for test, _, _ in parts} - set(self.left_out), 0.0)
        for test, _, seconds in parts:
            if test in self._seconds:
                self._seconds[test] += seconds
        data = coverage.CoverageData(str(folder / "data"))
        data.read()
        lines = data.contexts_by_lineno(str(ROOT / "seedream_cli" / module))
        self._lines = {line: self._seconds.keys() & set(tests) for line, tests in lines.items()}

    @staticmethod
    def take(module: str, folder: Path) -> None:
        """Run the tests of a module, and leave in a folder what `Survey` reads."""
        rules = folder / "rules"
        rules.write_text(
            f"[run]\nparallel = true\npatch = _exit\nsource = {ROOT}/seedream_cli\n"
            f"data_file = {folder}/data\ncontext = ${{COVERAGE_TEST-}}\n"
        )
        told = {"COVERAGE_PROCESS_START": str(rules), "COVERAGE_CORE": "ctrace", "COVERAGE_TIMES": f"{folder}/times"}
        tests = [f"tests/{name}.py" for name in MIRRORS[module]]
        command = [sys.executable, "-m", "pytest", "-n2", *OPTIONS, "-p", __spec__.name, *tests]
        subprocess.run(command, cwd=ROOT, env=os.environ | told, stdout=subprocess.DEVNULL, check=False)
        coverage.Coverage(config_file=str(rules)).combine()

    def tests(self, change: Change) -> list[str]:
        """Return the tests that reach a change: first one of each function, the quick ones first, then a second one."""
        reached = set().union(*(self._lines.get(line, set()) for line in change.lines or self._lines))
        turns: Counter[str] = Counter()
        order = []
        for test in sorted(reached, key=lambda test: self._seconds[test]):
            turns[test.partition("[")[0]] += 1
            order.append((turns[test.partition("[")[0]], self._seconds[test], test))
        return [test for _, _, test in sorted(order)]


# Running


@contextmanager
def held(quiet: Path) -> Iterator[None]:
    """Hold a file that who measures times may hold alone."""
    with quiet.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
    time.sleep(0.2)  # for who waits for it to get it


class Copy:
    """A copy of the tree, with a Python of its own to which that copy is what is installed."""

    def __init__(self, module: str, folder: Path) -> None:
        self._root = folder / "tree"
        shutil.copytree(ROOT, self._root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        venv.create(folder / "python", symlinks=True)
        self._python = folder / "python/bin/python"
        (site,) = (folder / "python/lib").glob("python*/site-packages")
        (site / "tree.pth").write_text(f"{self._root}\n{sysconfig.get_path('purelib')}\n")
        self._module = self._root / "seedream_cli" / module
        self._source = self._module.read_text()

    def survives(self, number: int, change: Change, tests: Sequence[str]) -> tuple[bool, str]:
        """Return whether no test notices a change, and if not, which did."""
        self._module.write_text(change.made(self._source))
        os.utime(self._module, (number, number))  # so that what was compiled before is never taken for it
        status, said = self._run(tests)
        if status == pytest.ExitCode.USAGE_ERROR:  # a test that is called by what was changed
            status, said = self._run(sorted({test.partition("::")[0] for test in tests}))
        failed = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return (True, "") if status == 0 else (False, failed[0] if failed else " ".join(said.split())[-200:])

    def _run(self, tests: Sequence[str]) -> tuple[int, str]:
        options = ["-x", "-n0", *OPTIONS, "--timeout=30", "--timeout-method=thread"]
        process = subprocess.Popen(
            [self._python, "-m", "pytest", *options, *tests],
            cwd=self._root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            said = process.communicate(timeout=HANGING)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            said = "hangs"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._end_programs()
        return process.returncode, said

    def _end_programs(self) -> None:
        """Kill what a test that hung has left behind in sessions of its own; where there is no /proc, it stays."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if process.joinpath("cmdline").read_bytes().startswith(os.fsencode(self._python)):
                    os.kill(int(process.name), signal.SIGKILL)


def main() -> None:
    """Run the mutants of the module that was named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("module", choices=MIRRORS)
    parser.add_argument("--only", type=int, nargs="+", metavar="NUMBER", help="these mutants")
    parser.add_argument("--list", action="store_true", help="run nothing")
    parser.add_argument("--quiet", type=Path, default=os.devnull, help="a file to hold (shared) while tests run")
    given = parser.parse_args()
    mutants = dict(enumerate(changes((ROOT / "seedream_cli" / given.module).read_text()), 1))
    mutants = {number: mutants[number] for number in given.only or mutants}
    if given.list:
        sys.stdout.writelines(f"{number:4} {change}\n" for number, change in mutants.items())
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.nice(10)
        # What a shell runs behind ignores Ctrl-C, and so would the programs that the tests start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Without what was compiled before, each run takes twice as long.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        with held(given.quiet):
            Survey.take(given.module, folder)
        survey = Survey(given.module, folder)
        for test in survey.left_out:
            tell(f"fails or is skipped without a mutant, and is left out: {test}")
        copies: SimpleQueue[Copy] = SimpleQueue()
        for worker in ("1", "2"):
            copies.put(Copy(given.module, folder / worker))

        def survives(number: int) -> bool:
            change, tests = mutants[number], survey.tests(mutants[number])
            own = copies.get()
            alive, why = own.survives(number, change, tests) if tests else (True, "")
            copies.put(own)
            tell(f"{'SURVIVED' if alive else 'killed  '} {number:4} {change}   [{len(tests)} tests] {why}")
            return alive

        alive = 0
        with ThreadPoolExecutor(2) as pool:
            for some in batched(mutants, 8):
                with held(given.quiet):
                    alive += sum(pool.map(survives, some))
        tell(f"{given.module}: {len(mutants)} mutants, {alive} survived")


def batched(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    """Yield so many at a time."""
    left = iter(numbers)
    while some := list(islice(left, size)):
        yield some


def tell(text: str) -> None:
    """Say something at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
