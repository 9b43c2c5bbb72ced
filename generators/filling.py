"""What all shells' completions have in common: templates of each shell's own, filled with what the tree says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generators.tree import Command, valued
from generators.values import settings_values
from seedream_cli import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATES: Final = Path(__file__).with_name("templates")
_MARK: Final = re.compile(r"@@([A-Z]+)@@")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with each `@@NAME@@` replaced.

    Raises:
        KeyError: where a name has no value.
    """
    return _MARK.sub(lambda mark: values[mark[1]], (_TEMPLATES / template).read_text("utf-8"))


def recent() -> str:
    """Return the awk program that finds recent ids, tags and batches, for a shell's single quotes."""
    program = (_TEMPLATES / "recent.awk").read_text("utf-8").rstrip("\n")
    if "'" in program:
        raise ValueError("recent.awk stands between single quotes")
    return program


def option_values(tree: Command) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return what options' values may be: by name what holds for most commands; by path and name, where others do."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    each = [
        (command.path, name, str(option.values))
        for command in tree.everything()
        for option in command.options
        if option.values is not None
        for name in option.names
    ]
    for _, name, values in each:
        found[name][values] += 1
    usual = {name: counted.most_common(1)[0][0] for name, counted in sorted(found.items())}
    return usual, {(path, name): values for path, name, values in each if values != usual[name]}


def indented(lines: list[str], by: int = 4) -> str:
    """Return lines as one text, each so many spaces further in."""
    return "\n".join(" " * by + line for line in lines)


def common(tree: Command) -> dict[str, str]:
    """Return what all templates are filled with."""
    return {
        "RECENT": recent(),
        "VALUED": " ".join(valued(tree)),
        "MODELS": " ".join(model.id for model in catalog.MODELS),
        "FINAL": catalog.FINAL_MODEL,
        "KEYS": " ".join(settings_values()),
    }


def defaults(tree: Command) -> dict[str, str]:
    """Return by each group's path that of the command below it that is meant where only options are given."""
    return {each.path: f"{each.path} {each.default}" for each in tree.everything() if each.default}
