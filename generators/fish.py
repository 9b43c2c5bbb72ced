"""The completion for fish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generators.filling import common, defaults, fill, indented, recent
from generators.values import PICTURES, Kind, settings_values, sizes
from seedream_cli import catalog

if TYPE_CHECKING:
    from generators.tree import Command, Option


def fish(tree: Command) -> str:
    """Return the completion for fish."""

    def listed(words: tuple[str, ...]) -> str:
        return f"printf '%s\\n' {' '.join(words)}"

    by_model = [f"case {model.id}\n            {listed(sizes(model))}" for model in catalog.MODELS]
    by_key = [f"case {key}\n            {listed(words)}" for key, words in settings_values().items() if words]
    meant = [
        f"case {_quoted(path)}\n                    set path {_quoted(other)}" for path, other in defaults(tree).items()
    ]
    groups = " ".join(_quoted(command.path) for command in tree.everything() if command.commands and command.words)
    return fill(
        "seedream.fish",
        {
            **common(tree),
            "RECENT": recent().replace("\\", "\\\\"),  # these quotes know a backslash
            "PICTURES": " ".join(PICTURES),
            "GROUPS": groups,
            "COMMON": " ".join(name for option in tree.options for name in option.names),
            "DEFAULTS": indented(meant, 16),
            "SIZES": indented([*by_model, f"case '*'\n            {listed(sizes(None))}"], 8),
            "SETTINGS": indented(by_key, 8),
            "COMPLETE": "\n".join(line for command in tree.everything() for line in _lines(command)),
        },
    )


def _lines(command: Command) -> list[str]:
    here = f"complete -c seedream -n {_quoted(f'__seedream_at {_quoted(command.path)}')}"
    lines = [f"{here} -a {below.words[-1]} -d {_quoted(below.summary)}" for below in command.commands]
    default = next((below for below in command.commands if below.words[-1] == command.default), None)
    known = {name for option in command.options for name in option.names}
    options = [
        *command.options,
        *(each for each in (default.options if default else ()) if known.isdisjoint(each.names)),
    ]
    lines += [f"{here} {line}" for option in options for line in _option(option, command)]
    for place, argument in enumerate(command.arguments, 1):
        condition = f"__seedream_argument {place}{'+' * argument.repeatable} {_quoted(command.path)}"
        action = _action(str(argument.values), command)
        if action:
            lines.append(f"complete -c seedream -n {_quoted(condition)} {action}")
    return lines


def _option(option: Option, command: Command) -> list[str]:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    if option.values is None:
        return [f"{names} -d {_quoted(option.help)}"]
    # What is said of the option is not to be said of each of its values.
    action = _action(str(option.values), command)
    takes = "-r" if action == "-F" else "-x"
    described = f"{names} {takes} -d {_quoted(option.help)}"
    return [f"{names} {takes} {action}", described] if action else [described]


def _action(kind: str, command: Command) -> str:
    name, _, words = kind.partition(":")
    final = command.words[-1:] == ("final",)
    actions = {
        Kind.NOTHING: "",
        Kind.WORDS: f"-k -a {_quoted(words.replace(',', ' '))}",
        Kind.MODELS: f"-k -a {_quoted(' '.join(model.id for model in catalog.MODELS))}",
        Kind.SIZES: f"-k -a '(__seedream_sizes {'final' if final else 'any'})'",
        Kind.TAGS: "-k -a '(__seedream_recent tags)'",
        Kind.BATCHES: "-k -a '(__seedream_recent batches)'",
        Kind.DRAFTS: "-k -a '(__seedream_drafts)'",
        Kind.FOLDERS: "-a '(__fish_complete_directories (commandline -ct))'",
        Kind.FILES: f"-a '(__seedream_files {words.replace(',', ' ')})'" if words else "-F",
        Kind.SETTINGS: f"-k -a {_quoted(' '.join(settings_values()))}",
    }
    return actions.get(Kind(name), f"-a '(__seedream_{name})'")


def _quoted(text: str) -> str:
    """Quote a text for fish where it needs that."""
    if text.replace("-", "").isalnum():
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
