"""Wildcard files: lists of words beside a batch file, which its templates name."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from seedream_cli.batchfile.lines import text_lines
from seedream_cli.batchfile.template import escape
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.files import durable
from seedream_cli.safetext import to_type

_LARGEST: Final = 16 * 1024 * 1024


class Wildcards:
    """Reads wildcard files of one folder.

    A call takes a name without suffix, of letters, digits, `-`, `_` and `/`, and returns the file's lines without
    space around them, blank ones and those that begin with `#` left out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> list[str]:
        """Return the lines of the file `name.txt`.

        Raises:
            InputError: where there is none, or it holds no line of text.
            LocalFileError: where it cannot be read.
        """
        path = self._folder.joinpath(*name.split("/")).with_name(name.rpartition("/")[2] + ".txt")
        # A batch file from elsewhere must not send lines of any file of this machine to the service.
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._folder)):
            raise InputError(f"the wildcard file {path} leads out of {self._folder}")
        try:
            with durable.read_regular(path) as file:
                data = file.read(_LARGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            raise InputError(f"there is no wildcard file {path}", hint=self._instead(name)) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise LocalFileError(
                f"the wildcard file {path} cannot be read: {reason}", hint=f"ls -ld {to_type(str(path), 'FILE')}"
            ) from error
        if len(data) > _LARGEST:
            raise InputError(f"the wildcard file {path} is larger than {_LARGEST // 2**20} MB")
        stripped = (text.strip() for _, text in text_lines(data, str(path)))
        lines = [text for text in stripped if text and not text.startswith("#")]
        if not lines:
            raise InputError(f"the wildcard file {path} holds no line of text")
        return lines

    def _instead(self, name: str) -> str:
        folder, slash, last = name.rpartition("/")
        there = [path.stem for path in (self._folder / folder).glob("*.txt")]
        near = get_close_matches(last, there, 1)
        if near:
            return f"did you mean __{folder}{slash}{near[0]}__?"
        return "wildcard files lie beside the batch file; for the text itself write " + escape(f"__{name}__")
