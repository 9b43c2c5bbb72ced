"""The program, imported once and run many times: each run is a fork of this process, traced where that is asked for.

A run is `seedream_cli.__main__.run()` with its own arguments, environment, folder and streams, in a process of its own
that ends as the program ends; only the start of the interpreter is shared. Which copy of the package is run, PYTHONPATH
says. Reads one job a line from stdin (JSON), answers one line each.
"""

import contextlib
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from typing import Any, NoReturn

from support.torture import tracer


def _warm() -> None:
    """Import whatever the program would import; nothing of it runs."""
    import seedream_cli

    for found in pkgutil.walk_packages(seedream_cli.__path__, "seedream_cli."):
        if not found.name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(found.name)
    for name in (
        "seedream_cli.__main__",
        "httpx",
        "stringzilla",
        "zlib_ng.zlib_ng",
        "http.cookiejar",
        "ssl",
        "PIL.Image",
    ):
        importlib.import_module(name)
    # What a first use imports: codecs, the resolver, the client's own modules.
    with contextlib.suppress(httpx_error()):
        sys.modules["httpx"].get("http://127.0.0.1:9/", trust_env=False)
    "ä".encode("idna")


def httpx_error() -> type[Exception]:
    """What a request to a closed port ends with."""
    import httpx

    return httpx.HTTPError


def _perform(job: dict[str, Any], streams: list[int]) -> NoReturn:
    from seedream_cli.__main__ import run

    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(job["env"])
    os.umask(0o022)
    os.chdir(job["cwd"])
    for name, most in job.get("limits", {}).items():
        resource.setrlimit(getattr(resource, name), (most, most))
    sys.argv = ["seedream", *job["argv"]]
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    with tracer.quiet_signals():
        run()
    os._exit(98)


def _run(job: dict[str, Any]) -> dict[str, Any]:
    nothing = os.open(os.devnull, os.O_RDONLY)
    if "stdin" in job:
        nothing = os.memfd_create("in")
        os.write(nothing, bytes.fromhex(job["stdin"]))
        os.lseek(nothing, 0, os.SEEK_SET)
    streams = [nothing, os.memfd_create("out"), os.memfd_create("err")]
    try:
        made = _traced(job, streams) if job.get("traced") else _plain(job, streams)
        heard = {name: _read(stream) for name, stream in zip(("stdout", "stderr"), streams[1:], strict=True)}
    finally:
        for stream in streams:
            os.close(stream)
    return made | heard


def _read(stream: int) -> str:
    os.lseek(stream, 0, os.SEEK_SET)
    with open(os.dup(stream), "rb") as file:
        return file.read().hex()


def _plain(job: dict[str, Any], streams: list[int]) -> dict[str, Any]:
    pid = os.fork()
    if pid == 0:
        try:
            _perform(job, streams)
        finally:
            os._exit(97)
    late = False

    def too_late(*_: object) -> None:
        nonlocal late
        late = True
        os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, job.get("patience", 30))
    _, status, usage = os.wait4(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {"status": os.waitstatus_to_exitcode(status), "timed_out": late, "peak": usage.ru_maxrss * 1024}


def _traced(job: dict[str, Any], streams: list[int]) -> dict[str, Any]:
    root = job["root"]
    kinds = set(job.get("kinds") or ())

    def chosen(call: tracer.Call) -> bool:
        if kinds and call.name not in kinds:
            return False
        if call.name in tracer.READS:
            return bool(kinds) and (call.paths[0].startswith(root) or call.name == "recvfrom")
        if call.name == "openat":
            return call.paths[0].startswith(root) and (call.creates or bool(kinds))
        if call.name in {"flock", "connect"}:
            return bool(kinds)
        near = (root, "/memfd:out", "/memfd:err", "socket:", "pipe:")
        return any(path.startswith(near) for path in call.paths)

    fault = tracer.Fault(**job["fault"]) if job.get("fault") else None
    traced = tracer.trace(lambda: _perform(job, streams), chosen=chosen, fault=fault, patience=job.get("patience", 30))
    struck = tracer.as_json(traced.struck) if traced.struck else None
    calls = [tracer.as_json(call) for call in traced.calls] if job.get("record") else []
    return {
        "status": traced.status, "struck": struck, "calls": calls, "count": len(traced.calls),
        "timed_out": traced.timed_out, "peak": traced.peak, "signals": traced.signals, "lasted": traced.lasted,
    }  # fmt: skip


def main() -> None:
    """Answer jobs until stdin ends."""
    reason = tracer.why_not()
    _warm()
    sys.stdout.write(
        json.dumps({"ready": True, "why_not": reason, "package": sys.modules["seedream_cli"].__file__}) + "\n"
    )
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
