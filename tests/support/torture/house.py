"""Where runs under faults happen: a stage, a service in another process, and a home that both know."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from support.program import environment
from support.replies import CANARY_KEY

TESTS = Path(__file__).parents[2]
ROOT = TESTS.parent


class Partner:
    """A process that answers one line of JSON with another."""

    def __init__(self, module: str, package: Path | None = None) -> None:
        paths = [str(package or ROOT), str(TESTS)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
        )
        self.greeting = self._hear()

    def _hear(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"{self._process.args} ended"
        return json.loads(line)

    def ask(self, order: Mapping[str, Any]) -> Any:
        """Its answer to one order."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()
        self._process.wait(20)


class OwnService(Partner):
    """The scripted service; its ledger is the truth for what was billed."""

    def __init__(self) -> None:
        super().__init__("support.torture.serving")
        self.base_url: str = self.greeting["base_url"]

    def faults(self, seed: int, answers: float = 0.0, downloads: float = 0.0, **more: Any) -> None:
        """Let that share of answers and of downloads go wrong, chosen by seed."""
        given = {"only": None, "only_downloads": None} | more
        self.ask({"do": "faults", "seed": seed, "answers": answers, "downloads": downloads, **given})

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """All POSTs."""
        return self.ask({"do": "ledger"})

    @property
    def posts(self) -> int:
        """How many POSTs came in."""
        return self.ask({"do": "posts"})

    def ledger_since(self, order: int) -> list[dict[str, Any]]:
        """The POSTs from that one on."""
        return self.ask({"do": "ledger", "since": order})

    @property
    def requests(self) -> list[tuple[str, str, bytes]]:
        """Method, target and bytes of everything that was asked."""
        return [(method, target, data.encode("latin-1")) for method, target, data in self.ask({"do": "requests"})]


@dataclass(frozen=True)
class Run:
    """How a run on the stage ended, and what it did."""

    status: int
    stdout: bytes
    stderr: bytes
    argv: tuple[str, ...] = ()
    struck: dict[str, Any] | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0
    timed_out: bool = False
    peak: int = 0
    signals: int = 0
    lasted: float = 0.0
    """Seconds from the last signal to the end."""

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The lines of stdout as JSON."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def __str__(self) -> str:
        struck = self.struck and {key: self.struck[key] for key in ("number", "name", "paths")}
        return (
            f"{self.argv} ended with {self.status}, struck at {struck}\n{self.stderr.decode(errors='replace')[-1500:]}"
        )


class Stage(Partner):
    """Runs the program by forks; `package` is the folder that holds another copy of it."""

    def __init__(self, package: Path | None = None) -> None:
        super().__init__("support.torture.stage", package)
        self.package = package

    @property
    def why_not(self) -> str | None:
        """Why nothing can be traced here."""
        return self.greeting["why_not"]

    def run(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path, **how: Any) -> Run:
        """One run to its end."""
        if "stdin" in how:
            how["stdin"] = how["stdin"].hex()
        made = self.ask({"argv": list(argv), "env": dict(env), "cwd": str(cwd), **how})
        made |= {name: bytes.fromhex(made[name]) for name in ("stdout", "stderr")}
        return Run(argv=tuple(argv), **made)


class House:
    """A user's home on a stage."""

    def __init__(self, root: Path, stage: Stage, base_url: str, **env: str) -> None:
        self.root, self.stage = root, stage
        self.work = root / "work"
        self.history_path = root / "data" / "history.jsonl"
        self.env = environment(root) | {
            "SEEDREAM_HISTORY": str(self.history_path),
            "SEEDREAM_CONFIG": str(root / "config" / "config.toml"),
            "SEEDREAM_BASE_URL": base_url,
            "BYTESPIKE_API_KEY": CANARY_KEY,
            **env,
        }
        for folder in (self.work, root / "tmp", root / "run"):
            folder.mkdir(parents=True, exist_ok=True)
        (root / "run").chmod(0o700)

    def run(self, *argv: str, **how: Any) -> Run:
        """The program, here."""
        env = self.env | how.pop("env", {})
        return self.stage.run(argv, env, how.pop("cwd", self.work), **how)

    def traced(self, *argv: str, **how: Any) -> Run:
        """The program, here, with its calls counted; `fault`, `kinds` and `record` as the stage takes them."""
        return self.run(*argv, traced=True, root=str(self.root), **how)

    def state(self) -> str:
        """What lies on the disk, without what differs from run to run: names of ids, times, seeds."""
        ids: dict[str, int] = {}
        seen: list[str] = []
        if self.history_path.exists():
            seen += [_shape(line, ids) for line in self.history_path.read_bytes().split(b"\n")]
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            for each, number in ids.items():
                name = name.replace(each, f"<{number}>")
            size = path.stat().st_size if path.suffix == ".part" else 0
            kind = "folder" if path.is_dir() else f"{path.suffix} {size > 0}"
            seen.append(name.rpartition("/")[0] + kind if path.suffix in {".part", ".lock", ".png"} else name + kind)
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()


MakeHouse = Callable[..., House]
"""Makes houses by number; keywords are environment variables."""


def _shape(line: bytes, ids: dict[str, int]) -> str:
    try:
        record = json.loads(line)
        number = ids.setdefault(record["id"], len(ids))
    except (ValueError, KeyError, TypeError):
        return f"torn {bool(line)}"
    return " ".join(str(part) for part in (number, *sorted(key for key in record if key != "id"), record.get("kind")))
