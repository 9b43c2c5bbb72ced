"""The `parameters` text that AUTOMATIC1111's web UI writes, which most programs that show prompts can read.

Its form: the prompt, a line `Negative prompt: …` where there is one, and a last line of `Name: value`
pairs between commas; a value with a comma, colon or line break stands in quotes as JSON. There is no way to
escape a prompt that itself has a line beginning with `Negative prompt:`; our own field beside it is
exact.
"""

from __future__ import annotations

import json
import re
from typing import Final

from seedream_cli.saving.picture.facts import PictureFacts, seed_of

_NEGATIVE: Final = "Negative prompt:"
# A hosted model tells neither, but programs look for them: Civitai and most web readers take a text without
# "Steps: " for no parameters at all, sd-parsers 0.6 wants a sampler and three settings of its own list.
_NOT_KNOWN: Final = ("Steps: 0", "Sampler: unknown")

_LINE_BREAK: Final = re.compile("\r\n?")
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NAME: Final = re.compile(r"(?:^|,)\s*\w[\w \-/]{0,40}:")
_QUOTED: Final = r'"(?:\\.|[^\\"])*"'
_WANTED: Final = re.compile(rf"(?:^|,)\s*(Seed|Size|Model):\s*({_QUOTED}|[^,]*)")
_SIZE: Final = re.compile(r"[0-9]{1,6}x[0-9]{1,6}")
_LEAST_NAMES: Final = 3


def to_parameters(facts: PictureFacts) -> str:
    """Write `facts` in that form; control characters and lone surrogates become U+FFFD."""
    lines = [_plain(facts.prompt)]
    if facts.negative_prompt:
        lines.append(f"{_NEGATIVE} {_plain(facts.negative_prompt)}")
    known = (("Seed", facts.seed), ("Size", facts.size), ("Model", facts.model))
    settings = (f"{name}: {_quoted(_plain(str(value)))}" for name, value in known if value is not None)
    lines.append(", ".join((*_NOT_KNOWN, *settings)))
    return "\n".join(lines)


def from_parameters(text: str) -> PictureFacts | None:
    """Read prompt, negative prompt, seed, size and model from such a text; None for any other text."""
    body, _, settings = text.strip().rpartition("\n")
    # As the web UI itself tells settings from a prompt's last line.
    if len(_NAME.findall(settings)) < _LEAST_NAMES:
        return None
    before, after = _split_negative(body)
    values: dict[str, str] = {}
    for name, value in _WANTED.findall(settings):
        values.setdefault(name, _unquoted(value.strip()))
    size = values.get("Size", "")
    return PictureFacts(
        prompt=before,
        negative_prompt=after or None,
        model=values.get("Model") or None,
        size=size if _SIZE.fullmatch(size) else None,
        seed=seed_of(values.get("Seed", "")),
    )


def _split_negative(body: str) -> tuple[str, str]:
    if body.startswith(_NEGATIVE):
        return "", body.removeprefix(_NEGATIVE).strip()
    before, _, after = body.partition(f"\n{_NEGATIVE}")
    return before.strip(), after.strip()


def _plain(text: str) -> str:
    return _NOT_TEXT.sub("\ufffd", _LINE_BREAK.sub("\n", text))


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if re.search('[,:\n"]', value) else value


def _unquoted(value: str) -> str:
    try:
        plain = json.loads(value) if value.startswith('"') else value
    except ValueError:
        return value
    return plain if isinstance(plain, str) else value
