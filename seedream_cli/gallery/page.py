"""One HTML file with everything in it: style, script, data, and a policy that lets in nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from string import Template
from typing import Any, Final

SCRIPTS: Final = (
    "dom.js",
    "drafts.js",
    "filter.js",
    "grid.js",
    "stage.js",
    "details.js",
    "viewer.js",
    "duel.js",
    "rerun.js",
    "main.js",
)
"""In the order in which they are put together, into one function's scope."""

_FOR_FILES: Final = "img-src data: file:"
_SERVED: Final = "img-src 'self' data:; connect-src 'self'"


class Page:
    """The page without its data, put together once.

    Args:
        served: whether a server of ours stands behind it.
    """

    def __init__(self, *, served: bool) -> None:
        self._style = asset("page.css")
        self._script = script()
        self.policy = "; ".join(
            (
                "default-src 'none'",
                f"script-src {_hash(self._script)}",
                f"style-src {_hash(self._style)}",
                _SERVED if served else _FOR_FILES,
                "base-uri 'none'",
                "form-action 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            )
        )

    def html(self, data: dict[str, Any]) -> str:
        """Return the page."""
        # What stands in a template's values is not read as a template again.
        return Template(asset("page.html")).substitute(
            policy=self.policy, style=self._style, script=self._script, data=island(data)
        )


def island(data: dict[str, Any]) -> str:
    """Return data as JSON that can stand in a script element: in it nothing ends the element or begins a comment."""
    text = json.dumps(data, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def script() -> str:
    """Return the page's script: its parts share one scope of their own."""
    return '"use strict";\n(() => {\n' + "\n".join(map(asset, SCRIPTS)) + "})();\n"


def asset(name: str) -> str:
    """Return one of the files that the page is made of."""
    return resources.files(__package__).joinpath("assets", name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
