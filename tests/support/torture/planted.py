"""Bugs to be planted: small replacements in the source, each with the check that must then fail."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from support.torture.house import ROOT


@dataclass(frozen=True)
class Bug:
    """One replacement in one file of the package."""

    name: str
    check: str
    file: str
    old: str
    new: str

    def applies(self) -> bool:
        """Whether the text that it replaces is still there."""
        return self.old in (ROOT / "seedream_cli" / self.file).read_text()

    def plant(self, folder: Path) -> None:
        """Put a copy of the package with this bug into a folder."""
        shutil.copytree(ROOT / "seedream_cli", folder / "seedream_cli", ignore=shutil.ignore_patterns("__pycache__"))
        path = folder / "seedream_cli" / self.file
        path.write_text(path.read_text().replace(self.old, self.new))


BUGS = [Bug(**each) for each in tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["bugs"]]
