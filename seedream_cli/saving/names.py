"""File names: slugs of prompts, and the templates of `--output`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDERS: Final = ("id", "seed", "index", "slug", "model", "ext")

_SLUG_LENGTH: Final = 48
_LOOKED_AT: Final = 400
_NOT_ALLOWED: Final = re.compile(r"[^a-z0-9]+")
_NOT_ALLOWED_IN_FIELD: Final = re.compile(r"[^A-Za-z0-9._-]+")


def slug(prompt: str) -> str:
    """Return a short name for a prompt: `a-z0-9` and single hyphens, at most 48 characters, never empty.

    Other scripts are transliterated, so that names are safe on every file system and still say something.
    """
    text = prompt[:_LOOKED_AT]
    if not text.isascii():
        from anyascii import anyascii

        # Spaces keep ideographs apart: 山水 becomes shan-shui.
        text = "".join(c if c.isascii() else f" {anyascii(c)} " if c >= "\u2e80" else anyascii(c) for c in text)
    words = _NOT_ALLOWED.sub("-", text.lower()).strip("-")
    if len(words) > _SLUG_LENGTH:
        cut = words[: _SLUG_LENGTH + 1]
        words = cut.rpartition("-")[0] or cut[:_SLUG_LENGTH]
    return words or "draft"


def parse_template(text: str) -> list[tuple[str, str | None]]:
    """Split a template into literal text and the name of the placeholder that follows it, if any.

    Raises:
        InputError: on a placeholder that there is none of, or a lone brace.
    """
    from string import Formatter

    hint = "placeholders are " + " ".join(f"{{{name}}}" for name in PLACEHOLDERS) + "; write {{ for a brace"
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        raise InputError(f"a lone brace in the output '{text}'", hint=hint) from None
    for _, name, format_spec, conversion in fields:
        if name in PLACEHOLDERS and (format_spec or conversion):
            raise InputError(f"{{{name}}} is filled in as it is: nothing goes behind the name in '{text}'", hint=hint)
        if name is not None and name not in PLACEHOLDERS:
            raise InputError(f"unknown placeholder '{{{name}}}' in the output '{text}'", hint=hint)
    return [(literal, name) for literal, name, _, _ in fields]


def fill_template(template: list[tuple[str, str | None]], values: Mapping[str, str]) -> tuple[str, ...]:
    """Fill in a parsed template.

    Args:
        template: as `parse_template` returns it.
        values: by placeholder, without `ext`; whatever a file name should not hold is replaced.

    Returns:
        The text, split wherever the extension goes.
    """
    parts = [""]
    for literal, name in template:
        parts[-1] += literal
        if name == "ext":
            parts.append("")
        elif name is not None:
            parts[-1] += _NOT_ALLOWED_IN_FIELD.sub("-", values[name])[:_SLUG_LENGTH].strip(".") or "-"
    return tuple(parts)
