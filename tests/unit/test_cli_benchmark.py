"""What the benchmark reads out of an execution's history, and how it weighs memory."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from itops_cli.benchmark.execution import measured
from itops_cli.benchmark.memory import MemoryWatch, memory_of
from tests.unit.cli_incidents import START, the_steps


def _entered(name: str, at: float, kind: str = "Task") -> dict[str, Any]:
    moment = START + timedelta(seconds=at)
    return {
        "type": f"{kind}StateEntered",
        "timestamp": moment,
        "stateEnteredEventDetails": {"name": name},
    }


def _left(name: str, at: float, kind: str = "Task") -> dict[str, Any]:
    moment = START + timedelta(seconds=at)
    return {
        "type": f"{kind}StateExited",
        "timestamp": moment,
        "stateExitedEventDetails": {"name": name},
    }


def test_only_the_agents_states_count_as_transitions_of_their_steps() -> None:
    events = [
        _entered("Begin", 0, "Choice"),
        _entered("InvestigateStep", 1),
        _entered("AfterInvestigation", 2, "Choice"),
        _entered("InvestigateStep", 3),
        _entered("AfterInvestigation", 4, "Choice"),
        _entered("ExecuteAction", 5),
    ]

    figures = measured(events, the_steps())

    assert figures["transitions"] == 6
    assert figures["transitions_per_agent_step"] == 2.0


def test_time_that_was_only_waited_is_told_apart() -> None:
    events = [
        _entered("Triage", 0),
        _left("Triage", 1),
        _entered("AwaitApproval", 1),
        _left("AwaitApproval", 61),
        _entered("WaitForRecovery", 61, "Wait"),
        _left("WaitForRecovery", 63, "Wait"),
        _entered("CloseIncident", 63),
        _left("CloseIncident", 64),
    ]

    figures = measured(events, the_steps())

    assert figures["waited_seconds"] == 62
    assert figures["execution_seconds_without_waits"] == 2


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_the_memory_of_a_process_includes_what_it_started() -> None:
    large = "b = bytearray(50_000_000); b[::4096] = b'x' * len(b[::4096]); print(1); input()"
    # Not of this very process: its memory comes and goes with the tests that it ran.
    small = (
        "import subprocess, sys; print(1, flush=True); input();"
        f"subprocess.run([sys.executable, '-c', {large!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", small], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdout.readline()
        alone = memory_of(parent.pid)
        parent.stdin.write("\n")
        parent.stdin.flush()
        parent.stdout.readline()
        together = memory_of(parent.pid)
        parent.communicate("\n")

    assert (alone.processes, together.processes) == (1, 2)
    assert together.proportional - alone.proportional > 45_000_000
    assert together.resident >= together.proportional


def test_watching_memory_ends_with_what_is_watched() -> None:
    # Not of this very process: what other tests started may still run below it.
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as watched:
        with MemoryWatch(watched.pid) as memory:
            pass
        watched.communicate(b"\n")

    assert memory.peak.processes in {0, 1}
