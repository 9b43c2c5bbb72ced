"""The grammar of templates: text with choices, names and wildcards in it, and how any text is written literally.

{red|blue}      one of the options; an option may be empty, and may hold a template
{2$$a|b|c}      two different ones of them, joined by ", "
{name}          what the row has in the column `name`
__name__        a line of the wildcard file `name.txt`
\\{ \\} \\| \\_ \\$ \\\\   that character itself; before any other character a backslash is a backslash
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten

DEEPEST: Final = 10
"""How deep braces may stand in braces, and wildcards' lines name wildcards."""

_TOKEN: Final = re.compile(
    r"\\(?P<literal>[{}|_$\\])|(?P<mark>[{}|]|\$\$)"
    # Two underscores begin a wildcard where text follows and the next two end it at once: `__ and __` is text.
    r"|__(?P<wildcard>[^\s_{}|\\](?:(?!__)[^\r\n{}|\\]){0,198}+)(?<!\s)__"
    r"|(?P<text>[^\\{}|_$]+|.)",
    re.DOTALL,
)
_WILDCARD: Final = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*")
_LITERALLY: Final = "a backslash before it makes it literal: "


class Name(NamedTuple):
    """A column's name, and where in the template it stands (from 1)."""

    name: str
    position: int


class Wildcard(NamedTuple):
    """A wildcard file's name without its suffix, and where in the template it stands (from 1)."""

    name: str
    position: int


class Choice(NamedTuple):
    """Options of which one, or so many different ones, are taken."""

    options: tuple[Template, ...]
    take: int


Template = tuple[str | Name | Wildcard | Choice, ...]
"""Parts in a row; no two neighbours are text."""


def escape(text: str) -> str:
    """Return the template that means exactly this text."""
    return re.sub(r"[{}|_$\\]", r"\\\g<0>", text)


def parse(text: str, place: str) -> Template:
    """Return a template's parts.

    Args:
        place: where the text stands, for messages.

    Raises:
        InputError: where it does not follow the grammar: names the place, the character (from 1) and what was expected.
    """
    if not re.search(r"[{}\\]|__", text):
        return (text,) if text else ()
    return _Parser(text, place).template()


class _Braces:
    """Braces that are open: what has been read of them."""

    __slots__ = ("options", "parts", "position", "take")

    def __init__(self, position: int) -> None:
        self.position = position
        self.take: int | None = None
        self.options: list[Template] = []
        self.parts: list[str | Name | Wildcard | Choice] = []


class _Parser:
    def __init__(self, text: str, place: str) -> None:
        self.text = text
        self.place = place
        self.open = [_Braces(0)]

    def fault(self, position: int, message: str, hint: str) -> InputError:
        return InputError(f"{self.place}, character {position}: {message}", hint=hint)

    def template(self) -> Template:
        marks = {"{": self._begin, "|": self._next_option, "$$": self._take, "}": self._end}
        for match in _TOKEN.finditer(self.text):
            position = match.start() + 1
            if match["mark"]:
                marks[match["mark"]](position)
            elif match["wildcard"]:
                self._wildcard(match["wildcard"], position)
            else:
                self.open[-1].parts.append(match["literal"] or match["text"])
        if len(self.open) > 1:
            raise self.fault(self.open[-1].position, "this '{' is never closed by a '}'", _LITERALLY + "\\{")
        return _joined(self.open[0].parts)

    def _begin(self, position: int) -> None:
        if len(self.open) > DEEPEST:
            raise self.fault(position, f"braces stand more than {DEEPEST} deep", _LITERALLY + "\\{")
        self.open.append(_Braces(position))

    def _next_option(self, _position: int) -> None:
        braces = self.open[-1]
        if len(self.open) == 1:
            braces.parts.append("|")
        else:
            braces.options.append(_joined(braces.parts))
            braces.parts = []

    def _take(self, position: int) -> None:
        braces = self.open[-1]
        if len(self.open) == 1:
            braces.parts.append("$$")
            return
        if braces.take is not None or braces.options or not _is_count(_joined(braces.parts)):
            raise self.fault(
                position,
                "'$$' stands once in braces, after how many options to take, as in {2$$a|b|c}",
                "options are joined by ', '; write \\$\\$ for the characters themselves",
            )
        braces.take = int("".join(map(str, braces.parts)))
        braces.parts = []

    def _end(self, position: int) -> None:
        if len(self.open) == 1:
            raise self.fault(position, "this '}' closes nothing", _LITERALLY + "\\}")
        braces = self.open.pop()
        options = [*braces.options, _joined(braces.parts)]
        part: Name | Choice
        if braces.take is None and len(options) == 1:
            part = self._name(options[0], braces.position, position)
        else:
            take = 1 if braces.take is None else braces.take
            if not 1 <= take <= len(options):
                raise self.fault(
                    braces.position,
                    f"{take} of {len(options)} options cannot be taken",
                    f"1 to {len(options)} can: {{{len(options)}$$a|b|…}}",
                )
            part = Choice(tuple(options), take)
        self.open[-1].parts.append(part)

    def _name(self, option: Template, begins: int, ends: int) -> Name:
        inside = self.text[begins : ends - 1]
        if len(option) != 1 or not isinstance(option[0], str):
            what = "are empty" if not inside else "hold neither options with | between them nor a column's name"
            raise self.fault(begins, f"braces {what}", _spelt(inside))
        return Name(option[0], begins)

    def _wildcard(self, name: str, position: int) -> None:
        if not _WILDCARD.fullmatch(name):
            named = f"'__{shorten(name, 60)}__' names no wildcard file"
            expected = "expected letters, digits, - and _, with / for folders"
            raise self.fault(position, f"{named}; {expected}", _LITERALLY + "\\_")
        self.open[-1].parts.append(Wildcard(name, position))


def _is_count(template: Template) -> bool:
    if len(template) != 1 or not isinstance(template[0], str):
        return False
    return template[0].isascii() and template[0].isdigit() and len(template[0]) <= 6


def _spelt(inside: str) -> str:
    """Say how braces and what they hold are written literally."""
    kind = "is this JSON? " if inside.lstrip().startswith('"') else ""
    return f"{kind}backslashes make braces literal: {shorten(escape('{' + inside + '}'), 80)}"


def literally(name: str) -> str:
    """Return a hint how `{name}` is written literally."""
    return _spelt(name)


def _joined(parts: list[str | Name | Wildcard | Choice]) -> Template:
    joined: list[str | Name | Wildcard | Choice] = []
    text: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
            continue
        if text:
            joined.append("".join(text))
            text = []
        joined.append(part)
    return (*joined, "".join(text)) if text else tuple(joined)
