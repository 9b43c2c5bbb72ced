"""Batch files and what became of them."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from seedream_cli.context import Context
from seedream_cli.drafts import timestamp
from seedream_cli.drawing.turns import one_at_a_time
from support.program import Home, Result


def write(home: Home, *lines: str, name: str = "prompts.txt") -> str:
    """Write a batch file of these lines into the current folder and give its name."""
    (home.work / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return name


def animals(count: int) -> list[str]:
    """So many prompts."""
    return [f"animal {number}" for number in range(1, count + 1)]


def statuses(drafts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many drafts have which status."""
    return dict(Counter(draft["status"] for draft in drafts))


def told(result: Result) -> str:
    """The sum that a batch ends with, without the time that it took."""
    return result.talk.splitlines()[-1].rpartition("; ")[0]


def pictures(home: Home, folder: str = "") -> list[str]:
    """The names of all pictures in a folder below the current one, and below that."""
    return [str(path.relative_to(home.work)) for path in home.files(folder) if path.suffix == ".png"]


def rewrite_history(home: Home, **changes: Mapping[str, Any]) -> None:
    """Change fields of all records of a kind; a value may be a function of the old one."""
    made = []
    for record in home.history():
        for name, value in changes.get(record["kind"], {}).items():
            record[name] = value(record[name]) if callable(value) else value
        made.append(json.dumps(record, separators=(",", ":"), ensure_ascii=False))
    home.history_path.write_text("".join(f"{line}\n" for line in made), "utf-8")


def let_urls_die(home: Home) -> None:
    """Have all URLs of pictures expire."""
    rewrite_history(home, answer={"expires": timestamp(time.time() - 1)})


def pull_under_way(home: Home) -> AbstractContextManager[None]:
    """Hold what a command holds while it fetches or copies pictures."""
    return one_at_a_time(home.history_path.with_name("history.jsonl.d"), Context({"HOME": str(home.root)}).console)


def seed_in(path: str | Path) -> int:
    """The seed in a picture's name, `{slug}-{seed}-{id}.{ext}`."""
    return int(Path(path).stem.split("-")[-2])
