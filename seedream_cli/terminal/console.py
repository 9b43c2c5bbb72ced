"""The two output streams: data on stdout, talk on stderr, nothing raw on a terminal; a closed one hurts nobody."""

from __future__ import annotations

import contextlib
import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from seedream_cli.errors import LocalFileError
from seedream_cli.exits import ExitStatus
from seedream_cli.safetext import visible
from seedream_cli.terminal.cells import columns, folded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from seedream_cli.errors import SeedreamError


class Console:
    """Writes for people and for programs.

    Args:
        environment: variables, of which `TERM`, `NO_COLOR` and `FORCE_COLOR` are heeded.

    Attributes:
        quiet: only errors are said.
        verbose: details are said.
        statuses: what became of stdout, where something did: closed by its reader, or not writable.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.quiet = False
        self.verbose = False
        self.statuses: set[ExitStatus] = set() if sys.stdout else {ExitStatus.PIPE_CLOSED}
        self._dumb = environment.get("TERM") == "dumb"
        self._colours = not environment.get("NO_COLOR") and (bool(environment.get("FORCE_COLOR")) or not self._dumb)

    @property
    def animated(self) -> bool:
        """Whether motion may be shown on stderr."""
        return bool(sys.stderr and sys.stderr.isatty()) and not (self._dumb or self.quiet)

    @property
    def screen(self) -> int | None:
        """Descriptor of stderr where pictures may be drawn there, or None."""
        drawable = self.animated and sys.stderr.encoding.lower() == "utf-8"  # the blocks that they are made of
        return sys.stderr.fileno() if drawable else None

    @property
    def coloured(self) -> bool:
        """Whether what is written to stdout may have colours."""
        return self.tabular and self._colours

    @property
    def asks(self) -> bool:
        """Whether a question on the terminal would be seen and could be answered."""
        return bool(sys.stderr and sys.stderr.isatty() and sys.stdin and sys.stdin.isatty())

    @cached_property
    def tabular(self) -> bool:
        """Whether stdout is a terminal, so that listings are for people."""
        return bool(sys.stdout and sys.stdout.isatty())

    def data(self, text: str, end: str = "\n") -> None:
        """Write one datum to stdout at once; on a terminal, characters that would act on it are spelt out."""
        if self.statuses or sys.stdout is None:
            return
        if self.tabular:
            text = visible(text)
        self._write((text + end).encode("utf-8", "surrogateescape"))

    def lines(self, text: str) -> None:
        """Write text that was laid out and made safe already, line feeds and all."""
        if not self.statuses:
            self._write(text.encode(sys.stdout.encoding, "backslashreplace"))

    def entry(self, text: str, hanging: str = "") -> None:
        """Write one entry of a listing, made safe already: on a terminal folded to its width, elsewhere as one line.

        Args:
            text: the entry.
            hanging: what stands in front of its further lines.
        """
        if not self.tabular:
            self.data(text)
            return
        for line in folded(text, columns(), hanging):
            self.lines(line + "\n")

    def note(self, text: str) -> None:
        """Say something useful on stderr, unless quiet."""
        if not self.quiet:
            self.say(text)

    def detail(self, text: str) -> None:
        """Say something on stderr that only `--verbose` asks for."""
        if self.verbose:
            self.say(text)

    def warn(self, text: str) -> None:
        """Say something on stderr that the user should act on, unless quiet."""
        self.note(f"seedream: warning: {text}")

    def error(self, error: SeedreamError) -> None:
        """Say what went wrong in one line, and in another what to do."""
        self.say(f"seedream: error: {error.message}")
        if error.hint:
            self.say(f"hint: {error.hint}")

    def say(self, text: str) -> None:
        """Write one line to stderr, made safe."""
        self._talk(visible(text) + "\n")

    def paint(self, text: str) -> None:
        """Write to stderr what was laid out and made safe already, escape sequences and all."""
        self._talk(text)

    def ask(self, question: str) -> bool:
        """Ask on the terminal; anything but yes is no, and so is an answer that cannot be read."""
        answer = b""
        try:
            self._talk(visible(question) + " [y/N] ")
            with contextlib.suppress(OSError):
                answer = sys.stdin.buffer.readline()
        finally:
            if not answer.endswith(b"\n"):
                self._talk("\n")
        return answer.strip().lower() in {b"y", b"yes"}

    def _talk(self, text: str) -> None:
        if sys.stderr is None:
            return
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            _give_up(sys.stderr)

    def _write(self, data: bytes) -> None:
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self._give_up_stdout(ExitStatus.PIPE_CLOSED)
        except OSError as error:
            self._give_up_stdout(ExitStatus.LOCAL)
            self.error(LocalFileError(f"stdout cannot be written: {error.strerror or error}"))

    def _give_up_stdout(self, status: ExitStatus) -> None:
        self.statuses.add(status)
        _give_up(sys.stdout)


def _give_up(stream: TextIO) -> None:
    """Let a stream end in the null device: what is still buffered would fail again when the interpreter ends."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
