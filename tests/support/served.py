"""Tool servers as processes of their own, over HTTP."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """Return an environment without anything of this machine's AWS."""
    return {"PATH": os.environ.get("PATH", os.defpath), **more}


def recorded(server: str, place: str | Path) -> list[str]:
    """Return the arguments of a server over a recording."""
    return ["-P", "-m", "itops_cli.recorded_tools", server, str(place)]


@contextmanager
def served(arguments: list[str], variables: Mapping[str, str] | None = None) -> Generator["Served"]:
    """Run a program that says on standard error where it serves, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env={**environment(), **(variables or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line)
            if "MCP at http://" in line:
                break
        else:
            raise AssertionError(f"it does not serve: {''.join(said)}")
        yield Served(process, said[-1].rsplit(" ", 1)[1].strip())
    finally:
        process.terminate()
        process.communicate(timeout=60)


class Served:
    """A server that runs."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url
