"""Short functions and files keep the tree readable; what outgrows its room is split."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("core-layer", "lambda-functions", "mcp-servers", "local-cloud", "cli")
FILE_LINES, FUNCTION_LINES = 400, 60
USUAL_FILE_LINES, USUAL_FUNCTION_LINES = 250, 35


def source_files() -> list[Path]:
    return sorted(path for root in ROOTS for path in (ROOT / root).rglob("*.py"))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def percentile_95(sizes: list[int]) -> int:
    return sorted(sizes)[int(len(sizes) * 0.95)]


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_and_no_function_outgrows_its_room(path: Path) -> None:
    too_long = [name for name, lines in functions_of(path) if lines > FUNCTION_LINES]

    assert lines_of(path) <= FILE_LINES
    assert too_long == []


def test_most_files_and_functions_are_short() -> None:
    files = [lines_of(path) for path in source_files()]
    functions = [lines for path in source_files() for _, lines in functions_of(path)]

    assert percentile_95(files) <= USUAL_FILE_LINES
    assert percentile_95(functions) <= USUAL_FUNCTION_LINES
