"""How often the program opens its history: each look through it, and each write to it, opens it once."""

import sys
from pathlib import Path

from support.program import Home

_PROGRAM = """
import os, sys
history, told = os.environ["SEEDREAM_HISTORY"], os.open(os.environ["OPENED"], os.O_WRONLY | os.O_APPEND)
def audit(event, arguments):
    if event == "open" and str(arguments[0]) == history:
        os.write(told, b".")
sys.addaudithook(audit)
from seedream_cli.__main__ import run
run()
"""


class Opened:
    """Counts how often the history of a home is opened, by whatever runs there from now on."""

    def __init__(self, home: Home) -> None:
        self._told: Path = home.root / "opened"
        self._told.touch()
        home.program = (sys.executable, "-c", _PROGRAM)
        home.env["OPENED"] = str(self._told)

    def since(self) -> int:
        """How often it was opened since this was asked last."""
        times = self._told.stat().st_size
        self._told.write_bytes(b"")
        return times
