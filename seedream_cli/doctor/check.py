"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seedream_cli.exits import ExitStatus

if TYPE_CHECKING:
    from seedream_cli.errors import SeedreamError

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    Attributes:
        name: of what was looked at.
        state: `problem` where a command would fail.
        message: one line, possibly with text from outside: show it through `safetext`.
        hint: the command that mends it, or None.
        status: what a command would end with that meets it; `OK` unless it is a problem.
    """

    name: str
    state: State
    message: str
    hint: str | None = None
    status: ExitStatus = ExitStatus.OK

    def public(self) -> dict[str, Any]:
        """Return the finding as `--json` shows it."""
        return {"check": self.name, "state": self.state, "message": self.message, "hint": self.hint}


def ok(name: str, message: str) -> Check:
    """Return that nothing is wrong."""
    return Check(name, "ok", message)


def warning(name: str, message: str, hint: str | None) -> Check:
    """Return that something should be looked at."""
    return Check(name, "warning", message, hint)


def problem(name: str, error: SeedreamError) -> Check:
    """Return that commands will fail, as that error says."""
    return Check(name, "problem", error.message, error.hint, error.exit_status)
