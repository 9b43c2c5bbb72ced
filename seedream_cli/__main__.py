"""The program's door: arguments in, exit status out, and the one boundary at which errors become text."""

from __future__ import annotations

import os
import sys

from seedream_cli import __version__

TYPE_CHECKING = False  # typing's own costs an import, and `--version` makes none
if TYPE_CHECKING:
    from typer.exceptions import TyperException

    from seedream_cli.context import Context


def run() -> None:
    """Run the program and end the process."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Before anything is imported: scripts ask this often.
        sys.stdout.write(f"seedream {__version__}\n")
        return
    _fill_standard_streams()
    from seedream_cli.context import Context

    context = Context()
    status = main(sys.argv[1:], context)
    if context.hurried:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status)
    sys.exit(status)


def main(argv: list[str], context: Context) -> int:
    """Run one command line and return its exit status; every error has been told."""
    from typer.exceptions import Abort, TyperException

    from seedream_cli.cli import run_command
    from seedream_cli.errors import SeedreamError
    from seedream_cli.exits import ExitStatus
    from seedream_cli.interrupts import Terminated, raise_on_terminate

    console = context.console
    raise_on_terminate()
    try:
        return run_command(argv, context)
    except TyperException as error:
        console.say(f"seedream: error: {error.format_message()}")
        console.say(f"hint: {_usage_hint(error)}")
        return ExitStatus.USAGE
    except SeedreamError as error:
        console.error(error)
        return error.exit_status
    except (KeyboardInterrupt, Abort):
        console.say("seedream: interrupted")
        return ExitStatus.INTERRUPTED
    except Terminated:
        return ExitStatus.TERMINATED
    except Exception as error:  # noqa: BLE001 - the boundary: what arrives here is a bug of ours
        from seedream_cli.crash import report_crash

        report_crash(error, context)
        return ExitStatus.BUG


def _usage_hint(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else "seedream --help"


def _fill_standard_streams() -> None:
    """Open the null device where a standard descriptor is closed, so that no file of ours is taken for it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    run()
