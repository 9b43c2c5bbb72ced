"""The workshop's sessions, for those who like nox: `pipx run nox -l`. Nobody needs it; `.ci/run` is the gate.

Lint and tests have environments of their own, since click, which linters bring along, would hide what start-up costs.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "layers", "completions", "tests"]
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True

_PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: lint and format; with `-- --fix` it mends what it can."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", *([] if session.posargs else ["--check"]))


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    session.install("-e", ".[lint]")
    session.run("mypy", *session.posargs)


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports point downward."""
    session.install("-e", ".[lint]")
    session.run("lint-imports")


@nox.session(python=_PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, or what stands after `--`."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Everything that the README and the pages tell to type, typed."""
    session.install("-e", ".[test]")
    session.run("pytest", *(session.posargs or ["tests/test_readme.py", *_pages()]))


def _pages() -> list[str]:
    return [str(path) for path in Path("tests").rglob("test_*_page.py")]


@nox.session
def completions(session: nox.Session) -> None:
    """Whether completions and man page are up to date; with `-- --write` they are written."""
    session.install("-e", ".")
    session.run("python", "-m", "generators", *([] if "--write" in session.posargs else ["--check"]))


@nox.session
def benchmarks(session: nox.Session) -> None:
    """All figures in one table: minutes, on a machine that does nothing else; `-- --quick` for a rough look."""
    session.install("-e", ".[test]")
    session.run("python", "benchmarks", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Sdist and wheel, installed and used from another folder."""
    session.run(".ci/package", *session.posargs, external=True)
