"""`docs/benchmarks.md` and the command behind it: it starts, and finds in the other benchmarks what it takes there."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
FOLDER = ROOT / "benchmarks"


def defined(path: Path) -> set[str]:
    """Names that a module defines or imports, without importing it."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
        names |= {each.asname or each.name for each in getattr(node, "names", [])}
        names |= {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef) else set()
    return names


def test_the_command_tells_its_sections_and_the_page_names_only_those() -> None:
    done = subprocess.run(
        [sys.executable, FOLDER, "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"COLUMNS": "200"},
    )
    sections = re.search(r"SECTION +([\w, ]+);", done.stdout)
    assert sections
    named = {word for line in re.findall(r"python benchmarks ([a-z ]+)", PAGE) for word in line.split()}
    assert named <= set(sections[1].split(", "))


def test_what_it_takes_from_the_other_benchmarks_is_there() -> None:
    source = (FOLDER / "__main__.py").read_text("utf-8")
    modules = {path.stem: defined(path) for path in FOLDER.glob("*.py")}
    modules |= {"batches": modules["batch"], "drawing": modules["gen"]}
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    taken = {(node.value.id, node.attr) for node in found if isinstance(node.value, ast.Name)}
    taken = {(name, what) for name, what in taken if name in modules}
    assert len({name for name, _ in taken}) >= 9
    assert {(name, what) for name, what in taken if what not in modules[name]} == set()
