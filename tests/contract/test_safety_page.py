"""The page on safety promises nothing that no test keeps: every test it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")


def named() -> list[tuple[str, str]]:
    """Return every test that the page names, by its file; without one, it is the file before."""
    found: list[tuple[str, str]] = []
    file = ""
    for told in re.finditer(r"`((?:test_\w+\.py)?(?:::test_\w+)?)`", PAGE):
        name, _, test = told[1].partition("::")
        file = name or file
        if told[1]:
            found.append((file, test))
    return sorted(set(found))


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "test"), named())
def test_a_test_that_the_page_on_safety_names_is_there(file: str, test: str) -> None:
    (path,) = (ROOT / "tests").rglob(file)

    assert not test or test in names_in(path)


def test_every_promise_of_the_page_on_safety_names_its_test() -> None:
    tables = PAGE.split("## Promises and their tests")[1]
    rows = [line for line in tables.splitlines() if line.startswith("| ")]

    told = [row for row in rows if not row.startswith("| promise")]

    assert len(told) > 50
    assert [row for row in told if "test_" not in row] == []
