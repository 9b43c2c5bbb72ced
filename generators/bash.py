"""The completion for bash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generators.filling import common, defaults, fill, indented, option_values
from generators.values import PICTURES, settings_values, sizes
from seedream_cli import catalog

if TYPE_CHECKING:
    from generators.tree import Command


def bash(tree: Command) -> str:
    """Return the completion for bash."""
    usual, others = option_values(tree)
    commands = []
    for command in tree.everything():
        said = {
            "commands": " ".join(below.words[-1] for below in command.commands),
            "options": " ".join(name for option in command.options for name in option.names),
            "arguments": " ".join(f"{each.values}{'*' * each.repeatable}" for each in command.arguments),
        }
        commands.append(f"'{command.path}')")
        commands += [f"    {name}='{words}'" for name, words in said.items() if words]
        commands.append("    ;;")
    values = [f"'{path} {name}') kind={_word(kind)} ;;" for (path, name), kind in others.items()]
    for kind in sorted({*usual.values()} - {"nothing"}):
        names = "|".join(rf"*\ {name}" for name, its in usual.items() if its == kind)
        values.append(f"{names}) kind={_word(kind)} ;;")
    by_model = [f"{model.id}) __seedream_words '{' '.join(sizes(model))}' ;;" for model in catalog.MODELS]
    by_key = [f"{key}) __seedream_words '{' '.join(words)}' ;;" for key, words in settings_values().items() if words]
    meant = [f"'{path}') path='{other}' ;;" for path, other in defaults(tree).items()]
    return fill(
        "seedream.bash",
        {
            **common(tree),
            "COMMANDS": indented(commands),
            "VALUES": indented(values),
            "SIZES": indented([*by_model, f"*) __seedream_words '{' '.join(sizes(None))}' ;;"]),
            "SETTINGS": indented(by_key),
            "DEFAULTS": indented(meant),
            "PICTURES": ",".join(PICTURES),
        },
    )


def _word(kind: str) -> str:
    return f"'{kind}'" if kind.startswith("words") else kind
