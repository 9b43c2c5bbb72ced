"""Prompt lines of AUTOMATIC1111's script "Prompts from file or textbox".

    --prompt "a fox in snow" --negative_prompt "text" --seed 5 --width 1024 --height 1536 --steps 20

As there, words follow a shell's quoting, the words after `--prompt` up to the next option belong together, and a line
that begins otherwise is a prompt. Unlike there, a line that cannot be understood is an error, not a prompt.
https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/scripts/prompts_from_file.py
"""

from __future__ import annotations

import math
import re
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from seedream_cli.batchfile.rows import MAX_COUNT, RawRow, parse_whole
from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Words as `shlex.split` makes them, several times as fast: 10,000 rows took that a second.
_WORD: Final = re.compile(
    r"""(?P<space>[ \t\r\n]++)|(?P<word>(?:[^ \t\r\n"'\\]++|"(?:[^"\\]++|\\.)*+"|'[^']*+'|\\.)++)|(?P<open>.)""",
    re.DOTALL,
)
_QUOTING: Final = re.compile(r"""(?P<double>"(?:[^"\\]++|\\.)*+")|'(?P<single>[^']*+)'|\\(?P<escaped>.)""", re.DOTALL)

_TEXTS: Final = ("prompt", "negative_prompt")
_USED: Final = (*_TEXTS, "seed", "width", "height", "batch_size", "n_iter")
_WITHOUT_EQUIVALENT: Final = (
    "sd_model", "outpath_samples", "outpath_grids", "prompt_for_display", "styles", "subseed_strength", "subseed",
    "seed_resize_from_h", "seed_resize_from_w", "sampler_index", "sampler_name", "steps", "cfg_scale", "restore_faces",
    "tiling", "do_not_save_samples", "do_not_save_grid",
)  # fmt: skip
_NAMES: Final = frozenset((*_USED, *_WITHOUT_EQUIVALENT))


def read_a1111(
    lines: Iterator[tuple[int, str]], name: str, warn: Callable[[str], None]
) -> Iterator[RawRow | InputError]:
    """Read a prompt or a command line a line; blank lines are skipped, and nothing is a comment.

    Args:
        lines: of the file, numbered.
        name: of the file, for messages.
        warn: takes one warning about all options that have no equivalent.
    """
    ignored: Counter[str] = Counter()
    for number, line in lines:
        text = line.strip()
        if not text:
            continue
        if not text.startswith("--"):
            yield RawRow(number, {"prompt": text})
            continue
        try:
            options = _options(text)
            ignored.update(option for option in options if option in _WITHOUT_EQUIVALENT)
            yield RawRow(number, _values(options))
        except InputError as error:
            yield InputError(f"{name}:{number}: {error.message}", hint=error.hint)
    if ignored:
        times = ", ".join(f"--{option} ({count})" for option, count in ignored.items())
        warn(f"{name}: the service knows nothing like these, so they are ignored: {times}")


def _options(text: str) -> dict[str, str]:
    words = _words(text)
    options: dict[str, str] = {}
    position = 0
    while position < len(words):
        option = _known(words[position])
        if option in options:
            raise InputError(f"--{option} stands there twice")
        end = position + 2
        if end > len(words) or _is_option(words[end - 1]):
            raise InputError(f"--{option} has no value")
        while option in _TEXTS and end < len(words) and not words[end].startswith("--"):
            end += 1
        options[option] = " ".join(words[position + 1 : end])
        position = end
    return options


def _words(text: str) -> list[str]:
    words = []
    for match in _WORD.finditer(text):
        if match["open"]:
            raise InputError(
                "a quote or a backslash is left open", hint="""--prompt "a dog's life": quotes keep an apostrophe"""
            )
        if match["word"]:
            words.append(_QUOTING.sub(_unquoted, match["word"]))
    return words


def _unquoted(match: re.Match[str]) -> str:
    if match["double"]:
        return re.sub(r'\\(["\\])', r"\1", match["double"][1:-1])
    return match["single"] or match["escaped"] or ""


def _is_option(word: str) -> bool:
    return word.startswith("--") and word[2:] in _NAMES


def _known(word: str) -> str:
    option = word.removeprefix("--")
    if option == word:
        raise InputError(
            f"expected an option instead of '{shorten(word, 40)}'", hint="only a prompt may be several words"
        )
    if option not in _NAMES:
        near = get_close_matches(option, _NAMES, 1)
        hint = f"did you mean --{near[0]}?" if near else f"known are --{', --'.join(_USED)}"
        raise InputError(f"unknown option --{shorten(option, 40)}", hint=hint)
    return option


def _values(options: dict[str, str]) -> dict[str, object]:
    """Return fields of ours; a seed of -1 is that program's word for a random one."""
    values: dict[str, object] = {option: options[option] for option in (*_TEXTS, "seed") if option in options}
    if options.get("seed", "").strip() == "-1":
        del values["seed"]
    if "width" in options or "height" in options:
        values["size"] = _size(options)
    counts = [parse_whole(name, options[name], 1, MAX_COUNT) for name in ("batch_size", "n_iter") if name in options]
    if counts:
        values["n"] = str(math.prod(counts))
    return values


def _size(options: dict[str, str]) -> str:
    for side in ("width", "height"):
        if side not in options:
            raise InputError(f"--{side} is missing; expected both --width and --height")
    return "x".join(str(parse_whole(side, options[side], 1, 99_999)) for side in ("width", "height"))
