"""The program's door: arguments in, exit status out, and the one boundary at which errors become text."""

from __future__ import annotations

import gc
import os
import sys

from seedream_cli import __version__

TYPE_CHECKING = False  # typing's own costs an import, and `--version` makes none
if TYPE_CHECKING:
    from seedream_cli.context import Context

_OBJECTS_UNTIL_COLLECTION = 50_000


def run() -> None:
    """Run the program and end the process."""
    if sys.argv[1:] == ["--version"] and _told_version():
        os._exit(0)
    # Importing makes thousands of objects that stay; to look for garbage among them takes a twentieth of the time.
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION)
    _fill_standard_streams()
    try:
        from seedream_cli.context import Context

        context = Context()
        status = main(sys.argv[1:], context)
    except KeyboardInterrupt:  # while all that would take it was still being imported
        os._exit(130)
    # Nothing is buffered, since the console writes at once, and threads may still be at work. Taking the interpreter
    # down module by module would cost a sixth of a short command's time.
    os._exit(status)


def main(argv: list[str], context: Context) -> int:
    """Run one command line and return its exit status; every error has been told."""
    from seedream_cli.exits import ExitStatus
    from seedream_cli.terminal.interrupts import Terminated, raise_on_terminate

    try:
        raise_on_terminate()
        return _run_and_tell(argv, context)
    except Terminated:  # wherever it came: while an error was being told, too
        return ExitStatus.TERMINATED


def _run_and_tell(argv: list[str], context: Context) -> int:
    from seedream_cli.cli import run_command
    from seedream_cli.errors import SeedreamError
    from seedream_cli.exits import ExitStatus
    from seedream_cli.terminal.interrupts import told_as_such

    try:
        with told_as_such():
            return run_command(argv, context)
    except SeedreamError as error:
        context.console.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        context.console.say("seedream: interrupted")
        return ExitStatus.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the boundary: what arrives here is a bug of ours
        from seedream_cli.crash import report_crash

        report_crash(error, context)
        return ExitStatus.BUG


def _told_version() -> bool:
    """Print the version before anything is imported, since scripts ask often; False where stdout does not take it."""
    try:
        os.write(1, f"seedream {__version__}\n".encode())
    except OSError:
        return False  # the long way knows what to say
    return True


def _fill_standard_streams() -> None:
    """Open the null device where a standard descriptor is closed, so that no file of ours is taken for it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    run()
