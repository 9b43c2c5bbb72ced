"""The import layers of `pyproject.toml` know every module."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_sandbox_may_import_no_module_but_the_catalogue() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    forbidden = next(set(one["forbidden_modules"]) for one in contracts if one["type"] == "forbidden")
    modules = {f"seedream_cli.{path.stem}" for path in (ROOT / "seedream_cli").iterdir() if path.stem[0] != "_"}
    assert forbidden == modules - {"seedream_cli.sandbox", "seedream_cli.catalog", "seedream_cli.py"}
