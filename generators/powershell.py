"""The completion for PowerShell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generators.filling import common, defaults, fill, indented, option_values
from generators.values import Kind, settings_values, sizes
from seedream_cli import catalog

if TYPE_CHECKING:
    from generators.tree import Command


def powershell(tree: Command) -> str:
    """Return the completion for PowerShell."""
    usual, others = option_values(tree)
    commands, options, arguments = [], [], []
    for command in tree.everything():
        key = _single(command.path)
        if command.commands:
            below = "; ".join(f"{_single(each.words[-1])} = {_single(each.summary)}" for each in command.commands)
            commands.append(f"{key} = [ordered]@{{ {below} }}")
        said = "; ".join(f"{_single(name)} = {_single(each.help)}" for each in command.options for name in each.names)
        options.append(f"{key} = [ordered]@{{ {said} }}")
        if command.arguments:
            kinds = ", ".join(_single(f"{each.values}{'*' * each.repeatable}") for each in command.arguments)
            arguments.append(f"{key} = @({kinds})")
    values = [f"{_single(name)} = {_single(kind)}" for name, kind in usual.items() if kind != Kind.NOTHING]
    values += [f"{_single(f'{path} {name}')} = {_single(kind)}" for (path, name), kind in others.items()]

    def listed(words: tuple[str, ...]) -> str:
        return f"@({', '.join(map(_single, words))})"

    by_model = [f"{_single(model.id)} = {listed(sizes(model))}" for model in catalog.MODELS]
    by_key = [f"{_single(key)} = {listed(words)}" for key, words in settings_values().items() if words]
    meant = "; ".join(f"{_single(path)} = {_single(other)}" for path, other in defaults(tree).items())
    return fill(
        "seedream.ps1",
        {
            **common(tree),
            "COMMANDS": indented(commands, 8),
            "OPTIONS": indented(options, 8),
            "ARGUMENTS": indented(arguments, 8),
            "VALUES": indented(values, 8),
            "DEFAULTS": meant,
            "SIZES": indented([*by_model, f"'' = {listed(sizes(None))}"], 8),
            "SETTINGS": indented(by_key, 8),
        },
    )


def _single(text: str) -> str:
    """Quote a text for PowerShell."""
    return "'" + text.replace("'", "''") + "'"
