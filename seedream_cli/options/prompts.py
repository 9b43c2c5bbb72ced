"""Where a prompt's text comes from: the argument itself, a file, or stdin; always taken literally."""

from __future__ import annotations

import sys
from typing import Final

from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.safetext import to_type
from seedream_cli.terminal.stdin import read_stdin

_LARGEST: Final = 8 * 1024 * 1024
_EXAMPLE: Final = 'seedream gen "An ink-wash mountain at dawn, soft mist"'


def read_prompt(argument: str | None) -> str:
    """Return the prompt that an argument means.

    Args:
        argument: the text; `-` for stdin; `@FILE` for a file; `@@…` for text that begins with `@`; or None, which
            means stdin where something is piped in.

    Raises:
        InputError: where there is none, or it is not UTF-8.
        LocalFileError: where the file or stdin cannot be read.
    """
    if argument is None and not _is_piped():
        raise InputError("no prompt", hint=_EXAMPLE)
    if argument is None or argument == "-":
        return _decode(_read_stdin(), "stdin")
    if argument.startswith("@@"):
        return argument[1:]
    if argument.startswith("@"):
        return read_prompt_file(argument[1:])
    return argument


def read_prompt_file(name: str) -> str:
    """Return the prompt that a file holds.

    Raises:
        InputError: where it is not UTF-8.
        LocalFileError: where it cannot be read.
    """
    return _decode(_read_file(name), name)


def _is_piped() -> bool:
    return sys.stdin is not None and not sys.stdin.isatty()


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise InputError("no prompt: stdin is closed", hint=_EXAMPLE)
    return read_stdin("the prompt", _LARGEST + 1)


def _read_file(name: str) -> bytes:
    try:
        with open(name, "rb") as file:
            return file.read(_LARGEST + 1)
    except ValueError:
        raise InputError("the prompt's file does not have a valid name") from None
    except OSError as error:
        raise LocalFileError(
            f"the prompt's file '{name}' cannot be read: {error.strerror or error}",
            hint=f"for a prompt that begins with @, write {to_type('@@' + name, '@@PROMPT')}",
        ) from error


def _decode(data: bytes, source: str) -> str:
    if len(data) > _LARGEST:
        raise InputError(f"the prompt from {source} is larger than {_LARGEST // 2**20} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the prompt from {source} is not UTF-8 (byte {error.start + 1})") from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
