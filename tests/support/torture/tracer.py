"""Runs a function in a child and stops it at each call by which it changes the world: disk, streams, network.

A seccomp filter stops only those calls, whichever thread makes them, so they can be counted in one order: strace counts
for each thread alone, and the first call of a second thread is then never reached. At a stop the child may be killed,
signalled, told that the call failed, or made to write less. Linux on x86-64 only.
"""

import contextlib
import ctypes
import errno
import os
import platform
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

CALLS = {
    1: "write", 18: "pwrite64", 20: "writev", 40: "sendfile", 42: "connect", 44: "sendto", 46: "sendmsg",
    45: "recvfrom", 0: "read", 73: "flock", 74: "fsync", 75: "fdatasync", 76: "truncate", 77: "ftruncate",
    82: "rename", 83: "mkdir", 84: "rmdir", 86: "link", 87: "unlink", 88: "symlink", 90: "chmod", 91: "fchmod",
    257: "openat", 258: "mkdirat", 263: "unlinkat", 264: "renameat", 265: "linkat", 266: "symlinkat",
    17: "pread64", 268: "fchmodat", 285: "fallocate", 316: "renameat2", 326: "copy_file_range",
}  # fmt: skip
PATHS = {
    "truncate": (0,), "rename": (0, 1), "mkdir": (0,), "rmdir": (0,), "link": (0, 1), "unlink": (0,),
    "symlink": (0, 1), "chmod": (0,), "openat": (1,), "mkdirat": (1,), "unlinkat": (1,), "renameat": (1, 3),
    "linkat": (1, 3), "symlinkat": (0, 2), "fchmodat": (1,), "renameat2": (1, 3),
}  # fmt: skip
"""Which arguments are paths."""

ON_DESCRIPTOR = {
    "write", "pwrite64", "writev", "sendto", "fsync", "fdatasync", "ftruncate", "fchmod", "fallocate", "read", "flock",
    "sendmsg", "recvfrom", "pread64", "connect",
}  # fmt: skip
WRITES = {"write", "pwrite64", "sendto"}
READS = {"read", "pread64", "recvfrom"}
_ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
_NAMES = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax",
    "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
)  # fmt: skip
TRACEME, CONT, GETREGS, SETREGS, SYSCALL, SETOPTIONS = 0, 7, 12, 13, 24, 0x4200
_OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x80 | 0x100000  # sysgood, fork, vfork, clone, seccomp, exitkill
_SECCOMP_STOP = signal.SIGTRAP | 7 << 8
_MADE = {signal.SIGTRAP | event << 8 for event in (1, 2, 3)}
_ANY_THREAD = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class _Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in _NAMES]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


@dataclass
class Call:
    """A call about to be made: its place among all, its name, what it works on, the data it writes; what came of it."""

    number: int
    name: str
    paths: tuple[str, ...]
    flags: int = 0
    inode: int = 0
    offset: int = 0
    data: bytes = b""
    size: int = 0
    result: int | None = None

    @property
    def creates(self) -> bool:
        """Whether it opens a file that it may make, or empties."""
        return bool(self.flags & (os.O_CREAT | os.O_TRUNC))

    @property
    def changes(self) -> bool:
        """Whether it changes anything outside the process."""
        if self.name == "openat":
            return self.creates
        return self.name not in READS | {"flock", "connect"}


@dataclass(frozen=True)
class Fault:
    """What happens at the call of this number among those chosen: `kill`, `signal`, `fail` or `short`.

    `sticky`: every later call of the same name fails, too, as on a disk that stays full.
    `again`: seconds after which the same signal comes once more.
    """

    at: int
    do: Literal["kill", "signal", "fail", "short"]
    number: int = 0
    sticky: bool = False
    again: float = 0.0


@dataclass
class Trace:
    """How a traced run ended: a status below 0 is the signal that killed it; `struck`: where the fault's time came.

    `signals`: how many were sent; `lasted`: seconds from the last of them to the end.
    """

    status: int
    calls: list[Call] = field(default_factory=list)
    struck: Call | None = None
    peak: int = 0
    timed_out: bool = False
    signals: int = 0
    lasted: float = 0.0


def why_not() -> str | None:
    """Why nothing can be traced here, or None where it can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return f"tracing is made for Linux on x86-64, not for {sys.platform} on {platform.machine()}"
    pid = os.fork()
    if pid == 0:
        os._exit(0 if _libc.ptrace(TRACEME, 0, None, None) == 0 and _filter() else 1)
    _, status = os.waitpid(pid, 0)
    return None if status == 0 else "this machine lets no process be traced (ptrace or seccomp is forbidden)"


def _filter() -> bool:
    """Stop this process, and what it starts, at the calls of `CALLS`."""
    code = struct.pack("<HBBI", 0x20, 0, 0, 0)  # load the number of the call
    numbers = sorted(CALLS)
    for place, number in enumerate(numbers):
        code += struct.pack("<HBBI", 0x15, len(numbers) - place, 0, number)
    code += struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)  # allow
    code += struct.pack("<HBBI", 0x06, 0, 0, 0x7FF00000)  # stop for the tracer
    program = _Program(len(code) // 8, code)
    allowed = _libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges
    return allowed and _libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0


def trace(
    work: Callable[[], NoReturn],
    *,
    chosen: Callable[[Call], bool],
    fault: Fault | None = None,
    patience: float = 30.0,
    on_stop: Callable[[int, Call], None] = lambda pid, call: None,
) -> Trace:
    """Run `work` in a child to its end, which it makes itself, and count the calls that are `chosen`."""
    pid = os.fork()
    if pid == 0:
        _become_traced(work)
    os.waitpid(pid, 0)
    _ptrace(SETOPTIONS, pid, 0, _OPTIONS)
    _ptrace(CONT, pid, 0, 0)
    return _Tracer(pid, chosen, fault, patience, on_stop).run()


def _become_traced(work: Callable[[], NoReturn]) -> NoReturn:
    try:
        _libc.ptrace(TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        _filter()
        work()
    finally:
        os._exit(99)


def _ptrace(request: int, pid: int, address: int, data: int) -> None:
    if _libc.ptrace(request, pid, address, data) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class _Tracer:
    def __init__(
        self,
        pid: int,
        chosen: Callable[[Call], bool],
        fault: Fault | None,
        patience: float,
        on_stop: Callable[[int, Call], None],
    ) -> None:
        self._pid, self._chosen, self._fault, self._on_stop = pid, chosen, fault, on_stop
        self._patience = patience
        self._trace = Trace(0)
        self._leaving: dict[int, tuple[Call, int | None]] = {}
        self._seen = {pid}
        self._signalled = 0.0
        self._later: threading.Timer | None = None

    def run(self) -> Trace:
        def too_late(*_: object) -> None:
            self._trace.timed_out = True
            os.kill(self._pid, signal.SIGKILL)

        before = signal.signal(signal.SIGALRM, too_late)
        signal.setitimer(signal.ITIMER_REAL, self._patience)
        try:
            while (ended := self._next()) is None:
                pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            if self._later is not None:
                self._later.cancel()
                self._later.join()
        self._trace.lasted = time.monotonic() - self._signalled if self._trace.signals else 0.0
        self._trace.status = ended
        return self._trace

    def _next(self) -> int | None:
        tid, status, usage = os.wait4(-1, _ANY_THREAD)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if tid != self._pid:
                return None
            self._trace.peak = usage.ru_maxrss * 1024
            return os.waitstatus_to_exitcode(status)
        with contextlib.suppress(ProcessLookupError):
            self._stopped(tid, status >> 8)
        return None

    def _stopped(self, tid: int, why: int) -> None:
        how, deliver = CONT, 0
        if why == _SECCOMP_STOP:
            how = self._entering(tid)
        elif why == signal.SIGTRAP | 0x80:
            if tid in self._leaving:
                self._left(tid)
        elif why not in _MADE and why != signal.SIGTRAP:
            deliver = 0 if why == signal.SIGSTOP and tid not in self._seen else why & 0xFF
        self._seen.add(tid)
        _ptrace(how, tid, 0, deliver)

    def _entering(self, tid: int) -> int:
        """Look at a call, and say how the child goes on: to the call's end, or to the next stop."""
        registers = _Registers()
        _ptrace(GETREGS, tid, 0, ctypes.addressof(registers))
        call = _read_call(tid, len(self._trace.calls), registers)
        if not self._chosen(call):
            return CONT
        self._trace.calls.append(call)
        self._on_stop(tid, call)
        return self._strike(tid, call, registers)

    def _strike(self, tid: int, call: Call, registers: _Registers) -> int:
        fault, forced = self._fault, None
        if fault is not None and self._is_time(call, fault):
            self._trace.struck = self._trace.struck or call
            if fault.do == "kill":
                os.kill(self._pid, signal.SIGKILL)
                return CONT
            if fault.do == "signal":
                self._send(fault.number)
                if fault.again:
                    self._later = threading.Timer(fault.again, self._send, (fault.number,))
                    self._later.start()
            elif fault.do == "short" and call.name in WRITES | READS | {"copy_file_range"} and call.size > 1:
                place = "r8" if call.name == "copy_file_range" else "rdx"
                setattr(registers, place, max(1, call.size // 2))
                _ptrace(SETREGS, tid, 0, ctypes.addressof(registers))
            elif fault.do == "fail":
                registers.orig_rax = ctypes.c_ulonglong(-1).value
                forced = ctypes.c_ulonglong(-fault.number).value
                registers.rax = forced
                _ptrace(SETREGS, tid, 0, ctypes.addressof(registers))
        self._leaving[tid] = (call, forced)
        return SYSCALL

    def _send(self, number: int) -> None:
        self._signalled = time.monotonic()
        self._trace.signals += 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)

    def _is_time(self, call: Call, fault: Fault) -> bool:
        if call.number == fault.at:
            return True
        struck = self._trace.struck
        return fault.sticky and struck is not None and call.name == struck.name

    def _left(self, tid: int) -> None:
        call, forced = self._leaving.pop(tid)
        registers = _Registers()
        _ptrace(GETREGS, tid, 0, ctypes.addressof(registers))
        if forced is not None and registers.rax != forced:
            registers.rax = forced
            _ptrace(SETREGS, tid, 0, ctypes.addressof(registers))
        call.result = ctypes.c_longlong(registers.rax).value


def _read_call(tid: int, number: int, registers: _Registers) -> Call:
    name = CALLS.get(registers.orig_rax, str(registers.orig_rax))
    arguments = [getattr(registers, register) for register in _ARGUMENTS]
    paths = tuple(_path(tid, _text(tid, arguments[place])) for place in PATHS.get(name, ()))
    call = Call(number, name, paths)
    if name == "openat":
        call.flags = ctypes.c_int(arguments[2] & 0xFFFFFFFF).value
    if name in ON_DESCRIPTOR:
        _about_descriptor(tid, arguments, call)
    if name == "copy_file_range":
        call.paths = (_target(tid, arguments[0]), _target(tid, arguments[2]))
        call.size = arguments[4]
        call.inode, call.offset = _state(tid, arguments[2])
    if name == "sendfile":
        call.paths = (_target(tid, arguments[1]), _target(tid, arguments[0]))
        call.size = arguments[3]
        call.inode, call.offset = _state(tid, arguments[0])
    return call


def _about_descriptor(tid: int, arguments: list[int], call: Call) -> None:
    call.paths = (_target(tid, arguments[0]),)
    call.inode, call.offset = _state(tid, arguments[0])
    if call.name in WRITES | READS:
        call.size = arguments[2]
    if call.name in WRITES:
        call.data = _memory(tid, arguments[1], min(call.size, 1 << 22))
    if call.name == "pwrite64":
        call.offset = arguments[3]
    if call.name == "ftruncate":
        call.size = arguments[1]


def _memory(tid: int, address: int, size: int) -> bytes:
    with open(f"/proc/{tid}/mem", "rb", 0) as memory:
        memory.seek(address)
        return memory.read(size)


def _text(tid: int, address: int) -> str:
    found = b""
    while b"\0" not in found and len(found) < 1 << 16:
        at = address + len(found)
        found += _memory(tid, at, 4096 - at % 4096)
    return os.fsdecode(found.partition(b"\0")[0])


def _path(tid: int, path: str) -> str:
    return os.path.join(os.readlink(f"/proc/{tid}/cwd"), path)


def _target(tid: int, descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/{tid}/fd/{ctypes.c_int(descriptor & 0xFFFFFFFF).value}")
    except OSError:
        return ""


def _state(tid: int, descriptor: int) -> tuple[int, int]:
    """The inode behind a descriptor and where it writes next."""
    place = f"/proc/{tid}/fd/{descriptor & 0xFFFFFFFF}"
    try:
        found = os.stat(place)
        with open(place.replace("/fd/", "/fdinfo/")) as info:
            told = dict(line.split(":", 1) for line in info if ":" in line)
    except OSError:
        return 0, 0
    appends = int(told["flags"], 8) & os.O_APPEND
    return found.st_ino, found.st_size if appends else int(told["pos"])


@contextlib.contextmanager
def quiet_signals() -> Iterator[None]:
    """Default signals, as a shell gives them to what it starts."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)  # as Python does at its start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    yield


def as_json(call: Call) -> dict[str, Any]:
    """A call as the stage hands it on."""
    return vars(call) | {"data": call.data.hex(), "changes": call.changes}


def now() -> float:
    """Seconds that never jump."""
    return time.monotonic()


ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EMFILE": errno.EMFILE, "EINTR": errno.EINTR}
