"""The completion for zsh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generators.filling import common, fill, indented
from generators.values import PICTURES, Kind, settings_values, sizes
from seedream_cli import catalog

if TYPE_CHECKING:
    from generators.tree import Command, Option


def zsh(tree: Command) -> str:
    """Return the completion for zsh."""
    by_model = [f"({model.id}) sizes=({' '.join(sizes(model))}) ;;" for model in catalog.MODELS]
    by_key = [f"({key}) values=({' '.join(words)}) ;;" for key, words in settings_values().items() if words]
    return fill(
        "_seedream",
        {
            **common(tree),
            "SIZES": indented([*by_model, f"(*) sizes=({' '.join(sizes(None))}) ;;"]),
            "SETTINGS": indented(by_key),
            "PICTURES": f"*.({'|'.join(PICTURES)})",
            "FUNCTIONS": "\n\n".join(_function(command) for command in tree.everything()),
        },
    )


def _function(command: Command) -> str:
    name = "_".join(("_seedream", *command.words))
    specs = [spec for option in command.options for spec in _option(option, command)]
    lines = [f"{name}() {{"]
    if command.commands:
        lines += ["    local curcontext=$curcontext state line ret=1 place=2", "    local -A opt_args"]
        if command.default:
            common = "|".join(name for option in command.options for name in option.names)
            lines += [
                f"    while [[ $words[place] == ({common}) && place -lt CURRENT ]]; do ((place++)); done",
                f"    [[ $words[place] != -* ]] || {{ {name}_{command.default}; return }}",
            ]
        described = [_quoted(f"{_colons(below.words[-1])}:{below.summary}") for below in command.commands]
        specs += ["'1: :->command'", "'*:: :->arguments'"]
        lines += [
            f"    local -a commands=(\n{indented(described, 8)}\n    )",
            "    _arguments -C -s -S : \\\n" + " \\\n".join(f"        {spec}" for spec in specs) + " && ret=0",
            "    case $state in",
            "    (command) _describe -V -t commands command commands && ret=0 ;;",
            f"    (arguments) (( $+functions[{name}_$words[1]] )) && {name}_$words[1] && ret=0 ;;",
            "    esac",
            "    return ret",
        ]
    else:
        for place, argument in enumerate(command.arguments, 1):
            where = "*" if argument.repeatable else str(place)
            message = _colons(argument.metavar.strip("[]").removesuffix("..."))
            specs.append(_quoted(f"{where}:{message}:{_action(str(argument.values), command)}"))
        lines.append("    _arguments -s -S : \\\n" + " \\\n".join(f"        {spec}" for spec in specs))
    return "\n".join([*lines, "}"])


def _option(option: Option, command: Command) -> list[str]:
    text = option.help.replace("\\", r"\\").replace("[", r"\[").replace("]", r"\]").replace(":", r"\:")
    value = ""
    if option.values is not None:
        value = f":{_colons(option.metavar)}:{_action(str(option.values), command)}"
    others = "*" if option.repeatable else f"({' '.join(option.names)})"
    specs = []
    for name in option.names:
        takes = "" if not value else "=" if name.startswith("--") else "+"
        specs.append(_quoted(f"{others}{name}{takes}[{text}]{value}"))
    return specs


def _action(kind: str, command: Command) -> str:
    # A function's name after a space is called without what _arguments would add.
    name, _, words = kind.partition(":")
    final = command.words[-1:] == ("final",)
    actions = {
        Kind.NOTHING: " ",
        Kind.WORDS: f"({words.replace(',', ' ')})",
        Kind.MODELS: f"({' '.join(model.id for model in catalog.MODELS)})",
        Kind.SIZES: f" __seedream_sizes {'final' if final else 'any'}",
        Kind.TAGS: " __seedream_texts tags",
        Kind.BATCHES: " __seedream_texts batches",
        Kind.FOLDERS: "_path_files -/",
        Kind.FILES: f'_files -g "*.({words.replace(",", "|")})(-.)"' if words else "_files",
    }
    return actions.get(Kind(name), f" __seedream_{name}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _colons(text: str) -> str:
    return text.replace(":", r"\:")
