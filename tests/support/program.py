"""The program as users and scripts run it: a process of its own, with an environment of its own.

result = home.gen("a lighthouse", "--seed", "7")
assert (result.status, result.lines) == (0, ["drafts/a-lighthouse-7-....png"])
"""

import fcntl
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pexpect.exceptions import EOF, TIMEOUT
from pexpect.fdpexpect import fdspawn

PROGRAM = (sys.executable, "-m", "seedream_cli")
PATIENCE = 30.0
Argument = str | bytes | os.PathLike[str]
Stream = Literal["stdout", "stderr"]

_LAUNCHER = """
import fcntl, json, os, resource, signal, sys, termios
wanted = json.loads(sys.argv[1])
if wanted["limits"]:
    # A cached module that a limit on files cuts short would break every later start.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
for name, most in wanted["limits"].items():
    resource.setrlimit(getattr(resource, name), (most, most))
if wanted["powerless"] and os.geteuid() == 0:
    import ctypes
    # Without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, which a program that is begun now can never have again.
    for capability in (1, 2):
        if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0):
            sys.exit("root cannot give up a power here: " + os.strerror(ctypes.get_errno()))
for number in wanted["close"]:
    os.close(number)
if wanted["terminal"]:
    fcntl.ioctl(2, termios.TIOCSCTTY, 0)
if wanted["umask"] is not None:
    os.umask(wanted["umask"])
for name in ("SIGPIPE", "SIGXFSZ", "SIGINT"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.execv(sys.argv[2], [os.fsencode(each) for each in sys.argv[2:]])
"""


@dataclass(frozen=True)
class Launch:
    """What holds for the process before the program begins."""

    limits: Mapping[str, int] | None = None
    """Such as `{"RLIMIT_FSIZE": 4096}` (files no longer than this) or `{"RLIMIT_AS": 1 << 30}`."""
    close: tuple[int, ...] = ()
    """Descriptors that the program finds closed: `(1,)` is `>&-`."""
    umask: int | None = None
    terminal: bool = False
    powerless: bool = False
    """Root is denied, too, what the modes of files and folders deny."""

    def command(self, command: Sequence[Argument]) -> list[Argument]:
        """The command, by way of a launcher where anything is to be arranged."""
        if self == Launch():
            return list(command)
        wanted = {
            "limits": dict(self.limits or {}),
            "close": self.close,
            "umask": self.umask,
            "terminal": self.terminal,
            "powerless": self.powerless,
        }
        return [sys.executable, "-I", "-S", "-c", _LAUNCHER, json.dumps(wanted), *command]


PLAIN = Launch()


@dataclass(frozen=True)
class Result:
    """How a run ended; a status below 0 is the signal that killed it."""

    status: int
    stdout: bytes
    stderr: bytes
    seconds: float

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.stdout.decode().removesuffix("\n").split("\n") if self.stdout else []

    @property
    def paths(self) -> list[Path]:
        """The lines of stdout as paths."""
        return [Path(line) for line in self.lines]

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The lines of stdout as JSON objects."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def talk(self) -> str:
        """What was said on stderr."""
        return self.stderr.decode("utf-8", "replace")

    @property
    def output(self) -> bytes:
        """All that was written, stdout first."""
        return self.stdout + self.stderr

    def expect(self, status: int) -> Self:
        """This result, if it has that status; the failure shows what was said."""
        assert self.status == status, f"ended with {self.status}, not {status}\n{self.talk[-4000:]}"
        return self


class StillRunningError(AssertionError):
    """The program did not end, or did not say something, in time."""


class Running:
    """A program that runs; leaving its `with` block kills it where it still does."""

    def __init__(
        self,
        command: Sequence[Argument],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdin: bytes | int | Literal["open"] | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        launch: Launch = PLAIN,
    ) -> None:
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            launch.command(command),
            env=dict(env),
            cwd=cwd,
            stdin=_stdin(stdin),
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE if stderr is None else stderr,
            start_new_session=True,
        )
        self._heard = {"stdout": bytearray(), "stderr": bytearray()}
        self._changed = threading.Condition()
        self._close_wanted: set[Stream] = set()
        self._pump = threading.Thread(target=self._listen, daemon=True)
        self._pump.start()
        if isinstance(stdin, bytes):
            threading.Thread(target=self._feed, args=(stdin,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._finish()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def heard(self, stream: Stream = "stderr") -> bytes:
        """What it wrote so far."""
        with self._changed:
            return bytes(self._heard[stream])

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def interrupt(self) -> None:
        """What Ctrl-C sends."""
        self.signal(signal.SIGINT)

    def terminate(self) -> None:
        """SIGTERM."""
        self.signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, to it and to whatever it started."""
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self, stream: Stream, timeout: float = PATIENCE) -> None:
        """Close our end of a stream: what it writes there from now on fails."""
        pipe = getattr(self._process, stream)
        with self._changed:
            self._close_wanted.add(stream)
            self._changed.wait_for(lambda: pipe.closed, timeout)

    def write(self, data: bytes) -> None:
        """Write to its stdin (started with `stdin="open"`)."""
        assert self._process.stdin
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def end_input(self) -> None:
        """Close its stdin."""
        assert self._process.stdin
        self._process.stdin.close()

    def wait_for(self, text: bytes, stream: Stream = "stderr", timeout: float = PATIENCE) -> bytes:
        """Wait until it has written this; gives all that it wrote there."""
        return self._wait_until(lambda: text in self._heard[stream], repr(text), stream, timeout)

    def first_line(self, timeout: float = PATIENCE) -> str:
        """Wait for the first line of stdout."""
        heard = self._wait_until(lambda: b"\n" in self._heard["stdout"], "a line", "stdout", timeout)
        return heard.partition(b"\n")[0].decode()

    def _wait_until(self, holds: Callable[[], bool], what: str, stream: Stream, timeout: float) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: holds() or not self._pump.is_alive(), timeout)
            if not holds():
                raise StillRunningError(f"waited for {what} on {stream}; {self._said()}")
            return bytes(self._heard[stream])

    def wait(self, timeout: float = PATIENCE) -> Result:
        """Wait for its end; one that does not come kills it and fails."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self._finish()
            raise StillRunningError(f"still running after {timeout} s; {self._said()}") from None
        seconds = time.monotonic() - self._began
        self._finish()
        return Result(self._process.returncode, self.heard("stdout"), self.heard("stderr"), seconds)

    def _said(self) -> str:
        return " ".join(f"{name}: {bytes(said[-3000:])!r}" for name, said in self._heard.items())

    def _finish(self) -> None:
        """Reap it, take what is left in the pipes, close them."""
        self._process.wait(PATIENCE)
        self._pump.join(2)  # a grandchild may hold the pipes open
        with self._changed:
            self._close_wanted = {"stdout", "stderr"}
        self._pump.join()
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()

    def _feed(self, data: bytes) -> None:
        with suppress(OSError, ValueError):
            self.write(data)
        with suppress(OSError):
            self.end_input()

    def _listen(self) -> None:
        """Take what comes from both pipes until they end or are to be closed."""
        pipes = {"stdout": self._process.stdout, "stderr": self._process.stderr}
        with selectors.DefaultSelector() as selector:
            for name, pipe in pipes.items():
                if pipe:
                    selector.register(pipe, selectors.EVENT_READ, name)
            while selector.get_map():
                for key, _ in selector.select(0.05):
                    self._take(selector, key)
                for key in list(selector.get_map().values()):
                    if key.data in self._close_wanted:
                        self._drop(selector, key)

    def _take(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        piece = os.read(key.fd, 65536)
        if not piece:
            self._drop(selector, key)
            return
        with self._changed:
            self._heard[key.data] += piece
            self._changed.notify_all()

    def _drop(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        with self._changed:
            selector.unregister(key.fileobj)
            getattr(self._process, key.data).close()
            self._changed.notify_all()


def _stdin(stdin: bytes | int | str | None) -> int:
    if stdin is None:
        return subprocess.DEVNULL
    return stdin if isinstance(stdin, int) else subprocess.PIPE


def environment(root: Path, **more: str) -> dict[str, str]:
    """A clean environment with every folder under root; only PATH and coverage's own are inherited."""
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("COVERAGE_")}
    folders = {
        "HOME": root,
        "XDG_DATA_HOME": root / ".local/share",
        "XDG_CONFIG_HOME": root / ".config",
        "XDG_CACHE_HOME": root / ".cache",
        "XDG_STATE_HOME": root / ".local/state",
        "XDG_RUNTIME_DIR": root / "run",
        "TMPDIR": root / "tmp",
    }
    # A key of the developer's own, in the system's keyring, must never be found by a test.
    fixed = {"LANG": "C.UTF-8", "PYTHONSAFEPATH": "1", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    return kept | {name: str(path) for name, path in folders.items()} | fixed | more


def start(argv: Sequence[Argument], *, program: Sequence[Argument] = PROGRAM, **how: Any) -> Running:
    """Start the program; see `Running` for `env`, `cwd`, `stdin`, `stdout`, `stderr` and `launch`."""
    return Running([*program, *argv], **how)


def run(
    argv: Sequence[Argument], *, program: Sequence[Argument] = PROGRAM, timeout: float = PATIENCE, **how: Any
) -> Result:
    """Run the program to its end."""
    with start(argv, program=program, **how) as running:
        return running.wait(timeout)


# In a terminal


@dataclass(frozen=True)
class Screen:
    """What a terminal got, byte for byte, and how the program ended; `stdout` where that was a pipe."""

    status: int
    screen: bytes
    stdout: bytes

    @property
    def text(self) -> str:
        """The bytes as text, line ends as the terminal has them."""
        return self.screen.decode("utf-8", "replace")


class Terminal:
    """The program inside a terminal of its own (which is its controlling one)."""

    def __init__(
        self,
        command: Sequence[Argument],
        *,
        env: Mapping[str, str],
        cwd: Path,
        rows: int = 24,
        columns: int = 80,
        pipe_stdout: bool = False,
        launch: Launch = PLAIN,
    ) -> None:
        self._master, slave = os.openpty()
        self.resize(rows, columns)
        arranged = replace(launch, terminal=True)
        self._running = Running(
            arranged.command(command),
            env={"TERM": "xterm-256color"} | dict(env),
            cwd=cwd,
            stdin=slave,
            stdout=None if pipe_stdout else slave,
            stderr=slave,
        )
        os.close(slave)
        self._child = fdspawn(self._master, timeout=PATIENCE)
        self._screen = bytearray()
        self._child.logfile_read = self

    def flush(self) -> None:
        """For pexpect, which treats this as its log."""

    def write(self, data: bytes) -> None:
        """For pexpect: what the terminal got."""
        self._screen += data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.__exit__(kind, fault, trace)
        self._child.close()

    @property
    def screen(self) -> bytes:
        """What the terminal got so far, as far as it was read."""
        return bytes(self._screen)

    @property
    def running(self) -> Running:
        """The process."""
        return self._running

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, pattern: str | bytes, timeout: float = PATIENCE) -> None:
        """Read until the pattern (a regular expression) has come."""
        wanted = pattern.encode() if isinstance(pattern, str) else pattern
        try:
            self._child.expect(wanted, timeout=timeout)
        except (EOF, TIMEOUT):
            raise StillRunningError(f"waited for {wanted!r}; the screen: {self.screen[-3000:]!r}") from None

    def type(self, text: str | bytes) -> None:
        """Type something; `\\r` is the enter key, `\\x03` Ctrl-C."""
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def close(self) -> None:
        """Take the terminal away, as a window that is closed does."""
        self._child.close()

    def wait(self, timeout: float = PATIENCE) -> Screen:
        """Read to the program's end."""
        try:
            self._child.expect(EOF, timeout=timeout)
        except TIMEOUT:
            raise StillRunningError(f"still running; the screen: {self.screen[-3000:]!r}") from None
        result = self._running.wait(timeout)
        return Screen(result.status, self.screen, result.stdout)


def in_terminal(
    argv: Sequence[Argument],
    rows: int = 24,
    columns: int = 80,
    *,
    answers: Sequence[tuple[str | bytes, str | bytes]] = (),
    program: Sequence[Argument] = PROGRAM,
    timeout: float = PATIENCE,
    **how: Any,
) -> Screen:
    """Run the program in a terminal; `answers` are pairs of what to wait for and what to type then."""
    with Terminal([*program, *argv], rows=rows, columns=columns, **how) as terminal:
        for question, answer in answers:
            terminal.expect(question, timeout)
            terminal.type(answer)
        return terminal.wait(timeout)


# A user's home


class Home:
    """A user's home under a temporary folder: `work` is the current folder, `env` what is set besides."""

    def __init__(self, root: Path, env: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.work = root / "work"
        self.history_path = root / "data" / "history.jsonl"
        self.config_path = root / "config" / "config.toml"
        self.env: dict[str, str] = dict(env or {})
        self.program: Sequence[Argument] = PROGRAM
        for folder in (self.work, root / "tmp", root / "run"):
            folder.mkdir(parents=True, exist_ok=True)
        (root / "run").chmod(0o700)

    def environment(self, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """The whole environment of a run; a value of None takes a variable away."""
        places = {"SEEDREAM_HISTORY": str(self.history_path), "SEEDREAM_CONFIG": str(self.config_path)}
        whole: dict[str, str | None] = {**environment(self.root), **places, **self.env, **(env or {})}
        return {name: value for name, value in whole.items() if value is not None}

    def _how(self, how: dict[str, Any]) -> dict[str, Any]:
        env = self.environment(how.pop("env", None))
        return {"cwd": self.work, "program": self.program} | how | {"env": env}

    def run(self, *argv: Argument, **how: Any) -> Result:
        """Run the program here; `env` is added to the home's own; see `run` and `Running` for the rest."""
        return run(argv, **self._how(how))

    def gen(self, *argv: Argument, **how: Any) -> Result:
        """`seedream gen …`."""
        return self.run("gen", *argv, **how)

    def start(self, *argv: Argument, **how: Any) -> Running:
        """Start the program here."""
        return start(argv, **self._how(how))

    def in_terminal(self, *argv: Argument, **how: Any) -> Screen:
        """Run the program here in a terminal; see `in_terminal`."""
        return in_terminal(argv, **self._how(how))

    def terminal(self, *argv: Argument, **how: Any) -> Terminal:
        """Start the program here in a terminal."""
        how = self._how(how)
        return Terminal([*how.pop("program"), *argv], **how)

    def configure(self, text: str) -> None:
        """Write the configuration file."""
        self.config_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.config_path.write_text(text, "utf-8")
        self.config_path.chmod(0o600)

    def history(self) -> list[dict[str, Any]]:
        """The records of the history file as they stand there; none where there is no file."""
        if not self.history_path.exists():
            return []
        return [json.loads(line) for line in self.history_path.read_bytes().splitlines()]

    def drafts(self) -> list[dict[str, Any]]:
        """What `history list --all --json` says."""
        return self.run("history", "list", "--all", "--json").expect(0).objects

    def files(self, folder: Path | str = "") -> list[Path]:
        """Every file in a folder below `work`, by default in `work` itself, however deep."""
        return sorted(path for path in (self.work / folder).rglob("*") if path.is_file() or path.is_symlink())

    def holding(self, needle: str | bytes) -> list[Path]:
        """Every file of the home, whatever its place, that holds these bytes."""
        wanted = needle.encode() if isinstance(needle, str) else needle
        files = (path for path in self.root.rglob("*") if path.is_file() and not path.is_symlink())
        return sorted(path for path in files if wanted in path.read_bytes())
