"""The layers, built for Lambda as a deployment builds them, hold what the functions import.

On the embedded AWS every package of this machine can be imported, so a missing one would not be
noticed there.
"""

import ast
import sys
from pathlib import Path

import pytest

from itops_cli.aws.layers import build_dependencies, check_size
from tests.contract.sam_template import CHECKOUT

_REQUIREMENTS = CHECKOUT / "requirements"
_ROOTS = {
    "core": CHECKOUT / "core-layer",
    "functions": CHECKOUT / "lambda-functions",
    "servers": CHECKOUT / "mcp-servers",
}
_AARCH64 = 183
"""What an ELF file for that machine has at offset 18."""


@pytest.fixture(scope="module")
def common() -> Path:
    """The layer of every function."""
    return build_dependencies(_REQUIREMENTS / "runtime.txt", _cache())


@pytest.fixture(scope="module")
def llm() -> Path:
    """The layer of the agents alone."""
    listed, without = _REQUIREMENTS / "llm.txt", _REQUIREMENTS / "runtime.txt"
    return build_dependencies(listed, _cache(), without)


@pytest.mark.parametrize("root", sorted(_ROOTS))
def test_whatever_is_imported_is_in_a_layer(root: str, common: Path, llm: Path) -> None:
    own = {path.name for folder in _ROOTS.values() for path in folder.iterdir()}
    there = own | set(sys.stdlib_module_names) | _modules(common) | _modules(llm)

    assert _imported(_ROOTS[root]) - there == set()


def test_only_agents_need_what_is_in_their_own_layer(common: Path, llm: Path) -> None:
    assert "anthropic" in _modules(llm)
    assert "anthropic" not in _modules(common)
    assert "anthropic" not in _imported(_ROOTS["servers"])
    assert not _modules(common) & _modules(llm), "nothing is shipped twice"


def test_native_code_is_for_the_machine_that_runs_it(common: Path, llm: Path) -> None:
    libraries = [path for layer in (common, llm) for path in layer.rglob("*.so")]

    assert libraries
    for library in libraries:
        assert library.read_bytes()[18] == _AARCH64, library.name
        assert "cpython-312" in library.name or "abi3" in library.name, library.name


def test_the_layers_leave_room_for_the_code(common: Path, llm: Path) -> None:
    assert check_size(common, llm) < 150


def _cache() -> Path:
    return CHECKOUT / ".build" / "dependencies"


def _modules(layer: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in layer.iterdir()}


def _imported(folder: Path) -> set[str]:
    """The top-level packages imported for running, not for type checking alone."""
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        visitor = _Imports()
        visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
        names |= visitor.names
    return names


class _Imports(ast.NodeVisitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names |= {alias.name.partition(".")[0] for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and not node.level:
            self.names.add(node.module.partition(".")[0])
